/* ESP-TLS over Handfast: the interface that programs for ESP-IDF use, with the same names, types
 * and values. docs/esp-tls.md says how each field is understood and what differs.
 *
 * Ownership: esp_tls_init() allocates, esp_tls_conn_destroy() frees and closes the socket.
 * Configurations are read while a connection is being opened; what is needed later is copied, but
 * for alpn_protos. One thread at a time for each esp_tls_t.
 */
#ifndef HANDFAST_COMPAT_ESP_TLS_H
#define HANDFAST_COMPAT_ESP_TLS_H

#include "esp_err.h"
#include "esp_key_config.h"
#include "esp_tls_errors.h"
#include "sdkconfig.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum esp_tls_conn_state {
    ESP_TLS_INIT = 0,
    ESP_TLS_CONNECTING,
    ESP_TLS_HANDSHAKE,
    ESP_TLS_FAIL,
    ESP_TLS_DONE,
} esp_tls_conn_state_t;

typedef enum esp_tls_role {
    ESP_TLS_CLIENT = 0,
    ESP_TLS_SERVER,
} esp_tls_role_t;

typedef struct psk_key_hint {
    const uint8_t *key; /* 16 to 64 random bytes */
    size_t key_size;
    const char *hint; /* the key's identity, which travels in the clear */
} psk_hint_key_t;

/* What a server gave for the next connection; see esp_tls_get_client_session(). */
typedef struct esp_tls_client_session esp_tls_client_session_t;

typedef struct tls_keep_alive_cfg {
    bool keep_alive_enable;
    int keep_alive_idle;     /* seconds of silence before TCP asks */
    int keep_alive_interval; /* seconds between two questions */
    int keep_alive_count;    /* unanswered questions that end the connection */
} tls_keep_alive_cfg_t;

typedef enum esp_tls_addr_family {
    ESP_TLS_AF_UNSPEC = 0,
    ESP_TLS_AF_INET,
    ESP_TLS_AF_INET6,
} esp_tls_addr_family_t;

typedef enum {
    ESP_TLS_VER_ANY = 0, /* the best that both have */
    ESP_TLS_VER_TLS_1_2 = 0x1,
    ESP_TLS_VER_TLS_1_3 = 0x2,
    ESP_TLS_VER_TLS_MAX,
} esp_tls_proto_ver_t;

typedef enum {
    ESP_TLS_DYN_BUF_RX_STATIC = 1,
    ESP_TLS_DYN_BUF_STRATEGY_MAX,
} esp_tls_dyn_buf_strategy_t;

typedef enum {
    ESP_TLS_ECDSA_CURVE_SECP256R1 = 0,
    ESP_TLS_ECDSA_CURVE_SECP384R1,
    ESP_TLS_ECDSA_CURVE_MAX,
} esp_tls_ecdsa_curve_t;

struct ifreq;

/* A client's configuration; zeroed means the default, but one way to know the server must be given:
 * crt_bundle_attach, use_global_ca_store, cacert_buf or psk_hint_key, the first of these that is
 * set. PEM ends with a zero, which its size includes; one buffer may hold several certificates.
 * DER is one certificate. */
