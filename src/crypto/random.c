/* The random source, and what shows that it is none: it says so, it is stuck, or it begins anew
 * with each call. More cannot be seen from here: docs/porting.md says what is asked of a source. */
#include "crypto/crypto.h"
#include "wire/secret.h"

#define ENOUGH 16 /* bytes that are not all the same by chance */

static bool is_stuck(const uint8_t *bytes, size_t len)
{
    uint8_t differs = 0;
    for (size_t i = 1; i < len; i++) {
        differs |= (uint8_t)(bytes[i] ^ bytes[0]);
    }
    return len >= ENOUGH && differs == 0;
}

hf_code hf_crypto_random(const hf_crypto *crypto, uint8_t *out, size_t len)
{
    bool filled = crypto->random.fill != NULL && crypto->random.fill(crypto->random.ctx, out, len);
    if (!filled || is_stuck(out, len)) {
        hf_wipe(out, len);
        return HF_E_NO_RANDOM;
    }
    return HF_OK;
}

hf_code hf_crypto_try_random(const hf_crypto *crypto)
{
    uint8_t draws[2][ENOUGH];
    bool good = hf_crypto_random(crypto, draws[0], ENOUGH) == HF_OK &&
                hf_crypto_random(crypto, draws[1], ENOUGH) == HF_OK &&
                !hf_same_secret(draws[0], draws[1], ENOUGH);
    hf_wipe(draws, sizeof draws);
    return good ? HF_OK : HF_E_NO_RANDOM;
}
