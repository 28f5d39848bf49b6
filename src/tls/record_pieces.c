/* Records larger than the input buffer, in pieces. See record_pieces.h.
 *
 * The content type of a sealed record stands at its end, behind the content and before any zeros.
 * So the last byte that is not zero is held back (`held`), and the zeros behind it are only counted
 * (`zeros`): both are handed on when a later byte shows that they were content.
 * What is handed on next, in this order: held_out (one byte), zeros_out (that many zeros), then
 * content_len bytes of the buffer.
 */
#include "tls/record_pieces.h"

#include "crypto/crypto.h"
#include "tls/tell.h"

#include <string.h>

hf_code hf_pieces_begin(hf_record_in *in, const uint8_t *header, uint32_t len)
{
    hf_code code = HF_OK;
    in->type = HF_CONTENT_HANDSHAKE; /* the only type that is taken in pieces; checked at the end */
    in->records++;
    in->body_left = len;
    if (in->sealed) {
        hf_record_protection with;
        in->body_left = len - HF_TAG_SIZE;
        hf_record_protect(&in->keys, true, header, in->body_left, &with);
        code = hf_aead_pieces_begin(&in->keys.aead, &in->pieces, with.nonce,
                                    (hf_span){with.ad, with.ad_len}, in->body_left);
    }
    in->inner_len = (uint16_t)in->body_left;
    in->state = HF_IN_PIECES;
    in->start += HF_RECORD_HEADER;
    in->content = in->start;
    in->content_len = 0;
    in->released = in->zeros = in->zeros_out = 0;
    in->held = in->held_out = 0;
    in->empty = 0;
    if (code == HF_OK && !in->sealed && hf_tells_records(in->owner)) {
        hf_tell_received_record(in, HF_RECORD_HEADER + len, false, (hf_span){NULL, len});
    }
    return code;
}

/* Chooses what of a decrypted piece may be handed on. */
static void hold_back(hf_record_in *in, const uint8_t *piece, uint32_t len)
{
    uint32_t last = len;
    while (last > 0 && piece[last - 1] == 0) {
        last--;
    }
    if (last == 0) {
        in->zeros = (uint16_t)(in->zeros + len);
        return;
    }
    in->held_out = in->held;
    in->zeros_out = in->zeros;
    in->content_len = last - 1;
    in->held = piece[last - 1];
    in->zeros = (uint16_t)(len - last);
}

static hf_code end_sealed(hf_record_in *in, uint32_t *detail)
{
    if (in->end - in->start < HF_TAG_SIZE) {
        return HF_PENDING;
    }
    hf_code code = hf_aead_pieces_end(&in->keys.aead, &in->pieces, in->buffer.ptr + in->start);
    in->start += HF_TAG_SIZE;
    in->keys.sequence++;
    in->type = in->held;
    if (code == HF_OK && hf_record_too_long(in)) {
        *detail = in->inner_len + HF_TAG_SIZE;
        code = HF_E_RECORD_OVERFLOW;
    }
    if (code == HF_OK && in->type == 0) {
        code = HF_E_RECORD_TYPE; /* RFC 8446 5.4: no content type at all */
    }
    return code;
}

static hf_code end_of_record(hf_record_in *in, uint32_t *detail)
{
    hf_code code = in->sealed ? end_sealed(in, detail) : HF_OK;
    if (code == HF_PENDING) {
        return code;
    }
    in->state = HF_IN_HEADER;
    in->content_len = 0;
    if (code == HF_OK && in->sealed && hf_tells_records(in->owner)) {
        hf_tell_received_record(in, HF_RECORD_HEADER + in->inner_len + HF_TAG_SIZE, true,
                                (hf_span){in->first, in->released});
    }
    return code;
}

hf_code hf_pieces_next(hf_record_in *in, uint32_t *detail)
{
    while (!hf_record_has_content(in)) {
        uint32_t have = in->end - in->start;
        uint32_t len = have < in->body_left ? have : in->body_left;
        if (in->body_left == 0) {
            return end_of_record(in, detail);
        }
        if (len == 0) {
            in->start = in->end = 0; /* everything was taken: the whole buffer is room again */
            return HF_PENDING;
        }
        uint8_t *piece = in->buffer.ptr + in->start;
        in->content = in->start;
        in->start += len;
        in->body_left -= len;
        if (!in->sealed) {
            in->content_len = len;
            continue;
        }
        hf_code code = hf_aead_pieces_next(&in->keys.aead, &in->pieces, piece, len);
        if (code != HF_OK) {
            return code;
        }
        hold_back(in, piece, len);
    }
    return HF_OK;
}

/* Of a whole record there is only the part in the buffer. */
hf_span hf_record_content(const hf_record_in *in)
{
    static const uint8_t ZEROS[32];
    if (in->held_out != 0) {
        return (hf_span){&in->held_out, 1};
    }
    if (in->zeros_out > 0) {
        return (hf_span){ZEROS, in->zeros_out < sizeof ZEROS ? in->zeros_out : sizeof ZEROS};
    }
    return (hf_span){in->buffer.ptr + in->content, in->content_len};
}

static void remember_first(hf_record_in *in, const uint8_t *ptr, size_t len)
{
    for (size_t i = 0; i < len && in->released + i < sizeof in->first; i++) {
        in->first[in->released + i] = ptr[i];
    }
}

void hf_record_take(hf_record_in *in, size_t len)
{
    if (len == 0) {
        return; /* the held byte stays */
    }
    remember_first(in, hf_record_content(in).ptr, len);
    in->released = (uint16_t)(in->released + len);
    if (in->held_out != 0) {
        in->held_out = 0;
    } else if (in->zeros_out > 0) {
        in->zeros_out = (uint16_t)(in->zeros_out - len);
    } else {
        in->content += (uint32_t)len;
        in->content_len -= (uint32_t)len;
    }
}
