/* A device's clock: the largest of its lower bounds, carried on by the time since start. See
 * clock.h.
 */
#include <handfast/clock.h>

#include "x509/build_time.h"

#include <string.h>

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static uint32_t uptime(const hf_device_clock *clock)
{
    return clock->uptime == NULL ? 0 : clock->uptime(clock->ctx);
}

static int64_t time_now(const hf_device_clock *clock)
{
    return clock->at + (int64_t)(uint32_t)(uptime(clock) - clock->since);
}

static hf_time now(void *ctx)
{
    const hf_device_clock *clock = ctx;
    return (hf_time){time_now(clock), clock->exact ? HF_TIME_EXACT : HF_TIME_AT_LEAST};
}

void hf_device_clock_begin(hf_device_clock *clock, int64_t built, int64_t last,
                           uint32_t (*since_start)(void *ctx), void *ctx)
{
    memset(clock, 0, sizeof *clock);
    clock->uptime = since_start;
    clock->ctx = ctx;
    clock->since = clock->stored_since = uptime(clock);
    clock->at = clock->stored = larger(HF_BUILD_TIME, larger(built, last));
}

hf_clock hf_device_clock_source(hf_device_clock *clock)
{
    return (hf_clock){now, clock};
}

hf_code hf_device_clock_set(hf_device_clock *clock, int64_t seconds)
{
    if (seconds < hf_device_clock_keep(clock)) {
        return HF_E_CLOCK_IMPLAUSIBLE;
    }
    clock->since = clock->stored_since = uptime(clock);
    clock->at = clock->stored = seconds;
    clock->exact = true;
    return HF_OK;
}

void hf_device_clock_raise(hf_device_clock *clock, int64_t seconds)
{
    if (!clock->exact && seconds > time_now(clock)) {
        clock->at = seconds;
        clock->since = uptime(clock);
    }
}

int64_t hf_device_clock_keep(const hf_device_clock *clock)
{
    return clock->stored + (int64_t)(uint32_t)(uptime(clock) - clock->stored_since);
}
