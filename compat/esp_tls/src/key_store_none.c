/* With the other backends: they have no store of keys. */
#include "key_store.h"

bool hf_esp_has_key_store(void)
{
    return false;
}

hf_code hf_esp_use_stored_key(hf_config *config, uint32_t key_id)
{
    (void)key_id;
    return hf_fail(&config->error, HF_E_UNSUPPORTED);
}
