/* The driver, sending side: writes the messages of our own rows and cuts them into records. See
 * handshake.h.
 *
 * A message is written into the slot, hashed, and copied into records as there is room, so a
 * message may be longer than the output buffer. A Certificate is not written anywhere as a whole:
 * it is a row of parts, hashed and copied one after the other.
 */
#include "tls/handshake.h"
#include "tls/record.h"
#include "tls/tell.h"

#include "tls/keys/transcript.h"

#include <string.h>

#define SMALLEST_FRAGMENT 128u

bool hf_driver_mine(const hf_handshake *hs)
{
    if (hs->phase == HF_PHASE_EMIT) {
        return true;
    }
    if (hs->phase != HF_PHASE_IDLE || hs->header_have > 0) {
        return false;
    }
    const hf_row *row = hf_flow_row(hs->version, hs->row);
    return row != NULL && row->sender == hs->role;
}

static void hash_part(hf_handshake *hs, const hf_row *row, hf_span part)
{
    if (row->message != HF_CCS) {
        hf_tell_sent(hs, hs->out.index < 2, part);
    }
    /* The first ClientHello waits in the slot until the suite names the hash. */
    if (row->message != HF_CCS && hf_transcript_started(&hs->transcript)) {
        hf_hash_handshake(hs, part.ptr, part.len);
    }
}

/* Where a message of ours that is no row of parts was written. */
static bool hello_part(const hf_handshake *hs, unsigned index, hf_span *part)
{
    return hf_hello_part(hs, hf_driver_scratch(hs).ptr, index, part);
}

static hf_certificate_out our_certificate(const hf_handshake *hs)
{
    const hf_identity *it = hs->identity;
    bool server = hf_is_server(hs);
    bool send = server || (hs->facts & HF_FACT_CLIENT_CERT) != 0;
    bool raw = hs->our_type == HF_TYPE_RAW_PUBLIC_KEY;
    bool staple =
        server && !raw && hf_runs13(hs) && (hs->answers & HF_EXT_BIT(STATUS_REQUEST)) != 0;
    return (hf_certificate_out){
        .version = hs->version,
        .chain = raw ? &it->raw_key : it->chain,
        .count = !send ? 0
                 : raw ? 1
                       : it->chain_count,
        .raw_key = raw,
        .staple = staple ? it->staple : (hf_span){NULL, 0},
    };
}

/* The next part of the message at work; false when there is none. */
static bool next_part(hf_handshake *hs, const hf_row *row)
{
    hf_outgoing *out = &hs->out;
    bool there = false;
    if (row->message == HF_CERTIFICATE) {
        hf_certificate_out certificate = our_certificate(hs);
        there = hf_certificate_part(&certificate, out->index, out->scratch, &out->part);
    } else if (row->message == HF_CLIENT_HELLO) {
        there = hello_part(hs, out->index, &out->part);
    } else if (HF_HAS_SERVER && row->message == HF_CERTIFICATE_STATUS) {
        there =
            hf_certificate_status_part(hs->identity->staple, out->index, out->scratch, &out->part);
    }
    if (!there) {
        return false;
    }
    out->index++;
    hash_part(hs, row, out->part);
    return true;
}

static hf_code write_message(hf_handshake *hs, const hf_row *row)
{
    hs->step = row->message;
    hs->out.index = 0;
    hs->out.part = (hf_span){NULL, 0};
    if ((row->flags & HF_ROW_PARTS) == 0) {
        hf_space scratch = hf_driver_scratch(hs);
        hf_writer w = hf_write_to(scratch.ptr, scratch.cap);
        hf_code code = hf_our_steps(hs, row)->send(hs, &w);
        if (code != HF_OK) {
            return code;
        }
        if (w.bad) {
            hs->detail = (uint32_t)(w.len + hs->reserved);
            return row->message == HF_CLIENT_HELLO ? HF_E_HELLO_TOO_LARGE : HF_E_MEMORY_TOO_SMALL;
        }
        if (row->message != HF_CLIENT_HELLO) { /* which may have a part that stands apart */
            hs->out.part = (hf_span){scratch.ptr, w.len};
            hash_part(hs, row, hs->out.part);
        }
    }
    hs->phase = HF_PHASE_EMIT;
    return HF_OK;
}

