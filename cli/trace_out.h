/* Where the ladder and the JSON lines of a command go, and the line that ends them: the result.
 *
 * In the flow: a watcher of the setup's connections. It is begun before anything can fail and ended
 * when nothing can happen any more, so that the result is the last line.
 */
#ifndef HF_CLI_TRACE_OUT_H
#define HF_CLI_TRACE_OUT_H

#include "trace_options.h"
#include "watch.h"

#include "trace/jsonl.h"
#include "trace/ladder.h"

#include <handfast/conn.h>
#include <handfast/mqtt.h>
#include <stdio.h>

#define CLI_TRACE_LINE    4096u  /* bytes that are written at once */
#define CLI_TRACE_MESSAGE 65536u /* the longest handshake message that the library takes */

/* Lines on their way to a stream. */
typedef struct cli_lines {
    FILE *out;
    size_t len;
    char text[CLI_TRACE_LINE];
} cli_lines;

/* What the result says of the last connection, once it is closed. */
typedef struct cli_trace_facts {
    bool known;
    char host[HF_HOST_SIZE];
    char peer[64];
    uint16_t version, suite, group, peer_scheme;
    char alpn[256];
    bool resumed, retried, asked_certificate, sent_certificate;
    uint32_t records_in, records_out;
    hf_conn_stats stats;
} cli_trace_facts;

/* All zero: nothing is shown. Must not move between begin and release. */
typedef struct cli_trace_out {
    bool json;
    bool ended;
    uint64_t began; /* microseconds */
    hf_ladder ladder;
    hf_jsonl lines;
    cli_lines text_out;
    cli_lines json_out;
    cli_trace_facts facts;
    const char *verdict;
    void *memory;
} cli_trace_out;

/* Whether a ladder on this stream is coloured, and its columns. */
bool cli_trace_wants_color(const cli_trace_options *options, FILE *file);
uint16_t cli_trace_width(FILE *file);

/* Microseconds, of a clock that nobody sets. */
uint64_t cli_trace_clock(void);
/* The sink of a ladder, whose context are cli_lines: writes whole lines at a time. */
void cli_lines_put(void *ctx, const char *text, size_t len);
/* What a ladder on this stream looks like; `clock` is used where it has a column of times. Its sink
 * and its memory are the caller's to add. */
hf_ladder_options cli_trace_ladder(const cli_trace_options *options, FILE *file,
                                   uint64_t (*clock)(void *ctx), void *clock_ctx);

/* Adds what `options` ask for to `watch`. CLI_LOCAL: no memory. */
cli_exit cli_trace_begin(cli_trace_out *out, const cli_trace_options *options, cli_watch *watch);
/* What there is to know about a connection, before it is closed; `verdict` may be NULL and is
 * borrowed until the end. */
void cli_trace_note(cli_trace_out *out, const hf_conn *conn, const char *verdict);
/* A message that has arrived, or a piece of one: its line. */
void cli_trace_message(cli_trace_out *out, const hf_mqtt_message *message);
/* Writes the result's line, once, and gives everything back. */
void cli_trace_end(cli_trace_out *out, cli_exit result);

#endif
