/* The server's way into a connection: a socket that accept() has returned. From the handshake on it
 * is like any other (conn.c). A file of its own, so that a client is linked without the server's
 * engine.
 */
#include "net/conn.h"

#include "net/port.h"
#include "tls/tell.h"

#include <string.h>

hf_code hf_conn_accept(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                       int socket, const hf_conn_options *options, uint32_t timeout_ms)
{
    int32_t system = 0;
    memset(conn, 0, sizeof *conn);
    hf_error_clear(&conn->error);
    if (options != NULL) {
        conn->options = *options;
    }
    conn->stage_began = hf_net_now();
    conn->deadline = hf_deadline(conn->stage_began, timeout_ms);
    conn->state = HF_CONN_HANDSHAKE;
    hf_code code = hf_net_begin(conn, &system);
    hf_code taken = hf_net_take(conn, socket, &system);
    code = code == HF_OK ? taken : code;
    if (code != HF_OK) {
        return hf_conn_fail(conn, code, HF_STAGE_SETUP, system);
    }
    code = hf_tls_server(&conn->tls, config, memory);
    if (code != HF_OK) {
        return hf_conn_engine_failed(conn, code, HF_STAGE_SETUP);
    }
    conn->has_engine = true;
    hf_tell(&conn->tls, HF_EVENT_STAGE, HF_STAGE_TLS, HF_PENDING);
    return HF_PENDING;
}
