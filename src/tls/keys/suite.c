/* Tables of cipher suites, signature schemes and groups: see suite.h. */
#include "tls/keys/suite.h"

#define ANY (HF_SUITE_ECDSA | HF_SUITE_RSA)

/* IoT profile P-18: AES-128-GCM and AES-128-CCM first. */
static const hf_suite SUITES[] = {
    {0x1301, HF_TLS13, HF_AES_128_GCM, HF_SHA256, ANY, false},
#if HF_HAS_CCM
    {0x1304, HF_TLS13, HF_AES_128_CCM, HF_SHA256, ANY, false},
#endif
#if HF_HAS_CHACHA20
    {0x1303, HF_TLS13, HF_CHACHA20_POLY1305, HF_SHA256, ANY, false},
#endif
#if HF_HAS_AES256 && HF_HAS_SHA384
    {0x1302, HF_TLS13, HF_AES_256_GCM, HF_SHA384, ANY, false},
#endif
#if HF_HAS_TLS12
    {0xc02b, HF_TLS12, HF_AES_128_GCM, HF_SHA256, HF_SUITE_ECDSA, true},
#endif
#if HF_HAS_TLS12 && HF_HAS_RSA
    {0xc02f, HF_TLS12, HF_AES_128_GCM, HF_SHA256, HF_SUITE_RSA, true},
#endif
#if HF_HAS_TLS12 && HF_HAS_CCM
    {0xc0ac, HF_TLS12, HF_AES_128_CCM, HF_SHA256, HF_SUITE_ECDSA, true},
#endif
#if HF_HAS_TLS12 && HF_HAS_CHACHA20
    {0xcca9, HF_TLS12, HF_CHACHA20_POLY1305, HF_SHA256, HF_SUITE_ECDSA, false},
#endif
#if HF_HAS_TLS12 && HF_HAS_CHACHA20 && HF_HAS_RSA
    {0xcca8, HF_TLS12, HF_CHACHA20_POLY1305, HF_SHA256, HF_SUITE_RSA, false},
#endif
#if HF_HAS_TLS12 && HF_HAS_AES256 && HF_HAS_SHA384
    {0xc02c, HF_TLS12, HF_AES_256_GCM, HF_SHA384, HF_SUITE_ECDSA, true},
#endif
#if HF_HAS_TLS12 && HF_HAS_AES256 && HF_HAS_SHA384 && HF_HAS_RSA
    {0xc030, HF_TLS12, HF_AES_256_GCM, HF_SHA384, HF_SUITE_RSA, true},
#endif
};

/* In the default order of preference. In TLS 1.2 an ECDSA scheme does not bind the curve; we ask
 * for the pairing that 1.3 has in both versions. */
static const hf_scheme_info SCHEMES[] = {
    {HF_ECDSA_SECP256R1_SHA256, HF_ECDSA, HF_SHA256, HF_KEY_P256, true},
#if HF_HAS_P384 && HF_HAS_SHA384
    {HF_ECDSA_SECP384R1_SHA384, HF_ECDSA, HF_SHA384, HF_KEY_P384, true},
#endif
#if HF_HAS_RSA
    {HF_RSA_PSS_RSAE_SHA256, HF_RSA_PSS, HF_SHA256, HF_KEY_RSA, true},
#endif
#if HF_HAS_RSA && HF_HAS_SHA384
    {HF_RSA_PSS_RSAE_SHA384, HF_RSA_PSS, HF_SHA384, HF_KEY_RSA, true},
#endif
#if HF_HAS_RSA
    {HF_RSA_PKCS1_SHA256, HF_RSA_PKCS1, HF_SHA256, HF_KEY_RSA, false},
#endif
#if HF_HAS_RSA && HF_HAS_SHA384
    {HF_RSA_PKCS1_SHA384, HF_RSA_PKCS1, HF_SHA384, HF_KEY_RSA, false},
#endif
};

const hf_suite *hf_suite_at(size_t index)
{
    return index < sizeof SUITES / sizeof SUITES[0] ? &SUITES[index] : NULL;
}

const hf_suite *hf_suite_find(uint16_t id)
{
    for (size_t i = 0; i < sizeof SUITES / sizeof SUITES[0]; i++) {
        if (SUITES[i].id == id) {
            return &SUITES[i];
        }
    }
    return NULL;
}

const hf_scheme_info *hf_scheme_at(size_t index)
{
    return index < sizeof SCHEMES / sizeof SCHEMES[0] ? &SCHEMES[index] : NULL;
}

const hf_scheme_info *hf_scheme_find(uint16_t id)
{
    for (size_t i = 0; i < sizeof SCHEMES / sizeof SCHEMES[0]; i++) {
        if (SCHEMES[i].id == id) {
            return &SCHEMES[i];
        }
    }
    return NULL;
}
