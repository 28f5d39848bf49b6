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
    HF_EVENT_RECORD,      /* a record: code = content type, bytes = size on the wire */
    HF_EVENT_MESSAGE,     /* a handshake message: code = type, bytes = size with its header */
    HF_EVENT_CERTIFICATE, /* one of the peer's: code = depth, body = DER */
    HF_EVENT_ALERT,       /* code = description */
    HF_EVENT_KEYS,        /* keys changed: code = 0 receiving, 1 sending */
    HF_EVENT_WORK,        /* a public-key operation was done: code = hf_work */
} hf_event_kind;

typedef enum hf_work {
    HF_WORK_GENERATE,
    HF_WORK_AGREE,
    HF_WORK_VERIFY,
    HF_WORK_SIGN,
} hf_work;

typedef struct hf_event {
    hf_event_kind kind;
    uint32_t code;
    uint32_t bytes;
    uint8_t sent;   /* 1: from us to the peer; 0: received */
    uint8_t sealed; /* 1: the record was encrypted */
    hf_span body;
} hf_event;

#ifdef __cplusplus
}
#endif
#endif
