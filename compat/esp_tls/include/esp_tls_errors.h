/* The error codes of ESP-TLS. docs/esp-tls.md says which error of Handfast becomes which of them.
 */
#ifndef HANDFAST_COMPAT_ESP_TLS_ERRORS_H
#define HANDFAST_COMPAT_ESP_TLS_ERRORS_H

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_ERR_ESP_TLS_BASE 0x8000

/* the way to the host */
#define ESP_ERR_ESP_TLS_CANNOT_RESOLVE_HOSTNAME     (ESP_ERR_ESP_TLS_BASE + 0x01)
#define ESP_ERR_ESP_TLS_CANNOT_CREATE_SOCKET        (ESP_ERR_ESP_TLS_BASE + 0x02)
#define ESP_ERR_ESP_TLS_UNSUPPORTED_PROTOCOL_FAMILY (ESP_ERR_ESP_TLS_BASE + 0x03)
#define ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST      (ESP_ERR_ESP_TLS_BASE + 0x04)
#define ESP_ERR_ESP_TLS_SOCKET_SETOPT_FAILED        (ESP_ERR_ESP_TLS_BASE + 0x05)
#define ESP_ERR_ESP_TLS_CONNECTION_TIMEOUT          (ESP_ERR_ESP_TLS_BASE + 0x06)
#define ESP_ERR_ESP_TLS_SE_FAILED                   (ESP_ERR_ESP_TLS_BASE + 0x07)
#define ESP_ERR_ESP_TLS_TCP_CLOSED_FIN              (ESP_ERR_ESP_TLS_BASE + 0x08)
#define ESP_ERR_ESP_TLS_SERVER_HANDSHAKE_TIMEOUT    (ESP_ERR_ESP_TLS_BASE + 0x09)

/* TLS; named after the stack that ESP-IDF has by default */
#define ESP_ERR_MBEDTLS_CERT_PARTLY_OK                 (ESP_ERR_ESP_TLS_BASE + 0x10)
#define ESP_ERR_MBEDTLS_CTR_DRBG_SEED_FAILED           (ESP_ERR_ESP_TLS_BASE + 0x11)
#define ESP_ERR_MBEDTLS_SSL_SET_HOSTNAME_FAILED        (ESP_ERR_ESP_TLS_BASE + 0x12)
#define ESP_ERR_MBEDTLS_SSL_CONFIG_DEFAULTS_FAILED     (ESP_ERR_ESP_TLS_BASE + 0x13)
#define ESP_ERR_MBEDTLS_SSL_CONF_ALPN_PROTOCOLS_FAILED (ESP_ERR_ESP_TLS_BASE + 0x14)
#define ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED          (ESP_ERR_ESP_TLS_BASE + 0x15)
#define ESP_ERR_MBEDTLS_SSL_CONF_OWN_CERT_FAILED       (ESP_ERR_ESP_TLS_BASE + 0x16)
#define ESP_ERR_MBEDTLS_SSL_SETUP_FAILED               (ESP_ERR_ESP_TLS_BASE + 0x17)
#define ESP_ERR_MBEDTLS_SSL_WRITE_FAILED               (ESP_ERR_ESP_TLS_BASE + 0x18)
#define ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED            (ESP_ERR_ESP_TLS_BASE + 0x19)
#define ESP_ERR_MBEDTLS_SSL_HANDSHAKE_FAILED           (ESP_ERR_ESP_TLS_BASE + 0x1A)
#define ESP_ERR_MBEDTLS_SSL_CONF_PSK_FAILED            (ESP_ERR_ESP_TLS_BASE + 0x1B)
#define ESP_ERR_MBEDTLS_SSL_TICKET_SETUP_FAILED        (ESP_ERR_ESP_TLS_BASE + 0x1C)
#define ESP_ERR_MBEDTLS_SSL_READ_FAILED                (ESP_ERR_ESP_TLS_BASE + 0x1D)

/* never given here; names for programs that compare with them */
#define ESP_ERR_WOLFSSL_SSL_SET_HOSTNAME_FAILED        (ESP_ERR_ESP_TLS_BASE + 0x31)
#define ESP_ERR_WOLFSSL_SSL_CONF_ALPN_PROTOCOLS_FAILED (ESP_ERR_ESP_TLS_BASE + 0x32)
#define ESP_ERR_WOLFSSL_CERT_VERIFY_SETUP_FAILED       (ESP_ERR_ESP_TLS_BASE + 0x33)
#define ESP_ERR_WOLFSSL_KEY_VERIFY_SETUP_FAILED        (ESP_ERR_ESP_TLS_BASE + 0x34)
#define ESP_ERR_WOLFSSL_SSL_HANDSHAKE_FAILED           (ESP_ERR_ESP_TLS_BASE + 0x35)
#define ESP_ERR_WOLFSSL_CTX_SETUP_FAILED               (ESP_ERR_ESP_TLS_BASE + 0x36)
#define ESP_ERR_WOLFSSL_SSL_SETUP_FAILED               (ESP_ERR_ESP_TLS_BASE + 0x37)
#define ESP_ERR_WOLFSSL_SSL_WRITE_FAILED               (ESP_ERR_ESP_TLS_BASE + 0x38)

/* What esp_tls_conn_read() and esp_tls_conn_write() return besides a count: come again when the
 * socket is readable or writable; nothing moved within the socket's time-out. */
#define ESP_TLS_ERR_SSL_WANT_READ  (-0x6900)
#define ESP_TLS_ERR_SSL_WANT_WRITE (-0x6880)
#define ESP_TLS_ERR_SSL_TIMEOUT    (-0x6800)

typedef enum {
    ESP_TLS_ERR_TYPE_UNKNOWN = 0,
    ESP_TLS_ERR_TYPE_SYSTEM,             /* errno */
    ESP_TLS_ERR_TYPE_MBEDTLS,            /* the number Mbed TLS would give, without its sign */
    ESP_TLS_ERR_TYPE_MBEDTLS_CERT_FLAGS, /* what is wrong with a certificate */
    ESP_TLS_ERR_TYPE_ESP,                /* esp_err_t */
    ESP_TLS_ERR_TYPE_WOLFSSL,
    ESP_TLS_ERR_TYPE_WOLFSSL_CERT_FLAGS,
    ESP_TLS_ERR_TYPE_MAX,
} esp_tls_error_type_t;

typedef struct esp_tls_last_error *esp_tls_error_handle_t;

typedef struct esp_tls_last_error {
    esp_err_t last_error;   /* ESP_ERR_ESP_TLS_... or ESP_ERR_MBEDTLS_... */
    int esp_tls_error_code; /* 0x2700 where Mbed TLS would say -0x2700; 0: none */
    int esp_tls_flags;      /* bits of the certificate check; 0: none */
} esp_tls_last_error_t;

#ifdef __cplusplus
}
#endif
#endif