typedef struct esp_tls_cfg {
    const char **alpn_protos; /* ends with NULL; stays the caller's while the connection lives */

    union {
        const unsigned char *cacert_buf;
        const unsigned char *cacert_pem_buf;
    };
    union {
        unsigned int cacert_bytes;
        unsigned int cacert_pem_bytes;
    };
    union {
        const unsigned char *clientcert_buf; /* leaf first */
        const unsigned char *clientcert_pem_buf;
    };
    union {
        unsigned int clientcert_bytes;
        unsigned int clientcert_pem_bytes;
    };
    union {
        const unsigned char *clientkey_buf;
        const unsigned char *clientkey_pem_buf;
    };
    union {
        unsigned int clientkey_bytes;
        unsigned int clientkey_pem_bytes;
    };
    const unsigned char *clientkey_password;
    unsigned int clientkey_password_len;
    const esp_key_config_t *client_key; /* ESP-IDF 6; instead of clientkey_buf */

    bool use_ecdsa_peripheral; /* refused, as the four that belong to it are ignored */
    uint8_t ecdsa_key_efuse_blk;
    uint8_t ecdsa_key_efuse_blk_high;
    esp_tls_ecdsa_curve_t ecdsa_curve;

    bool non_block;          /* the socket does not block once the connection is open */
    bool use_secure_element; /* refused */
    int timeout_ms;          /* of the whole opening, and then of each read and write; 0: 10 s */
    bool use_global_ca_store;
    const char *common_name; /* that the certificate must show instead of the host */
    bool skip_common_name;   /* any name will do; SNI is sent all the same */
    tls_keep_alive_cfg_t *keep_alive_cfg;
    const psk_hint_key_t *psk_hint_key; /* TLS 1.3 */
    esp_err_t (*crt_bundle_attach)(void *conf);
    void *ds_data; /* refused */
    bool is_plain_tcp;
    struct ifreq *if_name;                    /* its ifr_name is used (Linux: SO_BINDTODEVICE) */
    esp_tls_client_session_t *client_session; /* copied */
    esp_tls_addr_family_t addr_family;
    const int *ciphersuites_list; /* IANA numbers, ends with 0; unknown ones are passed over */
    esp_tls_proto_ver_t tls_version;
    esp_tls_dyn_buf_strategy_t esp_tls_dyn_buf_strategy; /* no effect: nothing is allocated later */
} esp_tls_cfg_t;

/* The keys of a server's tickets; the stack's own is behind it. */
typedef struct esp_tls_server_session_ticket_ctx {
    void *ticket_ctx;
} esp_tls_server_session_ticket_ctx_t;

typedef void *esp_tls_handshake_callback;

/* A server's configuration. With cacert_buf clients must show a certificate. */
typedef struct esp_tls_cfg_server {
    const char **alpn_protos;
    union {
        const unsigned char *cacert_buf;
        const unsigned char *cacert_pem_buf;
    };
    union {
        unsigned int cacert_bytes;
        unsigned int cacert_pem_bytes;
    };
    bool
        client_cert_authmode_optional; /* clients may do without; one that is shown must be right */
    union {
        const unsigned char *servercert_buf;
        const unsigned char *servercert_pem_buf;
    };
    union {
        unsigned int servercert_bytes;
        unsigned int servercert_pem_bytes;
    };
    union {
        const unsigned char *serverkey_buf;
        const unsigned char *serverkey_pem_buf;
    };
    union {
        unsigned int serverkey_bytes;
        unsigned int serverkey_pem_bytes;
    };
    const unsigned char *serverkey_password;
    unsigned int serverkey_password_len;
    const esp_key_config_t *server_key; /* instead of serverkey_buf */

    bool use_ecdsa_peripheral; /* refused */
    uint8_t ecdsa_key_efuse_blk;
    uint8_t ecdsa_key_efuse_blk_high;
    esp_tls_ecdsa_curve_t ecdsa_curve;
    bool use_secure_element;           /* refused */
    uint32_t tls_handshake_timeout_ms; /* of esp_tls_server_session_create(); 0: 10 s */
    esp_tls_server_session_ticket_ctx_t *ticket_ctx;
    void *userdata;                            /* the program's own */
    esp_tls_handshake_callback cert_select_cb; /* refused */
    const psk_hint_key_t *psk_hint_key;
    esp_tls_proto_ver_t tls_version;
    const int *ciphersuites_list;
} esp_tls_cfg_server_t;

typedef struct esp_tls esp_tls_t;

/* ---- opening and closing */

/* NULL: out of memory. */
esp_tls_t *esp_tls_init(void);

/* Opens and waits, for resolving, TCP and TLS together at most cfg->timeout_ms: 1, or -1. The first
 * `hostlen` bytes of `hostname` count. A `cfg` of NULL means plain TCP. */
int esp_tls_conn_new_sync(const char *hostname, int hostlen, int port, const esp_tls_cfg_t *cfg,
                          esp_tls_t *tls);
int esp_tls_conn_http_new_sync(const char *url, const esp_tls_cfg_t *cfg, esp_tls_t *tls);

/* Goes on without waiting: 0: call again, with the same arguments; 1: open; -1. */
int esp_tls_conn_new_async(const char *hostname, int hostlen, int port, const esp_tls_cfg_t *cfg,
                           esp_tls_t *tls);
int esp_tls_conn_http_new_async(const char *url, const esp_tls_cfg_t *cfg, esp_tls_t *tls);

