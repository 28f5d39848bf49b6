/* Output of decode. See decode_show.h. */
#include "decode_show.h"

#include "when.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#define END_TEXT  64u
#define SECOND    1000000000ll
#define WIDTH_MAX 112u /* columns that read well, with the times */

static void put(void *ctx, const char *text, size_t len)
{
    (void)fwrite(text, 1, len, ctx);
}

/* Of the packet at work, since the first one of its connection. */
static uint64_t clock_of(void *ctx)
{
    const decode_show *show = ctx;
    return show->time > show->begun ? (uint64_t)(show->time - show->begun) / 1000u : 0;
}

void decode_show_begin(decode_show *show, FILE *out, const cli_trace_options *options)
{
    memset(show, 0, sizeof *show);
    show->out = out;
    show->options = options;
    show->sink = (hf_sink){put, out};
}

/* Each connection has a ladder of its own. Messages come whole, so no memory is needed. */
static void begin_stream(decode_show *show, int64_t time)
{
    uint16_t width = cli_trace_width(show->out);
    const hf_ladder_options ladder = {
        .sink = show->sink,
        .level = show->options->fields ? HF_LADDER_FIELDS : HF_LADDER_BRIEF,
        .color = cli_trace_wants_color(show->options, show->out),
        .width = width < WIDTH_MAX ? width : WIDTH_MAX,
        .clock = clock_of,
        .clock_ctx = show,
    };
    show->begun = show->time = time;
    hf_ladder_init(&show->ladder, &ladder);
    hf_jsonl_init(&show->lines, &show->sink, false, (hf_space){NULL, 0});
    show->lines.clock = clock_of;
    show->lines.clock_ctx = show;
}

/* "192.0.2.1:8883", "[2001:db8::1]:8883" */
static void end_text(const decode_end *end, char text[END_TEXT])
{
    char address[INET6_ADDRSTRLEN];
    int family = end->family == 6 ? AF_INET6 : AF_INET;
    if (inet_ntop(family, end->address, address, sizeof address) == NULL) {
        address[0] = 0;
    }
    (void)snprintf(text, END_TEXT, end->family == 6 ? "[%s]:%u" : "%s:%u", address, end->port);
}

/* RFC 3339 with microseconds. */
static void time_text(int64_t time, char text[CLI_WHEN_SIZE + 16])
{
    char seconds[CLI_WHEN_SIZE];
    int64_t rest = (time % SECOND + SECOND) % SECOND;
    cli_when_text((time - rest) / SECOND, seconds);
    size_t len = strcspn(seconds, "Z");
    (void)snprintf(text, CLI_WHEN_SIZE + 16, "%.*s.%06uZ", (int)len, seconds,
                   (unsigned)(rest / 1000));
}

/* ---- streams */

static void stream_line(decode_show *show, const decode_flow *flow, const char *client,
                        const char *server, decode_content content)
{
    char time[CLI_WHEN_SIZE + 16];
    time_text(flow->first_time, time);
    hf_json *line = hf_jsonl_begin(&show->lines, "stream");
    hf_json_number(line, "stream", flow->number);
    hf_json_text(line, "content", decode_content_name(content));
    hf_json_text(line, "client", client);
    hf_json_text(line, "server", server);
    hf_json_text(line, "time", time);
    hf_json_number(line, "packets", flow->packets);
    hf_json_number(line, "resent", flow->resent);
    hf_json_number(line, "bytes_missing", (int64_t)(flow->halves[0].lost + flow->halves[1].lost));
    hf_json_number(line, "packets_cut", flow->cut);
    hf_jsonl_end(&show->lines);
}

static void stream_text(decode_show *show, const decode_flow *flow, const char *client,
                        const char *server, decode_content content)
{
    char time[CLI_WHEN_SIZE + 16];
    time_text(flow->first_time, time);
    bool tls = content == DECODE_IS_TLS || content == DECODE_IS_TLS_LATE;
    (void)fprintf(show->out, "%sstream %u: %s -> %s, %s, %u packets%s%s\n", show->shown ? "\n" : "",
                  flow->number, client, server, time, flow->packets, tls ? "" : ": ",
                  tls ? "" : decode_content_text(content));
    if (tls && flow->resent > 0) {
        (void)fprintf(show->out, "  %u segments were sent more than once\n", flow->resent);
    }
    show->shown = tls; /* an empty line sets its end apart */
    uint64_t lost = flow->halves[0].lost + flow->halves[1].lost;
    if (tls && lost > 0) {
        (void)fprintf(show->out, "  %" PRIu64 " bytes are missing in the capture%s\n", lost,
                      flow->cut > 0 ? ": packets were cut when they were captured; capture whole "
                                      "ones (tcpdump -s 0)"
                                    : "");
    }
}

