/* libcrypto's RSA encodings without the operation, for tokens that have the operation alone. These
 * calls are deprecated in OpenSSL 3.0, which has no others for this. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "pkcs11_inside.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

bool pkcs11_encode_pss(EVP_PKEY *key, hf_span hash, uint8_t *out, size_t size)
{
    const EVP_MD *md = hash.len == 48 ? EVP_sha384() : EVP_sha256();
    RSA *rsa = EVP_PKEY_get1_RSA(key);
    bool done =
        rsa != NULL && (size_t)RSA_size(rsa) == size &&
        RSA_padding_add_PKCS1_PSS_mgf1(rsa, out, hash.ptr, md, md, RSA_PSS_SALTLEN_DIGEST) == 1;
    RSA_free(rsa);
    ERR_clear_error();
    return done;
}

bool pkcs11_encode_pkcs1(hf_span info, uint8_t *out, size_t size)
{
    bool done = RSA_padding_add_PKCS1_type_1(out, (int)size, info.ptr, (int)info.len) == 1;
    ERR_clear_error();
    return done;
}
