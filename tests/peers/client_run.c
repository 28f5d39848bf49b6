/* The test client's loop: bytes between a socket and the engine, application data, the end.
 *
 * After the planned data are sent and received it closes and reads to the end, since a TLS 1.3
 * server refuses a client only after the client's handshake is done. After a failure the alert is
 * sent and the socket read to its end, so that nothing that the peer sent makes the kernel answer
 * with a reset before the alert has been read.
 */
#include "peers/client.h"
#include "peers/pcap.h"

#include "tls/keys/schedule13.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE      4096u /* of the data of --fill */
#define LINGER_MS 1000  /* after a failure: how long the peer has for closing */

typedef struct pipe_buffer {
    uint8_t bytes[8192];
    size_t at;
    size_t len;
} pipe_buffer;

static pipe_buffer incoming;
static pipe_buffer outgoing;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- socket */

static bool dial(client *c)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_port = htons((uint16_t)c->options.port);
    int on = 1;
    if (inet_pton(AF_INET, c->options.host, &address.sin_addr) != 1) {
        return false;
    }
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0) {
        return false;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connect(c->fd, (struct sockaddr *)&address, sizeof address) == 0;
}

static void read_socket(client *c)
{
    ssize_t got = recv(c->fd, incoming.bytes, sizeof incoming.bytes, MSG_DONTWAIT);
    incoming.at = incoming.len = 0;
    if (got > 0) {
        incoming.len = (size_t)got;
        c->bytes_in += (size_t)got;
        return;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        c->system = got == 0 ? c->system : errno;
        c->eof = true;
    }
}

static void write_socket(client *c)
{
    ssize_t done = send(c->fd, outgoing.bytes + outgoing.at, outgoing.len - outgoing.at,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done > 0) {
        outgoing.at += (size_t)done;
        c->bytes_out += (size_t)done;
    } else if (done < 0 && errno != EAGAIN && errno != EINTR) {
        c->system = errno;
        c->write_broken = true; /* what has arrived is still read: an alert explains more */
        outgoing.at = outgoing.len;
    }
    if (outgoing.at == outgoing.len) {
        outgoing.at = outgoing.len = 0;
    }
}

/* Waits for the socket; false when the deadline has passed. */
static bool wait_socket(client *c, bool reading, int64_t deadline)
{
    struct pollfd entry = {.fd = c->fd};
    int64_t left = deadline - now_ms();
    entry.events = (short)((reading ? POLLIN : 0) | (outgoing.len > 0 ? POLLOUT : 0));
    if (left <= 0) {
        return false;
    }
    if (poll(&entry, 1, (int)left) <= 0) {
        return errno == EINTR;
    }
    if ((entry.revents & POLLOUT) != 0) {
        write_socket(c);
    }
    if ((entry.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && incoming.at == incoming.len) {
        read_socket(c);
    }
    return true;
}

/* ---- engine */

static size_t at_most(const client *c, size_t len, size_t room)
{
    size_t most = c->options.one_byte ? 1 : room;
    return len < most ? len : most;
}

static bool drain(client *c)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&c->tls, &len);
    size_t room = sizeof outgoing.bytes - outgoing.len;
    len = at_most(c, len, room);
    if (bytes == NULL || room == 0) {
        return false;
    }
    if (!c->write_broken) {
        memcpy(outgoing.bytes + outgoing.len, bytes, len);
        outgoing.len += len;
    }
    hf_tls_output_done(&c->tls, len);
    return true;
}

static bool feed(client *c)
{
    size_t room = 0;
    uint8_t *space = hf_tls_input(&c->tls, &room);
    size_t len = incoming.len - incoming.at;
    if (space == NULL || len == 0 || room == 0) {
        return false;
    }
    len = at_most(c, len, room);
    memcpy(space, incoming.bytes + incoming.at, len);
    incoming.at += len;
    (void)hf_tls_input_done(&c->tls, len);
    return true;
}

static void take_data(client *c)
{
    size_t len = 0;
    const uint8_t *data = hf_tls_data(&c->tls, &len);
    len = at_most(c, len, len);
    hf_hash_add(&c->data_hash, data, len);
    for (size_t i = 0; i < len && c->received + i < CLIENT_KEPT_MAX; i++) {
        c->kept[c->received + i] = data[i];
    }
    c->received += (uint32_t)len;
    (void)hf_tls_data_done(&c->tls, len);
}

/* ---- plan */

/* Lines of letters; the same in the Python part of the tests. */
static uint8_t fill_byte(uint32_t i)
{
    return i % LINE == LINE - 1 ? '\n' : (uint8_t)('a' + (i * 7 + i / LINE) % 26);
}

static uint32_t hex_len(const client *c)
{
    return c->options.send_hex == NULL ? 0 : (uint32_t)strlen(c->options.send_hex) / 2;
}

static uint8_t byte_to_send(const client *c, uint32_t i)
{
    uint32_t first = hex_len(c);
    unsigned byte = 0;
    if (i >= first) {
        return fill_byte(i - first);
    }
    (void)sscanf(c->options.send_hex + 2 * (size_t)i, "%2x", &byte);
    return (uint8_t)byte;
}

