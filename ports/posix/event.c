/* The one descriptor of a connection: an epoll descriptor that holds, as the connection goes on,
 * the resolver's sockets, the attempts to connect, and at last the socket.
 *
 * Invariant: everything is level-triggered, so a step that was called for no reason finds nothing,
 * and one that did not do all finds the rest again.
 */
#define _GNU_SOURCE

#include "posix.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

enum owner {
    OWNER_RESOLVER = 1,
    OWNER_HOOK,
    OWNER_ATTEMPT,
    OWNER_SOCKET,
};

#define EVENTS_MAX 16

static uint64_t tag(enum owner owner, int value)
{
    return (uint64_t)owner << 32 | (uint32_t)value;
}

/* Adds, changes or removes; the caller need not know which. */
static int watch(int poll_fd, int fd, uint32_t events, uint64_t owner)
{
    struct epoll_event event = {.events = events, .data = {.u64 = owner}};
    if (events == 0) {
        return epoll_ctl(poll_fd, EPOLL_CTL_DEL, fd, &event);
    }
    int result = epoll_ctl(poll_fd, EPOLL_CTL_MOD, fd, &event);
    if (result != 0 && errno == ENOENT) {
        result = epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
    }
    return result;
}

static uint32_t events_of(unsigned what)
{
    uint32_t in = (what & HF_ARM_READ) != 0 ? (uint32_t)EPOLLIN : 0u;
    uint32_t out = (what & HF_ARM_WRITE) != 0 ? (uint32_t)EPOLLOUT : 0u;
    return in | out;
}

hf_code hf_net_begin(hf_conn *conn, int32_t *system)
{
    conn->channel = -1;
    conn->lookup.port.hook_fd = -1;
    for (size_t i = 0; i < HF_ADDRESSES_MAX; i++) {
        conn->dial.attempts[i] = -1;
    }
    conn->port.poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (conn->port.poll_fd < 0) {
        *system = errno;
        return HF_E_SOCKET;
    }
    return HF_OK;
}

void hf_net_end(hf_conn *conn)
{
    for (size_t i = 0; i < HF_ADDRESSES_MAX; i++) {
        hf_net_abandon(conn, i);
    }
    hf_net_close(conn);
    if (conn->port.poll_fd >= 0) {
        close(conn->port.poll_fd);
        conn->port.poll_fd = -1;
    }
}

void hf_posix_watch_resolver(hf_conn *conn, int fd, unsigned what)
{
    watch(conn->port.poll_fd, fd, events_of(what), tag(OWNER_RESOLVER, fd));
}

bool hf_net_watch_hook(hf_conn *conn, int fd)
{
    int *watched = &conn->lookup.port.hook_fd;
    if (fd != *watched && *watched >= 0) {
        watch(conn->port.poll_fd, *watched, 0, tag(OWNER_HOOK, *watched));
    }
    if (fd != *watched && fd >= 0) {
        watch(conn->port.poll_fd, fd, EPOLLIN, tag(OWNER_HOOK, fd));
    }
    *watched = fd;
    return true;
}

int hf_posix_watch_attempt(hf_conn *conn, size_t index)
{
    return watch(conn->port.poll_fd, conn->dial.attempts[index], EPOLLOUT,
                 tag(OWNER_ATTEMPT, (int)index));
}

void hf_net_arm(hf_conn *conn, unsigned what)
{
    if (conn->channel >= 0 && conn->port.armed != what) {
        watch(conn->port.poll_fd, conn->channel, events_of(what), tag(OWNER_SOCKET, conn->channel));
        conn->port.armed = (uint8_t)what;
    }
}

static void hand_over(hf_conn *conn, const struct epoll_event *event)
{
    int value = (int)(uint32_t)event->data.u64;
    bool broken = (event->events & (uint32_t)(EPOLLERR | EPOLLHUP)) != 0;
    switch ((enum owner)(event->data.u64 >> 32)) {
    case OWNER_RESOLVER: {
        unsigned what = (event->events & (uint32_t)EPOLLIN) != 0 ? HF_ARM_READ : HF_ARM_NONE;
        what |= (event->events & (uint32_t)EPOLLOUT) != 0 ? HF_ARM_WRITE : HF_ARM_NONE;
        hf_posix_resolver_ready(conn, value, broken ? HF_ARM_READ | HF_ARM_WRITE : what);
        break;
    }
    case OWNER_HOOK:
        conn->lookup.hook_at = 1; /* long ago: it is asked in this step */
        break;
    case OWNER_ATTEMPT:
        conn->dial.ready |= 1u << (unsigned)value;
        break;
    case OWNER_SOCKET:
        break; /* the pump tries in every step */
    }
}

void hf_net_collect(hf_conn *conn)
{
    if (conn->channel >= 0) {
        return; /* no news but of the socket, which the pump tries in every step */
    }
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(conn->port.poll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        hand_over(conn, &events[i]);
    }
}

void hf_net_wait(const hf_conn *conn, int ms)
{
    struct pollfd entry = {.fd = conn->port.poll_fd, .events = POLLIN};
    (void)poll(&entry, 1, ms); /* EINTR is as good as news: the caller looks again */
}

int hf_conn_fd(const hf_conn *conn)
{
    return conn->state == HF_CONN_CLOSED ? -1 : conn->port.poll_fd;
}

short hf_conn_events(const hf_conn *conn)
{
    (void)conn;
    return POLLIN;
}
