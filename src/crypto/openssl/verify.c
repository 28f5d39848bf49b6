/* Signature verification of the openssl backend, from raw numbers and without decoders.
 *
 * ECDSA: ECDSA_verify re-encodes what it decoded and compares, so only strict DER passes.
 * RSA-PSS: the raw RSA operation, then our own EMSA-PSS check (crypto/pss.c): no fetch of a hash.
 */
#include "crypto/openssl/state.h"
#include "crypto/rsa_key.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <limits.h>

int hf_ossl_nid(hf_hash_id id)
{
    return id == HF_SHA256 ? NID_sha256 : id == HF_SHA384 ? NID_sha384 : NID_sha512;
}

bool hf_crypto_can_verify(hf_key_kind key, hf_signature_kind kind, hf_hash_id hash)
{
    bool ec = key == HF_KEY_P256 || key == HF_KEY_P384;
    bool fits =
        ec ? kind == HF_ECDSA : key == HF_KEY_RSA && (kind == HF_RSA_PKCS1 || kind == HF_RSA_PSS);
    return fits && hf_crypto_has_hash(hash);
}

static hf_code verify_ecdsa(const EC_GROUP *group, const hf_public_key *key, const uint8_t *value,
                            size_t value_len, hf_span signature)
{
    size_t size = key->kind == HF_KEY_P256 ? 65 : 97;
    if (key->point.len != size || key->point.ptr[0] != 0x04) {
        return HF_E_CERT_WEAK_KEY;
    }
    if (signature.len > HF_SIGNATURE_MAX) {
        return HF_E_CERT_SIGNATURE;
    }
    EC_KEY *ec = EC_KEY_new();
    if (ec == NULL || EC_KEY_set_group(ec, group) != 1) {
        EC_KEY_free(ec);
        return HF_E_BACKEND;
    }
    hf_code code = HF_E_CERT_WEAK_KEY; /* reading the point checks the curve equation */
    if (EC_KEY_oct2key(ec, key->point.ptr, size, NULL) == 1) {
        int good = ECDSA_verify(0, value, (int)value_len, signature.ptr, (int)signature.len, ec);
        code = good == 1 ? HF_OK : HF_E_CERT_SIGNATURE;
    }
    EC_KEY_free(ec);
    return code;
}

RSA *hf_ossl_rsa_public(const hf_public_key *pub)
{
    RSA *rsa = RSA_new();
    BIGNUM *n = BN_bin2bn(pub->point.ptr, (int)pub->point.len, NULL);
    BIGNUM *e = BN_bin2bn(pub->exponent.ptr, (int)pub->exponent.len, NULL);
    if (rsa == NULL || n == NULL || e == NULL || RSA_set0_key(rsa, n, e, NULL) != 1) {
        BN_free(n);
        BN_free(e);
        RSA_free(rsa);
        return NULL;
    }
    return rsa;
}

static bool verify_pss(RSA *rsa, const hf_public_key *key, hf_hash_id hash, const uint8_t *value,
                       hf_span signature)
{
    uint8_t block[HF_RSA_BITS_MAX / 8];
    int len = RSA_public_decrypt((int)signature.len, signature.ptr, block, rsa, RSA_NO_PADDING);
    return len == (int)key->point.len && hf_rsa_pss_check(hash, value, block, key->point);
}

static hf_code verify_rsa(const hf_public_key *key, hf_signature_kind kind, hf_hash_id hash,
                          const uint8_t *value, hf_span signature)
{
    if (!hf_rsa_public_ok(key)) {
        return HF_E_CERT_WEAK_KEY;
    }
    if (signature.len != key->point.len) { /* RFC 8017 8.1.2 step 1, 8.2.2 step 1 */
        return HF_E_CERT_SIGNATURE;
    }
    RSA *rsa = hf_ossl_rsa_public(key);
    if (rsa == NULL) {
        return HF_E_BACKEND;
    }
    bool good = kind == HF_RSA_PSS
                    ? verify_pss(rsa, key, hash, value, signature)
                    : RSA_verify(hf_ossl_nid(hash), value, (unsigned)hf_hash_size(hash),
                                 signature.ptr, (unsigned)signature.len, rsa) == 1;
    RSA_free(rsa);
    return good ? HF_OK : HF_E_CERT_SIGNATURE;
}

hf_code hf_crypto_verify(const hf_crypto *crypto, const hf_public_key *key, hf_signature_kind kind,
                         hf_hash_id hash, const uint8_t *value, hf_span signature)
{
    if (!hf_crypto_can_verify(key->kind, kind, hash)) {
        return HF_E_UNSUPPORTED;
    }
    ERR_set_mark();
    hf_code code = kind == HF_ECDSA ? verify_ecdsa(hf_ossl_group(crypto, key->kind), key, value,
                                                   hf_hash_size(hash), signature)
                                    : verify_rsa(key, kind, hash, value, signature);
    ERR_pop_to_mark();
    return code;
}
