/* Anchors that connections share: the global CA store and the certificate bundle. One lock guards
 * their making; while connections use them they must not be changed, as the interface says.
 */
#ifndef HF_ESP_TRUST_H
#define HF_ESP_TRUST_H

#include "esp_err.h"
#include "store.h"

#include <handfast/config.h>

/* The global CA store; NULL: nothing was set. */
const hf_esp_store *hf_esp_trust_global(void);
esp_err_t hf_esp_trust_init(void);
esp_err_t hf_esp_trust_add(const unsigned char *pem, size_t len);
void hf_esp_trust_free(void);

/* Lets a configuration trust a store's anchors; sessions of before are forgotten when it changes.
 */
void hf_esp_trust_use(hf_config *config, const hf_esp_store *store);

#endif
