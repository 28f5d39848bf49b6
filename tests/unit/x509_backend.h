/* The backend for a group of tests over the fixtures of X.509. */
#ifndef HF_TESTS_X509_BACKEND_H
#define HF_TESTS_X509_BACKEND_H

#include "unit/x509_fixtures.h"

static hf_crypto backend;

static int open_backend(void **state)
{
    (void)state;
    return hf_crypto_init(&backend, (hf_random_source){0}) == HF_OK ? 0 : -1;
}

static int close_backend(void **state)
{
    (void)state;
    hf_crypto_release(&backend);
    return 0;
}

#endif
