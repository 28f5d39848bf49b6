/* A serial line as a connection's channel. It has no end: whoever says close_notify has ended, and
 * a line that breaks says so (port.h). */
#include "net/port.h"

uint32_t hf_net_milliseconds(const hf_conn *conn)
{
    const hf_serial_line *line = conn->port.line;
    return line == NULL ? conn->port.ms : line->milliseconds(line->ctx);
}

hf_code hf_net_begin(hf_conn *conn, int32_t *system)
{
    *system = 0;
    conn->channel = NULL;
    return HF_OK;
}

void hf_net_end(hf_conn *conn)
{
    hf_net_close(conn);
}

void hf_net_collect(hf_conn *conn)
{
    hf_net_note_time(conn);
}

void hf_net_wait(const hf_conn *conn, int ms)
{
    const hf_serial_line *line = conn->port.line;
    if (line->wait != NULL) {
        line->wait(line->ctx, ms < 0 ? UINT32_MAX : (uint32_t)ms);
    }
}

hf_code hf_net_take(hf_conn *conn, hf_socket socket, int32_t *system)
{
    *system = 0;
    conn->channel = socket;
    conn->port.line = socket;
    return HF_OK;
}

/* What a call of the line returned. */
static hf_code moved(int32_t result, size_t *count, int32_t *system)
{
    *count = result > 0 ? (size_t)result : 0;
    if (result < 0) {
        *system = result;
        return HF_E_NETWORK;
    }
    return result == 0 ? HF_PENDING : HF_OK;
}

hf_code hf_net_send(hf_conn *conn, const uint8_t *data, size_t len, size_t *sent, int32_t *system)
{
    const hf_serial_line *line = conn->channel;
    return moved(line->send(line->ctx, data, len), sent, system);
}

hf_code hf_net_receive(hf_conn *conn, uint8_t *data, size_t cap, size_t *len, int32_t *system)
{
    const hf_serial_line *line = conn->channel;
    return moved(line->receive(line->ctx, data, cap), len, system);
}

void hf_net_half_close(hf_conn *conn)
{
    (void)conn;
}

void hf_net_close(hf_conn *conn)
{
    conn->channel = NULL;
}
