/* Stands in for ESP-IDF's header of this name: what its documentation says of it. */
#ifndef HOMES_ESP_TIMER_H
#define HOMES_ESP_TIMER_H

#include <stdint.h>

int64_t esp_timer_get_time(void); /* microseconds since the start */

#endif
