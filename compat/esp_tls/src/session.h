/* A client's session as programs hold it: a copy of the flat bytes of a hf_session.
 */
#ifndef HF_ESP_SESSION_H
#define HF_ESP_SESSION_H

#include <stddef.h>
#include <stdint.h>

struct esp_tls_client_session {
    size_t len;
    uint8_t bytes[]; /* a secret: wiped when it is freed */
};

#endif
