/* hf_trace: what happens inside a connection, one event at a time.
 *
 * Events never carry a secret, and nothing of a record is reported before its tag was checked.
 * Spans in an event are borrowed for the time of the call.
 */
#ifndef HANDFAST_TRACE_H
#define HANDFAST_TRACE_H

#include <handfast/bytes.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hf_event_kind {
    HF_EVENT_CERTIFICATE, /* one of the peer's: number = depth, body = DER; empty for those after
                             the anchor, which are skipped */
} hf_event_kind;

typedef struct hf_event {
    hf_event_kind kind;
    uint32_t number;
    hf_span body;
} hf_event;

#ifdef __cplusplus
}
#endif
#endif
