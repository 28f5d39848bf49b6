/* What is the same on POSIX systems and on ESP-IDF: the clock and the lock. The rest is in
 * port_posix.c or port_esp_idf.c, of which the build takes one.
 */
#include "port.h"

#include <pthread.h>
#include <time.h>

static hf_time read_clock(void *ctx)
{
    (void)ctx;
    return (hf_time){.seconds = (int64_t)time(NULL), .kind = HF_TIME_EXACT};
}

hf_clock hf_esp_clock(void)
{
    return (hf_clock){.now = read_clock};
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
