/* See listen_trace.h. One thread serves all connections, so the lines of one event stay together.
 */
#include "listen_trace.h"

#include "listen_server.h"
#include "trace_out.h"

#include <stdlib.h>

typedef struct listen_trace {
    listen_conn *conn;
    hf_ladder ladder;
    cli_lines lines;
    uint64_t began;
    uint8_t message[CLI_TRACE_MESSAGE];
} listen_trace;

static void put(void *ctx, const char *text, size_t len)
{
    listen_trace *trace = ctx;
    listen_server *server = trace->conn->server;
    if (server->traced != trace->conn) {
        printf("\nconnection from %s\n", trace->conn->address);
        server->traced = trace->conn;
    }
    cli_lines_put(&trace->lines, text, len);
}

static uint64_t since_begin(void *ctx)
{
    const listen_trace *trace = ctx;
    return cli_trace_clock() - trace->began;
}

bool listen_trace_begin(listen_conn *conn)
{
    const cli_trace_options *options = &conn->server->options->trace;
    if (!options->ladder) {
        return true;
    }
    listen_trace *trace = malloc(sizeof *trace);
    if (trace == NULL) {
        return false;
    }
    trace->conn = conn;
    trace->began = cli_trace_clock();
    trace->lines = (cli_lines){.out = stdout};
    hf_ladder_options ladder = cli_trace_ladder(options, stdout, since_begin, trace);
    ladder.sink = (hf_sink){put, trace};
    ladder.server = true;
    ladder.memory = (hf_space){trace->message, sizeof trace->message};
    hf_ladder_init(&trace->ladder, &ladder);
    conn->trace = trace;
    return true;
}

void listen_trace_end(listen_conn *conn)
{
    if (conn->server->traced == conn) {
        conn->server->traced = NULL; /* another one may get its place */
    }
    free(conn->trace);
    conn->trace = NULL;
}

void listen_trace_event(void *ctx, const hf_event *event)
{
    (void)ctx;
    hf_ladder_event(&listen_conn_of(event->tls)->trace->ladder, event);
}
