/* The openssl backend: what it has, what connections share, random numbers.
 *
 * Ciphers and curves are looked up once here, because a fetch by name costs more than a handshake's
 * hashing. libcrypto draws the blinding values and nonces inside its own signatures from its own
 * generator; everything else comes from the source given at init.
 */
#include "crypto/openssl/state.h"
#include "wire/secret.h"

#include <openssl/err.h>
#include <openssl/rand.h>

#include <limits.h>

const char *hf_crypto_name(void)
{
    return "openssl 3";
}

bool hf_crypto_has_hash(hf_hash_id id)
{
    return hf_hash_size(id) > 0 && id != HF_SHA1;
}

bool hf_crypto_has_aead(hf_aead_id id)
{
    return hf_aead_key_size(id) > 0;
}

bool hf_crypto_has_pieces(hf_aead_id id)
{
    /* EVP's CCM wants the whole message at once. */
    return hf_crypto_has_aead(id) && id != HF_AES_128_CCM;
}

bool hf_crypto_has_group(uint16_t group)
{
    return hf_exchange_point_size(group) > 0;
}

static bool fill_from_libcrypto(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    return len <= INT_MAX && RAND_bytes(out, (int)len) == 1;
}

static bool fetch_all(hf_ossl_crypto *own)
{
    static const char *const names[] = {"AES-128-GCM", "AES-256-GCM", "AES-128-CCM",
                                        "ChaCha20-Poly1305"};
    bool good = true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        own->ciphers[i] = EVP_CIPHER_fetch(NULL, names[i], NULL);
        good = good && own->ciphers[i] != NULL;
    }
    own->p256 = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    own->p384 = EC_GROUP_new_by_curve_name(NID_secp384r1);
    return good && own->p256 != NULL && own->p384 != NULL;
}

hf_code hf_crypto_init(hf_crypto *crypto, hf_random_source source)
{
    *crypto = (hf_crypto){.random = source};
    if (source.fill == NULL) {
        crypto->random.fill = fill_from_libcrypto;
        if (RAND_status() != 1) {
            hf_crypto_release(crypto);
            return HF_E_NO_RANDOM;
        }
    }
    if (!fetch_all((hf_ossl_crypto *)crypto->space_)) {
        hf_crypto_release(crypto);
        return HF_E_BACKEND;
    }
    return HF_OK;
}

void hf_crypto_release(hf_crypto *crypto)
{
    hf_ossl_crypto *own = (hf_ossl_crypto *)crypto->space_;
    for (size_t i = 0; i < sizeof own->ciphers / sizeof own->ciphers[0]; i++) {
        EVP_CIPHER_free(own->ciphers[i]);
    }
    EC_GROUP_free(own->p256);
    EC_GROUP_free(own->p384);
    hf_wipe(crypto, sizeof *crypto);
}

const EC_GROUP *hf_ossl_group(const hf_crypto *crypto, hf_key_kind kind)
{
    const hf_ossl_crypto *own = (const hf_ossl_crypto *)crypto->space_;
    return kind == HF_KEY_P256 ? own->p256 : kind == HF_KEY_P384 ? own->p384 : NULL;
}
