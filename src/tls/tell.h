/* Telling what happens: the one way from the engine to hf_config.trace (include/handfast/trace.h).
 *
 * In the flow: called where something has happened; nothing comes back. Each call is a test of one
 * pointer when nobody listens, and nothing at all in a build without HF_TRACE, which leaves tell.c
 * and tell_decisions.c out.
 */
#ifndef HF_TLS_TELL_H
#define HF_TLS_TELL_H

#include "tls/record.h"

#include <handfast/tls_state.h>
#include <handfast/trace.h>

static inline bool hf_tells(const hf_config *config)
{
    return HF_TRACE && config != NULL && config->trace != NULL;
}

/* ---- tell.c, tell_decisions.c: behind the calls below. Without HF_TRACE nothing, also where no
 * optimizer would drop a call that is never made. */
#if HF_TRACE
void hf_tell_event(const hf_tls *tls, hf_event event);
void hf_tell_received_piece(hf_handshake *hs, size_t offset, hf_span piece);
void hf_tell_sent_part(hf_handshake *hs, bool first, hf_span part);
void hf_tell_new_keys(const hf_tls *tls, bool sent, hf_epoch_kind epoch);
void hf_tell_decisions(const hf_handshake *hs, uint8_t message);
void hf_tell_received_record(const hf_record_in *in, uint32_t size, bool sealed, hf_span content);
void hf_tell_sent_record(const hf_record_out *out, uint32_t size, bool sealed, hf_span content);
void hf_tell_untold(hf_tls *tls);
void hf_tell_done_work(hf_handshake *hs, hf_work work, uint16_t number);
#else
#include "tls/tell_none.h"
#endif

/* ---- what the engine calls */
static inline void hf_tell(const hf_tls *tls, hf_event_kind kind, uint8_t type, uint32_t number)
{
    if (hf_tells(tls->config)) {
        hf_tell_event(tls, (hf_event){.kind = (uint8_t)kind, .type = type, .number = number});
    }
}

static inline void hf_tell_bytes(const hf_tls *tls, bool sent, hf_span bytes)
{
    if (hf_tells(tls->config) && bytes.len > 0) {
        hf_tell_event(tls, (hf_event){.kind = HF_EVENT_BYTES, .sent = sent, .body = bytes});
    }
}

/* `tls` is the record's owner; NULL where a record layer stands alone. */
static inline bool hf_tells_records(const hf_tls *tls)
{
    return HF_TRACE && tls != NULL && hf_tells(tls->config);
}

/* A piece of a message that came in. */
static inline void hf_tell_received(hf_handshake *hs, size_t offset, hf_span piece)
{
    if (hf_tells(hs->config)) {
        hf_tell_received_piece(hs, offset, piece);
    }
}

/* A part of a message of ours was made. */
static inline void hf_tell_sent(hf_handshake *hs, bool first, hf_span part)
{
    if (hf_tells(hs->config)) {
        hf_tell_sent_part(hs, first, part);
    }
}

/* A message that came in was dealt with: what was decided by it. What we send was decided when we
 * received. */
static inline void hf_tell_over(const hf_handshake *hs, uint8_t message)
{
    if (hf_tells(hs->config) && !hs->tentative) {
        hf_tell_decisions(hs, message);
    }
}

static inline void hf_tell_error(const hf_tls *tls, const hf_error *error)
{
    if (hf_tells(tls->config)) {
        hf_tell_event(tls,
                      (hf_event){.kind = HF_EVENT_ERROR, .number = error->code, .error = error});
    }
}

/* What was kept back of a record that is authentic now. */
static inline void hf_tell_pieces(hf_tls *tls)
{
    if (tls->handshake.untold_count > 0 && hf_tells(tls->config)) {
        hf_tell_untold(tls);
    }
}

static inline void hf_tell_work(hf_handshake *hs, hf_work work, uint16_t number)
{
    if (hf_tells(hs->config)) {
        hf_tell_done_work(hs, work, number);
    }
}

/* A client's session was kept, for that many seconds. */
static inline void hf_tell_session(const hf_handshake *hs, uint32_t lifetime)
{
    hf_tell(hs->tls, HF_EVENT_DECISION, HF_DECIDED_SESSION, lifetime);
}

static inline void hf_tell_keys(const hf_tls *tls, bool sent, hf_epoch_kind epoch)
{
    if (hf_tells(tls->config)) {
        hf_tell_new_keys(tls, sent, epoch);
    }
}

#endif
