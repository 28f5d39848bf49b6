/* Signature verification of the bearssl backend. ECDSA: BearSSL's own reader of signatures forgives
 * BER, so ours reads them (crypto/ecdsa_der.c). RSA-PSS: BearSSL's raw RSA, then our own EMSA-PSS
 * check (crypto/pss.c). */
#include "crypto/bearssl/state.h"
#include "crypto/ecdsa_der.h"
#include "crypto/rsa_key.h"
#include "wire/secret.h"

#include <string.h>

int hf_br_curve_of(hf_key_kind kind)
{
    bool p384 = HF_HAS_P384 && kind == HF_KEY_P384;
    return kind == HF_KEY_P256 ? BR_EC_secp256r1 : p384 ? BR_EC_secp384r1 : 0;
}

const uint8_t *hf_br_oid(hf_hash_id id)
{
    return id == HF_SHA256   ? BR_HASH_OID_SHA256
           : id == HF_SHA384 ? BR_HASH_OID_SHA384
                             : BR_HASH_OID_SHA512;
}

bool hf_crypto_can_verify(hf_key_kind key, hf_signature_kind kind, hf_hash_id hash)
{
    bool ec = hf_br_curve_of(key) != 0;
    bool rsa = HF_HAS_RSA && key == HF_KEY_RSA && (kind == HF_RSA_PKCS1 || kind == HF_RSA_PSS);
    return (ec ? kind == HF_ECDSA : rsa) && hf_crypto_has_hash(hash);
}

/* Multiplying by one checks the curve equation at small cost. */
static bool on_curve(const hf_public_key *key, int curve)
{
    static const uint8_t one[1] = {1};
    uint8_t point[HF_POINT_MAX];
    memcpy(point, key->point.ptr, key->point.len);
    return hf_br_curve(curve)->mul(point, key->point.len, one, sizeof one, curve) == 1;
}

/* Apart: its numbers are not on the stack while RSA works, which needs more. */
static __attribute__((noinline)) hf_code verify_ecdsa(const hf_public_key *key,
                                                      const uint8_t *value, size_t value_len,
                                                      const hf_span *signature)
{
    uint8_t raw[2 * HF_SHARED_MAX];
    int curve = hf_br_curve_of(key->kind);
    size_t size = HF_HAS_P384 && key->kind == HF_KEY_P384 ? 48 : 32;
    if (key->point.len != 2 * size + 1 || key->point.ptr[0] != 0x04) {
        return HF_E_CERT_WEAK_KEY;
    }
    br_ec_public_key pub = {
        .curve = curve, .q = (unsigned char *)key->point.ptr, .qlen = key->point.len};
    if (hf_ecdsa_read(*signature, raw, size) &&
        hf_br_ecdsa_verify(curve, value, value_len, &pub, raw, 2 * size) == 1) {
        return HF_OK;
    }
    return on_curve(key, curve) ? HF_E_CERT_SIGNATURE : HF_E_CERT_WEAK_KEY;
}

static bool verify_pkcs1(const br_rsa_public_key *pub, hf_hash_id hash, const uint8_t *value,
                         const hf_span *signature)
{
    uint8_t found[HF_HASH_MAX];
    size_t size = hf_hash_size(hash);
    return hf_br_rsa_pkcs1_verify(*signature, hf_br_oid(hash), size, pub, found) == 1 &&
           hf_same_secret(found, value, size);
}

static bool verify_pss(const br_rsa_public_key *pub, const hf_public_key *key, hf_hash_id hash,
                       const uint8_t *value, const hf_span *signature)
{
    uint8_t block[HF_RSA_BITS_MAX / 8];
    memcpy(block, signature->ptr, signature->len);
    return hf_br_rsa_public(block, signature->len, pub) == 1 &&
           hf_rsa_pss_check(hash, value, block, key->point);
}

static hf_code verify_rsa(const hf_public_key *key, hf_signature_kind kind, hf_hash_id hash,
                          const uint8_t *value, const hf_span *signature)
{
    if (!hf_rsa_public_ok(key)) {
        return HF_E_CERT_WEAK_KEY;
    }
    if (signature->len != key->point.len) { /* RFC 8017 8.1.2 step 1, 8.2.2 step 1 */
        return HF_E_CERT_SIGNATURE;
    }
    br_rsa_public_key pub = hf_br_public(key->point, key->exponent);
    bool good = kind == HF_RSA_PSS ? verify_pss(&pub, key, hash, value, signature)
                                   : verify_pkcs1(&pub, hash, value, signature);
    return good ? HF_OK : HF_E_CERT_SIGNATURE;
}

hf_code hf_crypto_verify(const hf_crypto *crypto, const hf_public_key *key, hf_signature_kind kind,
                         hf_hash_id hash, const uint8_t *value, hf_span signature)
{
    (void)crypto;
    if (!hf_crypto_can_verify(key->kind, kind, hash)) {
        return HF_E_UNSUPPORTED;
    }
    return HF_HAS_RSA && kind != HF_ECDSA
               ? verify_rsa(key, kind, hash, value, &signature)
               : verify_ecdsa(key, value, hf_hash_size(hash), &signature);
}
