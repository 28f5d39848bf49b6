/* Signature verification of the psa backend. The public key is imported for the one verification;
 * import checks it. PSA has ECDSA signatures as r and s in a row, so DER is read here
 * (crypto/ecdsa_der.c), and strictly. */
#include "crypto/ecdsa_der.h"
#include "crypto/psa/state.h"
#include "crypto/rsa_key.h"

size_t hf_psa_curve_bits(hf_key_kind kind)
{
    return kind == HF_KEY_P256 ? 256 : kind == HF_KEY_P384 ? 384 : 0;
}

psa_algorithm_t hf_psa_signature(hf_signature_kind kind, psa_algorithm_t hash)
{
    return kind == HF_ECDSA       ? PSA_ALG_ECDSA(hash)
           : kind == HF_RSA_PKCS1 ? PSA_ALG_RSA_PKCS1V15_SIGN(hash)
                                  : PSA_ALG_RSA_PSS(hash);
}

static bool has_signature(hf_key_kind key, hf_signature_kind kind)
{
    switch (key) {
    case HF_KEY_P256:
        return kind == HF_ECDSA && HF_PSA_HAS_ECDSA && HF_PSA_HAS_P256;
    case HF_KEY_P384:
        return kind == HF_ECDSA && HF_PSA_HAS_ECDSA && HF_PSA_HAS_P384;
    case HF_KEY_RSA:
        return (kind == HF_RSA_PKCS1 && HF_PSA_HAS_RSA_PKCS1) ||
               (kind == HF_RSA_PSS && HF_PSA_HAS_RSA_PSS);
    case HF_KEY_NONE:
        break;
    }
    return false;
}

bool hf_crypto_can_verify(hf_key_kind key, hf_signature_kind kind, hf_hash_id hash)
{
    return has_signature(key, kind) && hf_crypto_has_hash(hash);
}

static psa_status_t import_ec(const hf_public_key *key, psa_algorithm_t algorithm, psa_key_id_t *id)
{
    return hf_psa_import(PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1),
                         PSA_KEY_USAGE_VERIFY_HASH, algorithm, key->point, id);
}

/* Apart, so that its buffer is off the stack before anything is verified. */
static __attribute__((noinline)) psa_status_t
import_rsa(const hf_public_key *key, psa_algorithm_t algorithm, psa_key_id_t *id)
{
    uint8_t der[HF_PSA_RSA_PUBLIC_MAX];
    hf_span bytes = {der, hf_psa_rsa_public(key, der)};
    return hf_psa_import(PSA_KEY_TYPE_RSA_PUBLIC_KEY, PSA_KEY_USAGE_VERIFY_HASH, algorithm, bytes,
                         id);
}

/* The key in PSA's hands, for one algorithm. */
static hf_code import(const hf_public_key *key, psa_algorithm_t algorithm, psa_key_id_t *id)
{
    bool rsa = HF_HAS_RSA && key->kind == HF_KEY_RSA;
    size_t point = 2 * hf_psa_curve_bits(key->kind) / 8 + 1;
    bool good = rsa ? hf_rsa_public_ok(key) : key->point.len == point && key->point.ptr[0] == 0x04;
    if (!good) {
        return HF_E_CERT_WEAK_KEY;
    }
    psa_status_t status = rsa ? import_rsa(key, algorithm, id) : import_ec(key, algorithm, id);
    return status == PSA_SUCCESS                  ? HF_OK
           : status == PSA_ERROR_INVALID_ARGUMENT ? HF_E_CERT_WEAK_KEY
                                                  : hf_psa_failure(status);
}

static hf_code check(psa_key_id_t id, psa_algorithm_t algorithm, hf_span value, hf_span signature)
{
    psa_status_t status =
        psa_verify_hash(id, algorithm, value.ptr, value.len, signature.ptr, signature.len);
    return status == PSA_SUCCESS                       ? HF_OK
           : status == PSA_ERROR_NOT_SUPPORTED         ? HF_E_UNSUPPORTED
           : status == PSA_ERROR_INSUFFICIENT_MEMORY   ? HF_E_BACKEND
           : status == PSA_ERROR_COMMUNICATION_FAILURE ? HF_E_BACKEND
           : status == PSA_ERROR_HARDWARE_FAILURE      ? HF_E_BACKEND
                                                       : HF_E_CERT_SIGNATURE;
}

hf_code hf_crypto_verify(const hf_crypto *crypto, const hf_public_key *key, hf_signature_kind kind,
                         hf_hash_id hash, const uint8_t *value, hf_span signature)
{
    uint8_t raw[2 * HF_SHARED_MAX];
    psa_algorithm_t algorithm = hf_psa_signature(kind, hf_psa_hash_of(hash));
    psa_key_id_t id = 0;
    (void)crypto;
    if (!hf_crypto_can_verify(key->kind, kind, hash)) {
        return HF_E_UNSUPPORTED;
    }
    hf_code code = import(key, algorithm, &id);
    if (code != HF_OK) {
        return code;
    }
    if (kind == HF_ECDSA) {
        size_t size = hf_psa_curve_bits(key->kind) / 8;
        code = hf_ecdsa_read(signature, raw, size) ? HF_OK : HF_E_CERT_SIGNATURE;
        signature = (hf_span){raw, 2 * size};
    } else if (signature.len != key->point.len) { /* RFC 8017 8.1.2 step 1, 8.2.2 step 1 */
        code = HF_E_CERT_SIGNATURE;
    }
    code = code == HF_OK ? check(id, algorithm, (hf_span){value, hf_hash_size(hash)}, signature)
                         : code;
    (void)psa_destroy_key(id);
    return code;
}
