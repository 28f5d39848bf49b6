/* What is Handfast's own of the ESP-TLS here: the stack for esp_tls_register_stack(), and the sizes
 * of its buffers.
 *
 * On a device, with ESP-IDF 6: esp_tls_register_stack(handfast_esp_tls_stack(), NULL) before the
 * first connection. Where this ESP-TLS is used itself, Handfast needs no registration.
 */
#ifndef HANDFAST_COMPAT_HANDFAST_ESP_TLS_H
#define HANDFAST_COMPAT_HANDFAST_ESP_TLS_H

#include "esp_tls_custom_stack.h"
#include "sdkconfig.h"

#include <handfast/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes; set them in sdkconfig.h or on the compiler's command line. They are allocated in one block
 * when a handshake begins, and nothing is allocated after that. INPUT: the largest record that can
 * be read; servers that ignore record_size_limit send up to 16 KB. CERTIFICATE: from 10,240 on,
 * certificates may come in any order; below, one at a time, in order. */
#ifndef CONFIG_HANDFAST_ESP_TLS_INPUT
#define CONFIG_HANDFAST_ESP_TLS_INPUT 16645
#endif
#ifndef CONFIG_HANDFAST_ESP_TLS_OUTPUT
#define CONFIG_HANDFAST_ESP_TLS_OUTPUT 4096
#endif
#ifndef CONFIG_HANDFAST_ESP_TLS_CERTIFICATE
#define CONFIG_HANDFAST_ESP_TLS_CERTIFICATE 10240
#endif
#ifndef CONFIG_HANDFAST_ESP_TLS_NAMES
#define CONFIG_HANDFAST_ESP_TLS_NAMES 512
#endif
#ifndef CONFIG_HANDFAST_ESP_TLS_SESSION
#define CONFIG_HANDFAST_ESP_TLS_SESSION 2048
#endif

/* Complete but for SHA-1 and base64, which Handfast does not have: esp_http_server's WebSockets,
 * which ask the stack for them, need another source. Static. */
const esp_tls_stack_ops_t *handfast_esp_tls_stack(void);

/* Everything that is known about what went wrong last: hf_error_describe() puts it into words.
 * NULL while nothing has, or for a connection of another stack. */
const hf_error *handfast_esp_tls_error(esp_tls_t *tls);

#ifdef __cplusplus
}
#endif
#endif
