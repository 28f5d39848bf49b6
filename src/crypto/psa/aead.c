/* AEADs of the psa backend: the implementation holds the key, the hf_aead its id.
 *
 * PSA has ciphertext and tag in one buffer. Records have them so, and are sealed and opened where
 * they are; a tag that stands elsewhere costs a copy, which is small or refused.
 */
#include "crypto/psa/state.h"
#include "wire/secret.h"

#include <string.h>

psa_algorithm_t hf_psa_aead_of(uint8_t id)
{
    return id == HF_AES_128_CCM         ? PSA_ALG_CCM
           : id == HF_CHACHA20_POLY1305 ? PSA_ALG_CHACHA20_POLY1305
                                        : PSA_ALG_GCM;
}

hf_code hf_aead_init(hf_aead *aead, const hf_crypto *crypto, hf_aead_id id, const uint8_t *key,
                     bool sealing)
{
    hf_psa_aead *own = (hf_psa_aead *)aead->space_;
    (void)crypto;
    *aead = (hf_aead){.id = HF_AEAD_NONE};
    if (!hf_crypto_has_aead(id)) {
        return HF_E_UNSUPPORTED;
    }
    psa_key_type_t type = id == HF_CHACHA20_POLY1305 ? PSA_KEY_TYPE_CHACHA20 : PSA_KEY_TYPE_AES;
    psa_key_usage_t usage = sealing ? PSA_KEY_USAGE_ENCRYPT : PSA_KEY_USAGE_DECRYPT;
    psa_status_t status = hf_psa_import(type, usage, hf_psa_aead_of((uint8_t)id),
                                        (hf_span){key, hf_aead_key_size(id)}, &own->key);
    if (status != PSA_SUCCESS) {
        return hf_psa_failure(status);
    }
    aead->id = (uint8_t)id;
    return HF_OK;
}

void hf_aead_release(hf_aead *aead)
{
    hf_psa_aead *own = (hf_psa_aead *)aead->space_;
    if (aead->id != HF_AEAD_NONE) {
        hf_psa_pieces_abort(own);
        (void)psa_destroy_key(own->key);
    }
    hf_wipe(aead, sizeof *aead);
}

static hf_code seal(const hf_aead *aead, const uint8_t *nonce, hf_span ad, uint8_t *data,
                    size_t len)
{
    const hf_psa_aead *own = (const hf_psa_aead *)aead->space_;
    size_t done = 0;
    psa_status_t status =
        psa_aead_encrypt(own->key, hf_psa_aead_of(aead->id), nonce, HF_NONCE_SIZE, ad.ptr, ad.len,
                         data, len, data, len + HF_TAG_SIZE, &done);
    return status == PSA_SUCCESS && done == len + HF_TAG_SIZE ? HF_OK : HF_E_BACKEND;
}

static hf_code open(const hf_aead *aead, const uint8_t *nonce, hf_span ad, uint8_t *data,
                    size_t len)
{
    const hf_psa_aead *own = (const hf_psa_aead *)aead->space_;
    size_t done = 0;
    psa_status_t status =
        psa_aead_decrypt(own->key, hf_psa_aead_of(aead->id), nonce, HF_NONCE_SIZE, ad.ptr, ad.len,
                         data, len + HF_TAG_SIZE, data, len, &done);
    if (status == PSA_SUCCESS && done == len) {
        return HF_OK;
    }
    hf_wipe(data, len);
    return status == PSA_ERROR_INVALID_SIGNATURE ? HF_E_BAD_RECORD_MAC : HF_E_BACKEND;
}

hf_code hf_aead_seal(hf_aead *aead, const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, uint8_t *data,
                     size_t len, uint8_t tag[HF_TAG_SIZE])
{
    uint8_t together[HF_AEAD_APART_MAX + HF_TAG_SIZE];
    if (data != NULL && tag == data + len) {
        return seal(aead, nonce, ad, data, len);
    }
    if (len > HF_AEAD_APART_MAX) {
        return HF_E_USAGE;
    }
    if (len > 0) {
        memcpy(together, data, len);
    }
    hf_code code = seal(aead, nonce, ad, together, len);
    if (code == HF_OK && len > 0) {
        memcpy(data, together, len);
    }
    if (code == HF_OK) {
        memcpy(tag, together + len, HF_TAG_SIZE);
    }
    hf_wipe(together, len);
    return code;
}

hf_code hf_aead_open(hf_aead *aead, const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, uint8_t *data,
                     size_t len, const uint8_t tag[HF_TAG_SIZE])
{
    uint8_t together[HF_AEAD_APART_MAX + HF_TAG_SIZE];
    if (data != NULL && tag == data + len) {
        return open(aead, nonce, ad, data, len);
    }
    if (len > HF_AEAD_APART_MAX) {
        return HF_E_USAGE;
    }
    if (len > 0) {
        memcpy(together, data, len);
    }
    memcpy(together + len, tag, HF_TAG_SIZE);
    hf_code code = open(aead, nonce, ad, together, len);
    if (len > 0) {
        memcpy(data, together, len); /* zeros when it failed */
    }
    hf_wipe(together, len);
    return code;
}
