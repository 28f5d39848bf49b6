/* From the host's name to addresses; port-independent.
 *
 * In the flow: conn.c starts and steps it, also while attempts are under way. Answers are added to
 * conn->answers as they arrive; lookup.running counts the questions still open, lookup.code says
 * why nothing was found.
 */
#ifndef HF_NET_LOOKUP_H
#define HF_NET_LOOKUP_H

#include "net/port.h"

hf_code hf_lookup_start(hf_conn *conn);
void hf_lookup_step(hf_conn *conn, uint64_t now);
void hf_lookup_cancel(hf_conn *conn);
uint64_t hf_lookup_timeout(const hf_conn *conn, uint64_t now); /* time of its next step; 0: none */

/* For the port: a question has its answer. HF_OK: its addresses were added; or why there are none:
 * HF_E_RESOLVE_NOT_FOUND, HF_E_RESOLVE_FAILED. */
void hf_lookup_answered(hf_question *question, hf_code code);

#endif
