/* TCP over lwIP's raw API.
 *
 * What arrives stays in the pbufs in which lwIP gave it, and is copied once, into the engine's
 * input buffer. The window opens by what the engine has taken (tcp_recved), so a program that does
 * not read holds its peer back. Nothing is ever aborted, so all of this may be called from lwIP's
 * callbacks, too. A closed pcb is lwIP's; tcp_close() tries again by itself where memory is short
 * (lwIP 2.1).
 */
#include "lwip.h"

#include "net/port.h"

#include <lwip/tcp.h>

#include <string.h>

/* From here on lwIP calls back no more. */
static void let_go(hf_channel *channel)
{
    tcp_arg(channel->pcb, NULL);
    tcp_recv(channel->pcb, NULL);
    tcp_err(channel->pcb, NULL);
    channel->pcb = NULL;
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    hf_channel *channel = arg;
    (void)pcb;
    (void)err;
    if (p == NULL) {
        channel->ended = true;
        if (channel->half_closed) { /* in TIME_WAIT lwIP frees the pcb without a word */
            let_go(channel);
        }
        return ERR_OK;
    }
    if (channel->received == NULL) {
        channel->received = p;
        return ERR_OK;
    }
    if ((uint32_t)channel->received->tot_len + p->tot_len > UINT16_MAX) {
        return ERR_MEM; /* lwIP keeps it and comes again */
    }
    pbuf_cat(channel->received, p);
    return ERR_OK;
}

/* The pcb is gone already. */
static void on_error(void *arg, err_t err)
{
    hf_channel *channel = arg;
    channel->pcb = NULL;
    channel->error = err;
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
    hf_channel *channel = arg;
    (void)pcb;
    (void)err; /* always ERR_OK: failures come to on_error() */
    channel->connected = true;
    return ERR_OK;
}

static void own(hf_channel *channel)
{
    tcp_arg(channel->pcb, channel);
    tcp_recv(channel->pcb, on_received);
    tcp_err(channel->pcb, on_error);
}

#if LWIP_TCP_KEEPALIVE
static void set_periods(struct tcp_pcb *pcb, const hf_conn_options *options)
{
    uint32_t period = options->keep_alive_period == 0 ? 15u : options->keep_alive_period;
    pcb->keep_intvl = period * 1000u;
    pcb->keep_cnt = options->keep_alive_count == 0 ? 4u : options->keep_alive_count;
}
#else
static void set_periods(struct tcp_pcb *pcb, const hf_conn_options *options)
{
    (void)pcb; /* lwIP has fixed ones */
    (void)options;
}
#endif

static void set_options(struct tcp_pcb *pcb, const hf_conn_options *options)
{
    if (!options->nagle) {
        tcp_nagle_disable(pcb);
    }
    if (!options->no_keep_alive) {
        uint32_t idle = options->keep_alive_idle == 0 ? 60u : options->keep_alive_idle;
        ip_set_option(pcb, SOF_KEEPALIVE);
        pcb->keep_idle = idle * 1000u;
        set_periods(pcb, options);
    }
}

hf_code hf_net_connect_code(int32_t system)
{
    switch (system) {
    case ERR_OK:
        return HF_OK;
    case ERR_RST:
        return HF_E_CONNECT_REFUSED;
    case ERR_ABRT: /* nobody answered any of lwIP's tries */
    case ERR_TIMEOUT:
        return HF_E_CONNECT_TIMEOUT;
    case ERR_MEM:
    case ERR_BUF: /* no local port is free */
    case ERR_USE:
        return HF_E_SOCKET;
    default:
        return HF_E_CONNECT_UNREACHABLE;
    }
}

hf_code hf_net_connect(hf_conn *conn, size_t index, int32_t *system)
{
    hf_channel *channel = &conn->dial.attempts[index];
    ip_addr_t to;
    memset(channel, 0, sizeof *channel);
    if (!hf_lwip_to_address(&conn->dial.to[index], &to)) {
        *system = ERR_RTE;
        return HF_E_CONNECT_UNREACHABLE;
    }
    channel->pcb = tcp_new_ip_type(IP_GET_TYPE(&to));
    if (channel->pcb == NULL) {
        *system = ERR_MEM;
        return HF_E_SOCKET;
    }
    set_options(channel->pcb, &conn->options);
    own(channel);
    err_t err = tcp_connect(channel->pcb, &to, conn->address.port, on_connected);
    if (err == ERR_OK) {
        return HF_PENDING;
    }
    hf_net_abandon(conn, index);
    *system = err;
    return hf_net_connect_code(err);
}

