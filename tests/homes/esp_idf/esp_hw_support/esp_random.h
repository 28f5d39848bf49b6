/* Stands in for ESP-IDF's header of this name: what its documentation says of it. */
#ifndef HOMES_ESP_RANDOM_H
#define HOMES_ESP_RANDOM_H

#include <stddef.h>

void esp_fill_random(void *buf, size_t len);

#endif
