/* Where a private key is: in memory, or behind a key id of the PSA Crypto API (ESP-IDF 6).
 */
#ifndef HANDFAST_COMPAT_ESP_KEY_CONFIG_H
#define HANDFAST_COMPAT_ESP_KEY_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    ESP_KEY_FORMAT_AUTO = 0,
    ESP_KEY_FORMAT_PEM,
    ESP_KEY_FORMAT_DER,
    ESP_KEY_FORMAT_RAW, /* refused: a bare number does not say of which curve */
} esp_key_format_t;

typedef enum {
    ESP_KEY_SOURCE_NONE = 0,
    ESP_KEY_SOURCE_BUFFER,
    ESP_KEY_SOURCE_PSA, /* with Handfast's psa backend: docs/esp-tls.md */
} esp_key_source_t;

/* Must stay as it is while connections use it. */
typedef struct esp_key_config {
    esp_key_source_t source;
    union {
        struct {
            const void *data;
            size_t len; /* 0: PEM that ends with a zero */
            const char *password;
            size_t password_len;
            esp_key_format_t format;
        } buffer;
        struct {
            uint32_t key_id;
        } psa;
    };
} esp_key_config_t;

#ifdef __cplusplus
}
#endif
#endif
