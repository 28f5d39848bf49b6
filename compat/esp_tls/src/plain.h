/* Connections without TLS, and errno in an error handle.
 */
#ifndef HF_ESP_PLAIN_H
#define HF_ESP_PLAIN_H

#include "esp_tls.h"

/* Makes reads and writes go to the socket itself. */
void hf_esp_plain_use(esp_tls_t *tls);
/* For ESP_TLS_ERR_TYPE_SYSTEM. */
void hf_esp_plain_errno(esp_tls_t *tls, int system);

#endif
