/* Tries the peer's addresses as RFC 8305 (Happy Eyeballs 2) says; port-independent.
 *
 * In the flow: the resolver adds answers, also while attempts are under way; conn.c steps the dial
 * until one attempt has connected.
 */
#ifndef HF_NET_DIAL_H
#define HF_NET_DIAL_H

#include "net/port.h"

/* Adds an address unless it is there already or there is no room; others are dropped. */
void hf_answers_add(hf_answers *answers, const hf_ip *ip);
/* Whether an address is left that was not tried. */
bool hf_answers_left(const hf_answers *answers);

/* Begins attempts that are due and looks at those with news. HF_OK: conn->channel is connected and
 * all others are closed; HF_PENDING; or the best error, when nothing is left to try or hope for. */
hf_code hf_dial_step(hf_conn *conn, uint64_t now);
/* Whether the next attempt has a time: then it is dial.next_at. */
bool hf_dial_waits(const hf_conn *conn);
void hf_dial_cancel(hf_conn *conn);

#endif
