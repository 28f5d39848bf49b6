/* Peers for the network tests: listening sockets, a peer in a thread that follows a script, a DNS
 * server, and checks that no descriptor leaks and no SIGPIPE is raised. Loopback only. */
#ifndef HF_TESTS_NET_BENCH_H
#define HF_TESTS_NET_BENCH_H

#ifndef _GNU_SOURCE
#error "define _GNU_SOURCE first"
#endif
#include "unit/cmocka_all.h"
#include "unit/net_fake_tls.h"

#include <handfast/conn.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LONG_MS 20000u /* a deadline that no test is meant to reach */

static size_t bench_descriptors;
static hf_config bench_config;
static uint8_t bench_bytes[4096];
static const hf_tls_memory bench_memory = {.input = {bench_bytes, 2048},
                                           .output = {bench_bytes + 2048, 1024}};

static inline size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL) {
        return 0;
    }
    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count;
}

static inline void on_sigpipe(int number)
{
    (void)number;
    static const char text[] = "SIGPIPE was raised\n";
    ssize_t ignored = write(2, text, sizeof text - 1);
    (void)ignored;
    _exit(99);
}

static inline int bench_setup(void **state)
{
    (void)state;
    signal(SIGPIPE, on_sigpipe);
    memset(&bench_config, 0, sizeof bench_config);
    bench_config.built = true;
    bench_descriptors = count_descriptors();
    return 0;
}

static inline int bench_teardown(void **state)
{
    (void)state;
    size_t now = count_descriptors();
    if (now != bench_descriptors) {
        print_error("descriptors: %zu before, %zu after\n", bench_descriptors, now);
        return -1;
    }
    return 0;
}

/* A socket bound to `ip`; port 0: any, and *port gets it. */
static inline int bound(int type, const char *ip, uint16_t *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t len = sizeof to;
    int one = 1;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(inet_pton(AF_INET, ip, &to.sin_addr), 1);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&to, len) != 0) {
        close(fd);
        return -1;
    }
    assert_int_equal(getsockname(fd, (struct sockaddr *)&to, &len), 0);
    *port = ntohs(to.sin_port);
    return fd;
}

static inline int listening(const char *ip, uint16_t *port, int backlog)
{
    int fd = bound(SOCK_STREAM, ip, port);
    if (fd >= 0) {
        assert_int_equal(listen(fd, backlog), 0);
    }
    return fd;
}

/* A port of 127.0.0.1 on which nothing listens; the socket that keeps it ours. */
static inline int closed_port(uint16_t *port)
{
    *port = 0;
    return bound(SOCK_STREAM, "127.0.0.1", port);
}

static inline const char *at(const char *host, uint16_t port)
{
    static char text[300];
    snprintf(text, sizeof text, "%s:%u", host, port);
    return text;
}

/* ---- a peer that follows a script in a thread */
typedef struct peer {
    int listener;
    uint16_t port;
    pthread_t thread;
    void (*script)(struct peer *peer, int fd);
    char seen[8192]; /* what it has read */
    size_t seen_len;
    bool ended; /* it has read our end */
} peer;

static inline void peer_wait(int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    (void)poll(&entry, 1, 10000);
}

/* Reads until `text` has been seen, or the end. */
static inline bool peer_expect(peer *p, int fd, const char *text)
{
    for (;;) {
        p->seen[p->seen_len] = '\0';
        if (memmem(p->seen, p->seen_len, text, strlen(text)) != NULL) {
            return true;
        }
        ssize_t n = recv(fd, p->seen + p->seen_len, sizeof p->seen - 1 - p->seen_len, 0);
        if (n <= 0) {
            p->ended = n == 0;
            return false;
        }
        p->seen_len += (size_t)n;
    }
}

static inline void peer_drain(peer *p, int fd)
{
    while (peer_expect(p, fd, "\x01never\x01")) {
    }
}

static inline void peer_say(int fd, const char *bytes, size_t len)
{
    ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
    (void)n;
}

static inline void peer_reset(int fd)
{
    struct linger hard = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

static inline bool peer_hello(peer *p, int fd)
{
    bool good = peer_expect(p, fd, "HELLO ");
    good = good && peer_expect(p, fd, "\n");
    peer_say(fd, "OK\n", 3);
    return good && peer_expect(p, fd, "FIN\n");
}

static inline void *peer_main(void *arg)
{
    peer *p = arg;
    peer_wait(p->listener);
    int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        struct timeval limit = {10, 0};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        p->script(p, fd);
        close(fd);
    }
    return NULL;
}

static inline void peer_start(peer *p, void (*script)(peer *, int))
{
    memset(p, 0, sizeof *p);
    p->listener = listening("127.0.0.1", &p->port, 16);
    p->script = script;
    assert_int_equal(pthread_create(&p->thread, NULL, peer_main, p), 0);
}

static inline void peer_join(peer *p)
{
    pthread_join(p->thread, NULL);
    close(p->listener);
}

/* Steps until the connection is open or has failed, as a program's own loop would. */
static inline hf_code drive(hf_conn *conn)
{
    hf_code code = hf_conn_step(conn);
    while (code == HF_PENDING) {
        struct pollfd entry = {.fd = hf_conn_fd(conn), .events = hf_conn_events(conn)};
        int ms = hf_conn_timeout(conn);
        assert_true(poll(&entry, 1, ms < 0 || ms > 10000 ? 10000 : ms) > 0 || ms >= 0);
        code = hf_conn_step(conn);
    }
    return code;
}

#endif
