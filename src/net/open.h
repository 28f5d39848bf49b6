/* The way to the peer, while there is none: the states HF_CONN_RESOLVE and HF_CONN_DIAL.
 *
 * In the flow: below conn.c. A port without names and addresses is built with open_none.c instead.
 */
#ifndef HF_NET_OPEN_H
#define HF_NET_OPEN_H

#include "net/port.h"

/* HF_OK: the state has changed, go on; HF_PENDING: nothing more without waiting; or the error. */
hf_code hf_open_step(hf_conn *conn, uint64_t now);
/* The time at which it is due without news; 0: never. */
uint64_t hf_open_due(const hf_conn *conn, uint64_t now);
void hf_open_cancel(hf_conn *conn); /* in every state */

/* again.c: the handshake has failed, and the session that was offered may be why: dials once more
 * without it. HF_OK: the state is HF_CONN_DIAL again. */
bool hf_conn_blames_session(const hf_conn *conn);
hf_code hf_conn_again(hf_conn *conn, uint64_t now);

#endif
