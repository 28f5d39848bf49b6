/* A binary heap of timers. See listen_timer.h. */
#include "listen_timer.h"

#include <stdlib.h>

bool listen_timers_init(listen_timers *timers, size_t cap)
{
    *timers = (listen_timers){.heap = calloc(cap + 1, sizeof *timers->heap), .cap = cap};
    return timers->heap != NULL;
}

void listen_timers_release(listen_timers *timers)
{
    free(timers->heap);
    *timers = (listen_timers){0};
}

static void put(listen_timers *timers, size_t slot, listen_timer *timer)
{
    timers->heap[slot] = timer;
    timer->slot = slot;
}

static void rise(listen_timers *timers, listen_timer *timer)
{
    size_t slot = timer->slot;
    while (slot > 1 && timers->heap[slot / 2]->due > timer->due) {
        put(timers, slot, timers->heap[slot / 2]);
        slot /= 2;
    }
    put(timers, slot, timer);
}

static void sink(listen_timers *timers, listen_timer *timer)
{
    size_t slot = timer->slot;
    while (2 * slot <= timers->count) {
        size_t child = 2 * slot;
        if (child < timers->count && timers->heap[child + 1]->due < timers->heap[child]->due) {
            child++;
        }
        if (timers->heap[child]->due >= timer->due) {
            break;
        }
        put(timers, slot, timers->heap[child]);
        slot = child;
    }
    put(timers, slot, timer);
}

bool listen_timer_set(listen_timers *timers, listen_timer *timer, int64_t due)
{
    if (timer->slot == 0) {
        if (timers->count == timers->cap) {
            return false;
        }
        put(timers, ++timers->count, timer);
    }
    timer->due = due;
    rise(timers, timer);
    sink(timers, timer);
    return true;
}

void listen_timer_stop(listen_timers *timers, listen_timer *timer)
{
    if (timer->slot == 0) {
        return;
    }
    listen_timer *last = timers->heap[timers->count--];
    if (last != timer) {
        put(timers, timer->slot, last);
        rise(timers, last);
        sink(timers, last);
    }
    timer->slot = 0;
}

listen_timer *listen_timers_first(const listen_timers *timers)
{
    return timers->count == 0 ? NULL : timers->heap[1];
}
