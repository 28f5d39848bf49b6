/* The stack that ESP-TLS uses here, and what it knows besides the documented interface.
 */
#ifndef HF_ESP_ACTIVE_H
#define HF_ESP_ACTIVE_H

#include "esp_tls_custom_stack.h"

const esp_tls_stack_ops_t *hf_esp_stack(void); /* the registered one, or Handfast */
void *hf_esp_stack_ctx(void);

/* stack.c: the handshake failed in a way that the session which was offered can be blamed for. */
bool hf_esp_stack_blames_session(const esp_tls_t *tls);

#endif
