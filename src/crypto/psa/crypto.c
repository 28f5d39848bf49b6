/* The psa backend: what the PSA implementation has, its start, random numbers. What is missing is
 * known at build time (has.h); what an implementation refuses all the same is HF_E_UNSUPPORTED. */
#include "crypto/psa/state.h"
#include "wire/secret.h"

const char *hf_crypto_name(void)
{
    return "psa 1.0";
}

bool hf_crypto_has_hash(hf_hash_id id)
{
    return hf_psa_hash_of(id) != 0 && id != HF_SHA1;
}

bool hf_crypto_has_aead(hf_aead_id id)
{
    return id == HF_AES_128_CCM         ? HF_PSA_HAS_CCM
           : id == HF_CHACHA20_POLY1305 ? HF_PSA_HAS_CHACHA
                                        : hf_aead_key_size(id) > 0 && HF_PSA_HAS_GCM;
}

bool hf_crypto_has_pieces(hf_aead_id id)
{
    return HF_PSA_PIECES && hf_crypto_has_aead(id);
}

bool hf_crypto_has_group(uint16_t group)
{
    bool curve = group == HF_X25519      ? HF_PSA_HAS_X25519
                 : group == HF_SECP256R1 ? HF_PSA_HAS_P256
                 : group == HF_SECP384R1 ? HF_PSA_HAS_P384
                                         : false;
    return curve && HF_PSA_HAS_ECDH;
}

bool hf_psa_random(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    return psa_generate_random(out, len) == PSA_SUCCESS;
}

/* Started anew as often as there are configurations: only the first time does anything. Never
 * stopped, for others in the program may have keys in it. */
hf_code hf_crypto_init(hf_crypto *crypto, hf_random_source source)
{
    *crypto = (hf_crypto){.random = source};
    psa_status_t status = psa_crypto_init();
    if (status == PSA_SUCCESS && source.fill == NULL) {
        uint8_t probe;
        crypto->random.fill = hf_psa_random;
        status = psa_generate_random(&probe, 1);
    }
    if (status != PSA_SUCCESS) {
        hf_crypto_release(crypto);
        return status == PSA_ERROR_INSUFFICIENT_ENTROPY ? HF_E_NO_RANDOM : HF_E_BACKEND;
    }
    return HF_OK;
}

void hf_crypto_release(hf_crypto *crypto)
{
    hf_wipe(crypto, sizeof *crypto);
}

hf_code hf_crypto_decrypt_key(hf_span der, const char *password, hf_space out, size_t *len)
{
    (void)der;
    (void)password;
    (void)out;
    *len = 0;
    return HF_E_KEY_NO_DECRYPT; /* PSA reads no containers of keys */
}
