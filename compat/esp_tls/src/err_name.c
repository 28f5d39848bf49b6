/* Names of error codes, and ESP_ERROR_CHECK. */
#include "esp_err.h"

#include "esp_tls_errors.h"

#define NAME(code)                                                                                 \
    {                                                                                              \
        code, #code                                                                                \
    }

static const struct {
    esp_err_t code;
    const char *name;
} NAMES[] = {
    NAME(ESP_OK),
    NAME(ESP_FAIL),
    NAME(ESP_ERR_NO_MEM),
    NAME(ESP_ERR_INVALID_ARG),
    NAME(ESP_ERR_INVALID_STATE),
    NAME(ESP_ERR_INVALID_SIZE),
    NAME(ESP_ERR_NOT_FOUND),
    NAME(ESP_ERR_NOT_SUPPORTED),
    NAME(ESP_ERR_TIMEOUT),
    NAME(ESP_ERR_INVALID_RESPONSE),
    NAME(ESP_ERR_INVALID_CRC),
    NAME(ESP_ERR_INVALID_VERSION),
    NAME(ESP_ERR_INVALID_MAC),
    NAME(ESP_ERR_NOT_FINISHED),
    NAME(ESP_ERR_NOT_ALLOWED),
    NAME(ESP_ERR_ESP_TLS_CANNOT_RESOLVE_HOSTNAME),
    NAME(ESP_ERR_ESP_TLS_CANNOT_CREATE_SOCKET),
    NAME(ESP_ERR_ESP_TLS_UNSUPPORTED_PROTOCOL_FAMILY),
    NAME(ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST),
    NAME(ESP_ERR_ESP_TLS_SOCKET_SETOPT_FAILED),
    NAME(ESP_ERR_ESP_TLS_CONNECTION_TIMEOUT),
    NAME(ESP_ERR_ESP_TLS_SE_FAILED),
    NAME(ESP_ERR_ESP_TLS_TCP_CLOSED_FIN),
    NAME(ESP_ERR_ESP_TLS_SERVER_HANDSHAKE_TIMEOUT),
    NAME(ESP_ERR_MBEDTLS_CERT_PARTLY_OK),
    NAME(ESP_ERR_MBEDTLS_CTR_DRBG_SEED_FAILED),
    NAME(ESP_ERR_MBEDTLS_SSL_SET_HOSTNAME_FAILED),
    NAME(ESP_ERR_MBEDTLS_SSL_CONFIG_DEFAULTS_FAILED),
    NAME(ESP_ERR_MBEDTLS_SSL_CONF_ALPN_PROTOCOLS_FAILED),
    NAME(ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED),
    NAME(ESP_ERR_MBEDTLS_SSL_CONF_OWN_CERT_FAILED),
    NAME(ESP_ERR_MBEDTLS_SSL_SETUP_FAILED),
    NAME(ESP_ERR_MBEDTLS_SSL_WRITE_FAILED),
    NAME(ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED),
    NAME(ESP_ERR_MBEDTLS_SSL_HANDSHAKE_FAILED),
    NAME(ESP_ERR_MBEDTLS_SSL_CONF_PSK_FAILED),
    NAME(ESP_ERR_MBEDTLS_SSL_TICKET_SETUP_FAILED),
    NAME(ESP_ERR_MBEDTLS_SSL_READ_FAILED),
};

static const char *find(esp_err_t code)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (NAMES[i].code == code) {
            return NAMES[i].name;
        }
    }
    return NULL;
}

const char *esp_err_to_name(esp_err_t code)
{
    const char *name = find(code);
    return name == NULL ? "UNKNOWN ERROR" : name;
}

const char *esp_err_to_name_r(esp_err_t code, char *buf, size_t buflen)
{
    const char *name = find(code);
    if (name == NULL) {
        (void)snprintf(buf, buflen, "UNKNOWN ERROR 0x%x(%d)", (unsigned)code, code);
    } else {
        (void)snprintf(buf, buflen, "%s", name);
    }
    return buf;
}

void _esp_error_check_failed_without_abort(esp_err_t rc, const char *file, int line,
                                           const char *function, const char *expression)
{
    (void)fprintf(stderr, "ESP_ERROR_CHECK failed: esp_err_t 0x%x (%s) at %s:%d, %s(): %s\n",
                  (unsigned)rc, esp_err_to_name(rc), file, line, function, expression);
}

void _esp_error_check_failed(esp_err_t rc, const char *file, int line, const char *function,
                             const char *expression)
{
    _esp_error_check_failed_without_abort(rc, file, line, function, expression);
    abort();
}
