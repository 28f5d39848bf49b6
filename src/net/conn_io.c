/* Reading, writing and ending a connection, with or without waiting.
 *
 * In the flow: loops around hf_conn_step(); time-outs of these calls do not end the connection.
 */
#include "net/conn.h"

#include "net/port.h"
#include "net/pump.h"

#include <string.h>

void hf_conn_sleep(hf_conn *conn, uint64_t deadline)
{
    hf_pump_arm(conn);
    uint64_t now = hf_net_now(conn);
    int step = hf_conn_timeout(conn);
    int limit = hf_wait_ms(deadline, now);
    hf_net_wait(conn, limit < 0 || (step >= 0 && step < limit) ? step : limit);
}

/* What a call that cannot finish now returns; HF_OK: waited, look again. */
static hf_code wait_or_leave(hf_conn *conn, uint64_t deadline, uint32_t timeout_ms)
{
    if (timeout_ms == 0) {
        hf_pump_arm(conn);
        return HF_PENDING;
    }
    if (hf_deadline_passed(deadline, hf_net_now(conn))) {
        hf_pump_arm(conn);
        return conn->error.code != HF_OK ? (hf_code)conn->error.code : HF_E_TIMEOUT;
    }
    hf_conn_sleep(conn, deadline);
    return HF_OK;
}

hf_code hf_conn_wait(hf_conn *conn)
{
    hf_code code = hf_conn_advance(conn);
    while (code == HF_PENDING) {
        hf_conn_sleep(conn, 0);
        code = hf_conn_advance(conn);
    }
    hf_pump_arm(conn);
    return code;
}

/* Why nothing can be read or written in this state; HF_OK: it can. */
static hf_code obstacle(const hf_conn *conn)
{
    switch (conn->state) {
    case HF_CONN_CLOSED:
        return HF_E_CLOSED;
    case HF_CONN_FAILED:
        return (hf_code)conn->error.code;
    case HF_CONN_OPEN:
    case HF_CONN_LINGER:
        return HF_OK;
    default:
        return HF_E_USAGE;
    }
}

/* Copies data that the engine holds. */
static size_t take_data(hf_conn *conn, void *data, size_t cap)
{
    size_t have = 0;
    const uint8_t *from = hf_tls_data(&conn->tls, &have);
    size_t n = have < cap ? have : cap;
    if (n > 0) {
        memcpy(data, from, n);
        (void)hf_tls_data_done(&conn->tls, n); /* an error stands in wants() and in the next step */
    }
    return n;
}

static bool at_end(const hf_conn *conn)
{
    return conn->ended || (hf_tls_wants(&conn->tls) & HF_IS_CLOSED) != 0;
}

/* HF_OK with *len == 0: the peer's end. HF_PENDING: nothing yet. */
static hf_code read_once(hf_conn *conn, void *data, size_t cap, size_t *len)
{
    hf_code code = obstacle(conn);
    if (code == HF_E_USAGE || code == HF_E_CLOSED) {
        return code;
    }
    *len = conn->has_engine ? take_data(conn, data, cap) : 0;
    if (*len > 0 || code != HF_OK) {
        return *len > 0 ? HF_OK : code;
    }
    code = hf_conn_advance(conn);
    *len = take_data(conn, data, cap); /* data that came before an error are given out first */
    if (*len > 0 || (code == HF_OK && at_end(conn))) {
        return HF_OK;
    }
    return code == HF_OK ? HF_PENDING : code;
}

hf_code hf_conn_read(hf_conn *conn, void *data, size_t cap, size_t *len, uint32_t timeout_ms)
{
    *len = 0;
    uint64_t deadline = hf_deadline(hf_net_now(conn), timeout_ms);
    hf_code code = cap == 0 ? HF_E_USAGE : read_once(conn, data, cap, len);
    while (code == HF_PENDING) {
        code = wait_or_leave(conn, deadline, timeout_ms);
        if (code != HF_OK) {
            return code;
        }
        code = read_once(conn, data, cap, len);
    }
    if (code == HF_OK) {
        hf_pump_arm(conn);
    }
    return code;
}

