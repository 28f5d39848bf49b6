/* The port for ESP-IDF, in the place of port.c (docs/integration.md).
 *
 * esp_fill_random() is good for keys while radio or bootloader_random_enable() feeds it, which is
 * what ESP-IDF's own TLS relies on as well.
 */
#include "port.h"

#include <esp_random.h>
#include <esp_timer.h>

#include <pthread.h>
#include <time.h>

uint64_t hf_esp_now(void)
{
    return (uint64_t)esp_timer_get_time() / 1000u + 1u;
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
    esp_fill_random(out, len);
    return true;
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
