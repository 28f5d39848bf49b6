/* What a connection keeps for its port; here: lwIP's raw API (docs/conn.md).
 *
 * One thread, or none: a program calls lwIP and hf_conn from the same loop (NO_SYS=1), or holds
 * lwIP's core lock around both. hf_conn is not called from inside lwIP's callbacks, but for
 * hf_conn_accept(), which belongs into that of tcp_accept(). Private but for hf_socket and
 * hf_lwip_serve().
 */
#ifndef HANDFAST_PORT_H
#define HANDFAST_PORT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_PORT_DIALS    1 /* it has names and addresses: hf_conn_start() */
#define HF_ADDRESSES_MAX 4 /* connection attempts at most; answers of each family kept */

struct pbuf;
struct tcp_pcb;

typedef struct tcp_pcb *hf_socket; /* connected, for hf_conn_attach() and hf_conn_accept() */

typedef struct hf_channel {
    struct tcp_pcb *pcb;   /* NULL: none, or lwIP has freed it */
    struct pbuf *received; /* what has arrived, as lwIP gave it */
    int8_t error;          /* err_t with which lwIP ended it; 0: none */
    bool connected;
    bool ended; /* the peer's end has come behind `received` */
    bool half_closed;
} hf_channel;

typedef struct hf_port_lookup {
    uint64_t began;
} hf_port_lookup;

typedef struct hf_port_state { /* sys_now(), made into a time that does not wrap */
    uint64_t at;               /* microseconds */
    uint32_t ms;
} hf_port_state;

/* Given by the program, as sys_now() is: serves the network interfaces and sys_check_timeouts(),
 * and returns when something has arrived, or after `ms` milliseconds (UINT32_MAX: no limit). Only
 * calls that wait call it: hf_conn_open(), and all with a time-out other than 0. */
void hf_lwip_serve(uint32_t ms);

#ifdef __cplusplus
}
#endif
#endif
