/* The way to the server before TLS: its addresses, and whether something listens there.
 *
 * Names are looked up by the library's own resolver, both families to their end: a connection stops
 * asking when it has what it needs. So this file includes headers that are internal to the library.
 * All addresses are dialled at once, each once.
 */
#include "doctor_raw.h"

#include "net/address.h"
#include "net/lookup.h"
#include "net/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void see_ip(doctor_result *result, const hf_ip *ip, const char *more)
{
    char text[INET6_ADDRSTRLEN] = "?";
    (void)inet_ntop(ip->family == 4 ? AF_INET : AF_INET6, ip->bytes, text, sizeof text);
    doctor_see(result, "IPv%u %s%s", ip->family, text, more);
}

/* Waits for both questions; HF_OK when there is an answer. */
static hf_code wait_for_answers(hf_conn *conn, uint64_t deadline)
{
    uint64_t now = hf_net_now(NULL);
    hf_lookup_step(conn, now);
    while (conn->lookup.running > 0 && now < deadline) {
        uint64_t next = hf_lookup_timeout(conn, now);
        uint64_t until = next != 0 && next < deadline ? next : deadline;
        hf_net_wait(conn, until > now ? (int)((until - now) / 1000u) + 1 : 0);
        hf_net_collect(conn);
        now = hf_net_now(NULL);
        hf_lookup_step(conn, now);
    }
    if (conn->answers.count[0] + conn->answers.count[1] > 0) {
        return HF_OK;
    }
    return conn->lookup.running > 0 ? HF_E_RESOLVE_TIMEOUT : (hf_code)conn->lookup.code;
}

static void keep_answers(doctor *d, const hf_answers *answers)
{
    for (size_t family = 0; family < 2; family++) {
        for (size_t i = 0; i < answers->count[family] && d->ips_count < DOCTOR_ADDRESSES; i++) {
            d->ips[d->ips_count++] = answers->list[family][i];
        }
    }
}

static hf_code look_up(doctor *d, hf_conn *conn)
{
    int32_t system = 0;
    conn->address = d->address;
    conn->options.dns_servers = d->options->tls.dns;
    hf_code code = hf_net_begin(conn, &system);
    if (code != HF_OK) {
        return code;
    }
    uint64_t begin = hf_net_now(NULL);
    code = hf_lookup_start(conn);
    if (code == HF_OK) {
        code = wait_for_answers(conn, begin + (uint64_t)d->options->tls.timeout_ms * 1000u);
    }
    d->resolve_us = (uint32_t)(hf_net_now(NULL) - begin);
    hf_lookup_cancel(conn);
    keep_answers(d, &conn->answers);
    hf_net_end(conn);
    return code;
}

static void say_families(const doctor *d, doctor_result *result)
{
    bool found[2] = {false, false};
    for (size_t i = 0; i < d->ips_count; i++) {
        found[d->ips[i].family == 6 ? 0 : 1] = true;
        see_ip(result, &d->ips[i], "");
    }
    if (!found[0]) {
        doctor_see(result, "no IPv6 address: on a network with IPv6 only it is not reached");
    } else if (!found[1]) {
        doctor_see(result, "no IPv4 address");
        doctor_judge(result, DOCTOR_NOTE, CAUSE_IPV6_ONLY, HF_OK,
                     "A device on a network without IPv6 does not reach this server.");
    }
}

void doctor_resolve(doctor *d, doctor_result *result)
{
    hf_ip given;
    if (d->options->address != NULL) {
        (void)hf_ip_parse(d->options->address, &given); /* it was checked */
        d->ips[d->ips_count++] = given;
        see_ip(result, &given, ", given with --address: the name was not looked up");
        return;
    }
    if (d->address.ip.family != 0) {
        d->ips[d->ips_count++] = d->address.ip;
        doctor_see(result, "%s is an address: nothing to look up", d->address.host);
        return;
    }
    hf_conn *conn = calloc(1, sizeof *conn);
    hf_code code = conn == NULL ? HF_E_MEMORY_TOO_SMALL : look_up(d, conn);
    free(conn);
    if (code != HF_OK) {
        doctor_see(result, "%s: %s", d->address.host, hf_error_what(code));
        doctor_cause cause = code == HF_E_RESOLVE_NOT_FOUND ? CAUSE_NAME_NOT_FOUND
                             : code == HF_E_RESOLVE_TIMEOUT ? CAUSE_DNS_SILENT
                                                            : CAUSE_DNS_FAILED;
        doctor_judge(result, DOCTOR_FAULT, cause, code, "%s", hf_error_todo(code));
        return;
    }
    doctor_see(result, "%s, in %u.%u ms", d->address.host, d->resolve_us / 1000u,
               d->resolve_us / 100u % 10u);
    say_families(d, result);
}

/* ---- TCP */

typedef struct dialled {
    struct pollfd poll;
    uint64_t begin;
    hf_code code; /* HF_PENDING: under way */
    int system;
} dialled;

