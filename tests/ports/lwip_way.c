/* The test client's way over lwIP. */
#include "way.h"

#include "lwip_link.h"

#include <lwip/dns.h>
#include <lwip/memp.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/stats.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int link_socket;

void hf_lwip_serve(uint32_t ms)
{
    struct pollfd entry = {.fd = link_socket, .events = POLLIN};
    (void)poll(&entry, 1, link_patience(ms));
    (void)link_take();
    sys_check_timeouts();
}

void way_begin(const char *device)
{
    ip_addr_t gateway = IPADDR4_INIT_BYTES(10, 0, 0, 1);
    link_socket = atoi(device);
    link_begin(link_socket, 2);
    dns_setserver(0, &gateway);
}

bool way_set(const char *name, const char *value)
{
    if (strcmp(name, "dns") == 0) {
        dns_setserver(0, strcmp(value, "none") == 0 ? NULL : IP_ANY_TYPE);
        return true;
    }
    return false;
}

static struct {
    hf_conn *conn;
    const hf_config *config;
    const hf_tls_memory *memory;
    uint32_t timeout_ms;
    hf_code code;
} awaited;

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg;
    if (err == ERR_OK) {
        awaited.code = hf_conn_accept(awaited.conn, awaited.config, awaited.memory, pcb, NULL,
                                      awaited.timeout_ms);
    }
    return err;
}

/* Waits for one connection on port 8883. */
static hf_code accept_one(void)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);
    tcp_bind(pcb, IP_ANY_TYPE, 8883);
    pcb = tcp_listen(pcb);
    tcp_accept(pcb, on_accept);
    printf("listening\n");
    fflush(stdout);
    awaited.code = HF_OK;
    while (awaited.code == HF_OK) {
        hf_lwip_serve(1000);
    }
    tcp_close(pcb);
    return awaited.code;
}

hf_code way_start(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                  const char *target, const char *name, uint32_t timeout_ms)
{
    if (strcmp(target, "accept") == 0) {
        awaited.conn = conn;
        awaited.config = config;
        awaited.memory = memory;
        awaited.timeout_ms = timeout_ms;
        return accept_one();
    }
    const hf_conn_options options = {.name = name};
    return hf_conn_start(conn, config, memory, target, &options, timeout_ms);
}

hf_code way_link(hf_link *link, const hf_config *config, const char *target, const char *name,
                 const hf_mqtt_options *mqtt, uint32_t timeout_ms)
{
    const hf_conn_options options = {.name = name};
    return hf_link_start(link, config, target, &options, mqtt, timeout_ms);
}

void way_serve(uint32_t ms)
{
    hf_lwip_serve(ms);
}

size_t way_held(const hf_conn *conn)
{
    return conn->channel.received == NULL ? 0 : conn->channel.received->tot_len;
}

size_t way_holds_at_most(void)
{
    return TCP_WND;
}

static bool is_sent(void)
{
    for (const struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
        if (pcb->unsent != NULL || pcb->unacked != NULL) {
            return false;
        }
    }
    return true;
}

/* What was closed may still have to be sent, which a device goes on with and a process does not. */
size_t way_end(void)
{
    uint32_t begin = sys_now();
    while (!is_sent() && sys_now() - begin < 5000u) {
        hf_lwip_serve(100);
    }
    return lwip_stats.memp[MEMP_PBUF_POOL]->used;
}