void decode_show_stream(decode_show *show, const decode_flow *flow, unsigned client,
                        decode_content content)
{
    char from[END_TEXT];
    char to[END_TEXT];
    end_text(&flow->ends[client], from);
    end_text(&flow->ends[1 - client], to);
    begin_stream(show, flow->first_time);
    if (show->options->json) {
        stream_line(show, flow, from, to, content);
    } else {
        stream_text(show, flow, from, to, content);
    }
}

/* ---- events */

void decode_show_event(void *ctx, const hf_event *event, int64_t time)
{
    decode_show *show = ctx;
    show->time = time;
    if (show->options->json) {
        hf_jsonl_event(&show->lines, event);
    } else {
        hf_ladder_event(&show->ladder, event);
    }
}

void decode_show_note(void *ctx, int64_t time, const char *text)
{
    decode_show *show = ctx;
    show->time = time;
    if (show->options->json) {
        hf_json *line = hf_jsonl_begin(&show->lines, "note");
        hf_json_text(line, "text", text);
        hf_jsonl_end(&show->lines);
    } else {
        (void)fprintf(show->out, "  note: %s\n", text);
    }
}

/* ---- verdicts */

static void flights_text(const decode_show *show, const decode_tls *tls)
{
    int64_t before = tls->begun;
    (void)fputs("  flights      ", show->out);
    for (size_t i = 0; i < tls->flights_count; i++) {
        const decode_flight *flight = &tls->flights[i];
        (void)fprintf(show->out, "%s%s %" PRIu64 " bytes", i == 0 ? "" : ", ",
                      flight->side == DECODE_CLIENT ? "client" : "server", flight->bytes);
        if (i > 0) {
            (void)fprintf(show->out, " after %.1f ms", (double)(flight->first - before) / 1e6);
        }
        before = flight->last;
    }
    (void)fputs("\n", show->out);
}

static void secrets_text(const decode_show *show, const decode_tls *tls)
{
    bool unread = tls->sides[0].unread > 0 || tls->sides[1].unread > 0;
    if (!unread || tls->client_hellos == 0) {
        return;
    }
    (void)fprintf(show->out, "  secrets      %s for client random ",
                  tls->has_secrets ? "given" : "none");
    for (size_t i = 0; i < sizeof tls->client_random; i++) {
        (void)fprintf(show->out, "%02x", tls->client_random[i]);
    }
    (void)fputs("\n", show->out);
    if (tls->version != 0 && decode_suite(tls->suite) == NULL) {
        (void)fprintf(show->out, "  note: records of the suite %s (0x%04x) are not opened here\n",
                      hf_any_suite_name(tls->suite), tls->suite);
    }
}

static void side_line(hf_json *line, const char *key, const decode_side *side)
{
    hf_json_open(line, key, '{');
    hf_json_number(line, "records", side->records);
    hf_json_number(line, "bytes", (int64_t)side->bytes);
    hf_json_number(line, "sealed", side->sealed);
    hf_json_number(line, "unread", side->unread);
    hf_json_number(line, "early", side->early);
    hf_json_number(line, "largest_record", side->largest);
    hf_json_number(line, "data", (int64_t)side->data);
    hf_json_bool(line, "cut", side->cut);
    hf_json_close(line, '}');
}

