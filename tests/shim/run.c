/* The shim's loop: one connection, from the dialling to the end of the socket.
 *
 * The engine is fed and drained in large pieces, or with -async byte by byte. After a failure the
 * alert is sent, our side of the socket is shut down, and the rest of what the runner sent is read:
 * otherwise the kernel could answer with a reset, and the runner would never see the alert. */
#include "shim/shim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define IDLE_MS   60000 /* the runner gives up after 15 s */
#define LINGER_MS 10000

typedef struct pipe_buffer {
    uint8_t bytes[16384];
    size_t at;
    size_t len;
} pipe_buffer;

static pipe_buffer incoming;
static pipe_buffer outgoing;

/* ---- socket */

static bool dial(shim *s)
{
    const shim_options *o = s->options;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)o->port)};
    int on = 1;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v6.sin6_addr = in6addr_loopback;
    s->fd = socket(o->ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0) {
        return false;
    }
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return (o->ipv6 ? connect(s->fd, (struct sockaddr *)&v6, sizeof v6)
                    : connect(s->fd, (struct sockaddr *)&v4, sizeof v4)) == 0;
}

/* The runner knows by it which case this connection belongs to. */
static bool introduce(const shim *s)
{
    uint8_t id[8];
    for (unsigned i = 0; i < sizeof id; i++) {
        id[i] = (uint8_t)(s->options->shim_id >> (8 * i));
    }
    return send(s->fd, id, sizeof id, MSG_NOSIGNAL) == (ssize_t)sizeof id;
}

static void read_socket(shim *s)
{
    ssize_t got = recv(s->fd, incoming.bytes, sizeof incoming.bytes, MSG_DONTWAIT);
    incoming.at = incoming.len = 0;
    if (got > 0) {
        incoming.len = (size_t)got;
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        s->eof = true;
    }
}

static void write_socket(shim *s)
{
    ssize_t done = send(s->fd, outgoing.bytes + outgoing.at, outgoing.len - outgoing.at,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done > 0) {
        outgoing.at += (size_t)done;
    } else if (done < 0 && errno != EAGAIN && errno != EINTR) {
        s->write_broken = true; /* what has arrived is still read: an alert explains more */
        outgoing.at = outgoing.len;
    }
    if (outgoing.at == outgoing.len) {
        outgoing.at = outgoing.len = 0;
    }
}

/* One event of the socket, or nothing for so long: false. */
static bool wait_socket(shim *s, bool reading, int patience)
{
    struct pollfd entry = {.fd = s->fd};
    entry.events = (short)((reading ? POLLIN : 0) | (outgoing.len > 0 ? POLLOUT : 0));
    if (poll(&entry, 1, patience) <= 0) {
        return errno == EINTR;
    }
    if ((entry.revents & POLLOUT) != 0) {
        write_socket(s);
    }
    if ((entry.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && incoming.at == incoming.len) {
        read_socket(s);
    }
    return true;
}

/* ---- engine */

static size_t at_most(const shim *s, size_t len, size_t room)
{
    size_t most = s->options->async ? 1 : room;
    return len < most ? len : most;
}

static bool drain(shim *s)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&s->tls, &len);
    size_t room = sizeof outgoing.bytes - outgoing.len;
    if (bytes == NULL || room == 0) {
        return false;
    }
    len = at_most(s, len, room);
    if (!s->write_broken) {
        memcpy(outgoing.bytes + outgoing.len, bytes, len);
        outgoing.len += len;
    }
    hf_tls_output_done(&s->tls, len);
    return true;
}

static bool feed(shim *s)
{
    size_t room = 0;
    uint8_t *space = hf_tls_input(&s->tls, &room);
    size_t len = incoming.len - incoming.at;
    if (space == NULL || len == 0 || room == 0) {
        return false;
    }
    len = at_most(s, len, room);
    memcpy(space, incoming.bytes + incoming.at, len);
    incoming.at += len;
    (void)hf_tls_input_done(&s->tls, len);
    return true;
}

