/* The ladder and the JSON lines of a command. See trace_out.h. */
#include "trace_out.h"

#include "report.h"
#include "summary.h"

#include <handfast/config.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define WIDTH     80u
#define WIDTH_MAX 100u /* that reads well */
#define TIMES     12u  /* columns that the times take */

static void flush_lines(cli_lines *lines)
{
    if (lines->len > 0) {
        (void)fwrite(lines->text, 1, lines->len, lines->out);
        (void)fflush(lines->out); /* whoever reads along sees it when it happens */
        lines->len = 0;
    }
}

void cli_lines_put(void *ctx, const char *text, size_t len)
{
    cli_lines *lines = ctx;
    while (len > 0) {
        size_t room = sizeof lines->text - lines->len;
        size_t n = len < room ? len : room;
        memcpy(lines->text + lines->len, text, n);
        lines->len += n;
        text += n;
        len -= n;
        if (lines->len == sizeof lines->text || lines->text[lines->len - 1] == '\n') {
            flush_lines(lines);
        }
    }
}

uint64_t cli_trace_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static uint64_t since_begin(void *ctx)
{
    const cli_trace_out *out = ctx;
    return cli_trace_clock() - out->began;
}

static bool is_terminal(FILE *file)
{
    return isatty(fileno(file)) == 1;
}

/* https://no-color.org: set and not empty. */
bool cli_trace_wants_color(const cli_trace_options *options, FILE *file)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    bool refused =
        (no_color != NULL && no_color[0] != 0) || (term != NULL && strcmp(term, "dumb") == 0);
    return options->color == CLI_COLOR_ALWAYS ||
           (options->color == CLI_COLOR_AUTO && !refused && is_terminal(file));
}

