/* What a test needs of the crypto backend: without it the test is skipped, and counted as such. And
 * how much of a sweep it can bear. */
#ifndef HF_TESTS_NEEDS_H
#define HF_TESTS_NEEDS_H

#include "crypto/crypto.h"
#include "unit/cmocka_all.h"

#include <string.h>

/* Records larger than the input buffer (psa over Mbed TLS 2.28 has AEADs whole only). */
static inline void needs_pieces(void)
{
    if (!hf_crypto_has_pieces(HF_AES_128_GCM)) {
        skip();
    }
}

/* The step of a sweep over bits, bytes or lengths with a handshake or a signature for each. Mbed
 * TLS takes milliseconds for every public-key operation, so there it is every 7th; what is swept
 * over is the engine, which is the same with each backend. */
static inline size_t sweep_step(void)
{
    return strncmp(hf_crypto_name(), "psa", 3) == 0 ? 7 : 1;
}

#endif
