/* Events of bytes, records, messages and keys. See tell.h; decisions are in tell_decisions.c. */
#include "tls/tell.h"

#include "tls/keys/suite.h"
#include "tls/message/message.h"

void hf_tell_event(const hf_tls *tls, hf_event event)
{
    event.tls = tls;
    tls->config->trace(tls->config->trace_ctx, &event);
}

/* Of records only alerts and change_cipher_spec are shown. `content.len` counts in any case. */
static void tell_record(const hf_tls *tls, hf_event event, hf_span content)
{
    bool shown = event.type == HF_CONTENT_ALERT || event.type == HF_CHANGE_CIPHER_SPEC;
    event.kind = HF_EVENT_RECORD;
    event.content = (uint32_t)content.len;
    if (shown && content.len <= 2) {
        event.body = content;
    }
    hf_tell_event(tls, event);
}

void hf_tell_received_record(const hf_record_in *in, uint32_t size, bool sealed, hf_span content)
{
    tell_record(
        in->owner,
        (hf_event){.type = in->type, .number = in->records - 1, .size = size, .sealed = sealed},
        content);
}

void hf_tell_sent_record(const hf_record_out *out, uint32_t size, bool sealed, hf_span content)
{
    tell_record(out->owner,
                (hf_event){.type = out->open_type,
                           .sent = true,
                           .number = out->records - 1,
                           .size = size,
                           .sealed = sealed},
                content);
}

static void tell_work(const hf_handshake *hs, hf_work work, uint16_t number)
{
    hf_tell_event(hs->tls,
                  (hf_event){.kind = HF_EVENT_WORK, .type = (uint8_t)work, .number = number});
}

static void tell_message(const hf_handshake *hs, hf_event event)
{
    event.kind = HF_EVENT_MESSAGE;
    hf_tell_event(hs->tls, event);
}

/* ---- what a record brought whose tag is not checked yet (opened in pieces) */

#define UNTOLD_WORK 0x80u /* with the hf_work; a message's type alone is smaller */

static void tell_later(hf_handshake *hs, uint8_t what)
{
    if (hs->untold_count < sizeof hs->untold) {
        hs->untold[hs->untold_count++] = what;
    }
}

/* What was decided stands in the handshake still. */
static void tell_now(hf_handshake *hs, uint8_t what)
{
    if ((what & UNTOLD_WORK) != 0) {
        hf_work work = (hf_work)(what & ~UNTOLD_WORK);
        tell_work(hs, work, work == HF_WORK_VERIFY ? hs->peer_scheme : 0);
    } else {
        tell_message(hs, (hf_event){.type = what, .pieces = true});
        hf_tell_decisions(hs, what);
    }
}

void hf_tell_untold(hf_tls *tls)
{
    hf_handshake *hs = &tls->handshake;
    for (unsigned i = 0; i < hs->untold_count; i++) {
        tell_now(hs, hs->untold[i]);
    }
    hs->untold_count = 0;
}

void hf_tell_done_work(hf_handshake *hs, hf_work work, uint16_t number)
{
    if (hs->tentative) {
        tell_later(hs, (uint8_t)(UNTOLD_WORK | work));
    } else {
        tell_work(hs, work, number);
    }
}

/* Its header stands in hs->header. */
void hf_tell_received_piece(hf_handshake *hs, size_t offset, hf_span piece)
{
    if (!hs->tentative) {
        tell_message(hs, (hf_event){.type = hs->header[0],
                                    .size = hs->body_len,
                                    .offset = (uint32_t)offset,
                                    .body = piece});
    } else if (offset + piece.len == hs->body_len) {
        tell_later(hs, hs->header[0]);
    }
}

/* Parts come in order, the first one with the header; tickets of TLS 1.3 are several messages in
 * one. While we send, nothing comes in: body_len and body_have count what is told. */
void hf_tell_sent_part(hf_handshake *hs, bool first, hf_span part)
{
    if (first) {
        hs->body_len = hs->body_have = 0;
    }
    while (part.len > 0) {
        bool begins = hs->body_have == hs->body_len;
        if (begins && part.len < HF_MESSAGE_HEADER) {
            return;
        }
        if (begins) {
            hs->told = part.ptr[0];
            hs->body_len = (uint32_t)part.ptr[1] << 16 | (uint32_t)part.ptr[2] << 8 | part.ptr[3];
            hs->body_have = 0;
            part.ptr += HF_MESSAGE_HEADER;
            part.len -= HF_MESSAGE_HEADER;
        }
        size_t left = hs->body_len - hs->body_have;
        hf_span piece = {part.ptr, part.len < left ? part.len : left};
        tell_message(hs, (hf_event){.type = hs->told,
                                    .sent = true,
                                    .size = hs->body_len,
                                    .offset = hs->body_have,
                                    .body = piece});
        hs->body_have += (uint32_t)piece.len;
        part.ptr += piece.len;
        part.len -= piece.len;
    }
}

void hf_tell_new_keys(const hf_tls *tls, bool sent, hf_epoch_kind epoch)
{
    hf_tell_event(tls, (hf_event){.kind = HF_EVENT_KEYS,
                                  .type = (uint8_t)epoch,
                                  .sent = sent,
                                  .number = tls->handshake.suite->id});
}
