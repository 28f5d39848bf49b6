/* Signing with a key that PSA holds. Its own generator makes the nonces of ECDSA and the salts of
 * RSA-PSS, which are as long as the hash. PSA gives r and s in a row, TLS has DER. */
#include "crypto/ecdsa_der.h"
#include "crypto/psa/state.h"

psa_algorithm_t hf_psa_ecdsa(bool deterministic, psa_algorithm_t hash)
{
    return deterministic ? PSA_ALG_DETERMINISTIC_ECDSA(hash) : PSA_ALG_ECDSA(hash);
}

static hf_code sign_ecdsa(const hf_psa_key *own, size_t size, psa_algorithm_t hash, hf_span value,
                          hf_space signature, size_t *len)
{
    uint8_t raw[2 * HF_SHARED_MAX];
    size_t raw_len = 0;
    psa_status_t status = psa_sign_hash(own->key, hf_psa_ecdsa(own->deterministic, hash), value.ptr,
                                        value.len, raw, sizeof raw, &raw_len);
    if (status != PSA_SUCCESS || raw_len != 2 * size) {
        return hf_psa_key_failure(status, HF_E_SIGNER);
    }
    *len = hf_ecdsa_write(raw, size, signature.ptr, signature.cap);
    return *len == 0 ? HF_E_MEMORY_TOO_SMALL : HF_OK;
}

static hf_code sign_rsa(const hf_psa_key *own, hf_signature_kind kind, psa_algorithm_t hash,
                        hf_span value, hf_space signature, size_t *len)
{
    psa_key_id_t key = kind == HF_RSA_PSS ? own->pss : own->key;
    psa_status_t status = psa_sign_hash(key, hf_psa_signature(kind, hash), value.ptr, value.len,
                                        signature.ptr, signature.cap, len);
    return status == PSA_SUCCESS ? HF_OK : hf_psa_key_failure(status, HF_E_SIGNER);
}

hf_code hf_key_sign(const hf_key *key, const hf_crypto *crypto, hf_signature_kind kind,
                    hf_hash_id hash, const uint8_t *value, uint8_t *signature, size_t cap,
                    size_t *len)
{
    const hf_psa_key *own = (const hf_psa_key *)key->space_;
    hf_key_kind key_kind = (hf_key_kind)key->kind;
    hf_span bytes = {value, hf_hash_size(hash)};
    hf_space out = {signature, cap};
    (void)crypto;
    *len = 0;
    if (!hf_crypto_can_verify(key_kind, kind, hash)) {
        return HF_E_UNSUPPORTED;
    }
    psa_algorithm_t algorithm = hf_psa_hash_of(hash);
    hf_code code = kind == HF_ECDSA ? sign_ecdsa(own, hf_psa_curve_bits(key_kind) / 8, algorithm,
                                                 bytes, out, len)
                                    : sign_rsa(own, kind, algorithm, bytes, out, len);
    if (code != HF_OK) {
        *len = 0;
    }
    return code;
}
