/* Names to addresses: the program's own resolver, the hosts file, or DNS through c-ares.
 *
 * IPv6 and IPv4 are asked for at the same time as two questions (RFC 8305 3), so that a DNS server
 * that never answers one of them does not hold up the other. c-ares is the one part of the library
 * that uses the heap; nothing of it outlives the lookup. ares_library_init() is left out on
 * purpose: it does nothing on POSIX systems and is not safe with threads.
 */
#define _GNU_SOURCE

#include "net/dial.h"
#include "net/posix/ares_sockets.h"

#include <ares.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>

#define FIRST_TRY_MS   1000 /* doubled at every try */
#define TRIES          4
#define GRACE_US       50000u /* RFC 8305 3: how long a first IPv4 answer waits for IPv6 */
#define HOOK_PERIOD_US 20000u

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

/* "Does not exist" stands only if neither question failed for another reason. */
static void keep_reason(hf_lookup *lookup, int status)
{
    bool missing = status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_ENONAME;
    if (!missing) {
        lookup->code = HF_E_RESOLVE_FAILED;
    } else if (lookup->code == HF_OK) {
        lookup->code = HF_E_RESOLVE_NOT_FOUND;
    }
}

static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
    (void)timeouts;
    hf_question *question = arg;
    hf_lookup *lookup = &question->conn->lookup;
    lookup->running--;
    if (status == ARES_SUCCESS && info != NULL) {
        add_all(question->conn, info);
    } else {
        keep_reason(lookup, status);
    }
    hf_answers *answers = &question->conn->answers;
    if (question->family == 1 && answers->count[1] > 0) {
        lookup->grace = hf_net_now() + GRACE_US;
    }
    if (answers->count[0] > 0) {
        answers->first = 0; /* RFC 8305 3: IPv6 first when it answered within the delay */
    }
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
    hf_net_watch_resolver(arg, fd, in | out);
}

/* The hosts file answers at once or not at all; both families in one question. */
static void ask_hosts(hf_conn *conn)
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

/* The name itself or one under it, with or without a dot at its end. */
static bool is_under(const char *host, const char *name)
{
    size_t len = strlen(host);
    size_t tail = strlen(name);
    if (len > 0 && host[len - 1] == '.') {
        len--;
    }
    bool fits = len >= tail && strncasecmp(host + len - tail, name, tail) == 0;
    return fits && (len == tail || host[len - tail - 1] == '.');
}

static void answer_loopback(hf_conn *conn)
{
    const hf_ip v6 = {.family = 6, .bytes = {[15] = 1}};
    const hf_ip v4 = {.family = 4, .bytes = {127, 0, 0, 1}};
    hf_answers_add(&conn->answers, &v6);
    hf_answers_add(&conn->answers, &v4);
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
    conn->lookup.channel = channel;
    ares_set_socket_functions(channel, hf_ares_sockets(), NULL);
    const char *servers = conn->options.dns_servers;
    if (servers != NULL && ares_set_servers_ports_csv(channel, servers) != ARES_SUCCESS) {
        return HF_E_RESOLVE_FAILED;
    }
    return HF_OK;
}

static hf_code ask_dns(hf_conn *conn)
{
    hf_code code = open_channel(conn);
    if (code != HF_OK) {
        hf_lookup_cancel(conn);
        return code;
    }
    conn->lookup.running = 2;
    for (uint8_t family = 0; family < 2; family++) {
        conn->lookup.questions[family] = (hf_question){conn, family};
        const struct ares_addrinfo_hints hints = {.ai_family = family == 0 ? AF_INET6 : AF_INET,
                                                  .ai_socktype = SOCK_STREAM};
        ares_getaddrinfo(conn->lookup.channel, conn->address.host, NULL, &hints, on_answer,
                         &conn->lookup.questions[family]);
    }
    return HF_OK;
}

static void watch_hook(hf_conn *conn, int fd)
{
    int *watched = &conn->lookup.hook_fd;
    if (fd == *watched) {
        return;
    }
    if (*watched >= 0) {
        hf_net_watch_hook(conn, *watched, false);
    }
    if (fd >= 0) {
        hf_net_watch_hook(conn, fd, true);
    }
    *watched = fd;
}

