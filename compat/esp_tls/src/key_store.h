/* Private keys that programs name by an id of the PSA Crypto API (esp_key_config.h): there are two
 * files, of which the build takes the one for its crypto backend.
 */
#ifndef HF_ESP_KEY_STORE_H
#define HF_ESP_KEY_STORE_H

#include <handfast/config.h>

bool hf_esp_has_key_store(void);

/* The configuration's identity, whose certificates are there, signs with the key of this id, which
 * stays the program's. Errors are those of hf_config_psa_key(), and are noted in the configuration;
 * HF_E_UNSUPPORTED without a store. */
hf_code hf_esp_use_stored_key(hf_config *config, uint32_t key_id);

#endif
