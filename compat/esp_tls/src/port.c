/* The port for POSIX systems. On ESP-IDF: esp_timer_get_time(), time(), esp_fill_random() and a
 * mutex of pthread's or FreeRTOS's.
 */
#define _DEFAULT_SOURCE
#include "port.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

uint64_t hf_esp_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u + 1u;
}

static hf_time read_clock(void *ctx)
{
    (void)ctx;
    return (hf_time){.seconds = (int64_t)time(NULL), .kind = HF_TIME_EXACT};
}

hf_clock hf_esp_clock(void)
{
    return (hf_clock){.now = read_clock};
}

bool hf_esp_random(uint8_t *out, size_t len)
{
    return getentropy(out, len) == 0; /* at most 256 bytes a call */
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void hf_esp_lock(void)
{
    (void)pthread_mutex_lock(&lock);
}

void hf_esp_unlock(void)
{
    (void)pthread_mutex_unlock(&lock);
}
