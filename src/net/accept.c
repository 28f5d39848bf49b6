/* The server's way into a connection: a socket that accept() has returned, a serial line. From the
 * handshake on it is like any other (conn.c). A file of its own, so that a client is linked without
 * the server's engine. */
#include "net/conn.h"

hf_code hf_conn_accept(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                       hf_socket socket, const hf_conn_options *options, uint32_t timeout_ms)
{
    hf_code code = hf_conn_take(conn, socket, options, timeout_ms);
    return code == HF_OK ? hf_conn_taken(conn, hf_tls_server(&conn->tls, config, memory)) : code;
}
