/* Whole handshake messages from the pieces in which events tell them.
 *
 * In the flow: between events and whoever wants messages whole. Messages do not interleave, so one
 * buffer does; a message that comes in one piece is not copied at all.
 */
#ifndef HF_TRACE_GATHER_H
#define HF_TRACE_GATHER_H

#include <handfast/trace.h>

/* `memory` is the caller's; a message longer than it is given cut off. */
typedef struct hf_gather {
    hf_space memory;
    size_t have;
} hf_gather;

/* Takes any event. True: it was a message's last piece, and *body is the message without its
 * header: borrowed until the next event. body->len < event->size when it did not fit, or when the
 * message was told without its body. */
bool hf_gather_message(hf_gather *gather, const hf_event *event, hf_span *body);

#endif
