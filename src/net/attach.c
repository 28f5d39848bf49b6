/* The client's way into a connection whose channel stands already: a connected socket, a serial
 * line. From the handshake on it is like any other (conn.c). A file of its own, as accept.c is. */
#include "net/conn.h"

hf_code hf_conn_attach(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                       hf_socket socket, const char *name, const hf_conn_options *options,
                       uint32_t timeout_ms)
{
    hf_code code = hf_conn_take(conn, socket, options, timeout_ms);
    return code == HF_OK ? hf_conn_taken(conn, hf_tls_client(&conn->tls, config, memory, name))
                         : code;
}
