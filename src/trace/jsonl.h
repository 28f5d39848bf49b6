/* A connection as JSON lines: one object for each event, everything that is known of it.
 *
 * In the flow: a consumer of events beside the ladder; a sink takes the lines. Every line has
 * "schema" and "event" first; which keys follow is the same for all lines of a kind and is listed
 * in docs/trace.md. Whoever has more to say (a result) adds lines of the same form.
 */
#ifndef HF_TRACE_JSONL_H
#define HF_TRACE_JSONL_H

#include "trace/follow.h"
#include "trace/json.h"

#define HF_JSONL_SCHEMA 1 /* changes when a key goes or means something else */

typedef struct hf_jsonl {
    hf_sink sink;
    hf_json json;
    hf_follow follow;
    /* Microseconds since the beginning; NULL: "us" is null. */
    uint64_t (*clock)(void *ctx);
    void *clock_ctx;
} hf_jsonl;

/* `memory` is for messages that come in pieces: the longest one. Must not move afterwards. */
void hf_jsonl_init(hf_jsonl *lines, const hf_sink *sink, bool server, hf_space memory);

/* hf_config.trace, with the hf_jsonl as its ctx. */
void hf_jsonl_event(void *ctx, const hf_event *event);

/* A line of another kind: begin, put keys with hf_json_...(), end. */
hf_json *hf_jsonl_begin(hf_jsonl *lines, const char *event);
void hf_jsonl_end(hf_jsonl *lines);

/* The keys of an error record; also of one that says HF_OK. */
void hf_jsonl_error(hf_json *json, const hf_error *error);

#endif
