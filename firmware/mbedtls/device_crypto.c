/* What Mbed TLS needs of the device: an arena in the place of a heap, and random numbers of the
 * board. The key is put into the PSA key store, where it may sign and never comes out again, and is
 * used by its id: what a secure element or a secure partition has from its factory.
 */
#include "device.h"

#include <handfast/psa.h>

#include <mbedtls/memory_buffer_alloc.h>
#include <psa/crypto.h>

#include <stdlib.h>

#define PAINT       0xa5
#define FIRST_BLOCK 64 /* the arena's first header lies in here */

uint8_t device_arena[PROFILE_ARENA] __attribute__((aligned(8)));
static size_t arena_len BOARD_FLASH_FILES; /* a constant on a device */

/* The allocator takes the first block that is large enough, from the low end on: so an arena that
 * ends where the paint begins would have done. With arena=BYTES on the command line it is smaller.
 */
static void open_arena(void)
{
    char value[8];
    bool given = board_argument("arena", value, sizeof value);
    size_t wanted = given ? strtoul(value, NULL, 10) : sizeof device_arena;
    arena_len = wanted < sizeof device_arena ? wanted : sizeof device_arena;
    mbedtls_memory_buffer_alloc_init(device_arena, arena_len);
    for (size_t i = FIRST_BLOCK; i < arena_len; i++) {
        device_arena[i] = PAINT;
    }
}

uint32_t device_crypto_heap(void)
{
    size_t len = arena_len;
    while (len > FIRST_BLOCK && device_arena[len - 1] == PAINT) {
        len--;
    }
    return (uint32_t)len;
}

psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                             uint8_t *output, size_t output_size,
                                             size_t *output_length)
{
    (void)context;
    *output_length = board_random(NULL, output, output_size) ? output_size : 0;
    return *output_length == output_size ? PSA_SUCCESS : PSA_ERROR_INSUFFICIENT_ENTROPY;
}

static hf_code store(hf_span key, psa_key_id_t *id)
{
    hf_private_key parts;
    uint32_t offset = 0;
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH));
    hf_code code = hf_key_parse(&parts, key, &offset);
    if (code == HF_OK &&
        psa_import_key(&attributes, parts.secret.ptr, parts.secret.len, id) != PSA_SUCCESS) {
        code = HF_E_BACKEND;
    }
    return code;
}

hf_code device_crypto(hf_config *config, hf_span key)
{
    psa_key_id_t id = 0;
    open_arena();
    if (psa_crypto_init() != PSA_SUCCESS) {
        return HF_E_BACKEND;
    }
    if (key.len == 0) {
        return HF_OK;
    }
    hf_code code = store(key, &id);
    return code == HF_OK ? hf_config_psa_key(config, &config->identity, id) : code;
}
