/* What is behind an esp_tls_t. A stack uses the members of the first part, as ESP-IDF's header of
 * the same name has them; the second part belongs to the ESP-TLS here.
 */
#ifndef HANDFAST_COMPAT_ESP_TLS_PRIVATE_H
#define HANDFAST_COMPAT_ESP_TLS_PRIVATE_H

#include "esp_tls.h"

struct hf_esp_dial;

struct esp_tls {
    void *priv_ctx; /* the stack's own */
    void *priv_ssl;
    int sockfd; /* -1: none */
    ssize_t (*read)(esp_tls_t *tls, char *data, size_t datalen);
    ssize_t (*write)(esp_tls_t *tls, const char *data, size_t datalen);
    esp_tls_conn_state_t conn_state;
    bool is_tls;
    esp_tls_role_t role;
    esp_tls_error_handle_t error_handle; /* never NULL */

    /* ---- not in ESP-IDF's */
    struct hf_esp_dial *dial; /* while TCP is being opened */
    uint64_t deadline;        /* of the opening, milliseconds of hf_esp_now(); 0: not begun */
    bool session_refused;     /* the handshake was tried with a session, in vain */
    bool given_socket;        /* by esp_tls_set_conn_sockfd() */
};

/* What esp_tls_error_handle_t points to: errno stands behind what programs may see. */
typedef struct esp_tls_error_storage {
    struct esp_tls_last_error parent;
    int sock_errno;
} esp_tls_error_storage_t;

#endif
