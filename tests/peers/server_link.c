/* The test servers' socket: listens on 127.0.0.1, one connection at a time, every wait ends at the
 * connection's deadline or at SIGTERM. Bytes that pass are metered by record. See server.h. */
#include "peers/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTION_MS 20000
#define LINGER_MS     1000 /* how long the client has for closing after us */

#define TYPE_HANDSHAKE 22
#define TYPE_DATA      23

static int listener = -1;
static int signals = -1;
static bool stopping;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for one event; `ms` < 0: for ever. */
static bool wait_for(int fd, short events, int64_t ms)
{
    struct pollfd entries[2] = {{.fd = fd, .events = events}, {.fd = signals, .events = POLLIN}};
    int ready = -1;
    do {
        ready = poll(entries, 2, (int)ms);
    } while (ready < 0 && errno == EINTR);
    stopping = stopping || (entries[1].revents & POLLIN) != 0;
    return ready > 0 && !stopping && entries[0].revents != 0;
}

static bool wait_link(const server_link *link, short events)
{
    int64_t left = link->deadline - now_ms();
    return left > 0 && wait_for(link->fd, events, left);
}

bool link_start(uint32_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int on = 1;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signals = signalfd(-1, &set, SFD_CLOEXEC);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_port = htons((uint16_t)*port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (signals < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
        return false;
    }
    *port = ntohs(address.sin_port);
    return true;
}

bool link_accept(server_link *link)
{
    int on = 1;
    memset(link, 0, sizeof *link);
    link->fd = -1;
    while (link->fd < 0 && !stopping) {
        if (wait_for(listener, POLLIN, -1)) {
            link->fd = accept(listener, NULL, NULL);
        }
    }
    if (link->fd < 0) {
        return false;
    }
    setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    link->deadline = now_ms() + CONNECTION_MS;
    return true;
}

static void meter_record(server_meter *meter)
{
    uint32_t len = (uint32_t)meter->header[3] << 8 | meter->header[4];
    uint32_t *largest = meter->header[0] == TYPE_DATA ? &meter->data : &meter->handshake;
    if (meter->header[0] != TYPE_DATA && meter->header[0] != TYPE_HANDSHAKE) {
        largest = NULL;
    }
    if (largest != NULL && len > *largest) {
        *largest = len;
    }
    meter->records++;
    meter->left = len;
    meter->have = 0;
}

static void meter_bytes(server_meter *meter, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (meter->left > 0) {
            meter->left--;
            continue;
        }
        meter->header[meter->have++] = bytes[i];
        if (meter->have == sizeof meter->header) {
            meter_record(meter);
        }
    }
}

int link_read(server_link *link, void *bytes, size_t cap)
{
    if (!wait_link(link, POLLIN)) {
        return -1;
    }
    ssize_t got = recv(link->fd, bytes, cap, 0);
    if (got > 0) {
        meter_bytes(&link->in, bytes, (size_t)got);
    }
    return (int)got;
}

int link_write(server_link *link, const void *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        if (!wait_link(link, POLLOUT)) {
            return -1;
        }
        ssize_t put =
            send(link->fd, (const uint8_t *)bytes + done, len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno != EAGAIN && errno != EINTR) {
            return -1;
        }
        done += put > 0 ? (size_t)put : 0;
    }
    meter_bytes(&link->out, bytes, len);
    return (int)len;
}

/* The client has read everything, an alert above all, before the socket is gone. */
void link_close(server_link *link)
{
    uint8_t rest[512];
    shutdown(link->fd, SHUT_WR);
    link->deadline = now_ms() + LINGER_MS;
    while (wait_link(link, POLLIN) && recv(link->fd, rest, sizeof rest, 0) > 0) {
    }
    close(link->fd);
    link->fd = -1;
}

void link_stop(void)
{
    close(listener);
    close(signals);
}

bool link_stopping(void)
{
    return stopping;
}
