/* What ports without an operating system's descriptors share (lwip, serial): time out of a counter
 * of milliseconds that may wrap, and nothing that a program could wait for.
 *
 * A connection is stepped more often than the counter wraps.
 */
#include "net/port.h"

static uint64_t since(const hf_conn *conn, uint32_t ms)
{
    return (uint64_t)(uint32_t)(ms - conn->port.ms) * 1000u;
}

uint64_t hf_net_now(const hf_conn *conn)
{
    return conn->port.at + since(conn, hf_net_milliseconds(conn)) + 1u;
}

void hf_net_note_time(hf_conn *conn)
{
    uint32_t ms = hf_net_milliseconds(conn);
    conn->port.at += since(conn, ms);
    conn->port.ms = ms;
}

void hf_net_arm(hf_conn *conn, unsigned what)
{
    (void)conn;
    (void)what;
}

int hf_conn_fd(const hf_conn *conn)
{
    (void)conn;
    return -1;
}

short hf_conn_events(const hf_conn *conn)
{
    (void)conn;
    return 0;
}