bool hf_net_is_trying(const hf_conn *conn, size_t index)
{
    const hf_channel *channel = &conn->dial.attempts[index];
    return channel->pcb != NULL || channel->error != 0;
}

hf_code hf_net_connected(hf_conn *conn, size_t index, int32_t *system)
{
    hf_channel *channel = &conn->dial.attempts[index];
    if (channel->connected) { /* an error since then is the connection's */
        return HF_OK;
    }
    *system = channel->error;
    if (channel->error == 0) {
        return HF_PENDING;
    }
    hf_net_abandon(conn, index);
    return hf_net_connect_code(*system);
}

/* What was not read counts as read, or lwIP would end the connection with a reset. */
static void put_down(hf_channel *channel)
{
    uint16_t unread = channel->received == NULL ? 0 : channel->received->tot_len;
    struct tcp_pcb *pcb = channel->pcb;
    if (pcb != NULL) {
        let_go(channel);
        tcp_recved(pcb, unread);
        (void)tcp_close(pcb);
    }
    if (channel->received != NULL) {
        pbuf_free(channel->received);
    }
    memset(channel, 0, sizeof *channel);
}

void hf_net_abandon(hf_conn *conn, size_t index)
{
    put_down(&conn->dial.attempts[index]);
}

void hf_net_close(hf_conn *conn)
{
    put_down(&conn->channel);
}

void hf_net_adopt(hf_conn *conn, size_t index)
{
    conn->channel = conn->dial.attempts[index];
    memset(&conn->dial.attempts[index], 0, sizeof conn->dial.attempts[index]);
    if (conn->channel.pcb != NULL) {
        own(&conn->channel);
    }
}

hf_code hf_net_take(hf_conn *conn, hf_socket socket, int32_t *system)
{
    *system = 0;
    conn->channel = (hf_channel){.pcb = socket, .connected = true};
    own(&conn->channel);
    set_options(socket, &conn->options);
    return HF_OK;
}

static uint16_t at_most(size_t a, size_t b)
{
    size_t least = a < b ? a : b;
    return (uint16_t)(least < UINT16_MAX ? least : UINT16_MAX);
}

hf_code hf_net_send(hf_conn *conn, const uint8_t *data, size_t len, size_t *sent, int32_t *system)
{
    struct tcp_pcb *pcb = conn->channel.pcb;
    *sent = 0;
    if (pcb == NULL) {
        *system = conn->channel.error;
        return HF_E_NETWORK;
    }
    uint16_t part = at_most(len, tcp_sndbuf(pcb));
    err_t err = part == 0 ? ERR_MEM : tcp_write(pcb, data, part, TCP_WRITE_FLAG_COPY);
    while (err == ERR_MEM && part > 1) { /* a smaller piece may find memory */
        part /= 2;
        err = tcp_write(pcb, data, part, TCP_WRITE_FLAG_COPY);
    }
    if (err == ERR_OK) {
        *sent = part;
        (void)tcp_output(pcb); /* what could not go now, goes with lwIP's timer */
        return HF_OK;
    }
    *system = err;
    return err == ERR_MEM ? HF_PENDING : HF_E_NETWORK;
}

hf_code hf_net_receive(hf_conn *conn, uint8_t *data, size_t cap, size_t *len, int32_t *system)
{
    hf_channel *channel = &conn->channel;
    *len = 0;
    if (channel->received == NULL) {
        *system = channel->error;
        bool broken = channel->pcb == NULL && !channel->ended;
        return channel->ended ? HF_OK : broken ? HF_E_NETWORK : HF_PENDING;
    }
    uint16_t part = at_most(cap, channel->received->tot_len);
    *len = pbuf_copy_partial(channel->received, data, part, 0);
    channel->received = pbuf_free_header(channel->received, part);
    if (channel->pcb != NULL) {
        tcp_recved(channel->pcb, part);
    }
    return HF_OK;
}

void hf_net_half_close(hf_conn *conn)
{
    hf_channel *channel = &conn->channel;
    if (channel->pcb != NULL && !channel->half_closed) {
        channel->half_closed = tcp_shutdown(channel->pcb, 0, 1) == ERR_OK;
    }
}
