/* Once more without the session: a server that cannot cope with the one that was offered must not
 * cost the program its connection.
 *
 * In the flow: conn.c comes here when the handshake has failed, at most once, and goes on with
 * dialling the address that had answered. The deadline stays what it was.
 */
#include "net/conn.h"

#include "net/dial.h"
#include "net/open.h"
#include "net/pump.h"
#include "tls/tell.h"

#include <string.h>

bool hf_conn_blames_session(const hf_conn *conn)
{
    bool cut = conn->error.code == HF_E_CLOSED_IN_HANDSHAKE && hf_tls_version(&conn->tls) == 0 &&
               hf_tls_offered_session(&conn->tls); /* a reset is not the engine's to see */
    bool dialled = conn->stats.attempts > 0;       /* not given by the program */
    return dialled && !conn->stats.again && (cut || hf_tls_blames_session(&conn->tls));
}

/* What belongs to the TCP connection that has failed. */
static void forget_transport(hf_conn *conn)
{
    const hf_ip peer = conn->stats.peer;
    hf_net_close(conn);
    memset(&conn->answers, 0, sizeof conn->answers);
    hf_answers_add(&conn->answers, &peer);
    conn->dial.count = 0;
    conn->dial.code = HF_OK;
    conn->dial.system = 0;
    conn->prepared = 0;
    conn->write_error = 0;
    conn->blocked = conn->last_sent = conn->ended = conn->half_closed = conn->held = false;
}

hf_code hf_conn_again(hf_conn *conn, uint64_t now)
{
    hf_pump_flush(conn); /* our alert, if there is one */
    forget_transport(conn);
    hf_error_clear(&conn->error);
    conn->stats.again = true;
    conn->stage_began = now;
    hf_code code = hf_tls_again(&conn->tls);
    if (code != HF_OK) {
        return hf_conn_engine_failed(conn, code, HF_STAGE_SETUP);
    }
    conn->state = HF_CONN_DIAL;
    hf_tell(&conn->tls, HF_EVENT_STAGE, HF_STAGE_TCP, HF_PENDING);
    return HF_OK;
}
