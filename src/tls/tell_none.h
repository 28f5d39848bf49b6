/* A build without events: what stands for tell.c and tell_decisions.c (tell.h includes this).
 */
#ifndef HF_TLS_TELL_NONE_H
#define HF_TLS_TELL_NONE_H

#include "tls/record.h"

#include <handfast/tls_state.h>
#include <handfast/trace.h>

static inline void hf_tell_event(const hf_tls *tls, hf_event event)
{
    (void)tls;
    (void)event;
}

static inline void hf_tell_received_piece(hf_handshake *hs, size_t offset, hf_span piece)
{
    (void)hs;
    (void)offset;
    (void)piece;
}

static inline void hf_tell_sent_part(hf_handshake *hs, bool first, hf_span part)
{
    (void)hs;
    (void)first;
    (void)part;
}

static inline void hf_tell_new_keys(const hf_tls *tls, bool sent, hf_epoch_kind epoch)
{
    (void)tls;
    (void)sent;
    (void)epoch;
}

static inline void hf_tell_decisions(const hf_handshake *hs, uint8_t message)
{
    (void)hs;
    (void)message;
}

static inline void hf_tell_received_record(const hf_record_in *in, uint32_t size, bool sealed,
                                           hf_span content)
{
    (void)in;
    (void)size;
    (void)sealed;
    (void)content;
}

static inline void hf_tell_sent_record(const hf_record_out *out, uint32_t size, bool sealed,
                                       hf_span content)
{
    (void)out;
    (void)size;
    (void)sealed;
    (void)content;
}

static inline void hf_tell_untold(hf_tls *tls)
{
    (void)tls;
}

static inline void hf_tell_done_work(hf_handshake *hs, hf_work work, uint16_t number)
{
    (void)hs;
    (void)work;
    (void)number;
}

#endif
