/* With the psa backend: it signs with keys of the store itself. */
#include "key_store.h"

#include <handfast/psa.h>

bool hf_esp_has_key_store(void)
{
    return true;
}

hf_code hf_esp_use_stored_key(hf_config *config, uint32_t key_id)
{
    return hf_config_psa_key(config, &config->identity, key_id);
}
