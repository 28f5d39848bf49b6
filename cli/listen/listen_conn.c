/* One connection of `handfast listen`: bytes between socket, engine and application.
 *
 * A turn sends what is there to send, lets the application move what it can, and makes one call of
 * the engine (work that was put off, or bytes received). Everything that is not possible now is
 * left; a later event or deadline brings the connection back into the queue.
 */
#include "listen_log.h"
#include "listen_trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

void listen_conn_release(listen_conn *conn)
{
    listen_server *server = conn->server;
    listen_forward_end(conn);
    listen_timer_stop(&server->timers, &conn->timer);
    (void)close(conn->peer.fd);
    if (conn->engine != NULL) {
        listen_engine_give(conn);
    } else {
        hf_folded_wipe(&conn->folded);
    }
    listen_trace_end(conn);
    if (conn->previous != NULL) {
        conn->previous->next = conn->next;
    } else {
        server->first = conn->next;
    }
    if (conn->next != NULL) {
        conn->next->previous = conn->previous;
    }
    free(conn->request);
    free(conn->answer);
    listen_conn_give(conn);
    server->connections--;
}

static void link_in(listen_conn *conn)
{
    listen_server *server = conn->server;
    conn->next = server->first;
    if (conn->next != NULL) {
        conn->next->previous = conn;
    }
    server->first = conn;
    server->connections++;
}

void listen_conn_begin(listen_server *server, int fd, const char *address)
{
    hf_tls_memory memory;
    listen_conn *conn = listen_conn_take(server);
    if (conn == NULL || !listen_engine_take(conn, &memory)) {
        listen_log(NULL, "failed", "peer=%s reason=\"not enough memory\"", address);
        (void)close(fd);
        if (conn != NULL) {
            listen_conn_give(conn);
        }
        return;
    }
    conn->peer = (listen_source){.fd = fd, .kind = LISTEN_KIND_CONN, .conn = conn};
    conn->upstream.fd = -1;
    conn->timer.owner = conn;
    conn->since = server->now;
    conn->active = server->now;
    (void)strncpy(conn->address, address, sizeof conn->address - 1);
    link_in(conn);
    if (!listen_trace_begin(conn) ||
        hf_tls_server(&conn->engine->tls, &server->setup.config, &memory) != HF_OK ||
        !listen_watch_source(server, &conn->peer, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) ||
        !listen_timer_set(&server->timers, &conn->timer, listen_conn_deadline(conn))) {
        listen_log_error(conn, HF_E_SOCKET, "the connection could not be set up");
        listen_conn_release(conn);
    }
}

static void enter(listen_conn *conn, listen_phase phase)
{
    conn->phase = phase;
    conn->since = conn->server->now;
}

void listen_conn_close(listen_conn *conn, const char *reason)
{
    if (conn->engine == NULL) {
        conn->reason = conn->leaving ? conn->reason : reason;
        conn->leaving = true;
        listen_enqueue(conn);
        return;
    }
    if (conn->phase != LISTEN_OPEN || !conn->upstream_eof) {
        listen_forward_end(conn); /* else it may still take what the client sends */
    }
    if (conn->phase == LISTEN_HANDSHAKE || conn->phase == LISTEN_OPEN) {
        (void)hf_tls_close(&conn->engine->tls);
        conn->reason = reason;
        enter(conn, LISTEN_CLOSING);
    }
    listen_enqueue(conn);
}

/* Sends what there is; to a socket that takes nothing more, into the void: what the client has
 * still sent, an alert above all, is worth reading. */
static void flush(listen_conn *conn)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&conn->engine->tls, &len);
    while (len > 0 && (conn->mute || conn->peer.writable)) {
        ssize_t n = conn->mute ? (ssize_t)len : send(conn->peer.fd, bytes, len, MSG_NOSIGNAL);
        if (n > 0) {
            hf_tls_output_done(&conn->engine->tls, (size_t)n);
            conn->bytes_out += conn->mute ? 0 : (uint64_t)n;
            conn->active = conn->server->now;
            conn->blocked = 0;
        } else if (errno == EAGAIN) {
            conn->peer.writable = false;
        } else if (errno != EINTR) {
            conn->mute = true;
        }
        bytes = hf_tls_output(&conn->engine->tls, &len);
    }
    if (len > 0 && conn->blocked == 0) {
        conn->blocked = conn->server->now;
    }
}

static void end(listen_conn *conn)
{
    conn->phase = LISTEN_ENDED;
}

static void broken(listen_conn *conn, int system)
{
    if (conn->phase != LISTEN_CLOSING) {
        listen_log_error(conn, HF_E_NETWORK, strerror(system));
        conn->opened = false; /* that line is its last */
    }
    end(conn);
}

/* Bytes from the client into the engine; false: there are none, or they have to wait. */
static bool receive(listen_conn *conn)
{
    size_t room = 0;
    uint8_t *to = hf_tls_input(&conn->engine->tls, &room);
    ssize_t n = recv(conn->peer.fd, to, room, 0);
    if (n > 0) {
        conn->bytes_in += (uint64_t)n;
        conn->active = conn->server->now;
        (void)hf_tls_input_done(&conn->engine->tls, (size_t)n);
        return true;
    }
    if (n == 0) {
        conn->eof = true;
        (void)hf_tls_input_end(&conn->engine->tls);
        return true;
    }
    if (errno == EAGAIN) {
        conn->peer.readable = false;
        return false;
    }
    if (errno != EINTR) {
        broken(conn, errno);
    }
    return true;
}

