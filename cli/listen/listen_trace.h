/* The ladders of `handfast listen --trace`: one for each connection, on standard output. Before
 * lines of another connection than the last one that had any stands whose they are. */
#ifndef HF_CLI_LISTEN_TRACE_H
#define HF_CLI_LISTEN_TRACE_H

#include <handfast/trace.h>

struct listen_conn;

/* False: no memory. Does nothing without --trace. */
bool listen_trace_begin(struct listen_conn *conn);
void listen_trace_end(struct listen_conn *conn);

/* hf_config.trace; it needs no context. */
void listen_trace_event(void *ctx, const hf_event *event);

#endif
