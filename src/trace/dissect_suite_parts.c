/* A cipher suite by its parts, which its name spells out: TLS_exchange_WITH_cipher_hash. */
#include "trace/dissect_names.h"

#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

typedef struct exchange {
    const char *written; /* between TLS_ and _WITH_ */
    const char *exchange;
    const char *authentication;
} exchange;

/* "ephemeral" is what forward secrecy takes: a key made for this connection alone. */
static const exchange EXCHANGES[] = {
    {"ECDHE_ECDSA", "ECDHE (ephemeral)", "ECDSA"},
    {"ECDHE_RSA", "ECDHE (ephemeral)", "RSA"},
    {"ECDHE_PSK", "ECDHE (ephemeral)", "PSK"},
    {"DHE_RSA", "DHE (ephemeral)", "RSA"},
    {"DHE_DSS", "DHE (ephemeral)", "DSS"},
    {"DHE_PSK", "DHE (ephemeral)", "PSK"},
    {"PSK_DHE", "DHE (ephemeral)", "PSK"},
    {"DHE_RSA_EXPORT", "DHE (ephemeral), export", "RSA"},
    {"DHE_DSS_EXPORT", "DHE (ephemeral), export", "DSS"},
    {"RSA", "RSA (the server's key, no forward secrecy)", "RSA"},
    {"RSA_EXPORT", "RSA, export", "RSA"},
    {"RSA_PSK", "RSA (the server's key, no forward secrecy)", "RSA and PSK"},
    {"PSK", "PSK (no forward secrecy)", "PSK"},
    {"ECDH_ECDSA", "ECDH (the certificate's key, no forward secrecy)", "ECDSA"},
    {"ECDH_RSA", "ECDH (the certificate's key, no forward secrecy)", "RSA"},
    {"DH_RSA", "DH (the certificate's key, no forward secrecy)", "RSA"},
    {"DH_DSS", "DH (the certificate's key, no forward secrecy)", "DSS"},
    {"DH_RSA_EXPORT", "DH (the certificate's key), export", "RSA"},
    {"DH_DSS_EXPORT", "DH (the certificate's key), export", "DSS"},
    {"ECDH_anon", "ECDHE (ephemeral)", "none"},
    {"DH_anon", "DHE (ephemeral)", "none"},
    {"DH_anon_EXPORT", "DHE (ephemeral), export", "none"},
    {"SRP_SHA", "SRP", "SRP password"},
    {"SRP_SHA_RSA", "SRP", "SRP password and RSA"},
    {"SRP_SHA_DSS", "SRP", "SRP password and DSS"},
    {"NULL", "none", "none"},
};

typedef struct spelling {
    const char *written;
    const char *meant;
} spelling;

static const spelling CIPHERS[] = {
    {"AES_128_GCM", "AES-128-GCM"},
    {"AES_256_GCM", "AES-256-GCM"},
    {"CHACHA20_POLY1305", "ChaCha20-Poly1305"},
    {"AES_128_CCM", "AES-128-CCM"},
    {"AES_256_CCM", "AES-256-CCM"},
    {"AES_128_CCM_8", "AES-128-CCM with a short tag (8 bytes)"},
    {"AES_256_CCM_8", "AES-256-CCM with a short tag (8 bytes)"},
    {"AES_128_CBC", "AES-128-CBC"},
    {"AES_256_CBC", "AES-256-CBC"},
    {"ARIA_128_GCM", "ARIA-128-GCM"},
    {"ARIA_256_GCM", "ARIA-256-GCM"},
    {"ARIA_128_CBC", "ARIA-128-CBC"},
    {"ARIA_256_CBC", "ARIA-256-CBC"},
    {"CAMELLIA_128_GCM", "Camellia-128-GCM"},
    {"CAMELLIA_256_GCM", "Camellia-256-GCM"},
    {"CAMELLIA_128_CBC", "Camellia-128-CBC"},
    {"CAMELLIA_256_CBC", "Camellia-256-CBC"},
    {"SEED_CBC", "SEED-CBC"},
    {"IDEA_CBC", "IDEA-CBC"},
    {"3DES_EDE_CBC", "3DES-CBC"},
    {"DES_CBC", "DES-CBC"},
    {"DES40_CBC", "DES-CBC, 40 bits"},
    {"RC2_CBC_40", "RC2-CBC, 40 bits"},
    {"RC4_128", "RC4-128"},
    {"RC4_40", "RC4, 40 bits"},
    {"NULL", "none"},
    {"SHA256", "none"}, /* RFC 9150: integrity only */
    {"SHA384", "none"},
};

/* What stands behind the cipher. RFC 6655 3: CCM without a hash in its name has SHA-256. */
static const spelling HASHES[] = {
    {"", "SHA-256"},   {"_SHA256", "SHA-256"}, {"_SHA384", "SHA-384"},
    {"_SHA", "SHA-1"}, {"_MD5", "MD5"},        {"_NULL", "none"},
};

static bool is(const char *text, size_t len, const char *whole)
{
    return strlen(whole) == len && memcmp(text, whole, len) == 0;
}

static bool find_exchange(const char *text, size_t len, hf_suite_parts *parts)
{
    for (size_t i = 0; i < COUNT(EXCHANGES); i++) {
        if (is(text, len, EXCHANGES[i].written)) {
            parts->exchange = EXCHANGES[i].exchange;
            parts->authentication = EXCHANGES[i].authentication;
            return true;
        }
    }
    return false;
}

/* A cipher and a hash that make up the whole text. */
static bool find_cipher(const char *text, hf_suite_parts *parts)
{
    for (size_t i = 0; i < COUNT(CIPHERS); i++) {
        size_t len = strlen(CIPHERS[i].written);
        if (strncmp(text, CIPHERS[i].written, len) != 0) {
            continue;
        }
        for (size_t j = 0; j < COUNT(HASHES); j++) {
            if (strcmp(text + len, HASHES[j].written) == 0) {
                parts->encryption = CIPHERS[i].meant;
                parts->hash = HASHES[j].meant;
                return true;
            }
        }
    }
    return false;
}

bool hf_suite_by_parts(uint16_t suite, hf_suite_parts *parts)
{
    static const char with[] = "_WITH_";
    const char *name = hf_any_suite_name(suite);
    *parts = (hf_suite_parts){"unknown", "unknown", "unknown", "unknown"};
    if (strncmp(name, "TLS_", 4) != 0) {
        return false;
    }
    name += 4;
    const char *middle = strstr(name, with);
    if (middle != NULL) {
        return find_exchange(name, (size_t)(middle - name), parts) &&
               find_cipher(middle + sizeof with - 1, parts);
    }
    if (!find_cipher(name, parts)) {
        return false;
    }
    /* TLS 1.3 (RFC 8446 B.4): a suite says nothing of the two. */
    parts->exchange = "by extension: (EC)DHE (ephemeral), PSK or both";
    parts->authentication = "by extension: certificate or PSK";
    return true;
}
