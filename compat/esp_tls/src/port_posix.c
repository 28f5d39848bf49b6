/* Time and random numbers of POSIX systems.
 */
#define _DEFAULT_SOURCE
#include "port.h"

#include <time.h>
#include <unistd.h>

uint64_t hf_esp_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u + 1u;
}

bool hf_esp_random(uint8_t *out, size_t len)
{
    return getentropy(out, len) == 0; /* at most 256 bytes a call */
}
