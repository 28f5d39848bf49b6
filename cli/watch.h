/* Several watchers of one connection: hf_config.trace has room for one, the tool has a chain to
 * collect, a transcript to print, a capture to write... Events reach them in the order in which
 * they were added.
 */
#ifndef HF_CLI_WATCH_H
#define HF_CLI_WATCH_H

#include <handfast/trace.h>

#define CLI_WATCH_MAX 8

/* All zero: nobody watches. */
typedef struct cli_watch {
    struct {
        void (*event)(void *ctx, const hf_event *event);
        void *ctx;
    } watchers[CLI_WATCH_MAX];
    size_t count;
} cli_watch;

/* `ctx` is borrowed until the last connection ends. At most CLI_WATCH_MAX. */
void cli_watch_add(cli_watch *watch, void (*event)(void *ctx, const hf_event *event), void *ctx);

/* hf_config.trace with a cli_watch as its context. */
void cli_watch_event(void *ctx, const hf_event *event);

#endif