/* Our end of the connection: at once with -shim-shuts-down, otherwise after the runner's. */
static bool close_when_due(shim *s)
{
    bool due = s->options->shim_shuts_down || (hf_tls_wants(&s->tls) & HF_IS_CLOSED) != 0;
    if (!s->opened || s->closing || !due || s->to_send.len > 0) {
        return false;
    }
    s->closing = true;
    (void)hf_tls_close(&s->tls);
    return true;
}

static bool serve_questions(shim *s, unsigned wants)
{
    if ((wants & HF_WANT_SIGN) != 0) {
        (void)shim_signature_due(s);
        return true;
    }
    if ((wants & HF_WANT_DECISION) != 0) {
        (void)shim_decision_due(s);
        return true;
    }
    if ((wants & HF_WANT_RUN) != 0) {
        (void)hf_tls_run(&s->tls);
        return true;
    }
    return false;
}

/* One thing that the engine wants; false when it waits for the socket. */
static bool serve(shim *s)
{
    unsigned wants = hf_tls_wants(&s->tls);
    if (!s->opened && (wants & HF_IS_OPEN) != 0) {
        shim_opened(s);
        return true;
    }
    if ((wants & HF_WANT_OUTPUT) != 0 && drain(s)) {
        return true;
    }
    if (serve_questions(s, wants)) {
        return true;
    }
    if ((wants & HF_HAS_ROOM) != 0 && !s->closing && shim_send_data(s)) {
        return true;
    }
    if ((wants & HF_HAS_DATA) != 0 && shim_take_data(s)) {
        return true;
    }
    if ((wants & HF_WANT_INPUT) != 0 && feed(s)) {
        return true;
    }
    return close_when_due(s);
}

/* ---- end */

static int judge_error(const shim *s)
{
    const hf_error *error = hf_tls_error(&s->tls);
    bool cut_off = s->opened && error->code == HF_E_TRUNCATED;
    if (cut_off && !s->options->check_close_notify && s->to_send.len == 0) {
        return SHIM_OK;
    }
    return shim_report_error(error);
}

/* How it ended, once the engine has nothing more to say. */
static void judge(shim *s)
{
    unsigned wants = hf_tls_wants(&s->tls);
    if ((wants & HF_WANT_OUTPUT) != 0) {
        return;
    }
    if ((wants & HF_IS_FAILED) != 0) {
        s->result = judge_error(s);
    } else if (s->closing && ((wants & HF_IS_CLOSED) != 0 || !s->options->check_close_notify)) {
        s->result = SHIM_OK;
    } else if (!s->opened && (wants & HF_IS_CLOSED) != 0) {
        s->result = shim_report_code(HF_E_CLOSED_IN_HANDSHAKE);
    }
}

/* The runner has the alert before the socket is gone. */
static void linger(shim *s)
{
    while (outgoing.len > 0 && wait_socket(s, false, LINGER_MS)) {
        incoming.at = incoming.len = 0;
    }
    shutdown(s->fd, SHUT_WR);
    while (!s->eof && wait_socket(s, true, LINGER_MS)) {
        incoming.at = incoming.len = 0;
    }
}

static void step(shim *s)
{
    if (serve(s)) {
        return;
    }
    judge(s);
    if (s->result != SHIM_GOING) {
        return;
    }
    bool empty = incoming.at == incoming.len;
    if (s->eof && empty && outgoing.len == 0) {
        hf_code code = hf_tls_input_end(&s->tls);
        bool stuck = code == HF_OK || code == HF_PENDING;
        s->result = stuck && !serve(s) ? shim_failed("the engine waits for nothing") : s->result;
        return;
    }
    if (!wait_socket(s, !s->eof && empty, IDLE_MS)) {
        s->result = shim_failed("the runner neither sends nor takes anything");
    }
}

void shim_run(shim *s)
{
    incoming.at = incoming.len = outgoing.at = outgoing.len = 0;
    if (!dial(s) || !introduce(s)) {
        s->result = shim_failed("the runner does not listen: %s", strerror(errno));
        return;
    }
    while (s->result == SHIM_GOING) {
        step(s);
    }
    while (drain(s)) { /* an alert that a check cut off is sent all the same */
    }
    linger(s);
    close(s->fd);
}
