/* Moves bytes between the TLS engine and the channel.
 *
 * In the flow: conn.c steps it once the TCP connection stands. Everything that is ready goes out
 * with one send. Invariants: after a failed send nothing is sent any more, and what has arrived is
 * read before the failure is reported, so that the peer's alert wins over our broken pipe; a
 * received zero ends the input for good.
 */
#include "net/pump.h"

#include "tls/tell.h"

#define ROUNDS_MAX  64u          /* work of one step, so that one peer cannot hold a loop */
#define DRAIN_MAX   (64u * 1024) /* thrown away after a failure */
#define DRAIN_PIECE 512
#define FINISH_MAX  64u /* receive calls before a close */

/* The engine's error becomes the connection's. */
static hf_code engine_failed(hf_conn *conn, hf_code code)
{
    const hf_error *error = hf_tls_error(&conn->tls);
    if (conn->error.code == HF_OK && error->code != HF_OK) {
        conn->error = *error;
        if (conn->error.stage == HF_STAGE_NONE) {
            conn->error.stage = HF_STAGE_TLS;
        }
        if (conn->write_error != 0 && conn->error.system == 0) {
            conn->error.system = conn->write_error;
        }
    }
    return hf_fail(&conn->error, code);
}

/* The transport broke. A reset in mid-handshake is the peer's way of closing without a word. */
static hf_code transport_failed(hf_conn *conn, int32_t system)
{
    bool open = (hf_tls_wants(&conn->tls) & HF_IS_OPEN) != 0;
    conn->error.stage = HF_STAGE_TLS;
    conn->error.system = conn->write_error != 0 ? conn->write_error : system;
    hf_code code = hf_fail(&conn->error, open ? HF_E_NETWORK : HF_E_CLOSED_IN_HANDSHAKE);
    hf_tell_error(&conn->tls, &conn->error);
    return code;
}

static hf_code send_ready(hf_conn *conn)
{
    size_t len = 0;
    const uint8_t *data = hf_tls_output(&conn->tls, &len);
    size_t sent = 0;
    int32_t system = 0;
    hf_code code = len == 0 ? HF_PENDING : hf_net_send(conn, data, len, &sent, &system);
    if (code == HF_E_NETWORK) {
        conn->write_error = system;
        return HF_OK; /* what has arrived decides */
    }
    conn->blocked = sent < len;
    if (sent > 0) {
        hf_tls_output_done(&conn->tls, sent);
        conn->stats.bytes_out += sent;
        conn->stats.writes++;
        conn->last_sent = true;
    }
    return HF_OK;
}

static hf_code take_end(hf_conn *conn)
{
    conn->ended = true;
    hf_code code = hf_tls_input_end(&conn->tls);
    conn->stats.clean_end = code == HF_OK;
    if (code == HF_OK || code == HF_PENDING || (code == HF_E_TRUNCATED && conn->closing)) {
        return HF_OK; /* after our close_notify nothing more was expected */
    }
    return engine_failed(conn, code);
}

static hf_code take(hf_conn *conn, size_t len)
{
    conn->stats.bytes_in += len;
    conn->stats.reads++;
    if (conn->last_sent) {
        conn->stats.round_trips++;
        conn->last_sent = false;
    }
    hf_code code = hf_tls_input_done(&conn->tls, len);
    return code == HF_OK || code == HF_PENDING ? HF_OK : engine_failed(conn, code);
}

/* *dry: nothing more has arrived. */
static hf_code receive(hf_conn *conn, bool *dry)
{
    size_t room = 0;
    uint8_t *space = hf_tls_input(&conn->tls, &room);
    size_t len = 0;
    int32_t system = 0;
    if (room == 0) {
        *dry = true;
        return HF_OK;
    }
    hf_code code = hf_net_receive(conn, space, room, &len, &system);
    if (code == HF_E_NETWORK) {
        return transport_failed(conn, system);
    }
    if (code == HF_PENDING) {
        *dry = true;
        return conn->write_error == 0 ? HF_OK : transport_failed(conn, system);
    }
    *dry = len < room && conn->write_error == 0;
    return len == 0 ? take_end(conn) : take(conn, len);
}

static bool may_send(const hf_conn *conn, unsigned wants)
{
    return (wants & HF_WANT_OUTPUT) != 0 && !conn->blocked && conn->write_error == 0;
}

/* The peer's end after our close_notify, even a sudden one, is no failure. */
static bool is_over(const hf_conn *conn)
{
    return conn->closing && (conn->ended || conn->stats.clean_end);
}

