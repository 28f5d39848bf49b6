/* How long a connection may take for what it is doing. */
#include "listen_log.h"

#define STALL_MS   30000 /* the client, or what is forwarded to, takes nothing */
#define CLOSE_MS   5000  /* for the client's close_notify after ours */
#define LINGER_MS  1000  /* for the client to read our alert */
#define CONNECT_MS 10000 /* to what is forwarded to */
#define HALF_MS    30000 /* without a byte, when one direction has ended */

static int64_t open_deadline(const listen_conn *conn)
{
    int64_t deadline = INT64_MAX;
    int64_t idle = conn->server->options->idle_ms;
    if (idle > 0) { /* a page's request and answer together: a byte now and then is no excuse */
        deadline = (conn->server->mode == LISTEN_WWW ? conn->since : conn->active) + idle;
    }
    int64_t other = INT64_MAX;
    if (conn->upstream.fd >= 0 && !conn->connected) {
        other = conn->since + CONNECT_MS;
    } else if (conn->blocked != 0) {
        other = conn->blocked + STALL_MS;
    } else if (conn->upstream.fd >= 0 && !conn->upstream.writable) {
        other = conn->active + STALL_MS;
    } else if (conn->upstream_shut) {
        other = conn->active + HALF_MS;
    }
    return other < deadline ? other : deadline;
}

/* When it is over, if nothing happens. */
static int64_t end_deadline(const listen_conn *conn)
{
    switch (conn->phase) {
    case LISTEN_HANDSHAKE:
        return conn->since + conn->server->options->handshake_ms;
    case LISTEN_OPEN:
        return open_deadline(conn);
    case LISTEN_CLOSING:
        return conn->upstream.fd >= 0 ? conn->active + HALF_MS : conn->since + CLOSE_MS;
    default:
        return conn->since + LINGER_MS;
    }
}

int64_t listen_conn_deadline(const listen_conn *conn)
{
    int64_t over = end_deadline(conn);
    int64_t fold = listen_fold_due(conn);
    return fold < over ? fold : over;
}

static bool expire_open(listen_conn *conn)
{
    if (conn->upstream.fd >= 0 && !conn->connected) {
        listen_log(conn, "forward-failed", "reason=\"no connection within 10 s\"");
        listen_conn_close(conn, "forwarding failed");
        return false;
    }
    if (conn->blocked != 0) {
        listen_log_error(conn, HF_E_TIMEOUT, "the client takes no data");
        return true;
    }
    if (conn->upstream.fd >= 0 && !conn->upstream.writable) {
        listen_log(conn, "forward-failed", "reason=\"no data taken for 30 s\"");
        listen_conn_close(conn, "forwarding failed");
        return false;
    }
    listen_conn_close(conn, "idle");
    return false;
}

bool listen_conn_expire(listen_conn *conn)
{
    if (end_deadline(conn) > conn->server->now) { /* it was set later in the meantime */
        if (listen_fold_due(conn) <= conn->server->now) {
            listen_fold(conn);
        }
        return false;
    }
    switch (conn->phase) {
    case LISTEN_HANDSHAKE:
        listen_log_error(conn, HF_E_TLS_TIMEOUT, "the handshake took too long");
        return true;
    case LISTEN_OPEN:
        return expire_open(conn);
    default:
        return true;
    }
}
