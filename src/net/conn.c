/* The life of a connection: resolve, dial, handshake, open, failing, closed.
 *
 * In the flow: above the port, the way to the peer (open.c) and the pump; below hf_link.
 * hf_conn_step() is the only place where the state moves on. Invariants: one deadline bounds
 * everything before OPEN; in every state but CLOSED the port was begun; conn->error is written
 * once.
 */
#include "net/conn.h"

#include "net/open.h"
#include "net/pump.h"
#include "tls/tell.h"

#include <string.h>

#define LINGER_US 500000u /* how long the alert of a failure may take to reach the peer */

uint64_t hf_deadline(uint64_t now, uint32_t timeout_ms)
{
    return timeout_ms == HF_FOREVER ? 0 : now + (uint64_t)timeout_ms * 1000u;
}

bool hf_deadline_passed(uint64_t deadline, uint64_t now)
{
    return deadline != 0 && now >= deadline;
}

static void tell(const hf_conn *conn, hf_stage stage, hf_code code)
{
    hf_tell(&conn->tls, HF_EVENT_STAGE, (uint8_t)stage, code);
}

uint32_t hf_conn_lap(hf_conn *conn, uint64_t now)
{
    uint64_t spent = now - conn->stage_began;
    conn->stage_began = now;
    return spent < UINT32_MAX ? (uint32_t)spent : UINT32_MAX;
}

hf_code hf_conn_fail(hf_conn *conn, hf_code code, hf_stage stage, int32_t system)
{
    bool first = conn->error.code == HF_OK;
    if (first) {
        conn->error.stage = (uint8_t)stage;
        conn->error.system = system;
    }
    code = hf_fail(&conn->error, code);
    if (first) {
        hf_tell_error(&conn->tls, &conn->error);
    }
    if (conn->state != HF_CONN_FAILED) {
        tell(conn, (hf_stage)conn->error.stage, code);
    }
    hf_open_cancel(conn);
    hf_net_close(conn);
    conn->state = HF_CONN_FAILED;
    return code;
}

hf_code hf_conn_engine_failed(hf_conn *conn, hf_code code, hf_stage stage)
{
    const hf_error *error = hf_tls_error(&conn->tls);
    if (conn->error.code == HF_OK && error->code != HF_OK) {
        conn->error = *error;
        conn->error.stage = (uint8_t)stage;
    }
    return hf_conn_fail(conn, code, stage, 0);
}

hf_code hf_conn_take(hf_conn *conn, hf_socket socket, const hf_conn_options *options,
                     uint32_t timeout_ms)
{
    int32_t system = 0;
    memset(conn, 0, sizeof *conn);
    hf_error_clear(&conn->error);
    if (options != NULL) {
        conn->options = *options;
    }
    hf_code code = hf_net_begin(conn, &system);
    hf_code taken = hf_net_take(conn, socket, &system);
    conn->stage_began = hf_net_now(conn);
    conn->deadline = hf_deadline(conn->stage_began, timeout_ms);
    conn->state = HF_CONN_HANDSHAKE;
    code = code == HF_OK ? taken : code;
    return code == HF_OK ? HF_OK : hf_conn_fail(conn, code, HF_STAGE_SETUP, system);
}

hf_code hf_conn_taken(hf_conn *conn, hf_code code)
{
    if (code != HF_OK) {
        return hf_conn_engine_failed(conn, code, HF_STAGE_SETUP);
    }
    conn->has_engine = true;
    tell(conn, HF_STAGE_TLS, HF_PENDING);
    return HF_PENDING;
}

/* The pump has recorded an error: the alert goes out before the channel closes. Within the deadline
 * of the opening, or LINGER_US later than now when there is none. */
static hf_code begin_linger(hf_conn *conn, uint64_t now)
{
    conn->linger_until = now + LINGER_US;
    if (conn->state == HF_CONN_HANDSHAKE && conn->deadline != 0 &&
        conn->deadline < conn->linger_until) {
        conn->linger_until = conn->deadline;
    }
    conn->state = HF_CONN_LINGER;
    return HF_OK;
}

/* Who has used up the time: our own signer, when it has not answered yet, or has signed in this
 * very step, which began in time. */
static hf_code lateness(const hf_conn *conn, uint16_t signed_before)
{
    const hf_handshake *hs = &conn->tls.handshake;
    bool signs = hs->identity != NULL && hs->identity->signer.sign != NULL;
    bool pending = (hf_tls_wants(&conn->tls) & HF_WANT_SIGN) != 0;
    return signs && (pending || hs->sign_len != signed_before) ? HF_E_SIGNER_TIMEOUT
                                                               : HF_E_TLS_TIMEOUT;
}

/* The time is read again after the pump: a signer that is slow has used it up, and a handshake that
 * is over too late is late. */