/* While data wait for the program nothing more is read: an end or an alert comes behind them. */
static bool may_receive(const hf_conn *conn, unsigned wants)
{
    return (wants & HF_WANT_INPUT) != 0 && (wants & (HF_IS_CLOSED | HF_HAS_DATA)) == 0 &&
           !conn->ended;
}

/* A send has failed, everything that arrived was looked at, and nothing explained it. */
static bool is_broken(const hf_conn *conn, unsigned wants)
{
    return conn->write_error != 0 && (wants & HF_HAS_DATA) == 0 && !is_over(conn);
}

/* hold_last_flight: once, when application data can go out together with the last flight. */
static bool hold(hf_conn *conn, unsigned wants)
{
    if (!conn->options.hold_last_flight || conn->held || (wants & HF_HAS_ROOM) == 0 ||
        (wants & HF_IS_OPEN) == 0) {
        return false;
    }
    conn->held = true;
    return true;
}

hf_code hf_pump(hf_conn *conn)
{
    hf_code code = HF_OK;
    bool dry = false;
    bool worked = false; /* input, too, may have led to a public-key operation */
    conn->blocked = false;
    conn->more = false;
    for (unsigned round = 0; round < ROUNDS_MAX && code == HF_OK; round++) {
        unsigned wants = hf_tls_wants(&conn->tls);
        if ((wants & HF_IS_CLOSED) != 0) { /* close_notify may have stood behind data */
            conn->stats.clean_end = true;
        }
        if ((wants & HF_IS_FAILED) != 0 && !is_over(conn)) {
            code = engine_failed(conn, (hf_code)hf_tls_error(&conn->tls)->code);
        } else if ((wants & HF_WANT_RUN) != 0) {
            if (worked) {
                conn->more = true;
                return HF_OK;
            }
            worked = true;
            code = hf_tls_run(&conn->tls);
            code = code == HF_OK || code == HF_PENDING ? HF_OK : engine_failed(conn, code);
        } else if (hold(conn, wants)) {
            conn->more = true;
            return HF_OK;
        } else if (may_send(conn, wants)) {
            code = send_ready(conn);
        } else if (!dry && may_receive(conn, wants)) {
            code = receive(conn, &dry);
            worked = true;
        } else {
            return is_broken(conn, wants) ? transport_failed(conn, 0) : HF_OK;
        }
    }
    conn->more = code == HF_OK;
    return code;
}

void hf_pump_arm(hf_conn *conn)
{
    unsigned wants = hf_tls_wants(&conn->tls);
    unsigned what = HF_ARM_NONE;
    if (conn->state == HF_CONN_LINGER || may_receive(conn, wants)) {
        what = HF_ARM_READ;
    }
    if ((wants & HF_WANT_OUTPUT) != 0 && conn->write_error == 0) {
        what |= HF_ARM_WRITE;
    }
    hf_net_arm(conn, what);
}

bool hf_pump_flush(hf_conn *conn)
{
    while ((hf_tls_wants(&conn->tls) & HF_WANT_OUTPUT) != 0 && conn->write_error == 0) {
        (void)send_ready(conn);
        if (conn->blocked) {
            return false;
        }
    }
    return true;
}

hf_code hf_pump_linger(hf_conn *conn, uint64_t now)
{
    bool late = now >= conn->linger_until;
    if (!hf_pump_flush(conn) && !late) {
        return HF_PENDING;
    }
    if (conn->ended || conn->write_error != 0 || conn->error.alert_by == HF_ALERT_RECEIVED) {
        return HF_OK; /* nobody waits for our alert */
    }
    if (!conn->half_closed) {
        hf_net_half_close(conn);
        conn->half_closed = true;
    }
    while (conn->drained < DRAIN_MAX) {
        uint8_t piece[DRAIN_PIECE];
        size_t len = 0;
        int32_t system = 0;
        hf_code code = hf_net_receive(conn, piece, sizeof piece, &len, &system);
        if (code == HF_PENDING && !late) {
            return HF_PENDING;
        }
        if (code != HF_OK || len == 0) {
            return HF_OK;
        }
        conn->drained += (uint32_t)len;
    }
    return HF_OK;
}

void hf_pump_finish(hf_conn *conn)
{
    if (!conn->closing) {
        conn->closing = true;
        (void)hf_tls_close(&conn->tls);
    }
    (void)hf_pump_flush(conn);
    hf_net_half_close(conn);
    uint8_t piece[DRAIN_PIECE];
    size_t len = 1;
    int32_t system = 0;
    for (unsigned i = 0; i < FINISH_MAX && len > 0; i++) {
        (void)hf_net_receive(conn, piece, sizeof piece, &len, &system);
    }
}
