/* Several watchers of one connection. See watch.h. */
#include "watch.h"

#include <assert.h>

void cli_watch_add(cli_watch *watch, void (*event)(void *ctx, const hf_event *event), void *ctx)
{
    assert(watch->count < CLI_WATCH_MAX);
    watch->watchers[watch->count].event = event;
    watch->watchers[watch->count].ctx = ctx;
    watch->count++;
}

void cli_watch_event(void *ctx, const hf_event *event)
{
    const cli_watch *watch = ctx;
    for (size_t i = 0; i < watch->count; i++) {
        watch->watchers[i].event(watch->watchers[i].ctx, event);
    }
}
