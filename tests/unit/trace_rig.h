/* Events of a connection as lines of text, one word or two each, for comparing. */
#ifndef HF_TESTS_TRACE_RIG_H
#define HF_TESTS_TRACE_RIG_H

#include <handfast/tls.h>
#include <handfast/trace.h>

#include <stdio.h>
#include <string.h>

typedef struct trace_log {
    char text[16384];
    size_t len;
    bool bytes;            /* log BYTES and RECORD, too */
    size_t count;          /* of all events */
    size_t sent, received; /* bytes */
} trace_log;

static inline void trace_put(trace_log *log, const char *line)
{
    int n = snprintf(log->text + log->len, sizeof log->text - log->len, "%s\n", line);
    log->len += n > 0 ? (size_t)n : 0;
    if (log->len >= sizeof log->text) {
        log->len = sizeof log->text - 1;
    }
}

static inline const char *trace_way(const hf_event *event)
{
    return event->sent ? ">" : "<";
}

static inline void trace_event(void *ctx, const hf_event *event)
{
    trace_log *log = ctx;
    char line[128] = "";
    bool whole = event->offset + event->body.len == event->size;
    log->count++;
    switch ((hf_event_kind)event->kind) {
    case HF_EVENT_BYTES:
        *(event->sent ? &log->sent : &log->received) += event->body.len;
        break;
    case HF_EVENT_RECORD:
        (void)snprintf(line, sizeof line, "%s record %u %s%u: %u", trace_way(event), event->type,
                       event->sealed ? "sealed " : "", event->size, event->content);
        break;
    case HF_EVENT_MESSAGE:
        (void)snprintf(line, sizeof line, "%s message %u%s", trace_way(event), event->type,
                       event->pieces ? " in pieces"
                       : whole       ? ""
                                     : " part");
        break;
    case HF_EVENT_DECISION:
        (void)snprintf(line, sizeof line, "decided %u: %x, %u", event->type, event->number,
                       event->reason);
        break;
    case HF_EVENT_WORK:
        (void)snprintf(line, sizeof line, "work %u: %x", event->type, event->number);
        break;
    case HF_EVENT_KEYS:
        (void)snprintf(line, sizeof line, "%s keys %u", trace_way(event), event->type);
        break;
    case HF_EVENT_ERROR:
        (void)snprintf(line, sizeof line, "error %s", hf_error_name((hf_code)event->number));
        break;
    default:
        break;
    }
    bool skip = line[0] == 0 || (!log->bytes && event->kind == HF_EVENT_RECORD) ||
                (event->kind == HF_EVENT_MESSAGE && !event->pieces && !whole);
    if (!skip) {
        trace_put(log, line);
    }
}

#endif
