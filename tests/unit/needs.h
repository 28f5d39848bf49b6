/* What a test needs of the crypto backend: without it the test is skipped, and counted as such. */
#ifndef HF_TESTS_NEEDS_H
#define HF_TESTS_NEEDS_H

#include "crypto/crypto.h"
#include "unit/cmocka_all.h"

/* Records larger than the input buffer (psa over Mbed TLS 2.28 has AEADs whole only). */
static inline void needs_pieces(void)
{
    if (!hf_crypto_has_pieces(HF_AES_128_GCM)) {
        skip();
    }
}

#endif
