/* Keys in the PSA key store, for tests with the psa backend. Volatile: they end with the test. */
#ifndef HF_TESTS_PSA_STORE_H
#define HF_TESTS_PSA_STORE_H

#include "unit/x509_fixtures.h"
#include "x509/pem.h"

#include <psa/crypto.h>

#define EC_PAIR PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)
#define SIGN    PSA_KEY_USAGE_SIGN_HASH

/* A key that the store does not give away: its policy has no export. */
static inline uint32_t psa_store(psa_key_type_t type, hf_span key, psa_key_usage_t usage,
                                 psa_algorithm_t algorithm)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t id = 0;
    psa_set_key_type(&attributes, type);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, algorithm);
    assert_int_equal(psa_crypto_init(), PSA_SUCCESS);
    assert_int_equal(psa_import_key(&attributes, key.ptr, key.len, &id), PSA_SUCCESS);
    uint8_t out[2048];
    size_t len = 0;
    assert_int_equal(psa_export_key(id, out, sizeof out, &len), PSA_ERROR_NOT_PERMITTED);
    return id;
}

static inline uint32_t psa_store_ec(const char *name, psa_key_usage_t usage,
                                    psa_algorithm_t algorithm)
{
    hf_private_key parts;
    hf_span der = fixture(name);
    assert_int_equal(hf_key_parse(&parts, der, NULL), HF_OK);
    uint32_t id = psa_store(EC_PAIR, parts.secret, usage, algorithm);
    fixture_free(der);
    return id;
}

#endif