static void ask_hook(hf_conn *conn, uint64_t now)
{
    hf_ip list[HF_ADDRESSES_MAX];
    size_t count = 0;
    int fd = -1;
    memset(list, 0, sizeof list);
    const hf_resolver *hook = &conn->options.resolver;
    hf_code code =
        hook->resolve(hook->ctx, conn->address.host, list, HF_ADDRESSES_MAX, &count, &fd);
    if (code == HF_PENDING) {
        watch_hook(conn, fd);
        conn->lookup.hook_at = fd < 0 ? now + HOOK_PERIOD_US : 0;
        return;
    }
    watch_hook(conn, -1);
    conn->lookup.hooked = false;
    conn->lookup.running = 0;
    for (size_t i = 0; code == HF_OK && i < count && i < HF_ADDRESSES_MAX; i++) {
        hf_answers_add(&conn->answers, &list[i]);
    }
    conn->lookup.code = (uint16_t)(code == HF_OK ? HF_E_RESOLVE_NOT_FOUND : code);
}

hf_code hf_lookup_start(hf_conn *conn)
{
    if (conn->address.ip.family != 0) {
        hf_answers_add(&conn->answers, &conn->address.ip);
        return HF_OK;
    }
    if (conn->options.resolver.resolve != NULL) {
        conn->lookup.hooked = true;
        conn->lookup.running = 1;
        ask_hook(conn, hf_net_now());
        return HF_OK;
    }
    const char *host = conn->address.host;
    ask_hosts(conn);
    /* RFC 6761 6.3, 6.4: localhost is loopback and invalid does not exist, whatever DNS or a
     * missing hosts file say; it is not asked. */
    if (conn->answers.count[0] + conn->answers.count[1] == 0 && is_under(host, "localhost")) {
        answer_loopback(conn);
    }
    if (conn->answers.count[0] + conn->answers.count[1] > 0) {
        return HF_OK;
    }
    return is_under(host, "invalid") ? HF_E_RESOLVE_NOT_FOUND : ask_dns(conn);
}

void hf_lookup_step(hf_conn *conn, uint64_t now)
{
    hf_lookup *lookup = &conn->lookup;
    if (lookup->hooked && lookup->hook_at != 0 && now >= lookup->hook_at) {
        ask_hook(conn, now);
    }
    if (lookup->channel != NULL && lookup->running > 0) {
        ares_process_fd(lookup->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* its time-outs */
    }
    if (lookup->channel != NULL && lookup->running == 0) {
        hf_lookup_cancel(conn);
    }
}

void hf_lookup_ready(hf_conn *conn, int fd, unsigned what)
{
    if (conn->lookup.channel != NULL) {
        ares_process_fd(conn->lookup.channel, (what & HF_ARM_READ) != 0 ? fd : ARES_SOCKET_BAD,
                        (what & HF_ARM_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
    }
}

void hf_lookup_cancel(hf_conn *conn)
{
    hf_lookup *lookup = &conn->lookup;
    if (lookup->channel != NULL) {
        ares_channel channel = lookup->channel;
        lookup->channel = NULL;
        ares_destroy(channel); /* answers what is open, through on_answer() */
    }
    if (lookup->hooked) {
        const hf_resolver *hook = &conn->options.resolver;
        watch_hook(conn, -1);
        lookup->hooked = false;
        lookup->running = 0;
        if (hook->cancel != NULL) {
            hook->cancel(hook->ctx, conn->address.host);
        }
    }
}

uint64_t hf_lookup_timeout(const hf_conn *conn, uint64_t now)
{
    const hf_lookup *lookup = &conn->lookup;
    if (lookup->hooked) {
        return lookup->hook_at;
    }
    if (lookup->channel == NULL || lookup->running == 0) {
        return 0;
    }
    struct timeval wait = {0, 0};
    if (ares_timeout(lookup->channel, NULL, &wait) == NULL) {
        return 0;
    }
    return now + (uint64_t)wait.tv_sec * 1000000u + (uint64_t)wait.tv_usec;
}
