/* `handfast listen --forward`: plain bytes to a broker and back.
 *
 * There is no buffer between the two: bytes go from the engine's input straight into the broker's
 * socket, and from there into the engine's output. So whoever is slow holds back the other side.
 * The end of one direction is passed on as the end of that direction: close_notify as shutdown(),
 * the broker's end as close_notify.
 */
#include "listen_log.h"
#include "report.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

static cli_exit resolve_unix(listen_server *server, const char *path)
{
    struct sockaddr_un *address = (struct sockaddr_un *)&server->targets[0].address;
    if (path[0] == 0 || strlen(path) >= sizeof address->sun_path) {
        return cli_fail_usage("listen", "The path of a unix socket is 1 to 107 bytes.", path);
    }
    address->sun_family = AF_UNIX;
    (void)snprintf(address->sun_path, sizeof address->sun_path, "%s", path);
    server->targets[0].len = sizeof *address;
    server->targets_count = 1;
    return CLI_OK;
}

static cli_exit resolve_host(listen_server *server, const char *host, const char *port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(host, port, &hints, &found);
    if (code != 0) {
        return cli_fail_at(CLI_NETWORK, "The host to forward to was not found.", host,
                           gai_strerror(code), "Check the name and this machine's resolver.");
    }
    for (struct addrinfo *one = found; one != NULL; one = one->ai_next) {
        if (server->targets_count < LISTEN_TARGETS_MAX) {
            listen_target *target = &server->targets[server->targets_count++];
            memcpy(&target->address, one->ai_addr, one->ai_addrlen);
            target->len = one->ai_addrlen;
        }
    }
    freeaddrinfo(found);
    return CLI_OK;
}

cli_exit listen_forward_resolve(listen_server *server, const char *to)
{
    if (strncmp(to, "unix:", 5) == 0) {
        return resolve_unix(server, to + 5);
    }
    char host[256];
    const char *colon = strrchr(to, ':');
    unsigned long port = 0;
    if (colon == NULL || colon == to || (size_t)(colon - to) >= sizeof host ||
        !cli_number(colon + 1, 1, 65535, &port)) {
        return cli_fail_usage("listen", "--forward takes HOST:PORT or unix:PATH.", to);
    }
    size_t len = (size_t)(colon - to);
    bool brackets = len > 2 && to[0] == '[' && to[len - 1] == ']';
    (void)snprintf(host, sizeof host, "%.*s", (int)(brackets ? len - 2 : len),
                   brackets ? to + 1 : to);
    return resolve_host(server, host, colon + 1);
}

void listen_forward_end(listen_conn *conn)
{
    if (conn->upstream.fd >= 0) {
        (void)close(conn->upstream.fd);
        conn->upstream.fd = -1;
    }
}

/* One address after the other; errno of the last when none is left. */
static int try_targets(listen_conn *conn)
{
    listen_server *server = conn->server;
    int system = ECONNREFUSED;
    for (; conn->target < server->targets_count; conn->target++) {
        const listen_target *target = &server->targets[conn->target];
        int fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0) {
            return errno;
        }
        conn->upstream = (listen_source){.fd = fd, .kind = LISTEN_KIND_CONN, .conn = conn};
        int on = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* unix: no effect */
        bool begun = connect(fd, (const struct sockaddr *)&target->address, target->len) == 0 ||
                     errno == EINPROGRESS;
        system = errno;
        if (begun && listen_watch_source(server, &conn->upstream,
                                         EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)) {
            return 0;
        }
        listen_forward_end(conn);
    }
    return system;
}

void listen_forward_begin(listen_conn *conn)
{
    int system = try_targets(conn);
    if (system != 0) {
        listen_forward_failed(conn, system);
    }
}

void listen_forward_failed(listen_conn *conn, int system)
{
    listen_log(conn, "forward-failed", "reason=\"%s\"", strerror(system));
    listen_forward_end(conn);
    if (conn->phase == LISTEN_OPEN) {
        listen_conn_close(conn, "forwarding failed");
    }
}

/* Whether the connection to the broker stands; looks at how connect() ended. */
static bool is_connected(listen_conn *conn)
{
    if (conn->connected || !conn->upstream.writable) {
        return conn->connected;
    }
    int system = 0;
    socklen_t len = sizeof system;
    if (getsockopt(conn->upstream.fd, SOL_SOCKET, SO_ERROR, &system, &len) != 0) {
        system = errno;
    }
    if (system == 0) {
        conn->connected = true;
        return true;
    }
    listen_forward_end(conn);
    conn->target++;
    int next = try_targets(conn);
    if (next != 0) {
        listen_forward_failed(conn, system);
    }
    return false;
}

static bool to_broker(listen_conn *conn)
{
    size_t len = 0;
    const uint8_t *data = hf_tls_data(&conn->engine->tls, &len);
    if (data == NULL || !conn->upstream.writable) {
        return false;
    }
    ssize_t n = send(conn->upstream.fd, data, len, MSG_NOSIGNAL);
    if (n >= 0) {
        (void)hf_tls_data_done(&conn->engine->tls, (size_t)n);
        conn->active = conn->server->now;
        return true;
    }
    if (errno == EAGAIN) {
        conn->upstream.writable = false;
        return false;
    }
    if (errno != EINTR) {
        listen_forward_failed(conn, errno);
    }
    return true;
}

static bool from_broker(listen_conn *conn)
{
    size_t room = 0;
    if (conn->upstream_eof || !conn->upstream.readable || conn->phase != LISTEN_OPEN) {
        return false;
    }
    uint8_t *to = hf_tls_room(&conn->engine->tls, &room);
    if (to == NULL) {
        return false;
    }
    ssize_t n = recv(conn->upstream.fd, to, room, 0);
    if (n > 0) {
        (void)hf_tls_room_done(&conn->engine->tls, (size_t)n);
        conn->active = conn->server->now;
        return true;
    }
    if (n == 0) {
        conn->upstream_eof = true;
        listen_conn_close(conn, "the server behind closed");
        return true;
    }
    if (errno == EAGAIN) {
        conn->upstream.readable = false;
        return false;
    }
    if (errno != EINTR) {
        listen_forward_failed(conn, errno);
    }
    return true;
}

/* The client has ended its direction: so do we towards the broker. TLS 1.2 knows no half-closed
 * connections (RFC 5246 7.2.1): the engine then has no room any more. */
static bool end_of_client(listen_conn *conn)
{
    unsigned wants = hf_tls_wants(&conn->engine->tls);
    if ((wants & HF_IS_CLOSED) == 0 || (wants & HF_HAS_DATA) != 0) {
        return false;
    }
    if (conn->upstream_eof || (wants & (HF_HAS_ROOM | HF_WANT_OUTPUT)) == 0) {
        listen_forward_end(conn);
        return true;
    }
    if (conn->upstream_shut) {
        return false;
    }
    conn->upstream_shut = true;
    (void)shutdown(conn->upstream.fd, SHUT_WR);
    return true;
}

bool listen_forward_turn(listen_conn *conn, unsigned wants)
{
    (void)wants;
    if (!is_connected(conn)) {
        return false;
    }
    bool moved = to_broker(conn);
    moved = (conn->upstream.fd >= 0 && from_broker(conn)) || moved;
    return (conn->upstream.fd >= 0 && end_of_client(conn)) || moved;
}
