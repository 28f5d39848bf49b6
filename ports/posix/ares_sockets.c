/* The socket calls that c-ares makes. Its own writev() would raise SIGPIPE when a DNS server resets
 * a TCP connection; ours never does. */
#define _GNU_SOURCE

#include "ares_sockets.h"

#include <ares.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static ares_socket_t open_socket(int family, int type, int protocol, void *ctx)
{
    (void)ctx;
    return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

static int close_socket(ares_socket_t fd, void *ctx)
{
    (void)ctx;
    return close(fd);
}

static int connect_socket(ares_socket_t fd, const struct sockaddr *to, ares_socklen_t len,
                          void *ctx)
{
    (void)ctx;
    return connect(fd, to, len);
}

static ares_ssize_t receive(ares_socket_t fd, void *data, size_t cap, int flags,
                            struct sockaddr *from, ares_socklen_t *len, void *ctx)
{
    (void)ctx;
    return recvfrom(fd, data, cap, flags, from, len);
}

static ares_ssize_t send_parts(ares_socket_t fd, const struct iovec *parts, int count, void *ctx)
{
    (void)ctx;
    struct msghdr message = {.msg_iovlen = (size_t)count};
    struct iovec copy[8];
    size_t n = count < 8 ? (size_t)count : 8;
    for (size_t i = 0; i < n; i++) {
        copy[i] = parts[i];
    }
    message.msg_iov = copy;
    message.msg_iovlen = n;
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static const struct ares_socket_functions FUNCTIONS = {
    .asocket = open_socket,
    .aclose = close_socket,
    .aconnect = connect_socket,
    .arecvfrom = receive,
    .asendv = send_parts,
};

const struct ares_socket_functions *hf_ares_sockets(void)
{
    return &FUNCTIONS;
}