/* The one call of the engine in this turn. */
static bool call_engine(listen_conn *conn)
{
    unsigned wants = hf_tls_wants(&conn->engine->tls);
    if ((wants & HF_WANT_RUN) != 0) {
        (void)hf_tls_run(&conn->engine->tls);
        return true;
    }
    return (wants & HF_WANT_INPUT) != 0 && !conn->eof && conn->peer.readable && receive(conn);
}

static void begin_application(listen_conn *conn)
{
    enter(conn, LISTEN_OPEN);
    conn->opened = true;
    listen_log_open(conn);
    if (conn->server->mode == LISTEN_FORWARD) {
        listen_forward_begin(conn);
    }
}

static void fail(listen_conn *conn)
{
    const hf_error *error = hf_tls_error(&conn->engine->tls);
    bool own_end = conn->phase == LISTEN_CLOSING;
    if (conn->phase == LISTEN_OPEN && error->code == HF_E_TRUNCATED) {
        conn->reason = "the client closed, without close_notify";
    } else if (!own_end || error->alert_by != HF_ALERT_NONE) {
        listen_log_failure(conn, error);
        conn->opened = false; /* that line is its last */
    }
    listen_forward_end(conn);
    enter(conn, LISTEN_DRAINING);
}

/* What is due when nothing moves; true: something has changed. */
static bool settle(listen_conn *conn)
{
    unsigned wants = hf_tls_wants(&conn->engine->tls);
    bool client_done = (wants & HF_IS_CLOSED) != 0 && (wants & HF_HAS_DATA) == 0;
    bool sent = (wants & HF_WANT_OUTPUT) == 0;
    if (conn->phase == LISTEN_CLOSING && sent) {
        if (conn->eof || conn->mute || (client_done && conn->upstream.fd < 0)) {
            end(conn);
        } else if (!conn->shut) {
            conn->shut = true;
            (void)shutdown(conn->peer.fd, SHUT_WR);
        }
    } else if (conn->phase == LISTEN_HANDSHAKE && client_done) {
        listen_log_error(conn, HF_E_CLOSED_IN_HANDSHAKE, "the client closed in the handshake");
        end(conn);
    } else if (conn->phase == LISTEN_OPEN && client_done && conn->upstream.fd < 0) {
        listen_conn_close(conn, NULL);
        return true;
    } else if (conn->mute && !conn->peer.readable) {
        broken(conn, EPIPE);
    }
    return false;
}

static bool serve(listen_conn *conn)
{
    flush(conn);
    unsigned wants = hf_tls_wants(&conn->engine->tls);
    if ((wants & HF_IS_FAILED) != 0) {
        fail(conn);
        return true;
    }
    if (conn->phase == LISTEN_HANDSHAKE && (wants & HF_IS_OPEN) != 0) {
        begin_application(conn);
    }
    bool moved = conn->phase != LISTEN_HANDSHAKE && listen_app_turn(conn, wants);
    moved = call_engine(conn) || moved;
    flush(conn);
    if (conn->phase == LISTEN_ENDED) {
        return false;
    }
    return moved || settle(conn);
}

/* After a failure: the client gets our alert, and time to read it before the socket is closed. */
static bool drain(listen_conn *conn)
{
    uint8_t rest[4096];
    size_t len = 0;
    flush(conn);
    (void)hf_tls_output(&conn->engine->tls, &len);
    if (len > 0) {
        return false;
    }
    if (!conn->shut) {
        conn->shut = true;
        (void)shutdown(conn->peer.fd, SHUT_WR);
    }
    ssize_t n = conn->eof ? 0 : recv(conn->peer.fd, rest, sizeof rest, 0);
    if (n < 0 && errno == EAGAIN) {
        return false;
    }
    if (n > 0 || (n < 0 && errno == EINTR)) {
        return true;
    }
    end(conn);
    return false;
}

/* A folded connection with something to do gets an engine again; false: it has nothing to do. */
static bool wake(listen_conn *conn)
{
    if (conn->engine != NULL) {
        return true;
    }
    if (!listen_fold_wakes(conn)) {
        return false;
    }
    hf_code code = listen_unfold(conn);
    if (code != HF_OK) {
        listen_log_error(conn, code, "the folded connection cannot go on");
        conn->opened = false;
        end(conn);
    } else if (conn->leaving) {
        conn->leaving = false;
        listen_conn_close(conn, conn->reason);
    }
    return code == HF_OK;
}

bool listen_conn_turn(listen_conn *conn)
{
    bool again = false;
    if (conn->expired) {
        conn->expired = false;
        if (listen_conn_expire(conn)) {
            conn->opened = false;
            end(conn);
        }
    }
    if (conn->phase == LISTEN_DRAINING) {
        again = drain(conn);
    } else if (conn->phase != LISTEN_ENDED && wake(conn)) {
        again = serve(conn);
    }
    if (conn->phase == LISTEN_ENDED && conn->queued) {
        return false; /* it put itself into the queue in this turn: it goes when that one comes */
    }
    if (conn->phase == LISTEN_ENDED) {
        if (conn->opened) {
            listen_log_closed(conn);
        }
        listen_conn_release(conn);
        return false;
    }
    int64_t due = listen_conn_deadline(conn);
    if (due == INT64_MAX) {
        listen_timer_stop(&conn->server->timers, &conn->timer);
    } else if (conn->timer.slot == 0 || conn->timer.due != due) {
        (void)listen_timer_set(&conn->server->timers, &conn->timer, due);
    }
    return again;
}
