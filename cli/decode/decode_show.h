/* What `handfast decode` prints: streams, their events, notes and verdicts, as text or as JSON
 * lines. The one place where output is formed.
 */
#ifndef HF_CLI_DECODE_SHOW_H
#define HF_CLI_DECODE_SHOW_H

#include "decode_capture.h"
#include "decode_find.h"
#include "decode_verdict.h"
#include "trace_out.h"

/* Must not move after decode_show_begin(). */
typedef struct decode_show {
    FILE *out;
    const cli_trace_options *options; /* json, fields, color */
    hf_sink sink;
    hf_ladder ladder;
    hf_jsonl lines;
    int64_t begun; /* of the stream at work */
    int64_t time;
    bool shown; /* the last connection was one with TLS */
} decode_show;

/* `options` is borrowed. */
void decode_show_begin(decode_show *show, FILE *out, const cli_trace_options *options);

/* A connection: TLS or what else it is. */
void decode_show_stream(decode_show *show, const decode_flow *flow, unsigned client,
                        decode_content content);
/* decode_sink.event and .note, with the decode_show as their ctx. */
void decode_show_event(void *ctx, const hf_event *event, int64_t time);
void decode_show_note(void *ctx, int64_t time, const char *text);

void decode_show_verdict(decode_show *show, const decode_tls *tls, const decode_flow *flow,
                         unsigned client);

/* The last JSON line: the file as a whole. `tls`: connections with TLS that were shown. */
void decode_show_end(decode_show *show, const decode_capture *capture, unsigned tls);

#endif
