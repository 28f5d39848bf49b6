/* The tables of explain_codes.h, made from the lists in cli/explain/. A cause that a list names and
 * causes.def lacks does not compile.
 */
#include "explain_codes.h"

enum {
    CAUSE_NONE,
#define CAUSE(id, cause, check, fix) CAUSE_##id,
#include "causes.def"
#undef CAUSE
};

const code_cause CODE_CAUSES[] = {
    {"", "", ""},
#define CAUSE(id, cause, check, fix) {cause, check, fix},
#include "causes.def"
#undef CAUSE
};

enum {
    CAUSES = sizeof CODE_CAUSES / sizeof CODE_CAUSES[0],
};

const char *const CODE_PAGES[CAUSES] = {
    [CAUSE_ALERT] = "opaque-codes.md",
    [CAUSE_ALPN] = "alpn.md",
    [CAUSE_BUFFER] = "large-records.md",
    [CAUSE_CLIENT_ID] = "client-ids.md",
    [CAUSE_CLOCK] = "clock.md",
    [CAUSE_FIREWALL] = "time-outs.md",
    [CAUSE_HEAP] = "out-of-memory.md",
    [CAUSE_INTERMEDIATE] = "roots.md",
    [CAUSE_LEAK] = "reconnect-leaks.md",
    [CAUSE_RATE] = "client-ids.md",
    [CAUSE_RECORD_LIMIT] = "large-records.md",
    [CAUSE_ROOT] = "roots.md",
    [CAUSE_SESSION] = "no-resumption.md",
    [CAUSE_SLOW] = "slow-handshakes.md",
    [CAUSE_TICKET] = "tickets.md",
};

#define CODE(number, name, what, first, second, third)                                             \
    {number, #name, what, {CAUSE_##first, CAUSE_##second, CAUSE_##third}},

static const foreign_code MBEDTLS_CODES[] = {
#include "mbedtls.def"
};
static const foreign_code MBEDTLS2_CODES[] = {
#include "mbedtls2.def"
};
static const foreign_code MBEDTLS3_CODES[] = {
#include "mbedtls3.def"
};
static const foreign_code PSA_CODES[] = {
#include "psa.def"
};
static const foreign_code FLAGS_CODES[] = {
#include "flags.def"
};
static const foreign_code ESP_CODES[] = {
#include "esp.def"
};
static const foreign_code OPENSSL_CODES[] = {
#include "openssl.def"
};
static const foreign_code WOLFSSL_CODES[] = {
#include "wolfssl.def"
};
static const foreign_code GNUTLS_CODES[] = {
#include "gnutls.def"
};
static const foreign_code BEARSSL_CODES[] = {
#include "bearssl.def"
};
static const foreign_code MOSQUITTO_CODES[] = {
#include "mosquitto.def"
};
static const foreign_code MQTT5_CODES[] = {
#include "mqtt5.def"
};

#define CODES_OF(list) list, sizeof list / sizeof list[0]

const code_stack CODE_STACKS[STACK_COUNT] = {
    [STACK_MBEDTLS] = {"Mbed TLS", "mbedtls", "MBEDTLS_ERR_", CODES_OF(MBEDTLS_CODES), true},
    [STACK_MBEDTLS2] = {"Mbed TLS 2.x", "mbedtls", "MBEDTLS_ERR_", CODES_OF(MBEDTLS2_CODES), true},
    [STACK_MBEDTLS3] = {"Mbed TLS 3.x and 4.x", "mbedtls", "MBEDTLS_ERR_", CODES_OF(MBEDTLS3_CODES),
                        true},
    [STACK_PSA] = {"PSA Crypto, Mbed TLS 4.x", "mbedtls", "PSA_ERROR_", CODES_OF(PSA_CODES), true},
    [STACK_FLAGS] = {"Mbed TLS verification flag", "flags", "MBEDTLS_X509_", CODES_OF(FLAGS_CODES),
                     false},
    [STACK_ESP] = {"ESP-IDF", "esp", "ESP_ERR_", CODES_OF(ESP_CODES), false},
    [STACK_OPENSSL] = {"OpenSSL", "openssl", "", CODES_OF(OPENSSL_CODES), false},
    [STACK_WOLFSSL] = {"wolfSSL", "wolfssl", "", CODES_OF(WOLFSSL_CODES), true},
    [STACK_GNUTLS] = {"GnuTLS", "gnutls", "GNUTLS_E_", CODES_OF(GNUTLS_CODES), true},
    [STACK_BEARSSL] = {"BearSSL", "bearssl", "BR_ERR_", CODES_OF(BEARSSL_CODES), false},
    [STACK_MOSQUITTO] = {"mosquitto", "mosquitto", "MOSQ_ERR_", CODES_OF(MOSQUITTO_CODES), false},
    [STACK_MQTT5] = {"MQTT 5", "mqtt5", "", CODES_OF(MQTT5_CODES), false},
};
