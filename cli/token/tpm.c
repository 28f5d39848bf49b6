/* Keys of a TPM 2.0, through the provider of tpm2-openssl: a persistent one by "handle:0x81...", or
 * one wrapped by the TPM in a file (TSS2 PRIVATE KEY). See token.h.
 *
 * The provider lives in a library context of its own, so that nothing else ever uses the TPM.
 * Which TPM: TPM2OPENSSL_TCTI, or what tpm2-tss finds (/dev/tpmrm0).
 */
#include "file.h"
#include "token_inside.h"

#include "report.h"

#include <handfast/openssl.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HANDLE    "handle:"
#define PEM_BEGIN "-----BEGIN TSS2 PRIVATE KEY-----"
#define REASON    320

typedef struct tpm {
    OSSL_LIB_CTX *lib;
    OSSL_PROVIDER *tpm2;
    OSSL_PROVIDER *rest; /* libcrypto's own: decoders of PEM */
    UI_METHOD *ui;
    EVP_PKEY *key;
    bool asked; /* for a password */
} tpm;

static bool holds_key(const char *path)
{
    char begin[512];
    FILE *file = fopen(path, "rb");
    size_t len = file == NULL ? 0 : fread(begin, 1, sizeof begin, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    return memmem(begin, len, PEM_BEGIN, sizeof PEM_BEGIN - 1) != NULL;
}

static bool is_tpm(const char *key)
{
    return strncmp(key, HANDLE, sizeof HANDLE - 1) == 0 || holds_key(key);
}

/* What the errors of libcrypto's queue say: the TPM's own words, if there are any, or the first. */
static void take_reason(char reason[REASON])
{
    const char *data = NULL;
    int flags = 0;
    unsigned long error = ERR_get_error_all(NULL, NULL, NULL, &data, &flags);
    bool any = false;
    (void)snprintf(reason, REASON, "no reason is given");
    while (error != 0) {
        bool text = (flags & ERR_TXT_STRING) != 0 && data != NULL && data[0] != 0;
        const char *words = ERR_reason_error_string(error);
        bool from_tpm = text && (strstr(data, "tpm:") != NULL || strstr(data, "tcti:") != NULL);
        if (from_tpm || (!any && (text || words != NULL))) {
            (void)snprintf(reason, REASON, "%s", text ? data : words);
            any = true;
        }
        error = ERR_get_error_all(NULL, NULL, NULL, &data, &flags);
    }
}

static bool has(const char *reason, const char *part)
{
    return strstr(reason, part) != NULL;
}

/* ---- the provider */

static bool no_provider(cli_token *token)
{
    char reason[REASON];
    take_reason(reason);
    if (has(reason, "filename(") || has(reason, "shared object file")) {
        return token_trouble(token, "libcrypto's provider for TPM 2.0 is not installed.",
                             "Install it (Debian: tpm2-openssl).", "%s", reason);
    }
    return token_trouble(token, "The TPM does not answer.",
                         "Check that there is one (/dev/tpmrm0) and that you may use it (Debian: "
                         "group tss), or name another with TPM2OPENSSL_TCTI.",
                         "%s", reason);
}

static bool load_provider(cli_token *token)
{
    tpm *t = calloc(1, sizeof *t);
    token->inside = t;
    if (t == NULL) {
        return token_trouble(token, "There is not enough memory.", "Free some.", "out of memory");
    }
    (void)setenv("TSS2_LOG", "all+NONE", 0); /* errors are told here, once */
    ERR_clear_error();
    t->lib = OSSL_LIB_CTX_new();
    t->tpm2 = t->lib == NULL ? NULL : OSSL_PROVIDER_load(t->lib, "tpm2");
    if (t->tpm2 == NULL) {
        return no_provider(token);
    }
    t->rest = OSSL_PROVIDER_load(t->lib, "default");
    return t->rest != NULL || no_provider(token);
}

/* ---- the key */

/* libcrypto's callback; never asks a terminal. */
static int give_password(char *buffer, int size, int writing, void *context)
{
    cli_token *token = context;
    tpm *t = token->inside;
    size_t len = token->password == NULL ? 0 : strlen(token->password);
    (void)writing;
    t->asked = true;
    if (token->password == NULL || len > (size_t)size) {
        return -1;
    }
    memcpy(buffer, token->password, len);
    return (int)len;
}

static bool no_password(cli_token *token)
{
    return token_trouble(token, "The TPM's key wants a password.",
                         "Write it into a file of your own (mode 0600), and give that as password "
                         "file.",
                         "%s: none was given", token->key);
}

static bool not_found(cli_token *token)
{
    const tpm *t = token->inside;
    bool handle = strncmp(token->key, HANDLE, sizeof HANDLE - 1) == 0;
    char reason[REASON];
    take_reason(reason);
    if (t->asked && token->password == NULL) {
        return no_password(token);
    }
    return token_trouble(
        token,
        handle ? "There is no such key in the TPM." : "The TPM does not take the key in the file.",
        handle ? "List them with tpm2_getcap handles-persistent, and give one as "
                 "handle:0x81......"
               : "A key file works with the one TPM that made it: use that, or make a new "
                 "key. A TPM without room: tpm2_flushcontext -t",
        "%s: %s", token->key, reason);
}

static EVP_PKEY *load_from(OSSL_STORE_CTX *store)
{
    EVP_PKEY *key = NULL;
    while (key == NULL && !OSSL_STORE_eof(store)) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);
        if (info != NULL && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY) {
            key = OSSL_STORE_INFO_get1_PKEY(info);
        }
        OSSL_STORE_INFO_free(info);
        if (info == NULL && OSSL_STORE_error(store) == 1) {
            break;
        }
    }
    return key;
}