static void dial(const doctor *d, const hf_ip *ip, dialled *attempt)
{
    struct sockaddr_storage to;
    socklen_t len = doctor_sockaddr(ip, d->address.port, &to);
    attempt->begin = hf_net_now(NULL);
    attempt->poll =
        (struct pollfd){.fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                        .events = POLLOUT};
    bool failed =
        attempt->poll.fd < 0 || connect(attempt->poll.fd, (const struct sockaddr *)&to, len) != 0;
    attempt->system = failed ? errno : 0;
    attempt->code =
        attempt->system == EINPROGRESS ? HF_PENDING : hf_net_connect_code(attempt->system);
}

static void look_at(dialled *attempt, uint32_t *us)
{
    socklen_t len = sizeof attempt->system;
    if (attempt->code != HF_PENDING || attempt->poll.revents == 0) {
        return;
    }
    (void)getsockopt(attempt->poll.fd, SOL_SOCKET, SO_ERROR, &attempt->system, &len);
    attempt->code = hf_net_connect_code(attempt->system);
    if (attempt->code == HF_OK) {
        *us = (uint32_t)(hf_net_now(NULL) - attempt->begin) + 1u;
    }
}

static void dial_all(doctor *d, dialled *attempts)
{
    struct pollfd list[DOCTOR_ADDRESSES];
    uint64_t end = hf_net_now(NULL) + (uint64_t)d->options->tls.timeout_ms * 1000u;
    size_t open = 0;
    for (size_t i = 0; i < d->ips_count; i++) {
        dial(d, &d->ips[i], &attempts[i]);
        d->tcp_us[i] = attempts[i].code == HF_OK ? 1 : 0;
        d->connections++;
        open += attempts[i].code == HF_PENDING ? 1u : 0u;
    }
    for (uint64_t now = hf_net_now(NULL); open > 0 && now < end; now = hf_net_now(NULL)) {
        for (size_t i = 0; i < d->ips_count; i++) {
            list[i] = attempts[i].poll;
            list[i].fd = attempts[i].code == HF_PENDING ? list[i].fd : -1;
        }
        (void)poll(list, d->ips_count, (int)((end - now) / 1000u) + 1);
        open = 0;
        for (size_t i = 0; i < d->ips_count; i++) {
            attempts[i].poll.revents = list[i].revents;
            look_at(&attempts[i], &d->tcp_us[i]);
            open += attempts[i].code == HF_PENDING ? 1u : 0u;
        }
    }
    for (size_t i = 0; i < d->ips_count; i++) {
        attempts[i].code = attempts[i].code == HF_PENDING ? HF_E_CONNECT_TIMEOUT : attempts[i].code;
        if (attempts[i].poll.fd >= 0) {
            (void)close(attempts[i].poll.fd);
        }
    }
}

static void tcp_failed(doctor_result *result, hf_code code)
{
    if (code == HF_E_CONNECT_REFUSED) {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_PORT_CLOSED, code, "%s", hf_error_todo(code));
    } else if (code == HF_E_CONNECT_TIMEOUT) {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_HOST_SILENT, code,
                     "Check the address, and firewalls on the way that drop packets to this port; "
                     "is the host up?");
    } else {
        doctor_judge(result, DOCTOR_FAULT, CAUSE_HOST_UNREACHABLE, code, "%s", hf_error_todo(code));
    }
}

static void judge_tcp(doctor *d, doctor_result *result, const dialled *attempts)
{
    hf_code worst = HF_OK;
    for (size_t i = 0; i < d->ips_count; i++) {
        char more[128];
        hf_code code = attempts[i].code;
        if (code == HF_OK) {
            (void)snprintf(more, sizeof more, " port %u: open, %u.%02u ms", d->address.port,
                           d->tcp_us[i] / 1000u, d->tcp_us[i] / 10u % 100u);
            if (d->ip.family == 0) {
                d->ip = d->ips[i];
                d->rtt_us = d->tcp_us[i];
            }
        } else {
            (void)snprintf(more, sizeof more, " port %u: %s", d->address.port,
                           code == HF_E_CONNECT_REFUSED   ? "refused, nothing listens there"
                           : code == HF_E_CONNECT_TIMEOUT ? "no answer"
                                                          : strerror(attempts[i].system));
            worst = worst == HF_OK || code == HF_E_CONNECT_REFUSED ? code : worst;
        }
        see_ip(result, &d->ips[i], more);
    }
    if (d->ip.family == 0) {
        tcp_failed(result, worst);
    } else if (worst != HF_OK) {
        doctor_judge(result, DOCTOR_WARNING, CAUSE_ADDRESS_DEAD, worst,
                     "Take the dead address out of DNS, or let the server listen there: devices "
                     "that try it first lose time.");
    }
}

void doctor_tcp(doctor *d, doctor_result *result)
{
    dialled attempts[DOCTOR_ADDRESSES];
    memset(attempts, 0, sizeof attempts);
    dial_all(d, attempts);
    judge_tcp(d, result, attempts);
}
