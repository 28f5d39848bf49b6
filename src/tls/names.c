/* Names of suites, schemes and groups for people: the part of handfast/tls.h that only programs
 * which ask for it have in their image. */
#include <handfast/tls.h>

typedef struct name {
    uint16_t id;
    const char *text;
} name;

static const name SUITES[] = {
    {0x1301, "TLS_AES_128_GCM_SHA256"},
    {0x1304, "TLS_AES_128_CCM_SHA256"},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
    {0x1302, "TLS_AES_256_GCM_SHA384"},
    {0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
    {0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
    {0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
    {0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
    {0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
};

static const name SCHEMES[] = {
    {HF_ECDSA_SECP256R1_SHA256, "ecdsa_secp256r1_sha256"},
    {HF_ECDSA_SECP384R1_SHA384, "ecdsa_secp384r1_sha384"},
    {HF_RSA_PSS_RSAE_SHA256, "rsa_pss_rsae_sha256"},
    {HF_RSA_PSS_RSAE_SHA384, "rsa_pss_rsae_sha384"},
    {HF_RSA_PKCS1_SHA256, "rsa_pkcs1_sha256"},
    {HF_RSA_PKCS1_SHA384, "rsa_pkcs1_sha384"},
};

static const name GROUPS[] = {
    {HF_SECP256R1, "secp256r1"},
    {HF_SECP384R1, "secp384r1"},
    {HF_X25519, "x25519"},
};

#define FIND(names, id) find(names, sizeof(names) / sizeof((names)[0]), id)

static const char *find(const name *names, size_t count, uint16_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].id == id) {
            return names[i].text;
        }
    }
    return "unknown";
}

const char *hf_tls_suite_name(uint16_t suite)
{
    return FIND(SUITES, suite);
}

const char *hf_tls_scheme_name(uint16_t scheme)
{
    return FIND(SCHEMES, scheme);
}

const char *hf_tls_group_name(uint16_t group)
{
    return FIND(GROUPS, group);
}