/* Columns of the terminal; without one always the same. */
uint16_t cli_trace_width(FILE *file)
{
    struct winsize size;
    if (!is_terminal(file) || ioctl(fileno(file), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return WIDTH;
    }
    return size.ws_col;
}

hf_ladder_options cli_trace_ladder(const cli_trace_options *options, FILE *file,
                                   uint64_t (*clock)(void *ctx), void *clock_ctx)
{
    uint16_t width = cli_trace_width(file);
    bool times = options->times || (is_terminal(file) && width >= WIDTH + TIMES);
    uint16_t most = WIDTH_MAX + (times ? TIMES : 0);
    return (hf_ladder_options){
        .level = options->fields ? HF_LADDER_FIELDS : HF_LADDER_BRIEF,
        .color = cli_trace_wants_color(options, file),
        .width = width < most ? width : most,
        .clock = times ? clock : NULL,
        .clock_ctx = clock_ctx,
    };
}

static void begin_ladder(cli_trace_out *out, const cli_trace_options *options, uint8_t *memory)
{
    FILE *file = options->json || options->beside ? stderr : stdout;
    hf_ladder_options ladder = cli_trace_ladder(options, file, since_begin, out);
    out->text_out.out = file;
    ladder.sink = (hf_sink){cli_lines_put, &out->text_out};
    ladder.memory = (hf_space){memory, CLI_TRACE_MESSAGE};
    ladder.held = (hf_space){memory + CLI_TRACE_MESSAGE, CLI_TRACE_MESSAGE};
    hf_ladder_init(&out->ladder, &ladder);
}

static void begin_json(cli_trace_out *out, hf_space memory)
{
    const hf_sink sink = {cli_lines_put, &out->json_out};
    out->json = true;
    out->json_out.out = stdout;
    hf_jsonl_init(&out->lines, &sink, false, memory);
    out->lines.clock = since_begin;
    out->lines.clock_ctx = out;
}

cli_exit cli_trace_begin(cli_trace_out *out, const cli_trace_options *options, cli_watch *watch)
{
    *out = (cli_trace_out){.began = cli_trace_clock()};
    if (!options->ladder && !options->json) {
        return CLI_OK;
    }
    uint8_t *memory = malloc(3 * CLI_TRACE_MESSAGE);
    if (memory == NULL) {
        return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some.");
    }
    out->memory = memory;
    if (options->ladder) {
        begin_ladder(out, options, memory);
        cli_watch_add(watch, hf_ladder_event, &out->ladder);
    }
    if (options->json) {
        begin_json(out, (hf_space){memory + (size_t)2 * CLI_TRACE_MESSAGE, CLI_TRACE_MESSAGE});
        cli_watch_add(watch, hf_jsonl_event, &out->lines);
    }
    return CLI_OK;
}

void cli_trace_note(cli_trace_out *out, const hf_conn *conn, const char *verdict)
{
    cli_trace_facts *facts = &out->facts;
    const hf_tls *tls = &conn->tls;
    const char *alpn = hf_tls_alpn(tls);
    *facts = (cli_trace_facts){
        .known = true,
        .version = hf_tls_version(tls),
        .suite = hf_tls_suite(tls),
        .group = hf_tls_group(tls),
        .peer_scheme = hf_tls_peer_scheme(tls),
        .resumed = hf_tls_resumed(tls),
        .retried = hf_tls_retried(tls),
        .asked_certificate = hf_tls_asked_certificate(tls),
        .sent_certificate = hf_tls_sent_certificate(tls),
        .records_in = hf_tls_records_in(tls),
        .records_out = hf_tls_records_out(tls),
        .stats = conn->stats,
    };
    (void)snprintf(facts->host, sizeof facts->host, "%s", conn->address.host);
    (void)snprintf(facts->alpn, sizeof facts->alpn, "%s", alpn == NULL ? "" : alpn);
    cli_peer_text(conn, facts->peer);
    out->verdict = verdict;
}

void cli_trace_message(cli_trace_out *out, const hf_mqtt_message *message)
{
    char topic[65536];
    (void)snprintf(topic, sizeof topic, "%.*s", (int)message->topic.len,
                   message->topic.len == 0 ? "" : (const char *)message->topic.ptr);
    hf_json *json = hf_jsonl_begin(&out->lines, "publication");
    hf_json_text(json, "topic", topic);
    hf_json_number(json, "qos", message->qos);
    hf_json_bool(json, "retain", message->retain);
    hf_json_number(json, "offset", message->offset);
    hf_json_number(json, "total", message->total);
    hf_json_bytes(json, "payload", message->payload);
    hf_jsonl_end(&out->lines);
}

static void text_or_null(hf_json *json, const char *key, const char *text)
{
    if (text == NULL || text[0] == 0) {
        hf_json_null(json, key);
    } else {
        hf_json_text(json, key, text);
    }
}

static void put_costs(hf_json *json, const cli_trace_facts *facts)
{
    const hf_conn_stats *stats = &facts->stats;
    hf_json_number(json, "resolve_us", stats->resolve_us);
    hf_json_number(json, "tcp_us", stats->tcp_us);
    hf_json_number(json, "tls_us", stats->tls_us);
    hf_json_number(json, "mqtt_us", stats->mqtt_us);
    hf_json_number(json, "bytes_sent", (int64_t)stats->bytes_out);
    hf_json_number(json, "bytes_received", (int64_t)stats->bytes_in);
    hf_json_number(json, "records_sent", facts->records_out);
    hf_json_number(json, "records_received", facts->records_in);
    hf_json_number(json, "round_trips", stats->round_trips);
    hf_json_number(json, "attempts", stats->attempts);
}

static void put_facts(hf_json *json, const cli_trace_facts *facts)
{
    const char *version = facts->version == HF_TLS13 ? "1.3" : "1.2";
    if (!facts->known) {
        hf_json_null(json, "connection");
        return;
    }
    hf_json_open(json, "connection", '{');
    hf_json_text(json, "host", facts->host);
    text_or_null(json, "peer", facts->peer);
    text_or_null(json, "version", facts->version == 0 ? NULL : version);
    text_or_null(json, "suite", hf_tls_suite_name(facts->suite));
    text_or_null(json, "group", hf_tls_group_name(facts->group));
    text_or_null(json, "signature", hf_tls_scheme_name(facts->peer_scheme));
    text_or_null(json, "alpn", facts->alpn);
    hf_json_bool(json, "resumed", facts->resumed);
    hf_json_bool(json, "retried", facts->retried);
    hf_json_bool(json, "asked_certificate", facts->asked_certificate);
    hf_json_bool(json, "sent_certificate", facts->sent_certificate);
    put_costs(json, facts);
    hf_json_close(json, '}');
}

static void put_failure(hf_json *json, const cli_failure *failure)
{
    if (failure == NULL) {
        hf_json_null(json, "failure");
        return;
    }
    hf_json_open(json, "failure", '{');
    text_or_null(json, "name", failure->name);
    text_or_null(json, "what", failure->what);
    text_or_null(json, "why", failure->why);
    text_or_null(json, "todo", failure->todo);
    hf_json_close(json, '}');
}

static void put_result(cli_trace_out *out, cli_exit result)
{
    static const char *const NAMES[] = {
        [CLI_OK] = "ok",           [CLI_INTERNAL] = "internal",       [CLI_USAGE] = "usage",
        [CLI_LOCAL] = "local",     [CLI_NETWORK] = "network",         [CLI_TLS] = "tls",
        [CLI_REFUSED] = "refused", [CLI_CERTIFICATE] = "certificate", [CLI_TIMEOUT] = "timeout",
    };
    hf_json *json = hf_jsonl_begin(&out->lines, "result");
    hf_json_number(json, "exit", result);
    hf_json_text(json, "class", NAMES[result]);
    text_or_null(json, "verdict", out->verdict);
    put_failure(json, result == CLI_OK ? NULL : cli_last_failure());
    put_facts(json, &out->facts);
    hf_jsonl_end(&out->lines);
}

void cli_trace_end(cli_trace_out *out, cli_exit result)
{
    if (out->json && !out->ended) {
        put_result(out, result);
    }
    out->ended = true;
    free(out->memory);
    out->memory = NULL;
}
