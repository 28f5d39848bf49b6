/* Sending side of the record layer: fill, seal, hand out. See record.h.
 *
 * buffer: [0, sent) taken | [sent, end) ready | open record: header, explicit nonce, open_len bytes
 * of plaintext | room for the tag and for one alert. Invariant: unless an alert was written,
 * HF_ALERT_ROOM bytes stay free behind everything else.
 */
#include "tls/record.h"

#include "crypto/crypto.h"
#include "tls/tell.h"
#include "wire/secret.h"

#include <string.h>

void hf_record_out_init(hf_record_out *out, hf_space buffer)
{
    memset(out, 0, sizeof *out);
    out->buffer = buffer;
    out->limit = HF_PLAINTEXT_MAX;
}

/* RFC 8446 5: the change_cipher_spec of compatibility mode is never protected. */
static bool is_sealed(const hf_record_out *out)
{
    bool dummy = out->version13 && out->open_type == HF_CHANGE_CIPHER_SPEC;
    return out->keys.active && !dummy;
}

static size_t front_size(const hf_record_out *out)
{
    return HF_RECORD_HEADER + (is_sealed(out) ? hf_record_explicit(&out->keys) : 0u);
}

/* Bytes behind the content: TLS 1.3's inner content type, and the tag. */
static size_t back_size(const hf_record_out *out)
{
    if (!is_sealed(out)) {
        return 0;
    }
    return HF_TAG_SIZE + (out->version13 ? 1u : 0u);
}

size_t hf_record_plaintext_limit(const hf_record_out *out)
{
    return out->limit;
}

/* Moves what is ready to the front, once part of it was taken. */
static void compact(hf_record_out *out)
{
    if (out->sent > 0 && out->open_len == 0) {
        memmove(out->buffer.ptr, out->buffer.ptr + out->sent, out->end - out->sent);
        out->end -= out->sent;
        out->sent = 0;
        out->lent = false;
    }
}

/* Content that still fits into a record that begins at `at` and has `filled` bytes of it. */
static size_t room_in_record(const hf_record_out *out, size_t at, size_t filled)
{
    size_t used = at + front_size(out) + filled + back_size(out) + HF_ALERT_ROOM;
    size_t room = used < out->buffer.cap ? out->buffer.cap - used : 0;
    size_t left = out->limit - filled;
    return room < left ? room : left;
}

size_t hf_record_capacity(const hf_record_out *out)
{
    return room_in_record(out, 0, 0);
}

size_t hf_record_free(const hf_record_out *out)
{
    return room_in_record(out, out->end, out->open_len);
}

bool hf_record_drained(const hf_record_out *out)
{
    return out->sent == out->end;
}

hf_code hf_record_room(hf_record_out *out, uint8_t type, hf_space *room)
{
    hf_code code = HF_OK;
    bool other = out->open_type != type || hf_record_free(out) == 0;
    *room = (hf_space){NULL, 0};
    if (out->open_len > 0 && other) {
        code = hf_record_flush(out);
    }
    compact(out);
    out->open_type = type;
    size_t cap = code == HF_OK ? hf_record_free(out) : 0;
    if (cap > 0) {
        room->ptr = out->buffer.ptr + out->end + front_size(out) + out->open_len;
        room->cap = cap;
    }
    return code;
}

void hf_record_append(hf_record_out *out, size_t len)
{
    out->open_len += (uint32_t)len;
}

static void write_header(uint8_t *at, uint8_t type, uint16_t version, size_t len)
{
    at[0] = type;
    at[1] = (uint8_t)(version >> 8);
    at[2] = (uint8_t)version;
    at[3] = (uint8_t)(len >> 8);
    at[4] = (uint8_t)len;
}

/* Protects `len` bytes of content, which stand behind their header and have room behind them. */
static hf_code seal(hf_record_out *out, uint8_t *header, uint8_t *content, size_t len)
{
    hf_record_protection with;
    hf_record_keys *keys = &out->keys;
    if (out->version13) { /* RFC 8446 5.2: the content type goes inside */
        content[len++] = out->open_type;
    }
    if (hf_record_explicit(keys) > 0) { /* RFC 9325 7.2.1: the sequence number */
        hf_record_sequence(keys, header + HF_RECORD_HEADER);
    }
    hf_record_protect(keys, out->version13, header, (uint32_t)len, &with);
    keys->sequence++;
    return hf_aead_seal(&keys->aead, with.nonce, (hf_span){with.ad, with.ad_len}, content, len,
                        content + len);
}

hf_code hf_record_flush(hf_record_out *out)
{
    size_t len = out->open_len;
    if (len == 0) {
        return HF_OK;
    }
    uint8_t *header = out->buffer.ptr + out->end;
    uint8_t *content = header + front_size(out);
    size_t size = front_size(out) + len + back_size(out);
    const uint8_t shown[2] = {content[0], len > 1 ? content[1] : 0}; /* of an alert */
    bool sealed = is_sealed(out);
    hf_code code = HF_OK;
    out->lent = false;
    /* RFC 8446 5.1: the first ClientHello may say 0x0301 for the sake of old servers. */
    write_header(header, sealed && out->version13 ? HF_CONTENT_DATA : out->open_type,
                 out->first_written || sealed ? HF_TLS12 : 0x0301, size - HF_RECORD_HEADER);
    if (sealed) {
        code = seal(out, header, content, len);
    }
    if (code != HF_OK) { /* what is not sealed must not be sent */
        hf_wipe(header, size);
        out->open_len = 0;
        return code;
    }
    out->first_written = true;
    out->records++;
    if (hf_tells_records(out->owner)) {
        hf_tell_sent_record(out, (uint32_t)size, sealed, (hf_span){shown, len});
    }
    out->end += (uint32_t)size;
    out->open_len = 0;
    return code;
}

hf_code hf_record_alert(hf_record_out *out, uint8_t level, uint8_t description)
{
    (void)hf_record_flush(out); /* RFC 8446 5.1: it may hold the end of a message begun earlier */
    compact(out);
    if (out->buffer.cap - out->end < HF_ALERT_ROOM) {
        return HF_OK; /* one alert stands there already and nobody has taken it */
    }
    out->open_type = HF_CONTENT_ALERT;
    uint8_t *content = out->buffer.ptr + out->end + front_size(out);
    content[0] = level;
    content[1] = description;
    out->open_len = 2;
    return hf_record_flush(out);
}