/* Up to ESP-IDF 5: esp_tls_init() and esp_tls_conn_http_new_sync() in one; NULL when it fails. */
esp_tls_t *esp_tls_conn_http_new(const char *url, const esp_tls_cfg_t *cfg);

/* Only TCP: ESP_OK with a connected socket, which is the caller's; or an error, which is also noted
 * in `error_handle` (may be NULL). */
esp_err_t esp_tls_plain_tcp_connect(const char *host, int hostlen, int port,
                                    const esp_tls_cfg_t *cfg, esp_tls_error_handle_t error_handle,
                                    int *sockfd);

/* close_notify if it can go without waiting, then the socket is closed. 0, or -1 for NULL. */
int esp_tls_conn_destroy(esp_tls_t *tls);

/* ---- data */

/* Bytes moved; 0 (read): the peer has ended in order; ESP_TLS_ERR_SSL_WANT_READ or _WANT_WRITE: the
 * socket does not block and is not ready; ESP_TLS_ERR_SSL_TIMEOUT: it blocks and nothing came in
 * time; or a negative number of Mbed TLS's. */
ssize_t esp_tls_conn_read(esp_tls_t *tls, void *data, size_t datalen);
ssize_t esp_tls_conn_write(esp_tls_t *tls, const void *data, size_t datalen);

/* Decrypted bytes that a read would give at once; -1 for NULL. */
ssize_t esp_tls_get_bytes_avail(esp_tls_t *tls);

/* ---- the connection's parts. ESP_ERR_INVALID_ARG for NULL. */
esp_err_t esp_tls_get_conn_sockfd(esp_tls_t *tls, int *sockfd); /* -1 while there is none */
esp_err_t esp_tls_set_conn_sockfd(esp_tls_t *tls, int sockfd);  /* a connected one; then set... */
esp_err_t esp_tls_get_conn_state(esp_tls_t *tls, esp_tls_conn_state_t *conn_state);
esp_err_t esp_tls_set_conn_state(esp_tls_t *tls, esp_tls_conn_state_t conn_state); /* _CONNECTING */
void *esp_tls_get_ssl_context(esp_tls_t *tls); /* the hf_tls; NULL while there is none */

/* ---- errors. Each call forgets what it has told. */
esp_err_t esp_tls_get_error_handle(esp_tls_t *tls, esp_tls_error_handle_t *error_handle);
esp_err_t esp_tls_get_and_clear_last_error(esp_tls_error_handle_t h, int *esp_tls_code,
                                           int *esp_tls_flags);
esp_err_t esp_tls_get_and_clear_error_type(esp_tls_error_handle_t h, esp_tls_error_type_t err_type,
                                           int *error_code);

/* ---- CAs for all connections with use_global_ca_store */
esp_err_t esp_tls_init_global_ca_store(void);
esp_err_t esp_tls_set_global_ca_store(const unsigned char *cacert_pem_buf,
                                      const unsigned int cacert_pem_bytes); /* adds; copied */
void *esp_tls_get_global_ca_store(void); /* an hf_anchor_list; NULL: nothing was set */
void esp_tls_free_global_ca_store(void); /* while no connection uses it */

/* The cipher suites there are, ends with 0. */
const int *esp_tls_get_ciphersuites_list(void);

/* ---- sessions. In TLS 1.3 they come after the handshake: ask when something was read. */
esp_tls_client_session_t *esp_tls_get_client_session(esp_tls_t *tls); /* NULL: none; a copy */
void esp_tls_free_client_session(esp_tls_client_session_t *client_session);

/* ---- servers: `sockfd` is what accept() returned, and stays the caller's;
 * esp_tls_server_session_delete() frees `tls`. */
esp_err_t esp_tls_cfg_server_session_tickets_init(esp_tls_cfg_server_t *cfg);
void esp_tls_cfg_server_session_tickets_free(esp_tls_cfg_server_t *cfg);
int esp_tls_server_session_create(esp_tls_cfg_server_t *cfg, int sockfd, esp_tls_t *tls); /* 0 */
esp_err_t esp_tls_server_session_init(esp_tls_cfg_server_t *cfg, int sockfd, esp_tls_t *tls);
int esp_tls_server_session_continue_async(esp_tls_t *tls); /* 0: open; ..._WANT_...; an error */
void esp_tls_server_session_delete(esp_tls_t *tls);

#ifdef __cplusplus
}
#endif
#endif
