/* esp_err_t and the codes of ESP-IDF that ESP-TLS uses. Those of ESP-TLS itself stand in
 * esp_tls_errors.h; esp_err_to_name() knows both.
 */
#ifndef HANDFAST_COMPAT_ESP_ERR_H
#define HANDFAST_COMPAT_ESP_ERR_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int esp_err_t;

#define ESP_OK   0
#define ESP_FAIL (-1)

#define ESP_ERR_NO_MEM           0x101
#define ESP_ERR_INVALID_ARG      0x102
#define ESP_ERR_INVALID_STATE    0x103
#define ESP_ERR_INVALID_SIZE     0x104
#define ESP_ERR_NOT_FOUND        0x105
#define ESP_ERR_NOT_SUPPORTED    0x106
#define ESP_ERR_TIMEOUT          0x107
#define ESP_ERR_INVALID_RESPONSE 0x108
#define ESP_ERR_INVALID_CRC      0x109
#define ESP_ERR_INVALID_VERSION  0x10A
#define ESP_ERR_INVALID_MAC      0x10B
#define ESP_ERR_NOT_FINISHED     0x10C
#define ESP_ERR_NOT_ALLOWED      0x10D

/* "ESP_ERR_NO_MEM"; "UNKNOWN ERROR" for a code that is not known. Static, never NULL. */
const char *esp_err_to_name(esp_err_t code);
/* The same; for an unknown code "UNKNOWN ERROR 0x1234(4660)" in `buf`. */
const char *esp_err_to_name_r(esp_err_t code, char *buf, size_t buflen);

/* Says where and why on stderr; the first one ends the program. */
void _esp_error_check_failed(esp_err_t rc, const char *file, int line, const char *function,
                             const char *expression) __attribute__((noreturn));
void _esp_error_check_failed_without_abort(esp_err_t rc, const char *file, int line,
                                           const char *function, const char *expression);

#define ESP_ERROR_CHECK(x)                                                                         \
    do {                                                                                           \
        esp_err_t err_rc_ = (x);                                                                   \
        if (err_rc_ != ESP_OK) {                                                                   \
            _esp_error_check_failed(err_rc_, __FILE__, __LINE__, __func__, #x);                    \
        }                                                                                          \
    } while (0)

static inline esp_err_t handfast_esp_checked(esp_err_t rc, const char *file, int line,
                                             const char *function, const char *expression)
{
    if (rc != ESP_OK) {
        _esp_error_check_failed_without_abort(rc, file, line, function, expression);
    }
    return rc;
}

#define ESP_ERROR_CHECK_WITHOUT_ABORT(x) handfast_esp_checked((x), __FILE__, __LINE__, __func__, #x)

#ifdef __cplusplus
}
#endif
#endif
