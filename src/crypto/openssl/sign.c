/* Signing with a key in memory. ECDSA nonces come from libcrypto, which mixes the private key and
 * the message into its own random numbers; the PSS salt comes from hf_crypto_random(). */
#include "crypto/openssl/state.h"
#include "crypto/rsa_key.h"
#include "wire/secret.h"

#include <openssl/err.h>

#include <string.h>

static hf_code sign_ecdsa(EC_KEY *ec, hf_span value, uint8_t *signature, size_t cap, size_t *len)
{
    uint8_t der[HF_SIGNATURE_MAX];
    unsigned der_len = sizeof der;
    if (ECDSA_sign(0, value.ptr, (int)value.len, der, &der_len, ec) != 1) {
        return HF_E_SIGNER;
    }
    if (der_len > cap) {
        return HF_E_MEMORY_TOO_SMALL;
    }
    memcpy(signature, der, der_len);
    *len = der_len;
    return HF_OK;
}

static hf_code sign_pss(RSA *rsa, const hf_crypto *crypto, hf_hash_id hash, const uint8_t *value,
                        uint8_t *signature)
{
    uint8_t salt[HF_HASH_MAX];
    uint8_t block[HF_RSA_BITS_MAX / 8];
    uint8_t modulus[HF_RSA_BITS_MAX / 8];
    int size = BN_bn2bin(RSA_get0_n(rsa), modulus);
    if (hf_crypto_random(crypto, salt, hf_hash_size(hash)) != HF_OK) {
        return HF_E_NO_RANDOM;
    }
    hf_rsa_pss_fill(hash, value, salt, block, (hf_span){.ptr = modulus, .len = (size_t)size});
    int done = RSA_private_encrypt(size, block, signature, rsa, RSA_NO_PADDING);
    return done == size ? HF_OK : HF_E_SIGNER;
}

static hf_code sign_rsa(RSA *rsa, const hf_crypto *crypto, hf_signature_kind kind, hf_hash_id hash,
                        const uint8_t *value, uint8_t *signature, size_t cap, size_t *len)
{
    unsigned size = (unsigned)RSA_size(rsa);
    if (cap < size) {
        return HF_E_MEMORY_TOO_SMALL;
    }
    *len = size;
    if (kind == HF_RSA_PSS) {
        return sign_pss(rsa, crypto, hash, value, signature);
    }
    int good =
        RSA_sign(hf_ossl_nid(hash), value, (unsigned)hf_hash_size(hash), signature, &size, rsa);
    return good == 1 ? HF_OK : HF_E_SIGNER;
}

hf_code hf_key_sign(const hf_key *key, const hf_crypto *crypto, hf_signature_kind kind,
                    hf_hash_id hash, const uint8_t *value, uint8_t *signature, size_t cap,
                    size_t *len)
{
    const hf_ossl_key *own = (const hf_ossl_key *)key->space_;
    *len = 0;
    if (!hf_crypto_can_verify((hf_key_kind)key->kind, kind, hash)) {
        return HF_E_UNSUPPORTED;
    }
    ERR_set_mark();
    hf_code code = kind == HF_ECDSA
                       ? sign_ecdsa(own->ec, (hf_span){.ptr = value, .len = hf_hash_size(hash)},
                                    signature, cap, len)
                       : sign_rsa(own->rsa, crypto, kind, hash, value, signature, cap, len);
    ERR_pop_to_mark();
    if (code != HF_OK) {
        *len = 0;
    }
    return code;
}
