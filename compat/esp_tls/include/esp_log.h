/* ESP-IDF's log macros, written to stderr as "E (12) tag: text" with milliseconds since the start.
 *
 * esp_log_level_set("*", level) sets the level of all tags, with a tag that of one (16 at most);
 * the default is ESP_LOG_INFO.
 */
#ifndef HANDFAST_COMPAT_ESP_LOG_H
#define HANDFAST_COMPAT_ESP_LOG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    ESP_LOG_NONE = 0,
    ESP_LOG_ERROR,
    ESP_LOG_WARN,
    ESP_LOG_INFO,
    ESP_LOG_DEBUG,
    ESP_LOG_VERBOSE,
} esp_log_level_t;

void esp_log_level_set(const char *tag, esp_log_level_t level);
esp_log_level_t esp_log_level_get(const char *tag);
uint32_t esp_log_timestamp(void); /* milliseconds */
void esp_log_write(esp_log_level_t level, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define ESP_LOG_LEVEL(level, tag, ...) handfast_esp_log(level, tag, __VA_ARGS__)
#define ESP_LOGE(tag, ...)             handfast_esp_log(ESP_LOG_ERROR, tag, __VA_ARGS__)
#define ESP_LOGW(tag, ...)             handfast_esp_log(ESP_LOG_WARN, tag, __VA_ARGS__)
#define ESP_LOGI(tag, ...)             handfast_esp_log(ESP_LOG_INFO, tag, __VA_ARGS__)
#define ESP_LOGD(tag, ...)             handfast_esp_log(ESP_LOG_DEBUG, tag, __VA_ARGS__)
#define ESP_LOGV(tag, ...)             handfast_esp_log(ESP_LOG_VERBOSE, tag, __VA_ARGS__)

/* One line; handfast_esp_log() adds what stands before and behind it. */
void handfast_esp_log(esp_log_level_t level, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __cplusplus
}
#endif
#endif
