/* The hook by which a TLS stack is put under ESP-TLS (ESP-IDF 6, CONFIG_ESP_TLS_CUSTOM_STACK).
 *
 * This header declares the documented structure, and the ESP-TLS here goes through it as well:
 * Handfast is the stack while none is registered. handfast_esp_tls.h has Handfast's own.
 */
#ifndef HANDFAST_COMPAT_ESP_TLS_CUSTOM_STACK_H
#define HANDFAST_COMPAT_ESP_TLS_CUSTOM_STACK_H

#include "esp_tls.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_TLS_STACK_OPS_VERSION 1

/* Every function gets the pointer that was registered with it. `cfg` of create_ssl_handle is an
 * esp_tls_cfg_t, or an esp_tls_cfg_server_t when server_params is not NULL. Those marked with
 * "may be NULL" are left out by stacks that have no such thing. */
typedef struct esp_tls_stack_ops {
    uint32_t version; /* ESP_TLS_STACK_OPS_VERSION */

    esp_err_t (*create_ssl_handle)(void *user_ctx, const char *hostname, size_t hostlen,
                                   const void *cfg, esp_tls_t *tls, void *server_params);
    int (*handshake)(void *user_ctx, esp_tls_t *tls, const esp_tls_cfg_t *cfg);
    ssize_t (*read)(void *user_ctx, esp_tls_t *tls, char *data, size_t datalen);
    ssize_t (*write)(void *user_ctx, esp_tls_t *tls, const char *data, size_t datalen);
    void (*conn_delete)(void *user_ctx, esp_tls_t *tls); /* leaves the socket open */
    void (*net_init)(void *user_ctx, esp_tls_t *tls);
    void *(*get_ssl_context)(void *user_ctx, esp_tls_t *tls);
    ssize_t (*get_bytes_avail)(void *user_ctx, esp_tls_t *tls);
    esp_err_t (*init_global_ca_store)(void *user_ctx);
    esp_err_t (*set_global_ca_store)(void *user_ctx, const unsigned char *cacert_pem_buf,
                                     const unsigned int cacert_pem_bytes);
    void *(*get_global_ca_store)(void *user_ctx);
    void (*free_global_ca_store)(void *user_ctx);
    const int *(*get_ciphersuites_list)(void *user_ctx);

    /* may be NULL */
    void *(*get_client_session)(void *user_ctx, esp_tls_t *tls);
    void (*free_client_session)(void *user_ctx, void *client_session);
    esp_err_t (*server_session_ticket_ctx_init)(void *user_ctx, void *cfg);
    void (*server_session_ticket_ctx_free)(void *user_ctx, void *cfg);
    int (*server_session_create)(void *user_ctx, esp_tls_cfg_server_t *cfg, int sockfd,
                                 esp_tls_t *tls);
    esp_err_t (*server_session_init)(void *user_ctx, esp_tls_cfg_server_t *cfg, int sockfd,
                                     esp_tls_t *tls);
    int (*server_session_continue_async)(void *user_ctx, esp_tls_t *tls);
    void (*server_session_delete)(void *user_ctx, esp_tls_t *tls);
    int (*crypto_sha1)(void *user_ctx, const unsigned char *input, size_t ilen,
                       unsigned char output[20]);
    int (*crypto_base64_encode)(void *user_ctx, unsigned char *dst, size_t dlen, size_t *olen,
                                const unsigned char *src, size_t slen);
} esp_tls_stack_ops_t;

/* Borrowed until it is unregistered. Before the first connection is opened. ESP_ERR_INVALID_ARG: a
 * function that must be there is not; ESP_ERR_INVALID_VERSION; ESP_ERR_INVALID_STATE: there is one
 * already. */
esp_err_t esp_tls_register_stack(const esp_tls_stack_ops_t *ops, void *user_ctx);
/* ESP_ERR_INVALID_STATE: there is none. While no connection is open. */
esp_err_t esp_tls_unregister_stack(void);
/* NULL: none was registered. */
const esp_tls_stack_ops_t *esp_tls_get_registered_stack(void);

#ifdef __cplusplus
}
#endif
#endif
