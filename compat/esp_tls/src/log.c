/* ESP_LOGx to stderr. Levels are set before threads begin, so there is no lock. */
#include "esp_log.h"

#include "port.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TAGS_MAX 16u
#define TAG_SIZE 32u

static struct {
    char tag[TAG_SIZE];
    esp_log_level_t level;
} levels[TAGS_MAX];
static size_t count;
static esp_log_level_t general = ESP_LOG_INFO;

void esp_log_level_set(const char *tag, esp_log_level_t level)
{
    if (strcmp(tag, "*") == 0) {
        general = level;
        count = 0;
        return;
    }
    size_t i = 0;
    while (i < count && strncmp(levels[i].tag, tag, TAG_SIZE - 1) != 0) {
        i++;
    }
    if (i < TAGS_MAX) {
        count = i == count ? count + 1 : count;
        (void)snprintf(levels[i].tag, TAG_SIZE, "%s", tag);
        levels[i].level = level;
    }
}

esp_log_level_t esp_log_level_get(const char *tag)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(levels[i].tag, tag, TAG_SIZE - 1) == 0) {
            return levels[i].level;
        }
    }
    return general;
}

uint32_t esp_log_timestamp(void)
{
    static uint64_t start;
    uint64_t now = hf_esp_now();
    start = start == 0 ? now : start;
    return (uint32_t)(now - start);
}

void esp_log_write(esp_log_level_t level, const char *tag, const char *format, ...)
{
    if (level <= esp_log_level_get(tag)) {
        va_list arguments;
        va_start(arguments, format);
        (void)vfprintf(stderr, format, arguments);
        va_end(arguments);
    }
}

void handfast_esp_log(esp_log_level_t level, const char *tag, const char *format, ...)
{
    if (level > esp_log_level_get(tag) || level == ESP_LOG_NONE) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stderr, "%c (%lu) %s: ", "?EWIDV"[level], (unsigned long)esp_log_timestamp(),
                  tag);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
}