/* Gives as much to the engine as it takes in one record. */
static hf_code give_data(hf_conn *conn, const uint8_t *data, size_t len, size_t *taken)
{
    size_t room = 0;
    uint8_t *to = hf_tls_room(&conn->tls, &room);
    size_t n = len < room ? len : room;
    *taken = 0;
    if (n == 0) {
        return HF_OK;
    }
    memcpy(to, data, n);
    hf_code code = hf_tls_room_done(&conn->tls, n);
    *taken = code == HF_OK || code == HF_PENDING ? n : 0;
    return code == HF_PENDING ? HF_OK : code;
}

static bool all_sent(const hf_conn *conn)
{
    return (hf_tls_wants(&conn->tls) & (HF_WANT_OUTPUT | HF_WANT_RUN)) == 0;
}

/* HF_OK: all was given to the engine and, when `flush`, sent. HF_PENDING: the socket is full. */
static hf_code write_once(hf_conn *conn, hf_span data, size_t *written, bool flush)
{
    size_t taken = 1;
    while (taken > 0) {
        hf_code code = conn->closing ? HF_E_CLOSED : obstacle(conn);
        if (code != HF_OK) {
            return code;
        }
        taken = 0;
        if (*written < data.len && conn->state == HF_CONN_OPEN) {
            code = give_data(conn, data.ptr + *written, data.len - *written, &taken);
            *written += taken;
        }
        bool failed = (hf_tls_wants(&conn->tls) & HF_IS_FAILED) != 0; /* the step reports it */
        if (code == HF_OK || failed) {
            code = hf_conn_advance(conn);
        }
        if (code == HF_OK && conn->write_error != 0) {
            code = HF_E_NETWORK; /* not recorded: the reason may stand behind data to be read */
        }
        if (code != HF_OK) {
            return code;
        }
    }
    return *written == data.len && (!flush || all_sent(conn)) ? HF_OK : HF_PENDING;
}

hf_code hf_conn_write(hf_conn *conn, const void *data, size_t len, size_t *written,
                      uint32_t timeout_ms)
{
    *written = 0;
    uint64_t deadline = hf_deadline(hf_net_now(conn), timeout_ms);
    const hf_span all = {data, len};
    hf_code code = write_once(conn, all, written, timeout_ms != 0);
    while (code == HF_PENDING) {
        code = wait_or_leave(conn, deadline, timeout_ms);
        if (code != HF_OK) {
            return code;
        }
        code = write_once(conn, all, written, timeout_ms != 0);
    }
    hf_pump_arm(conn);
    return code;
}

/* Throws away what the peer still says. */
static void discard(hf_conn *conn)
{
    size_t len = 0;
    (void)hf_tls_data(&conn->tls, &len);
    while (len > 0) {
        (void)hf_tls_data_done(&conn->tls, len);
        (void)hf_tls_data(&conn->tls, &len);
    }
}

/* close_notify once, and the end of our half when it has gone out. */
static void say_goodbye(hf_conn *conn)
{
    if (!conn->closing) {
        conn->closing = true;
        (void)hf_tls_close(&conn->tls);
    } else if (!conn->half_closed && all_sent(conn)) {
        conn->half_closed = true;
        hf_net_half_close(conn);
    }
}

/* HF_OK: both sides have ended. HF_PENDING: the peer has not yet. */
static hf_code shutdown_once(hf_conn *conn)
{
    bool again = true;
    while (again) {
        hf_code code = obstacle(conn);
        if (code != HF_OK) {
            return code;
        }
        if (conn->state == HF_CONN_OPEN) {
            say_goodbye(conn);
            discard(conn);
        }
        code = hf_conn_advance(conn);
        if (code != HF_OK) {
            return code;
        }
        bool more = (hf_tls_wants(&conn->tls) & HF_HAS_DATA) != 0;
        if (!more && at_end(conn) && (all_sent(conn) || conn->write_error != 0)) {
            return HF_OK;
        }
        again = more || (all_sent(conn) && !conn->half_closed);
    }
    return HF_PENDING;
}

hf_code hf_conn_shutdown(hf_conn *conn, uint32_t timeout_ms)
{
    uint64_t deadline = hf_deadline(hf_net_now(conn), timeout_ms);
    hf_code code = shutdown_once(conn);
    while (code == HF_PENDING) {
        code = wait_or_leave(conn, deadline, timeout_ms);
        if (code != HF_OK) {
            return code;
        }
        code = shutdown_once(conn);
    }
    return code;
}
