/* Keys in tokens for the identity commands. See identity_token.h. */
#include "identity_token.h"

#include "identity.h"
#include "report.h"

#include <handfast/tls.h>
#include <string.h>

static cli_exit no_memory(void)
{
    return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some, and try again.");
}

static cli_exit open_known(cli_token **token, const char *key, const char *password)
{
    cli_exit result = cli_token_open(token, key, password);
    if (result == CLI_OK && cli_token_public(*token) == NULL) {
        result = cli_fail(CLI_LOCAL, "The token does not tell the public key.", key,
                          "Write the public key into the token, with the private key's id.");
    }
    return result;
}

cli_exit identity_token_open(identity_token *held, const char *key, const char *password_file)
{
    if (password_file != NULL) {
        cli_exit result = cli_file_read_password(password_file, &held->password);
        if (result != CLI_OK) {
            return result;
        }
    }
    return open_known(&held->token, key, (const char *)held->password.bytes);
}

void identity_token_close(identity_token *held)
{
    cli_token_close(held->token);
    cli_file_release(&held->password);
    held->token = NULL;
}

/* ---- requests */

static bool hash_request(X509_REQ *csr, const EVP_MD *md, uint8_t *value, unsigned *len)
{
    uint8_t *der = NULL;
    int der_len = i2d_re_X509_REQ_tbs(csr, &der);
    bool hashed = der_len > 0 && EVP_Digest(der, (size_t)der_len, value, len, md, NULL) == 1;
    OPENSSL_free(der);
    return hashed;
}

/* RFC 4055 5 wants NULL as RSA's parameter, RFC 5758 3.2 none for ECDSA. */
static bool set_signature(X509_REQ *csr, uint16_t scheme, const uint8_t *bytes, size_t len)
{
    int kind = scheme == HF_RSA_PKCS1_SHA256         ? NID_sha256WithRSAEncryption
               : scheme == HF_ECDSA_SECP384R1_SHA384 ? NID_ecdsa_with_SHA384
                                                     : NID_ecdsa_with_SHA256;
    X509_ALGOR *algorithm = X509_ALGOR_new();
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    bool set =
        algorithm != NULL && bits != NULL &&
        X509_ALGOR_set0(algorithm, OBJ_nid2obj(kind),
                        scheme == HF_RSA_PKCS1_SHA256 ? V_ASN1_NULL : V_ASN1_UNDEF, NULL) == 1 &&
        ASN1_BIT_STRING_set(bits, (unsigned char *)(uintptr_t)bytes, (int)len) == 1 &&
        X509_REQ_set1_signature_algo(csr, algorithm) == 1;
    if (set) {
        bits->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07); /* whole bytes */
        bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;
        X509_REQ_set0_signature(csr, bits);
        bits = NULL;
    }
    ASN1_BIT_STRING_free(bits);
    X509_ALGOR_free(algorithm);
    return set;
}

cli_exit identity_token_sign(identity_token *held, X509_REQ *csr)
{
    EVP_PKEY *key = cli_token_public(held->token);
    const EVP_MD *md = identity_digest_for(key);
    uint16_t scheme = EVP_PKEY_is_a(key, "RSA") == 1 ? HF_RSA_PKCS1_SHA256
                      : EVP_MD_get_size(md) == 48    ? HF_ECDSA_SECP384R1_SHA384
                                                     : HF_ECDSA_SECP256R1_SHA256;
    uint8_t value[EVP_MAX_MD_SIZE];
    uint8_t bytes[HF_SIGNATURE_MAX];
    unsigned value_len = 0;
    size_t len = 0;
    if (!hash_request(csr, md, value, &value_len)) {
        return no_memory();
    }
    if (cli_token_sign(held->token, scheme, (hf_span){value, value_len},
                       (hf_space){.ptr = bytes, .cap = sizeof bytes}, &len) != HF_OK) {
        return cli_token_fail(held->token);
    }
    return set_signature(csr, scheme, bytes, len) ? CLI_OK : no_memory();
}

/* ---- show */

cli_exit identity_token_show(identity_items *items, const char *key, const cli_file *password)
{
    cli_token *token = NULL;
    cli_exit result =
        open_known(&token, key, password == NULL ? NULL : (const char *)password->bytes);
    identity_item *item =
        result == CLI_OK ? identity_items_add(items, IDENTITY_PRIVATE_KEY, key) : NULL;
    if (item != NULL && EVP_PKEY_up_ref(cli_token_public(token)) == 1) {
        item->key = cli_token_public(token);
        item->form = cli_token_kind_name(token);
        item->in_token = true;
    } else if (result == CLI_OK) {
        result = no_memory();
    }
    cli_token_close(token);
    return result;
}