static void verdict_line(decode_show *show, const decode_tls *tls, const decode_verdict *verdict,
                         uint32_t stream)
{
    hf_json *line = hf_jsonl_begin(&show->lines, "verdict");
    hf_json_number(line, "stream", stream);
    hf_json_text(line, "outcome", verdict->outcome);
    hf_json_text(line, "what", verdict->what);
    hf_json_text(line, "why", verdict->why);
    hf_json_text(line, "do", verdict->todo);
    hf_json_number(line, "version", tls->version);
    hf_json_number(line, "suite", tls->suite);
    if (verdict->alert != NULL) {
        hf_json_number(line, "alert", verdict->alert->description);
        hf_json_text(line, "alert_by", verdict->alert_by == DECODE_CLIENT ? "client" : "server");
    } else {
        hf_json_null(line, "alert");
        hf_json_null(line, "alert_by");
    }
    hf_json_bool(line, "secrets", tls->has_secrets);
    hf_json_bytes(line, "client_random", (hf_span){tls->client_random, 32});
    side_line(line, "from_client", &tls->sides[DECODE_CLIENT]);
    side_line(line, "from_server", &tls->sides[DECODE_SERVER]);
    hf_json_open(line, "flights", '[');
    for (size_t i = 0; i < tls->flights_count; i++) {
        const decode_flight *flight = &tls->flights[i];
        hf_json_open(line, NULL, '{');
        hf_json_bool(line, "sent", flight->side == DECODE_CLIENT);
        hf_json_number(line, "us", (flight->first - tls->begun) / 1000);
        hf_json_number(line, "bytes", (int64_t)flight->bytes);
        hf_json_number(line, "records", flight->records);
        hf_json_close(line, '}');
    }
    hf_json_close(line, ']');
    hf_jsonl_end(&show->lines);
}

static void verdict_text(const decode_show *show, const decode_tls *tls,
                         const decode_verdict *verdict)
{
    if (tls->flights_count > 0) {
        flights_text(show, tls);
    }
    secrets_text(show, tls);
    (void)fprintf(show->out, "  verdict      %s\n", verdict->what);
    if (verdict->why[0] != 0) {
        (void)fprintf(show->out, "          why  %s\n", verdict->why);
    }
    if (verdict->todo[0] != 0) {
        (void)fprintf(show->out, "           do  %s\n", verdict->todo);
    }
}

/* What the reader of the verdict should know about the bytes. */
static void last_notes(decode_show *show, const decode_tls *tls)
{
    static const char *const CUT[] = {"The client's bytes end in the middle of a record.",
                                      "The server's bytes end in the middle of a record."};
    static const char *const LOST[] = {"What the client sends from here on is no TLS.",
                                       "What the server sends from here on is no TLS."};
    for (unsigned i = 0; i < 2; i++) {
        if (tls->sides[i].cut) {
            decode_show_note(show, show->time, CUT[i]);
        }
        if (tls->sides[i].lost_track) {
            decode_show_note(show, show->time, LOST[i]);
        }
    }
    if (tls->sides[DECODE_CLIENT].early > 0) {
        char text[120];
        (void)snprintf(text, sizeof text,
                       "%u records of early data (0-RTT) of the client could not be read.",
                       tls->sides[DECODE_CLIENT].early);
        decode_show_note(show, show->time, text);
    }
}

void decode_show_verdict(decode_show *show, const decode_tls *tls, const decode_flow *flow,
                         unsigned client)
{
    decode_verdict verdict;
    decode_judge(tls, flow, client, &verdict);
    last_notes(show, tls);
    if (show->options->json) {
        verdict_line(show, tls, &verdict, flow->number);
    } else {
        verdict_text(show, tls, &verdict);
    }
}

void decode_show_end(decode_show *show, const decode_capture *capture, unsigned tls)
{
    if (!show->options->json) {
        return;
    }
    begin_stream(show, 0);
    hf_json *line = hf_jsonl_begin(&show->lines, "capture");
    hf_json_text(line, "format", capture->reader.pcapng ? "pcapng" : "pcap");
    hf_json_text(line, "end",
                 capture->end == DECODE_CUT      ? "cut"
                 : capture->end == DECODE_BROKEN ? "damaged"
                                                 : "whole");
    hf_json_number(line, "packets", capture->reader.frames);
    hf_json_number(line, "streams", (int64_t)capture->flows.count);
    hf_json_number(line, "tls", tls);
    hf_json_number(line, "fragments", capture->kinds[DECODE_FRAGMENT]);
    hf_json_number(line, "encrypted_by_wifi", capture->kinds[DECODE_ENCRYPTED]);
    hf_json_number(line, "unknown_link_type", capture->kinds[DECODE_NO_LINK]);
    hf_json_number(line, "too_short", capture->kinds[DECODE_SHORT]);
    hf_json_number(line, "secrets", (int64_t)capture->secrets.count);
    hf_jsonl_end(&show->lines);
}
