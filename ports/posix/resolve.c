/* Names on POSIX systems: the hosts file, and DNS through c-ares.
 *
 * c-ares is the one part of the library that uses the heap; nothing of it outlives the lookup.
 * ares_library_init() is left out on purpose: it does nothing on POSIX systems and is not safe with
 * threads.
 */
#define _GNU_SOURCE

#include "ares_sockets.h"
#include "net/dial.h"
#include "net/lookup.h"
#include "posix.h"

#include <ares.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define FIRST_TRY_MS 1000 /* doubled at every try */
#define TRIES        4

static void add_node(hf_conn *conn, const struct ares_addrinfo_node *node)
{
    hf_ip ip;
    memset(&ip, 0, sizeof ip);
    if (node->ai_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, node->ai_addr, sizeof v4);
        ip.family = 4;
        memcpy(ip.bytes, &v4.sin_addr, 4);
    } else if (node->ai_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, node->ai_addr, sizeof v6);
        ip.family = 6;
        ip.scope = v6.sin6_scope_id;
        memcpy(ip.bytes, &v6.sin6_addr, 16);
    }
    hf_answers_add(&conn->answers, &ip);
}

static void add_all(hf_conn *conn, struct ares_addrinfo *info)
{
    for (const struct ares_addrinfo_node *node = info->nodes; node != NULL; node = node->ai_next) {
        add_node(conn, node);
    }
    ares_freeaddrinfo(info);
}

static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
    (void)timeouts;
    hf_question *question = arg;
    bool missing = status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_ENONAME;
    bool found = status == ARES_SUCCESS && info != NULL;
    if (found) {
        add_all(question->conn, info);
    }
    hf_lookup_answered(question, found     ? HF_OK
                                 : missing ? HF_E_RESOLVE_NOT_FOUND
                                           : HF_E_RESOLVE_FAILED);
}

static void on_hosts(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
    (void)timeouts;
    if (status == ARES_SUCCESS && info != NULL) {
        add_all(arg, info);
    }
}

static void on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
    unsigned in = readable != 0 ? HF_ARM_READ : HF_ARM_NONE;
    unsigned out = writable != 0 ? HF_ARM_WRITE : HF_ARM_NONE;
    hf_posix_watch_resolver(arg, fd, in | out);
}

/* The hosts file answers at once or not at all; both families in one question. */
void hf_net_ask_hosts(hf_conn *conn)
{
    char lookups[] = "f";
    struct ares_options options = {.lookups = lookups};
    ares_channel channel = NULL;
    if (ares_init_options(&channel, &options, ARES_OPT_LOOKUPS) != ARES_SUCCESS) {
        return;
    }
    const struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    ares_getaddrinfo(channel, conn->address.host, NULL, &hints, on_hosts, conn);
    ares_destroy(channel);
}

static hf_code open_channel(hf_conn *conn)
{
    char lookups[] = "b";
    struct ares_options options = {.timeout = FIRST_TRY_MS,
                                   .tries = TRIES,
                                   .lookups = lookups,
                                   .sock_state_cb = on_socket,
                                   .sock_state_cb_data = conn};
    ares_channel channel = NULL;
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    if (ares_init_options(&channel, &options, mask) != ARES_SUCCESS) {
        return HF_E_RESOLVE_FAILED;
    }
    conn->lookup.port.channel = channel;
    ares_set_socket_functions(channel, hf_ares_sockets(), NULL);
    const char *servers = conn->options.dns_servers;
    if (servers != NULL && ares_set_servers_ports_csv(channel, servers) != ARES_SUCCESS) {
        return HF_E_RESOLVE_FAILED;
    }
    return HF_OK;
}

hf_code hf_net_ask(hf_conn *conn)
{
    hf_code code = open_channel(conn);
    if (code != HF_OK) {
        return code;
    }
    for (uint8_t family = 0; family < 2; family++) {
        const struct ares_addrinfo_hints hints = {.ai_family = family == 0 ? AF_INET6 : AF_INET,
                                                  .ai_socktype = SOCK_STREAM};
        ares_getaddrinfo(conn->lookup.port.channel, conn->address.host, NULL, &hints, on_answer,
                         &conn->lookup.questions[family]);
    }
    return HF_OK;
}

void hf_net_ask_step(hf_conn *conn)
{
    ares_process_fd(conn->lookup.port.channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* time-outs */
}

void hf_posix_resolver_ready(hf_conn *conn, int fd, unsigned what)
{
    ares_channel channel = conn->lookup.port.channel;
    if (channel != NULL) {
        ares_process_fd(channel, (what & HF_ARM_READ) != 0 ? fd : ARES_SOCKET_BAD,
                        (what & HF_ARM_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
    }
}

void hf_net_ask_cancel(hf_conn *conn)
{
    ares_channel channel = conn->lookup.port.channel;
    conn->lookup.port.channel = NULL;
    if (channel != NULL) {
        ares_destroy(channel); /* answers what is open, through on_answer() */
    }
}

uint64_t hf_net_ask_timeout(const hf_conn *conn, uint64_t now)
{
    struct timeval wait = {0, 0};
    if (ares_timeout(conn->lookup.port.channel, NULL, &wait) == NULL) {
        return 0;
    }
    return now + (uint64_t)wait.tv_sec * 1000000u + (uint64_t)wait.tv_usec;
}
