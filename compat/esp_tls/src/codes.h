/* Handfast's errors in the numbers of ESP-TLS and Mbed TLS: the one table, and how an error gets
 * into an esp_tls_error_handle_t.
 */
#ifndef HF_ESP_CODES_H
#define HF_ESP_CODES_H

#include "esp_tls.h"

#include <handfast/error.h>

/* Mbed TLS's numbers, without their sign. */
enum {
    HF_ESP_PSA_NOT_PERMITTED = 0x0085, /* Mbed TLS 4 gives PSA's numbers */
    HF_ESP_PSA_DOES_NOT_EXIST = 0x008C,
    HF_ESP_PSA_COMMUNICATION = 0x0091,
    HF_ESP_PEM_INVALID = 0x1100,
    HF_ESP_PEM_FEATURE = 0x1400,
    HF_ESP_X509_FEATURE = 0x2080,
    HF_ESP_X509_FORMAT = 0x2180,
    HF_ESP_X509_VERIFY = 0x2700,
    HF_ESP_PK_FEATURE = 0x3980,
    HF_ESP_PK_PASSWORD_MISMATCH = 0x3B80,
    HF_ESP_PK_PASSWORD_REQUIRED = 0x3C00,
    HF_ESP_PK_UNKNOWN = 0x3C80,
    HF_ESP_PK_FORMAT = 0x3D00,
    HF_ESP_NET_SOCKET = 0x0042,
    HF_ESP_NET_CONNECT = 0x0044,
    HF_ESP_NET_RECV = 0x004C,
    HF_ESP_NET_RESET = 0x0050,
    HF_ESP_NET_UNKNOWN_HOST = 0x0052,
    HF_ESP_SSL_ILLEGAL_PARAMETER = 0x6600,
    HF_ESP_SSL_TIMEOUT = 0x6800,
    HF_ESP_SSL_BUFFER_TOO_SMALL = 0x6A00,
    HF_ESP_SSL_COUNTER = 0x6B80,
    HF_ESP_SSL_INTERNAL = 0x6C00,
    HF_ESP_SSL_UNKNOWN_IDENTITY = 0x6C80,
    HF_ESP_SSL_HANDSHAKE = 0x6E00,
    HF_ESP_SSL_VERSION = 0x6E80,
    HF_ESP_SSL_FEATURE = 0x7080,
    HF_ESP_SSL_INPUT = 0x7100,
    HF_ESP_SSL_MAC = 0x7180,
    HF_ESP_SSL_RECORD = 0x7200,
    HF_ESP_SSL_EOF = 0x7280,
    HF_ESP_SSL_DECODE = 0x7300,
    HF_ESP_SSL_NO_RNG = 0x7400,
    HF_ESP_SSL_NO_CLIENT_CERTIFICATE = 0x7480,
    HF_ESP_SSL_EXTENSION = 0x7500,
    HF_ESP_SSL_ALPN = 0x7580,
    HF_ESP_SSL_KEY_REQUIRED = 0x7600,
    HF_ESP_SSL_CA_REQUIRED = 0x7680,
    HF_ESP_SSL_UNEXPECTED = 0x7700,
    HF_ESP_SSL_ALERT = 0x7780,
    HF_ESP_SSL_NAME = 0x7800,
    HF_ESP_SSL_BAD_CERTIFICATE = 0x7A00,
    HF_ESP_SSL_NO_MEMORY = 0x7F00,
};

/* Mbed TLS's bits of what is wrong with a certificate. */
enum {
    HF_ESP_EXPIRED = 0x01,
    HF_ESP_REVOKED = 0x02,
    HF_ESP_NAME_MISMATCH = 0x04,
    HF_ESP_NOT_TRUSTED = 0x08,
    HF_ESP_MISSING = 0x40,
    HF_ESP_OTHER = 0x100,
    HF_ESP_FUTURE = 0x200,
    HF_ESP_KEY_USAGE = 0x800,
    HF_ESP_PURPOSE = 0x1000,
    HF_ESP_BAD_HASH = 0x4000,
    HF_ESP_BAD_KEY = 0x10000,
};

typedef struct hf_esp_meaning {
    uint16_t code;  /* hf_code */
    uint16_t esp;   /* of ESP_ERR_..., for the opening of a connection */
    uint16_t tls;   /* of Mbed TLS, without its sign */
    uint32_t flags; /* of a certificate's check; 0: none */
} hf_esp_meaning;

/* What `code` means there; NULL for codes that no connection gives (HF_OK, those of MQTT). */
const hf_esp_meaning *hf_esp_meaning_of(hf_code code);

/* Notes an error as ESP-TLS would, and writes what Handfast knows about it to the log. `handle` may
 * be NULL; `esp` is 0, or takes the place of what the table says. Returns the number of Mbed TLS's,
 * negative. */
int hf_esp_note(esp_tls_error_handle_t handle, const hf_error *error, esp_err_t esp);

/* Notes an error that is none of Handfast's. Returns it. */
esp_err_t hf_esp_note_plain(esp_tls_error_handle_t handle, esp_err_t esp);

#endif