/* What is still to come of the message at work, where that is known: not in the middle of one that
 * is written in parts. */
static size_t left_of_message(const hf_handshake *hs, const hf_row *row)
{
    bool first = hs->out.index == 1 && hs->out.part.ptr == hs->out.scratch;
    if (row->message == HF_CERTIFICATE && first) {
        const hf_certificate_out certificate = our_certificate(hs);
        return HF_MESSAGE_HEADER + hf_certificate_body_len(&certificate);
    }
    if (row->message == HF_CLIENT_HELLO) {
        size_t left = hs->out.part.len;
        hf_span part;
        for (unsigned i = hs->out.index; hello_part(hs, i, &part); i++) {
            left += part.len;
        }
        return left;
    }
    return hs->out.part.len;
}

/* HF_PENDING: wait for output to be taken rather than cut the message at work here. It may be cut
 * (RFC 8446 5.1), but many a peer cannot put it together, so it stays whole if a record can hold
 * it. A larger Certificate is cut wherever a record is full, unless that would make a tiny record.
 */
static hf_code may_cut(const hf_handshake *hs, const hf_row *row, hf_record_out *out, size_t room)
{
    hf_code code = HF_OK;
    size_t left = left_of_message(hs, row);
    bool parts = (row->flags & HF_ROW_PARTS) != 0;
    bool whole = !parts || (left > hs->out.part.len && left <= hf_record_capacity(out));
    if (room >= left) {
        return HF_OK;
    }
    if (whole) {
        code = hf_record_flush(out);
    }
    bool tiny = room < SMALLEST_FRAGMENT && out->open_len == 0;
    bool wait = (whole || tiny) && !hf_record_drained(out);
    return code == HF_OK && wait ? HF_PENDING : code;
}

/* Copies parts into records; HF_PENDING when there is no more room. */
static hf_code emit_parts(hf_handshake *hs, const hf_row *row, hf_record_out *out)
{
    uint8_t type = row->message == HF_CCS ? HF_CHANGE_CIPHER_SPEC : HF_CONTENT_HANDSHAKE;
    hf_span *part = &hs->out.part;
    while (part->len > 0 || next_part(hs, row)) {
        if (part->len == 0) {
            continue;
        }
        hf_space room;
        hf_code code = hf_record_room(out, type, &room);
        if (code == HF_OK) {
            code = room.cap == 0 ? HF_PENDING : may_cut(hs, row, out, room.cap);
        }
        if (code != HF_OK) {
            return code;
        }
        size_t len = room.cap < part->len ? room.cap : part->len;
        memcpy(room.ptr, part->ptr, len);
        hf_record_append(out, len);
        part->ptr += len;
        part->len -= len;
    }
    return HF_OK;
}

static hf_code send_row(hf_handshake *hs, const hf_row *row, hf_record_out *out)
{
    const hf_row_steps *steps = hf_our_steps(hs, row);
    hf_code code = hs->phase == HF_PHASE_IDLE ? write_message(hs, row) : HF_OK;
    if (code != HF_OK) {
        return code;
    }
    code = emit_parts(hs, row, out);
    if (code == HF_PENDING) {
        return HF_OK;
    }
    if (code == HF_OK && (row->flags & HF_ROW_FLUSH) != 0) {
        code = hf_record_flush(out);
    }
    if (code == HF_OK && steps->after != NULL) {
        code = steps->after(hs);
    }
    if (code == HF_OK && (hs->effects & HF_EFFECT_TX_KEYS) != 0) {
        code = hf_record_flush(out); /* RFC 8446 5.1: no record crosses a change of keys */
    }
    if (code == HF_OK) {
        hs->phase = HF_PHASE_IDLE;
        hs->row++;
        (void)hf_driver_row(hs);
    }
    return code;
}

hf_code hf_driver_send(hf_handshake *hs, hf_record_out *out)
{
    hf_code code = hs->authorise_due ? hf_ask_authorise(hs) : HF_OK;
    hs->authorise_due = hs->authorise_due && code == HF_PENDING;
    while (code == HF_OK && hs->effects == 0 && hf_driver_mine(hs)) {
        uint8_t row_before = hs->row;
        code = send_row(hs, hf_driver_row(hs), out);
        if (hs->row == row_before) {
            break; /* no room, or waiting */
        }
    }
    return code;
}