static bool send_data(client *c)
{
    size_t room = 0;
    uint32_t total = hex_len(c) + c->options.fill;
    if (c->sent == total || c->closing) {
        return false;
    }
    if (c->updates < c->options.updates) {
        c->updates++;
        (void)hf_tls_update_keys(&c->tls, c->options.updates_both);
        return true;
    }
    uint8_t *space = hf_tls_room(&c->tls, &room);
    if (space == NULL) {
        return false;
    }
    uint32_t len = total - c->sent < room ? total - c->sent : (uint32_t)room;
    for (uint32_t i = 0; i < len; i++) {
        space[i] = byte_to_send(c, c->sent + i);
    }
    c->sent += len;
    (void)hf_tls_room_done(&c->tls, len);
    return true;
}

static bool close_when_done(client *c)
{
    bool all_sent = c->sent == hex_len(c) + c->options.fill;
    bool all_received = c->received >= c->options.expect && !c->options.expect_close;
    bool peer_closed = (hf_tls_wants(&c->tls) & HF_IS_CLOSED) != 0;
    bool updated = c->updates == c->options.updates;
    if (c->closing || !c->opened || !((all_sent && all_received && updated) || peer_closed)) {
        return false;
    }
    c->closing = true;
    (void)hf_tls_close(&c->tls);
    return true;
}

/* As soon as the connection is open, and once. */
static void export_material(client *c)
{
    char label[HF_LABEL_MAX + 2] = "";
    char context[64] = "";
    const char *at = c->options.export;
    if (at == NULL) {
        return;
    }
    int parts = sscanf(at, "%250[^:]:%u:%63s", label, &c->export_len, context);
    if (parts < 2 || c->export_len > sizeof c->exported) {
        c->export_len = 0;
        c->export_code = HF_E_USAGE;
        return;
    }
    hf_span bytes = {(const uint8_t *)context, strlen(context)};
    c->export_code = hf_tls_export(&c->tls, label, bytes, parts == 3, c->exported, c->export_len);
    c->export_len = c->export_code == HF_OK ? c->export_len : 0;
}

/* Gives the buffers up and takes them again, after every record that leaves the engine idle. */
static bool refold(client *c)
{
    hf_folded folded;
    uint32_t records = hf_tls_records_in(&c->tls) + hf_tls_records_out(&c->tls);
    if (!c->options.fold || records == c->folded_at || !hf_tls_is_idle(&c->tls)) {
        return false;
    }
    hf_code code = hf_tls_fold(&c->tls, &folded);
    code = code == HF_OK ? hf_tls_unfold(&c->tls, &folded, &c->memory) : code;
    c->folds += code == HF_OK ? 1 : 0;
    c->folded_at = records;
    return true;
}

/* One thing that the engine wants; false when it waits for the socket. */
static bool serve(client *c)
{
    unsigned wants = hf_tls_wants(&c->tls);
    if (!c->opened && (wants & HF_IS_OPEN) != 0) {
        c->opened = true;
        export_material(c);
    }
    if (((wants & HF_WANT_OUTPUT) != 0 && drain(c)) || refold(c)) {
        return true;
    }
    if ((wants & HF_HAS_DATA) != 0) {
        take_data(c);
        return true;
    }
    if ((wants & HF_WANT_RUN) != 0) {
        c->runs++;
        (void)hf_tls_run(&c->tls);
        return true;
    }
    if ((wants & HF_WANT_SIGN) != 0) {
        (void)client_sign_now(c);
        return true;
    }
    if ((wants & HF_WANT_INPUT) != 0 && feed(c)) {
        return true;
    }
    if ((wants & HF_HAS_ROOM) != 0 && send_data(c)) {
        return true;
    }
    return close_when_done(c);
}

/* ---- end */

/* The peer has the alert before the socket is gone. */
static void linger(client *c)
{
    int64_t deadline = now_ms() + LINGER_MS;
    while (outgoing.len > 0 && wait_socket(c, false, deadline)) {
        incoming.at = incoming.len = 0;
    }
    shutdown(c->fd, SHUT_WR);
    while (!c->eof && wait_socket(c, true, deadline)) {
        incoming.at = incoming.len = 0;
    }
}

static bool over(const client *c)
{
    unsigned wants = hf_tls_wants(&c->tls);
    bool flushed = (wants & HF_WANT_OUTPUT) == 0;
    return ((wants & HF_IS_FAILED) != 0 && flushed) ||
           ((wants & HF_IS_CLOSED) != 0 && c->closing && flushed);
}

void client_run(client *c)
{
    int64_t deadline = now_ms() + c->options.timeout;
    c->where = "connect";
    if (!dial(c)) {
        c->system = errno;
        c->code = HF_E_CONNECT_REFUSED;
        return;
    }
    c->where = "run";
    pcap_connection(c->fd);
    bool in_time = true;
    while (in_time && !over(c)) {
        if (serve(c)) {
            continue;
        }
        if (c->eof && incoming.at == incoming.len && outgoing.len == 0) {
            (void)hf_tls_input_end(&c->tls);
            break;
        }
        in_time = wait_socket(c, !c->eof && incoming.at == incoming.len, deadline);
    }
    c->code = (hf_code)hf_tls_error(&c->tls)->code;
    if (c->code == HF_OK && !in_time) {
        c->code = HF_E_TLS_TIMEOUT;
    }
    linger(c);
    close(c->fd);
}
