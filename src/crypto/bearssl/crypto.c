/* The bearssl backend: what it has, what connections share, random numbers. No heap anywhere. */
#include "crypto/bearssl/state.h"
#include "wire/secret.h"

const char *hf_crypto_name(void)
{
    return "bearssl 0.6";
}

bool hf_crypto_has_hash(hf_hash_id id)
{
    return hf_hash_size_of(id) > 0 && id != HF_SHA1;
}

bool hf_crypto_has_aead(hf_aead_id id)
{
    return hf_aead_key_size_of(id) > 0;
}

bool hf_crypto_has_pieces(hf_aead_id id)
{
    /* BearSSL's ChaCha20-Poly1305 is one call over the whole message. */
    return hf_crypto_has_aead(id) && id != HF_CHACHA20_POLY1305;
}

bool hf_crypto_has_group(uint16_t group)
{
    return hf_exchange_point_size(group) > 0;
}

hf_code hf_crypto_init(hf_crypto *crypto, hf_random_source source)
{
    *crypto = (hf_crypto){.random = source};
    hf_br_choose((hf_br_crypto *)crypto->space_);
    if (source.fill == NULL) {
        uint8_t probe;
        if (!hf_br_system_random(NULL, &probe, 1)) {
            hf_crypto_release(crypto);
            return HF_E_NO_RANDOM;
        }
        crypto->random.fill = hf_br_system_random;
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
    return HF_E_KEY_NO_DECRYPT; /* BearSSL has no password-based decryption */
}
