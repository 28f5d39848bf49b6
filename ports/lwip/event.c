/* Time and waiting over lwIP. There is no descriptor: news come through lwIP's callbacks, while the
 * program serves the interfaces. */
#include "net/port.h"

#include "lwip.h"

#include <lwip/sys.h>

#include <string.h>

uint32_t hf_net_milliseconds(const hf_conn *conn)
{
    (void)conn;
    return sys_now();
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
    hf_net_note_time(conn);
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
