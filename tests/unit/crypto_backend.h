/* A backend that works and one whose random source is dead, opened for a group of crypto tests. */
#ifndef HF_TESTS_CRYPTO_BACKEND_H
#define HF_TESTS_CRYPTO_BACKEND_H

#include "unit/crypto_help.h"

static hf_crypto crypto;
static hf_span nothing; /* a source with nothing in it */
static hf_crypto dead;

static int open_backend(void **state)
{
    (void)state;
    open_crypto(&crypto, NULL);
    open_crypto(&dead, &nothing);
    return 0;
}

static int close_backend(void **state)
{
    (void)state;
    hf_crypto_release(&crypto);
    hf_crypto_release(&dead);
    return 0;
}

#endif
