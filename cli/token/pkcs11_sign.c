/* Signatures of a PKCS#11 token. See pkcs11_inside.h.
 *
 * ECDSA: CKM_ECDSA. RSA-PSS: CKM_RSA_PKCS_PSS, else padded here and CKM_RSA_X_509. PKCS#1 v1.5:
 * CKM_RSA_PKCS, else padded here as well. What a token has of these decides what is offered.
 */
#include "pkcs11_inside.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <string.h>

#define RSA_MAX        512u /* bytes: RSA 4096 */
#define MECHANISMS_MAX 1024u

/* Listed, and for signatures. Some modules describe what they do not list. */
static bool has(const pkcs11 *p, CK_MECHANISM_TYPE mechanism)
{
    CK_MECHANISM_TYPE list[MECHANISMS_MAX];
    CK_ULONG count = MECHANISMS_MAX;
    CK_MECHANISM_INFO info;
    bool listed = false;
    if (p->call->C_GetMechanismList(p->slot, list, &count) != CKR_OK) {
        return false;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        listed = listed || list[i] == mechanism;
    }
    return listed && p->call->C_GetMechanismInfo(p->slot, mechanism, &info) == CKR_OK &&
           (info.flags & CKF_SIGN) != 0;
}

/* Without the public half the size is not known, and the mechanism not chosen by it. */
bool pkcs11_mechanisms(cli_token *token)
{
    pkcs11 *p = token->inside;
    const EVP_PKEY *key = token->found != NULL ? token->found : token->public_key;
    p->size = key == NULL ? RSA_MAX : (size_t)EVP_PKEY_get_size(key);
    p->ecdsa = !p->is_rsa && has(p, CKM_ECDSA);
    p->raw = p->is_rsa && key != NULL && has(p, CKM_RSA_X_509);
    p->pss = p->is_rsa && has(p, CKM_RSA_PKCS_PSS);
    p->pkcs1 = p->is_rsa && has(p, CKM_RSA_PKCS);
    if (p->ecdsa) {
        token_can(token, HF_ECDSA_SECP256R1_SHA256);
        token_can(token, HF_ECDSA_SECP384R1_SHA384);
    }
    if (p->pss || p->raw) {
        token_can(token, HF_RSA_PSS_RSAE_SHA256);
        token_can(token, HF_RSA_PSS_RSAE_SHA384);
    }
    if (p->pkcs1 || p->raw) {
        token_can(token, HF_RSA_PKCS1_SHA256);
        token_can(token, HF_RSA_PKCS1_SHA384);
    }
    if (token->schemes_count == 0) {
        return token_trouble(
            token, "The token makes no signature that TLS can use.",
            "Take another token, or a key of another kind.", "token \"%s\": it has none of %s",
            p->label, p->is_rsa ? "CKM_RSA_PKCS_PSS, CKM_RSA_X_509 and CKM_RSA_PKCS" : "CKM_ECDSA");
    }
    return true;
}

static hf_code failed(cli_token *token, CK_RV rv)
{
    pkcs11 *p = token->inside;
    if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED) {
        (void)pkcs11_pin_refused(token, rv);
        return HF_E_KEY_PASSWORD;
    }
    token->lost = pkcs11_is_gone(rv);
    (void)token_trouble(token, token->lost ? "The token is gone." : "The token did not sign.",
                        token->lost ? "Plug it in again: the next connection finds it."
                                    : "Check the token with its own tool (pkcs11-tool --login "
                                      "--test).",
                        "token \"%s\": %s", p->label, pkcs11_words(rv));
    return rv == CKR_HOST_MEMORY ? HF_E_MEMORY_TOO_SMALL
           : token->lost         ? HF_E_SIGNER_GONE
                                 : HF_E_SIGNER;
}

/* One operation; a key may want the PIN for each (PKCS#11 2.40, 4.9). */
static CK_RV run(cli_token *token, CK_MECHANISM *mechanism, hf_span input, uint8_t *out,
                 CK_ULONG *len)
{
    pkcs11 *p = token->inside;
    uint8_t data[RSA_MAX]; /* modules take no const */
    CK_RV rv = p->call->C_SignInit(p->session, mechanism, p->key);
    if (rv == CKR_OK && p->always_login) {
        const char *pin = pkcs11_pin(token);
        char copy[1024] = "";
        size_t pin_len = pin == NULL ? 0 : strlen(pin);
        pin_len = pin_len < sizeof copy ? pin_len : sizeof copy;
        memcpy(copy, pin == NULL ? "" : pin, pin_len);
        rv = p->call->C_Login(p->session, CKU_CONTEXT_SPECIFIC,
                              pin == NULL ? NULL : (CK_UTF8CHAR *)copy, pin_len);
        explicit_bzero(copy, sizeof copy);
    }
    if (rv == CKR_OK) {
        memcpy(data, input.ptr, input.len);
        rv = p->call->C_Sign(p->session, data, input.len, out, len);
    }
    return rv;
}

/* ---- ECDSA */

