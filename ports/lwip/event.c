/* Time and waiting over lwIP. There is no descriptor: news come through lwIP's callbacks, while the
 * program serves the interfaces. */
#include "net/port.h"

#include "lwip.h"

#include <lwip/sys.h>

#include <string.h>

/* sys_now() wraps after 49 days; a connection is stepped more often than that. */
static uint32_t since(const hf_conn *conn, uint32_t ms)
{
    return ms - conn->port.ms;
}

uint64_t hf_net_now(const hf_conn *conn)
{
    return conn->port.at + (uint64_t)since(conn, sys_now()) * 1000u + 1u;
}

hf_code hf_net_begin(hf_conn *conn, int32_t *system)
{
    *system = 0;
    memset(&conn->channel, 0, sizeof conn->channel);
    return HF_OK;
}

void hf_net_end(hf_conn *conn)
{
    for (size_t i = 0; i < HF_ADDRESSES_MAX; i++) {
        hf_net_abandon(conn, i);
    }
    hf_net_close(conn);
}

void hf_net_collect(hf_conn *conn)
{
    uint32_t ms = sys_now();
    conn->port.at += (uint64_t)since(conn, ms) * 1000u;
    conn->port.ms = ms;
    for (size_t i = 0; i < HF_ADDRESSES_MAX; i++) {
        const hf_channel *attempt = &conn->dial.attempts[i];
        if (attempt->connected || attempt->error != 0) {
            conn->dial.ready |= 1u << i;
        }
    }
}

void hf_net_wait(const hf_conn *conn, int ms)
{
    (void)conn;
    hf_lwip_serve(ms < 0 ? UINT32_MAX : (uint32_t)ms);
}

bool hf_net_watch_hook(hf_conn *conn, int fd)
{
    (void)conn;
    (void)fd;
    return false;
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
