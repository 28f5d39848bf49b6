/* The way to the peer: its name looked up, its addresses dialled. See open.h. */
#include "net/open.h"

#include "net/address.h"
#include "net/conn.h"
#include "net/dial.h"
#include "net/lookup.h"
#include "tls/tell.h"

#include <string.h>

static void tell(const hf_conn *conn, hf_stage stage, hf_code code)
{
    hf_tell(&conn->tls, HF_EVENT_STAGE, (uint8_t)stage, code);
}

static hf_code begin(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                     const char *address, uint32_t timeout_ms)
{
    int32_t system = 0;
    uint64_t now = hf_net_now(conn);
    conn->deadline = hf_deadline(now, timeout_ms);
    conn->stage_began = now;
    hf_code code = hf_net_begin(conn, &system);
    conn->state = HF_CONN_RESOLVE;
    if (code != HF_OK) {
        return hf_conn_fail(conn, code, HF_STAGE_SETUP, system);
    }
    uint16_t port = conn->options.default_port;
    code = hf_address_parse(address, port == 0 ? HF_DEFAULT_PORT : port, &conn->address);
    if (code != HF_OK) {
        return hf_conn_fail(conn, code, HF_STAGE_SETUP, 0);
    }
    const char *name = conn->options.name;
    code = hf_tls_client(&conn->tls, config, memory, name == NULL ? conn->address.host : name);
    if (code != HF_OK) {
        return hf_conn_engine_failed(conn, code, HF_STAGE_SETUP);
    }
    conn->has_engine = true;
    if (conn->address.zone[0] != '\0') {
        conn->address.ip.scope = hf_net_scope(conn->address.zone);
        code = conn->address.ip.scope == 0 ? HF_E_CONNECT_UNREACHABLE : HF_OK;
    }
    if (code != HF_OK) {
        return hf_conn_fail(conn, code, HF_STAGE_SETUP, 0);
    }
    return HF_PENDING;
}

hf_code hf_conn_start(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                      const char *address, const hf_conn_options *options, uint32_t timeout_ms)
{
    memset(conn, 0, sizeof *conn);
    hf_error_clear(&conn->error);
    if (options != NULL) {
        conn->options = *options;
    }
    hf_code code = begin(conn, config, memory, address, timeout_ms);
    if (code != HF_PENDING) {
        return code;
    }
    tell(conn, HF_STAGE_RESOLVE, HF_PENDING);
    code = hf_lookup_start(conn);
    return code == HF_OK ? HF_PENDING : hf_conn_fail(conn, code, HF_STAGE_RESOLVE, 0);
}

hf_code hf_conn_open(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                     const char *address, uint32_t timeout_ms)
{
    hf_code code = hf_conn_start(conn, config, memory, address, NULL, timeout_ms);
    return code == HF_PENDING ? hf_conn_wait(conn) : code;
}

/* Dialling begins with the first IPv6 address, with IPv4 when IPv6 had its time (RFC 8305 3), or
 * with whatever is there when no answer is missing. */
static hf_code step_resolve(hf_conn *conn, uint64_t now)
{
    hf_lookup_step(conn, now);
    const hf_lookup *lookup = &conn->lookup;
    bool found = hf_answers_left(&conn->answers);
    if (lookup->running == 0 && !found) {
        return hf_conn_fail(conn, (hf_code)lookup->code, HF_STAGE_RESOLVE, 0);
    }
    bool v6 = conn->answers.count[0] > 0;
    if (!found || (lookup->running > 0 && !v6 && now < lookup->grace)) {
        bool late = hf_deadline_passed(conn->deadline, now);
        return late ? hf_conn_fail(conn, HF_E_RESOLVE_TIMEOUT, HF_STAGE_RESOLVE, 0) : HF_PENDING;
    }
    conn->stats.resolve_us = hf_conn_lap(conn, now);
    conn->state = HF_CONN_DIAL;
    tell(conn, HF_STAGE_RESOLVE, HF_OK);
    tell(conn, HF_STAGE_TCP, HF_PENDING);
    return HF_OK;
}

/* While attempts are under way the engine makes its key share. */
static hf_code prepare(hf_conn *conn)
{
    conn->more = false;
    if ((hf_tls_wants(&conn->tls) & HF_WANT_RUN) == 0) {
        return HF_PENDING;
    }
    uint64_t before = hf_net_now(conn);
    hf_code code = hf_tls_run(&conn->tls);
    conn->prepared += hf_net_now(conn) - before;
    if (code != HF_OK && code != HF_PENDING) {
        return hf_conn_engine_failed(conn, code, HF_STAGE_TLS);
    }
    conn->more = (hf_tls_wants(&conn->tls) & HF_WANT_RUN) != 0;
    return HF_PENDING;
}

/* Every known address has failed and an answer is still missing: the failure tells more. */
static hf_code dial_is_late(hf_conn *conn)
{
    bool failed = conn->dial.running == 0 && conn->dial.code != HF_OK;
    return failed ? hf_conn_fail(conn, (hf_code)conn->dial.code, HF_STAGE_TCP, conn->dial.system)
                  : hf_conn_fail(conn, HF_E_CONNECT_TIMEOUT, HF_STAGE_TCP, 0);
}

static hf_code step_dial(hf_conn *conn, uint64_t now)
{
    if (conn->lookup.running > 0) {
        hf_lookup_step(conn, now);
    }
    hf_code code = hf_dial_step(conn, now);
    if (code == HF_PENDING) {
        return hf_deadline_passed(conn->deadline, now) ? dial_is_late(conn) : prepare(conn);
    }
    if (code != HF_OK) {
        return hf_conn_fail(conn, code, HF_STAGE_TCP, conn->dial.system);
    }
    hf_lookup_cancel(conn);
    uint64_t spent = now - conn->stage_began;
    conn->stage_began += conn->prepared < spent ? conn->prepared : spent; /* the engine's share */
    conn->stats.tcp_us = hf_conn_lap(conn, now);
    conn->stage_began -= conn->prepared;
    conn->stats.round_trips = 1;
    conn->state = HF_CONN_HANDSHAKE;
    tell(conn, HF_STAGE_TCP, HF_OK);
    tell(conn, HF_STAGE_TLS, HF_PENDING);
    return HF_OK;
}

hf_code hf_open_step(hf_conn *conn, uint64_t now)
{
    return conn->state == HF_CONN_RESOLVE ? step_resolve(conn, now) : step_dial(conn, now);
}

uint64_t hf_open_due(const hf_conn *conn, uint64_t now)
{
    uint64_t first = hf_lookup_timeout(conn, now);
    bool resolving = conn->state == HF_CONN_RESOLVE;
    if (resolving && conn->lookup.running == 0) {
        return now;
    }
    if (resolving && hf_answers_left(&conn->answers)) {
        first = hf_sooner(first, conn->lookup.grace);
    }
    if (!resolving && hf_dial_waits(conn)) {
        first = hf_sooner(first, conn->dial.next_at);
    }
    return first;
}

void hf_open_cancel(hf_conn *conn)
{
    hf_lookup_cancel(conn);
    hf_dial_cancel(conn);
}
