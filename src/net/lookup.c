/* Names to addresses: the program's own resolver, what the port knows without asking, or its DNS.
 *
 * IPv6 and IPv4 are asked for at the same time as two questions (RFC 8305 3), so that a DNS server
 * that never answers one of them does not hold up the other.
 */
#include "net/lookup.h"

#include "net/dial.h"

#include <string.h>

#define GRACE_US       50000u /* RFC 8305 3: how long a first IPv4 answer waits for IPv6 */
#define HOOK_PERIOD_US 20000u

void hf_lookup_answered(hf_question *question, hf_code code)
{
    hf_conn *conn = question->conn;
    hf_lookup *lookup = &conn->lookup;
    hf_answers *answers = &conn->answers;
    lookup->running--;
    /* "Does not exist" stands only if neither question failed for another reason. */
    if (code == HF_E_RESOLVE_FAILED || (code != HF_OK && lookup->code == HF_OK)) {
        lookup->code = (uint16_t)code;
    }
    if (question->family == 1 && answers->count[1] > 0) {
        lookup->grace = hf_net_now(conn) + GRACE_US;
    }
    if (answers->count[0] > 0) {
        answers->first = 0; /* RFC 8305 3: IPv6 first when it answered within the delay */
    }
}

static uint8_t lower(char c)
{
    return (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* The name itself or one under it, with or without a dot at its end. */
static bool is_under(const char *host, const char *name)
{
    size_t len = strlen(host);
    size_t tail = strlen(name);
    if (len > 0 && host[len - 1] == '.') {
        len--;
    }
    if (len < tail) {
        return false;
    }
    for (size_t i = 0; i < tail; i++) {
        if (lower(host[len - tail + i]) != (uint8_t)name[i]) {
            return false;
        }
    }
    return len == tail || host[len - tail - 1] == '.';
}

static void answer_loopback(hf_conn *conn)
{
    const hf_ip v6 = {.family = 6, .bytes = {[15] = 1}};
    const hf_ip v4 = {.family = 4, .bytes = {127, 0, 0, 1}};
    hf_answers_add(&conn->answers, &v6);
    hf_answers_add(&conn->answers, &v4);
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
        bool watched = hf_net_watch_hook(conn, fd) && fd >= 0;
        conn->lookup.hook_at = watched ? 0 : now + HOOK_PERIOD_US;
        return;
    }
    (void)hf_net_watch_hook(conn, -1);
    conn->lookup.hooked = false;
    conn->lookup.running = 0;
    for (size_t i = 0; code == HF_OK && i < count && i < HF_ADDRESSES_MAX; i++) {
        hf_answers_add(&conn->answers, &list[i]);
    }
    conn->lookup.code = (uint16_t)(code == HF_OK ? HF_E_RESOLVE_NOT_FOUND : code);
}

static hf_code ask_port(hf_conn *conn)
{
    hf_lookup *lookup = &conn->lookup;
    for (uint8_t family = 0; family < 2; family++) {
        lookup->questions[family] = (hf_question){conn, family};
    }
    lookup->running = 2;
    lookup->asking = true;
    hf_code code = hf_net_ask(conn);
    if (code != HF_OK) {
        hf_lookup_cancel(conn);
    }
    return code;
}

static bool is_answered(const hf_conn *conn)
{
    return conn->answers.count[0] + conn->answers.count[1] > 0;
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
        ask_hook(conn, hf_net_now(conn));
        return HF_OK;
    }
    const char *host = conn->address.host;
    hf_net_ask_hosts(conn);
    /* RFC 6761 6.3, 6.4: localhost is loopback and invalid does not exist, whatever DNS or a
     * missing hosts file say; it is not asked. */
    if (!is_answered(conn) && is_under(host, "localhost")) {
        answer_loopback(conn);
    }
    if (is_answered(conn)) {
        return HF_OK;
    }
    return is_under(host, "invalid") ? HF_E_RESOLVE_NOT_FOUND : ask_port(conn);
}

void hf_lookup_step(hf_conn *conn, uint64_t now)
{
    hf_lookup *lookup = &conn->lookup;
    if (lookup->hooked && lookup->hook_at != 0 && now >= lookup->hook_at) {
        ask_hook(conn, now);
    }
    if (lookup->asking && lookup->running > 0) {
        hf_net_ask_step(conn);
    }
    if (lookup->asking && lookup->running == 0) {
        hf_lookup_cancel(conn);
    }
}

void hf_lookup_cancel(hf_conn *conn)
{
    hf_lookup *lookup = &conn->lookup;
    if (lookup->asking) {
        lookup->asking = false;
        hf_net_ask_cancel(conn);
        lookup->running = 0;
    }
    if (lookup->hooked) {
        const hf_resolver *hook = &conn->options.resolver;
        (void)hf_net_watch_hook(conn, -1);
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
    return lookup->asking && lookup->running > 0 ? hf_net_ask_timeout(conn, now) : 0;
}
