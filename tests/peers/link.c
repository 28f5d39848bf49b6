/* The link of the test programs: one connected socket. Every wait ends at the connection's deadline
 * or when its program is told to stop. Bytes that pass are metered by record. See peer.h. */
#include "peers/peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINGER_MS 1000u /* how long the other end has for closing after us */

#define TYPE_HANDSHAKE 22
#define TYPE_DATA      23

int64_t link_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool link_poll(int fd, short events, int stop, int64_t ms)
{
    struct pollfd entries[2] = {{.fd = fd, .events = events}, {.fd = stop, .events = POLLIN}};
    int ready = -1;
    do {
        ready = poll(entries, 2, (int)ms);
    } while (ready < 0 && errno == EINTR);
    return ready > 0 && entries[1].revents == 0 && entries[0].revents != 0;
}

static bool wait_link(const peer_link *link, short events)
{
    int64_t left = link->deadline - link_now();
    return left > 0 && link_poll(link->fd, events, link->stop, left);
}

void link_begin(peer_link *link, int fd, int stop, uint32_t ms)
{
    int on = 1;
    memset(link, 0, sizeof *link);
    link->fd = fd;
    link->stop = stop;
    link->deadline = link_now() + ms;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void meter_record(peer_meter *meter)
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

static void meter_bytes(peer_meter *meter, const uint8_t *bytes, size_t len)
{
    meter->bytes += len;
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

int link_read(peer_link *link, void *bytes, size_t cap)
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

/* When the other end has hung up, all of it counts as written: its last word, an alert above all,
 * is still there to be read, and a library that is told of a failure would not read on. */
int link_write(peer_link *link, const void *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        if (!wait_link(link, POLLOUT)) {
            return -1;
        }
        ssize_t put =
            send(link->fd, (const uint8_t *)bytes + done, len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && (errno == EPIPE || errno == ECONNRESET)) {
            break;
        }
        if (put < 0 && errno != EAGAIN && errno != EINTR) {
            return -1;
        }
        done += put > 0 ? (size_t)put : 0;
    }
    meter_bytes(&link->out, bytes, len);
    return (int)len;
}

/* The other end has read everything, an alert above all, before the socket is gone. */
void link_close(peer_link *link)
{
    uint8_t rest[512];
    shutdown(link->fd, SHUT_WR);
    link->deadline = link_now() + LINGER_MS;
    while (wait_link(link, POLLIN) && recv(link->fd, rest, sizeof rest, 0) > 0) {
    }
    close(link->fd);
    link->fd = -1;
}
