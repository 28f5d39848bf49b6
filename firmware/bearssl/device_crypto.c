/* What BearSSL needs of the device: random numbers of the board; the key stays where it lies. */
#include "device.h"

hf_code device_crypto(hf_config *config, hf_span key)
{
    uint32_t offset = 0;
    config->random = (hf_random_source){board_random, NULL};
    return key.len > 0 ? hf_key_parse(&config->identity.key_parts, key, &offset) : HF_OK;
}

uint32_t device_crypto_heap(void)
{
    return 0;
}
