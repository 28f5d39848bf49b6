/* The clock of a device without a battery clock: lower bounds first, exact time once a server that
 * was verified has told it. docs/porting.md has the contract of clocks.
 *
 * Life: hf_device_clock_begin() at start with what the device knows by itself; config.clock =
 * hf_device_clock_source(); hf_device_clock_set() with the time out of a connection; and now and
 * then hf_device_clock_keep() is stored for the next start. Must not move while a config uses it.
 */
#ifndef HANDFAST_CLOCK_H
#define HANDFAST_CLOCK_H

#include <handfast/x509.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Seconds since 1970 at the begin of a day (UTC) from 1970 on, as a constant: HF_DATE(2026, 11,
 * 30). A date in the source, or one that the build gives (-DRELEASE_DAY=...), makes the same
 * program again;
 * __DATE__ does not. */
#define HF_DATE(year, month, day)                                                                  \
    (86400 * (INT64_C(365) * HF_DATE_YEAR_(year, month) + HF_DATE_YEAR_(year, month) / 4 -         \
              HF_DATE_YEAR_(year, month) / 100 + HF_DATE_YEAR_(year, month) / 400 +                \
              (153 * ((month) + ((month) > 2 ? -3 : 9)) + 2) / 5 + (day)-719469))
#define HF_DATE_YEAR_(year, month) ((year) - ((month) > 2 ? 0 : 1)) /* begins in March */

/* All members are private. */
typedef struct hf_device_clock {
    uint32_t (*uptime)(void *ctx);
    void *ctx;
    int64_t at;     /* the time, or a lower bound of it, when uptime() was `since` */
    int64_t stored; /* the same, of what nobody could have made up */
    uint32_t since;
    uint32_t stored_since;
    bool exact;
} hf_device_clock;

/* `built`: when the program was made (HF_DATE); `last`: what hf_device_clock_keep() said before the
 * last stop, 0: nothing is stored. The larger one is the bound, and never less than the library's
 * own date. `uptime` counts the seconds since start and may be NULL: then the clock stands still
 * between the calls below. */
void hf_device_clock_begin(hf_device_clock *clock, int64_t built, int64_t last,
                           uint32_t (*uptime)(void *ctx), void *ctx);

/* For hf_config.clock: HF_TIME_AT_LEAST, and HF_TIME_EXACT after hf_device_clock_set(). */
hf_clock hf_device_clock_source(hf_device_clock *clock);

/* Exact time, from somebody who was verified: a message or an HTTP Date over a connection of this
 * library, authenticated NTP, a receiver of GNSS if you trust it. Error: HF_E_CLOCK_IMPLAUSIBLE,
 * and nothing changes: it is before the bound. */
hf_code hf_device_clock_set(hf_device_clock *clock, int64_t seconds);

/* A lower bound from somebody who was not verified, such as plain SNTP: whoever lies can make good
 * certificates seem expired until the next start, and nothing else. Smaller ones change nothing;
 * nor does any once the time is exact. It is not kept. */
void hf_device_clock_raise(hf_device_clock *clock, int64_t seconds);

/* What to store for the next start: the time that has certainly passed. */
int64_t hf_device_clock_keep(const hf_device_clock *clock);

#ifdef __cplusplus
}
#endif
#endif
