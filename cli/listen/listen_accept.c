/* The listening socket of `handfast listen`: opened, filled, and left alone when it is full. */
#include "listen_log.h"
#include "report.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define BACKLOG     4096
#define AT_ONCE     64   /* connections accepted in one round */
#define RETRY_MS    1000 /* after the system refused one */
#define FULL_LOG_MS 5000
#define FILES_SPARE 32 /* that are no connections */
#define FULL_MAX    65536

static void address_text(const struct sockaddr_storage *address, char text[LISTEN_ADDRESS_MAX])
{
    char host[INET6_ADDRSTRLEN] = "?";
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    if (address->ss_family == AF_INET) {
        (void)inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        (void)snprintf(text, LISTEN_ADDRESS_MAX, "%s:%u", host, ntohs(v4->sin_port));
    } else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        (void)inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], host, sizeof host);
        (void)snprintf(text, LISTEN_ADDRESS_MAX, "%s:%u", host, ntohs(v6->sin6_port));
    } else {
        (void)inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        (void)snprintf(text, LISTEN_ADDRESS_MAX, "[%s]:%u", host, ntohs(v6->sin6_port));
    }
}

/* A bound socket that listens, or -1 with errno. */
static int open_one(const struct sockaddr *address, socklen_t len)
{
    int on = 1;
    int off = 0;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->sa_family == AF_INET6) { /* [::] is for IPv4 too */
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (bind(fd, address, len) == 0 && listen(fd, BACKLOG) == 0) {
        return fd;
    }
    int system = errno;
    (void)close(fd);
    errno = system;
    return -1;
}

/* All interfaces; a system without IPv6 has IPv4's only. */
static int open_all(uint16_t port)
{
    const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    const struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = open_one((const struct sockaddr *)&v6, sizeof v6);
    return fd < 0 && errno == EAFNOSUPPORT ? open_one((const struct sockaddr *)&v4, sizeof v4) : fd;
}

static cli_exit open_host(const char *host, const char *port, int *fd)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(host, port, &hints, &found);
    if (code != 0) {
        return cli_fail_at(CLI_NETWORK, "The address to listen on was not found.", host,
                           gai_strerror(code), "Give an address of this machine.");
    }
    *fd = open_one(found->ai_addr, found->ai_addrlen);
    int system = errno;
    freeaddrinfo(found);
    errno = system;
    return CLI_OK;
}

/* Once in a while: a server at its limit is full again and again. */
static void log_full(listen_server *server, const char *reason)
{
    if (server->full_logged == 0 || server->now - server->full_logged >= FULL_LOG_MS) {
        server->full_logged = server->now;
        listen_log(NULL, "full", "connections=%zu reason=\"%s\"", server->connections, reason);
    }
}

/* "PORT", "HOST:PORT" or "[ADDR]:PORT". */
static cli_exit open_text(const char *text, int *fd)
{
    char host[256];
    unsigned long port = 0;
    const char *colon = strrchr(text, ':');
    const char *number = colon == NULL ? text : colon + 1;
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    if (!cli_number(number, 0, 65535, &port) || len >= sizeof host || colon == text) {
        return cli_fail_usage("listen", "The address is [ADDR:]PORT.", text);
    }
    if (colon == NULL) {
        *fd = open_all((uint16_t)port);
        return CLI_OK;
    }
    bool brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';
    (void)snprintf(host, sizeof host, "%.*s", (int)(brackets ? len - 2 : len),
                   brackets ? text + 1 : text);
    return open_host(host, number, fd);
}

cli_exit listen_accept_open(listen_server *server)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    char text[LISTEN_ADDRESS_MAX];
    const char *wanted = server->options->address;
    cli_exit result = open_text(wanted, &server->listener.fd);
    if (result != CLI_OK) {
        return result;
    }
    if (server->listener.fd < 0) {
        return cli_fail_at(
            CLI_LOCAL, "The port cannot be listened on.", wanted, strerror(errno),
            "End what uses it (ss -ltnp shows it), or give another address or port.");
    }
    if (getsockname(server->listener.fd, (struct sockaddr *)&address, &len) != 0 ||
        !listen_watch_source(server, &server->listener, EPOLLIN)) {
        return cli_fail_at(CLI_LOCAL, "The port cannot be listened on.", wanted, strerror(errno),
                           "Check the limits of this process.");
    }
    server->accepting = true;
    address_text(&address, text);
    printf("listening on %s\n", text);
    (void)fflush(stdout);
    return CLI_OK;
}

static bool is_last(const listen_server *server)
{
    return server->options->count != 0 && server->accepted >= server->options->count;
}

void listen_accept_update(listen_server *server)
{
    if (server->listener.fd >= 0 && (server->stopping || is_last(server))) {
        (void)close(server->listener.fd);
        server->listener.fd = -1;
        server->accepting = false;
        return;
    }
    bool wanted = server->listener.fd >= 0 && server->accept_timer.slot == 0 &&
                  server->connections < server->connections_max;
    if (wanted == server->accepting || server->listener.fd < 0) {
        return;
    }
    struct epoll_event event = {.events = wanted ? EPOLLIN : 0, .data.ptr = &server->listener};
    (void)epoll_ctl(server->epoll, EPOLL_CTL_MOD, server->listener.fd, &event);
    server->accepting = wanted;
    if (!wanted && server->accept_timer.slot == 0) {
        log_full(server, "no more are accepted for now");
    }
}

/* Not for long: one that aborted, or no file descriptor left. */
static void accept_failed(listen_server *server, int system)
{
    if (system == EMFILE || system == ENFILE || system == ENOBUFS || system == ENOMEM) {
        log_full(server, strerror(system));
        (void)listen_timer_set(&server->timers, &server->accept_timer, server->now + RETRY_MS);
    }
}

void listen_accept_events(listen_server *server)
{
    for (size_t i = 0; i < AT_ONCE && server->connections < server->connections_max; i++) {
        struct sockaddr_storage address;
        socklen_t len = sizeof address;
        char text[LISTEN_ADDRESS_MAX];
        int on = 1;
        if (is_last(server)) {
            break;
        }
        int fd = accept4(server->listener.fd, (struct sockaddr *)&address, &len,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            accept_failed(server, errno);
            break;
        }
        server->accepted++;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        address_text(&address, text);
        listen_conn_begin(server, fd, text);
    }
    listen_accept_update(server);
}

void listen_accept_limit(listen_server *server)
{
    struct rlimit limit = {.rlim_cur = 1024, .rlim_max = 1024};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        limit = setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised : limit;
    }
    size_t files = limit.rlim_cur > 2 * FULL_MAX ? 2 * FULL_MAX + FILES_SPARE : limit.rlim_cur;
    size_t each = server->mode == LISTEN_FORWARD ? 2 : 1;
    size_t most = files > FILES_SPARE + each ? (files - FILES_SPARE) / each : 1;
    size_t asked = server->options->max_connections;
    server->connections_max = asked != 0 ? asked : most < FULL_MAX ? most : FULL_MAX;
}
