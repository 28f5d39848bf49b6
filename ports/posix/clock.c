/* Time on POSIX systems: the monotonic clock for deadlines, the wall clock for certificates. */
#define _POSIX_C_SOURCE 200809L

#include "net/port.h"

#include <time.h>

uint64_t hf_net_now(const hf_conn *conn)
{
    (void)conn;
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u + 1u;
}

static hf_time system_now(void *ctx)
{
    (void)ctx;
    struct timespec now = {0, 0};
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        return (hf_time){0, HF_TIME_NONE};
    }
    return (hf_time){(int64_t)now.tv_sec, HF_TIME_EXACT};
}

hf_clock hf_clock_system(void)
{
    return (hf_clock){system_now, NULL};
}