static hf_code step_handshake(hf_conn *conn, uint64_t now)
{
    const uint16_t signed_before = conn->tls.handshake.sign_len;
    if (hf_pump(conn) != HF_OK) {
        return hf_conn_blames_session(conn) ? hf_conn_again(conn, now) : begin_linger(conn, now);
    }
    uint64_t after = hf_net_now(conn);
    if (hf_deadline_passed(conn->deadline, after)) {
        return hf_conn_fail(conn, lateness(conn, signed_before), HF_STAGE_TLS, 0);
    }
    if ((hf_tls_wants(&conn->tls) & HF_IS_OPEN) != 0) {
        conn->stats.tls_us = hf_conn_lap(conn, after);
        conn->state = HF_CONN_OPEN;
        tell(conn, HF_STAGE_TLS, HF_OK);
    }
    return HF_PENDING;
}

static hf_code step_open(hf_conn *conn, uint64_t now)
{
    return hf_pump(conn) == HF_OK ? HF_PENDING : begin_linger(conn, now);
}

static hf_code step_linger(hf_conn *conn, uint64_t now)
{
    if (hf_pump_linger(conn, now) == HF_PENDING) {
        return HF_PENDING;
    }
    return hf_conn_fail(conn, (hf_code)conn->error.code, HF_STAGE_TLS, 0);
}

/* HF_OK: the state has changed, go on; HF_PENDING: nothing more without waiting. */
static hf_code step_once(hf_conn *conn, uint64_t now)
{
    switch ((enum hf_conn_state)conn->state) {
    case HF_CONN_RESOLVE:
    case HF_CONN_DIAL:
        return hf_open_step(conn, now);
    case HF_CONN_HANDSHAKE:
        return step_handshake(conn, now);
    case HF_CONN_OPEN:
        return step_open(conn, now);
    case HF_CONN_LINGER:
        return step_linger(conn, now);
    case HF_CONN_FAILED:
        return (hf_code)conn->error.code;
    default:
        return HF_E_CLOSED;
    }
}

hf_code hf_conn_advance(hf_conn *conn)
{
    if (conn->state == HF_CONN_CLOSED) {
        return HF_E_CLOSED;
    }
    hf_net_collect(conn);
    uint64_t now = hf_net_now(conn);
    hf_code code = HF_OK;
    while (code == HF_OK) {
        code = step_once(conn, now);
    }
    return conn->state == HF_CONN_OPEN && code == HF_PENDING ? HF_OK : code;
}

hf_code hf_conn_step(hf_conn *conn)
{
    hf_code code = hf_conn_advance(conn);
    hf_pump_arm(conn);
    return code;
}

uint64_t hf_sooner(uint64_t one, uint64_t other)
{
    return one == 0 || (other != 0 && other < one) ? other : one;
}

/* The time at which the next step is due without news; 0: never. */
static uint64_t due(const hf_conn *conn, uint64_t now)
{
    if (conn->more) {
        return now;
    }
    if (conn->state == HF_CONN_LINGER) {
        return conn->linger_until;
    }
    uint64_t first = conn->state < HF_CONN_OPEN ? conn->deadline : 0;
    bool opening = conn->state == HF_CONN_RESOLVE || conn->state == HF_CONN_DIAL;
    return opening ? hf_sooner(first, hf_open_due(conn, now)) : first;
}

int hf_wait_ms(uint64_t at, uint64_t now)
{
    if (at == 0) {
        return -1;
    }
    uint64_t ms = at <= now ? 0 : (at - now + 999u) / 1000u;
    return ms < INT32_MAX ? (int)ms : INT32_MAX;
}

int hf_conn_timeout(const hf_conn *conn)
{
    if (conn->state == HF_CONN_CLOSED || conn->state == HF_CONN_FAILED) {
        return -1;
    }
    uint64_t now = hf_net_now(conn);
    return hf_wait_ms(due(conn, now), now);
}

unsigned hf_conn_wants(const hf_conn *conn)
{
    unsigned failed = conn->error.code != HF_OK ? (unsigned)HF_IS_FAILED : 0u;
    return failed | (conn->has_engine ? hf_tls_wants(&conn->tls) : 0u);
}

void hf_conn_close(hf_conn *conn)
{
    if (conn->state == HF_CONN_CLOSED) {
        return;
    }
    if (conn->state == HF_CONN_OPEN) {
        hf_pump_finish(conn);
    }
    hf_open_cancel(conn);
    hf_net_end(conn);
    if (conn->has_engine) {
        hf_tls_release(&conn->tls);
        conn->has_engine = false;
    }
    conn->state = HF_CONN_CLOSED;
}

const hf_error *hf_conn_error(const hf_conn *conn)
{
    return &conn->error;
}