/* r and s, side by side, to DER (RFC 3279 2.2.3). */
static hf_code to_der(const uint8_t *pair, size_t len, hf_space signature, size_t *out_len)
{
    ECDSA_SIG *both = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(pair, (int)(len / 2), NULL);
    BIGNUM *s = BN_bin2bn(pair + len / 2, (int)(len / 2), NULL);
    uint8_t *der = NULL;
    int size = -1;
    if (both != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(both, r, s) == 1) {
        r = s = NULL; /* taken over */
        size = i2d_ECDSA_SIG(both, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(both);
    hf_code code = size <= 0                      ? HF_E_SIGNER
                   : (size_t)size > signature.cap ? HF_E_MEMORY_TOO_SMALL
                                                  : HF_OK;
    if (code == HF_OK) {
        memcpy(signature.ptr, der, (size_t)size);
        *out_len = (size_t)size;
    }
    OPENSSL_free(der);
    return code;
}

/* A hash longer than the order is cut on the left side (FIPS 186-4 6.4), which not every token
 * does. */
static hf_code sign_ecdsa(cli_token *token, hf_span hash, hf_space signature, size_t *len)
{
    CK_MECHANISM mechanism = {.mechanism = CKM_ECDSA};
    uint8_t pair[RSA_MAX];
    CK_ULONG pair_len = sizeof pair;
    size_t order = token->public_key == NULL
                       ? hash.len
                       : ((size_t)EVP_PKEY_get_bits(token->public_key) + 7) / 8;
    hash.len = hash.len < order ? hash.len : order;
    CK_RV rv = run(token, &mechanism, hash, pair, &pair_len);
    if (rv != CKR_OK) {
        return failed(token, rv);
    }
    if (pair_len == 0 || pair_len % 2 != 0) {
        return failed(token, CKR_FUNCTION_FAILED);
    }
    return to_der(pair, pair_len, signature, len);
}

/* ---- RSA */

static hf_code run_rsa(cli_token *token, CK_MECHANISM *mechanism, hf_span input, hf_space signature,
                       size_t *len)
{
    CK_ULONG out_len = signature.cap;
    CK_RV rv = run(token, mechanism, input, signature.ptr, &out_len);
    if (rv == CKR_BUFFER_TOO_SMALL) {
        return HF_E_MEMORY_TOO_SMALL;
    }
    *len = out_len;
    return rv == CKR_OK ? HF_OK : failed(token, rv);
}

static hf_code run_raw(cli_token *token, const uint8_t *encoded, hf_space signature, size_t *len)
{
    const pkcs11 *p = token->inside;
    CK_MECHANISM mechanism = {.mechanism = CKM_RSA_X_509};
    return run_rsa(token, &mechanism, (hf_span){encoded, p->size}, signature, len);
}

static hf_code sign_pss(cli_token *token, hf_span hash, hf_space signature, size_t *len)
{
    const pkcs11 *p = token->inside;
    uint8_t encoded[RSA_MAX];
    CK_RSA_PKCS_PSS_PARAMS params = {.hash_alg = hash.len == 32 ? CKM_SHA256 : CKM_SHA384,
                                     .mgf = hash.len == 32 ? CKG_MGF1_SHA256 : CKG_MGF1_SHA384,
                                     .s_len = hash.len};
    CK_MECHANISM mechanism = {CKM_RSA_PKCS_PSS, &params, sizeof params};
    if (p->pss) {
        return run_rsa(token, &mechanism, hash, signature, len);
    }
    return pkcs11_encode_pss(token->public_key, hash, encoded, p->size)
               ? run_raw(token, encoded, signature, len)
               : failed(token, CKR_HOST_MEMORY);
}

/* The hash in a DigestInfo (RFC 8017 9.2). */
static hf_code sign_pkcs1(cli_token *token, hf_span hash, hf_space signature, size_t *len)
{
    static const uint8_t HEAD[] = {0x30, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                   0x65, 0x03, 0x04, 0x02, 0x00, 0x05, 0x00, 0x04, 0x00};
    const pkcs11 *p = token->inside;
    uint8_t info[sizeof HEAD + 64];
    uint8_t encoded[RSA_MAX];
    CK_MECHANISM mechanism = {.mechanism = CKM_RSA_PKCS};
    memcpy(info, HEAD, sizeof HEAD);
    info[1] = (uint8_t)(sizeof HEAD - 2 + hash.len);
    info[14] = hash.len == 32 ? 1 : 2;
    info[18] = (uint8_t)hash.len;
    memcpy(info + sizeof HEAD, hash.ptr, hash.len);
    const hf_span whole = {info, sizeof HEAD + hash.len};
    if (p->pkcs1) {
        return run_rsa(token, &mechanism, whole, signature, len);
    }
    return pkcs11_encode_pkcs1(whole, encoded, p->size) ? run_raw(token, encoded, signature, len)
                                                        : failed(token, CKR_HOST_MEMORY);
}

hf_code pkcs11_sign(cli_token *token, uint16_t scheme, hf_span hash, hf_space signature,
                    size_t *len)
{
    const pkcs11 *p = token->inside;
    size_t wanted = scheme == HF_ECDSA_SECP256R1_SHA256 || scheme == HF_RSA_PSS_RSAE_SHA256 ||
                            scheme == HF_RSA_PKCS1_SHA256
                        ? 32
                        : 48;
    bool can = false;
    for (size_t i = 0; i < token->schemes_count; i++) {
        can = can || token->schemes[i] == scheme;
    }
    if (!can || hash.len != wanted || p->size > RSA_MAX) {
        (void)token_trouble(token, "The token does not make this kind of signature.",
                            "Use --tls 1.2 for RSA tokens without RSA-PSS, or an ECDSA key.",
                            "token \"%s\": scheme 0x%04x", p->label, (unsigned)scheme);
        return HF_E_UNSUPPORTED;
    }
    if (!p->is_rsa) {
        return sign_ecdsa(token, hash, signature, len);
    }
    return scheme == HF_RSA_PSS_RSAE_SHA256 || scheme == HF_RSA_PSS_RSAE_SHA384
               ? sign_pss(token, hash, signature, len)
               : sign_pkcs1(token, hash, signature, len);
}
