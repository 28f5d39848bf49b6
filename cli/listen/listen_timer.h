/* Deadlines of `handfast listen`: a binary heap, so that thousands of them cost a logarithm each.
 *
 * A timer belongs to its owner's memory; the heap points to it. A timer is in the heap once or not
 * at all, and setting it again moves it. Times are milliseconds of a monotonic clock.
 */
#ifndef HF_CLI_LISTEN_TIMER_H
#define HF_CLI_LISTEN_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct listen_timer {
    int64_t due;
    size_t slot; /* place in the heap, from 1; 0: not set */
    void *owner;
} listen_timer;

typedef struct listen_timers {
    listen_timer **heap;
    size_t count;
    size_t cap;
} listen_timers;

/* Room for `cap` timers at once; false when there is no memory. */
bool listen_timers_init(listen_timers *timers, size_t cap);
void listen_timers_release(listen_timers *timers);

/* Sets or moves; false when more than `cap` timers would be set. */
bool listen_timer_set(listen_timers *timers, listen_timer *timer, int64_t due);
void listen_timer_stop(listen_timers *timers, listen_timer *timer);

/* The one that is due first; NULL when none is set. */
listen_timer *listen_timers_first(const listen_timers *timers);

#endif
