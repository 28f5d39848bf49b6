/* Opening an encrypted PKCS#8 key (RFC 5958 3) with a password, through libcrypto. */
#include "crypto/openssl/state.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <limits.h>
#include <string.h>

/* Why a key did not open: when its cipher cannot even be set up, the algorithm is not known here;
 * else the password was wrong, which shows as wrong padding or as garbage instead of a key. */
static hf_code why_not(const X509_SIG *box, const char *password)
{
    const X509_ALGOR *algorithm = NULL;
    X509_SIG_get0(box, &algorithm, NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int known = EVP_PBE_CipherInit(algorithm->algorithm, password, (int)strlen(password),
                                   algorithm->parameter, ctx, 0);
    EVP_CIPHER_CTX_free(ctx);
    return known == 1 ? HF_E_KEY_PASSWORD : HF_E_KEY_UNSUPPORTED;
}

static hf_code write_key(const PKCS8_PRIV_KEY_INFO *info, hf_space out, size_t *len)
{
    int size = i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
    if (size <= 0) {
        return HF_E_BACKEND;
    }
    *len = (size_t)size;
    if ((size_t)size > out.cap) {
        return HF_E_MEMORY_TOO_SMALL;
    }
    uint8_t *at = out.ptr;
    i2d_PKCS8_PRIV_KEY_INFO(info, &at);
    return HF_OK;
}

static hf_code decrypt(hf_span der, const char *password, hf_space out, size_t *len)
{
    const uint8_t *at = der.ptr;
    X509_SIG *box = der.len > LONG_MAX ? NULL : d2i_X509_SIG(NULL, &at, (long)der.len);
    if (box == NULL || at != der.ptr + der.len) {
        X509_SIG_free(box);
        return HF_E_KEY_UNREADABLE;
    }
    PKCS8_PRIV_KEY_INFO *info = PKCS8_decrypt(box, password, (int)strlen(password));
    hf_code code = info == NULL ? why_not(box, password) : write_key(info, out, len);
    PKCS8_PRIV_KEY_INFO_free(info); /* wipes the key */
    X509_SIG_free(box);
    return code;
}

hf_code hf_crypto_decrypt_key(hf_span der, const char *password, hf_space out, size_t *len)
{
    *len = 0;
    if (password == NULL) {
        return HF_E_KEY_ENCRYPTED;
    }
    ERR_set_mark();
    hf_code code = decrypt(der, password, out, len);
    ERR_pop_to_mark();
    return code;
}
