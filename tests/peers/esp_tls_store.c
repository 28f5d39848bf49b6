/* The option --stored-key of peer_esp_tls: a key in the PSA key store, volatile. Needs the psa
 * backend.
 */
#include "esp_tls_client.h"

#include <handfast/tls.h>

#include <string.h>

#if defined(HF_BACKEND_PSA)

#include <psa/crypto.h>

#define GONE 0x12345u

static uint32_t import_key(const char *hex, const char *policy)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    bool verify = strcmp(policy, ":verify") == 0;
    bool sha384 = strcmp(policy, ":sha384") == 0;
    uint8_t number[32];
    psa_key_id_t id = 0;
    for (size_t i = 0; i < sizeof number; i++) {
        const char digits[3] = {hex[2 * i], hex[2 * i + 1], 0};
        number[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_usage_flags(&attributes,
                            verify ? PSA_KEY_USAGE_VERIFY_HASH : PSA_KEY_USAGE_SIGN_HASH);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(sha384 ? PSA_ALG_SHA_384 : PSA_ALG_ANY_HASH));
    psa_status_t status = psa_crypto_init();
    status =
        status == PSA_SUCCESS ? psa_import_key(&attributes, number, sizeof number, &id) : status;
    if (status != PSA_SUCCESS) {
        fprintf(stderr, "psa_import_key: %d\n", (int)status);
        exit(2);
    }
    return id;
}

void store_key(char *text)
{
    size_t digits = strspn(text, "0123456789abcdef");
    run.stored.source = ESP_KEY_SOURCE_PSA;
    run.stored.psa.key_id = digits == 64 ? import_key(text, text + digits) : GONE;
}

#else

void store_key(char *text)
{
    fprintf(stderr, "--stored-key %s: the backend has no key store\n", text);
    exit(2);
}

#endif
