/* TCP sockets: never blocking, never inherited by a child, never SIGPIPE. */
#define _GNU_SOURCE

#include "posix.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} any_address;

uint32_t hf_net_scope(const char *zone)
{
    uint32_t index = 0;
    size_t i = 0;
    for (; i < 9 && zone[i] >= '0' && zone[i] <= '9'; i++) {
        index = index * 10 + (uint32_t)(zone[i] - '0');
    }
    return i > 0 && zone[i] == '\0' ? index : if_nametoindex(zone);
}

static socklen_t fill(any_address *address, const hf_ip *ip, uint16_t port)
{
    memset(address, 0, sizeof *address);
    if (ip->family == 4) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        memcpy(&address->v4.sin_addr, ip->bytes, 4);
        return sizeof address->v4;
    }
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = htons(port);
    address->v6.sin6_scope_id = ip->scope;
    memcpy(&address->v6.sin6_addr, ip->bytes, 16);
    return sizeof address->v6;
}

hf_code hf_net_connect_code(int32_t system)
{
    switch (system) {
    case 0:
        return HF_OK;
    case ECONNREFUSED:
        return HF_E_CONNECT_REFUSED;
    case ETIMEDOUT:
        return HF_E_CONNECT_TIMEOUT;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EPERM:
    case EACCES:
    case EAGAIN: /* no local port is free */
        return HF_E_SOCKET;
    default:
        return HF_E_CONNECT_UNREACHABLE;
    }
}

static void set(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

static int or_default(uint16_t value, int fallback)
{
    return value == 0 ? fallback : value;
}

static void set_options(int fd, const hf_conn_options *options)
{
    if (!options->nagle) {
        set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    }
    if (!options->no_keep_alive) {
        set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
        set(fd, IPPROTO_TCP, TCP_KEEPIDLE, or_default(options->keep_alive_idle, 60));
        set(fd, IPPROTO_TCP, TCP_KEEPINTVL, or_default(options->keep_alive_period, 15));
        set(fd, IPPROTO_TCP, TCP_KEEPCNT, or_default(options->keep_alive_count, 4));
    }
}

static hf_code give_up(hf_conn *conn, size_t index, int system, int32_t *out)
{
    hf_net_abandon(conn, index);
    *out = system;
    return hf_net_connect_code(system);
}

hf_code hf_net_connect(hf_conn *conn, size_t index, int32_t *system)
{
    const hf_ip *ip = &conn->dial.to[index];
    any_address address;
    socklen_t len = fill(&address, ip, conn->address.port);
    int fd = socket(ip->family == 4 ? AF_INET : AF_INET6,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0) {
        *system = errno;
        return hf_net_connect_code(errno);
    }
    conn->dial.attempts[index] = fd;
    set_options(fd, &conn->options);
    if (connect(fd, &address.any, len) == 0) {
        return HF_OK;
    }
    if (errno != EINPROGRESS && errno != EINTR) {
        return give_up(conn, index, errno, system);
    }
    if (hf_posix_watch_attempt(conn, index) != 0) {
        hf_net_abandon(conn, index);
        *system = errno;
        return HF_E_SOCKET;
    }
    return HF_PENDING;
}

bool hf_net_is_trying(const hf_conn *conn, size_t index)
{
    return conn->dial.attempts[index] >= 0;
}

hf_code hf_net_connected(hf_conn *conn, size_t index, int32_t *system)
{
    int fd = conn->dial.attempts[index];
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        error = errno;
    }
    if (error != 0) {
        return give_up(conn, index, error, system);
    }
    any_address peer;
    socklen_t peer_len = sizeof peer;
    return getpeername(fd, &peer.any, &peer_len) == 0 ? HF_OK : HF_PENDING;
}

void hf_net_abandon(hf_conn *conn, size_t index)
{
    int *fd = &conn->dial.attempts[index];
    if (*fd >= 0) {
        int kept = errno;
        close(*fd);
        *fd = -1;
        errno = kept;
    }
}

void hf_net_adopt(hf_conn *conn, size_t index)
{
    conn->channel = conn->dial.attempts[index];
    conn->dial.attempts[index] = -1;
    conn->port.armed = UINT8_MAX; /* whatever is armed next is a change */
}

hf_code hf_net_take(hf_conn *conn, hf_socket socket, int32_t *system)
{
    int flags = fcntl(socket, F_GETFL, 0);
    conn->channel = socket;
    conn->port.armed = UINT8_MAX; /* as in hf_net_adopt() */
    if (flags < 0 || fcntl(socket, F_SETFL, flags | O_NONBLOCK) < 0) {
        *system = errno;
        return HF_E_SOCKET;
    }
    set_options(socket, &conn->options);
    return HF_OK;
}

hf_code hf_net_send(hf_conn *conn, const uint8_t *data, size_t len, size_t *sent, int32_t *system)
{
    ssize_t result = send(conn->channel, data, len, MSG_NOSIGNAL);
    *sent = result > 0 ? (size_t)result : 0;
    if (result >= 0) {
        /* An answer of several segments must not wait for our delayed acknowledgement: servers
         * that leave Nagle's algorithm on (mosquitto) would hold CONNACK back for 40 ms. */
        set(conn->channel, IPPROTO_TCP, TCP_QUICKACK, 1);
        return HF_OK;
    }
    *system = errno;
    bool later = errno == EAGAIN || errno == EINTR || errno == ENOBUFS;
    return later ? HF_PENDING : HF_E_NETWORK;
}

hf_code hf_net_receive(hf_conn *conn, uint8_t *data, size_t cap, size_t *len, int32_t *system)
{
    ssize_t result = recv(conn->channel, data, cap, 0);
    *len = result > 0 ? (size_t)result : 0;
    if (result >= 0) {
        return HF_OK;
    }
    *system = errno;
    return errno == EAGAIN || errno == EINTR ? HF_PENDING : HF_E_NETWORK;
}

void hf_net_half_close(hf_conn *conn)
{
    (void)shutdown(conn->channel, SHUT_WR);
}

void hf_net_close(hf_conn *conn)
{
    if (conn->channel >= 0) {
        close(conn->channel);
        conn->channel = -1;
    }
}
