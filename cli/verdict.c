/* Waiting for the server's verdict. See verdict.h. */
#include "verdict.h"

#include <time.h>

#define VERDICT_MS 2000u /* and four round trips: how long a server may take to refuse us */

uint32_t cli_verdict_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u);
}

/* For the verdict, within what is left of the deadline. */
static uint32_t verdict_ms(const hf_conn *conn, uint32_t spent, uint32_t timeout)
{
    uint32_t left = spent < timeout ? timeout - spent : 1;
    uint32_t wait = VERDICT_MS + conn->stats.tcp_us / 1000u * 4u;
    return wait < left ? wait : left;
}

/* Whether an end without a word leaves the verdict open: the server's Finished of TLS 1.2, and any
 * record after the handshake, come from a server that has let us in. */
static bool is_decided(const hf_conn *conn, uint32_t records_before)
{
    return hf_tls_version(&conn->tls) == HF_TLS12 || hf_tls_records_in(&conn->tls) > records_before;
}

const char *cli_verdict_read(hf_conn *conn, uint32_t begin, uint32_t timeout)
{
    uint32_t wait = verdict_ms(conn, cli_verdict_clock() - begin, timeout);
    uint32_t records = hf_tls_records_in(&conn->tls);
    hf_code code = hf_conn_shutdown(conn, wait);
    switch (code) {
    case HF_OK:
        return conn->stats.clean_end ? "accepted: the server closed in order"
                                     : "accepted: the server closed, without close_notify";
    case HF_E_TRUNCATED:
        return "accepted: the server closed, without close_notify";
    case HF_PENDING:
    case HF_E_TIMEOUT:
        return is_decided(conn, records) ? "accepted: the server stays connected"
                                         : "accepted, as it seems: the server sent no refusal";
    case HF_E_NETWORK:
        return is_decided(conn, records) ? "accepted: the server reset the connection at the end"
                                         : NULL;
    default:
        return NULL;
    }
}
