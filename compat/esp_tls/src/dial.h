/* A TCP connection for ESP-TLS: names, addresses one after the other, options of the socket, within
 * one deadline.
 */
#ifndef HF_ESP_DIAL_H
#define HF_ESP_DIAL_H

#include "esp_tls.h"

#include <handfast/error.h>

typedef struct hf_esp_dial hf_esp_dial;

#define HF_ESP_TIMEOUT_MS 10000 /* where a configuration says nothing */

/* What a configuration's timeout_ms means; `cfg` may be NULL. */
uint32_t hf_esp_timeout(const esp_tls_cfg_t *cfg);

/* Begins; `cfg` may be NULL, and is not kept. On failure NULL, and `error` is filled. */
hf_esp_dial *hf_esp_dial_start(const char *host, size_t hostlen, int port, const esp_tls_cfg_t *cfg,
                               uint64_t deadline, hf_error *error);

/* Goes on; `wait`: until it is decided. HF_PENDING; HF_OK with a socket that does not block, which
 * is the caller's; or the error, which `error` has. */
hf_code hf_esp_dial_step(hf_esp_dial *dial, const esp_tls_cfg_t *cfg, bool wait, int *sockfd,
                         hf_error *error);

/* After a failure: the code of ESP-TLS where HF_E_SOCKET was one of the socket's options; ESP_OK:
 * that of the error. NULL is allowed. */
esp_err_t hf_esp_dial_refused(const hf_esp_dial *dial);
void hf_esp_dial_end(hf_esp_dial *dial); /* NULL is allowed */

/* Makes the socket of an open connection as the configuration says: whether it blocks, and for how
 * long. */
esp_err_t hf_esp_socket_settle(int sockfd, const esp_tls_cfg_t *cfg);
esp_err_t hf_esp_socket_blocking(int sockfd, bool blocking);

#endif