static bool load_key(cli_token *token)
{
    tpm *t = token->inside;
    char uri[256];
    const char *from = token->key;
    t->asked = false;
    ERR_clear_error();
    t->ui = UI_UTIL_wrap_read_pem_callback(give_password, 0);
    if (token->password != NULL && strncmp(from, HANDLE, sizeof HANDLE - 1) == 0 &&
        strchr(from, '?') == NULL) {
        (void)snprintf(uri, sizeof uri, "%.200s?pass", from);
        from = uri;
    }
    OSSL_STORE_CTX *store = t->ui == NULL ? NULL
                                          : OSSL_STORE_open_ex(from, t->lib, "?provider=tpm2",
                                                               t->ui, token, NULL, NULL, NULL);
    if (store != NULL) {
        t->key = load_from(store);
        (void)OSSL_STORE_close(store);
    }
    return t->key != NULL || not_found(token);
}

/* The public half by way of its encoding: in libcrypto's own hands, it verifies without the TPM. */
static EVP_PKEY *public_half(const EVP_PKEY *key)
{
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    const uint8_t *at = der;
    EVP_PKEY *public_key = len <= 0 ? NULL : d2i_PUBKEY(NULL, &at, len);
    OPENSSL_free(der);
    ERR_clear_error();
    return public_key;
}

static bool note_schemes(cli_token *token)
{
    const tpm *t = token->inside;
    if (EVP_PKEY_is_a(t->key, "EC") == 1) {
        token_can(token, HF_ECDSA_SECP256R1_SHA256);
        token_can(token, HF_ECDSA_SECP384R1_SHA384);
    } else if (EVP_PKEY_is_a(t->key, "RSA") == 1) {
        token_can(token, HF_RSA_PSS_RSAE_SHA256);
        token_can(token, HF_RSA_PSS_RSAE_SHA384);
        token_can(token, HF_RSA_PKCS1_SHA256);
        token_can(token, HF_RSA_PKCS1_SHA384);
    }
    return token->schemes_count > 0 ||
           token_trouble(token, "The TPM's key is of a kind that TLS does not sign with here.",
                         "Take an ECDSA key of P-256 or P-384, or an RSA key.",
                         "%s: neither RSA "
                         "nor EC",
                         token->key);
}

static void close_tpm(cli_token *token)
{
    tpm *t = token->inside;
    if (t == NULL) {
        return;
    }
    EVP_PKEY_free(t->key);
    UI_destroy_method(t->ui);
    if (t->tpm2 != NULL) {
        (void)OSSL_PROVIDER_unload(t->tpm2);
    }
    if (t->rest != NULL) {
        (void)OSSL_PROVIDER_unload(t->rest);
    }
    OSSL_LIB_CTX_free(t->lib);
    free(t);
    token->inside = NULL;
}

/* All of it again when it was lost: the provider keeps its connection to the TPM. */
static bool open_tpm(cli_token *token)
{
    close_tpm(token);
    if (!load_provider(token) || !load_key(token) || !note_schemes(token)) {
        return false;
    }
    const tpm *t = token->inside;
    token->found = public_half(t->key);
    return true;
}

/* ---- signing */

static hf_code not_signed(cli_token *token, hf_code code)
{
    char reason[REASON];
    take_reason(reason);
    if (has(reason, "authorization HMAC check failed") ||
        has(reason, "authorization failure without DA")) {
        token->refused = true;
        if (token->password == NULL) {
            (void)no_password(token);
            return HF_E_KEY_PASSWORD;
        }
        (void)token_trouble(token, "The TPM does not take the key's password.",
                            "Correct it (--key-password-file). It was tried once, and is not tried "
                            "again: the TPM locks itself after a few (tpm2_getcap "
                            "properties-variable: LOCKOUT_COUNTER).",
                            "%s: %s", token->key, reason);
        return HF_E_KEY_PASSWORD;
    }
    if (has(reason, "lockout")) {
        token->refused = true;
        (void)token_trouble(token, "The TPM is locked after wrong passwords.",
                            "Wait until it opens again, or have its owner clear it: "
                            "tpm2_dictionarylockout --clear-lockout",
                            "%s: %s", token->key, reason);
        return HF_E_KEY_PASSWORD;
    }
    token->lost = has(reason, "tcti:");
    (void)token_trouble(token, token->lost ? "The TPM is gone." : "The TPM did not sign.",
                        token->lost ? "Check the TPM and its driver: the next connection tries "
                                      "again."
                                    : "Check that the key may sign with this scheme "
                                      "(tpm2_readpublic).",
                        "%s: %s", token->key, reason);
    return token->lost ? HF_E_SIGNER_GONE : code;
}

static hf_code sign_tpm(cli_token *token, uint16_t scheme, hf_span hash, hf_space signature,
                        size_t *len)
{
    const tpm *t = token->inside;
    if (token->refused) {
        return HF_E_KEY_PASSWORD;
    }
    ERR_clear_error();
    const hf_openssl_key key = {t->key, t->lib};
    hf_signer signer = hf_openssl_signer_in(&key);
    hf_code code = signer.sign(signer.ctx, scheme, hash, signature, len);
    return code == HF_OK ? HF_OK : not_signed(token, code);
}

const token_kind token_tpm = {
    .name = "TPM 2.0",
    .is = is_tpm,
    .open = open_tpm,
    .sign = sign_tpm,
    .close = close_tpm,
};
