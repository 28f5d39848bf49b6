/* DER on top of the wire reader: see der.h. */
#include "x509/der.h"

#include <string.h>

bool hf_span_same(hf_span a, hf_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

uint8_t hf_der_last_of_arc(hf_span oid, const uint8_t *arc, size_t len)
{
    bool within = oid.len == len + 1 && memcmp(oid.ptr, arc, len) == 0;
    return within ? oid.ptr[len] : 0;
}

bool hf_der_next_is(const hf_reader *r, unsigned tag)
{
    return hf_read_left(r) > 0 && *r->at == tag;
}

/* X.690 10.1: definite form, as few length bytes as possible. Three bytes are enough for a TLS
 * message. A length that is wrong fits nowhere. */
static size_t read_length(hf_reader *r)
{
    unsigned first = hf_read_u8(r);
    if (first < 0x80) {
        return first;
    }
    const uint8_t *bytes = r->at;
    unsigned count = first - 0x80;
    size_t len = count >= 1 && count <= 3 ? hf_read_number(r, count) : 0;
    return len >= 0x80 && *bytes != 0 ? len : SIZE_MAX;
}

/* Moves from a value's header to its content; how long that is. One that is wrong is not begun. */
static size_t read_header(hf_reader *r, unsigned tag)
{
    const uint8_t *start = r->at;
    size_t len = hf_read_u8(r) == tag ? read_length(r) : SIZE_MAX;
    if (r->bad || len > hf_read_left(r)) {
        r->at = start;
        r->bad = true;
        return 0;
    }
    return len;
}

hf_span hf_der_read(hf_reader *r, unsigned tag)
{
    return hf_read_bytes(r, read_header(r, tag));
}

hf_span hf_der_read_any(hf_reader *r, uint8_t *tag)
{
    *tag = hf_read_left(r) > 0 ? *r->at : 0;
    if ((*tag & 0x1f) == 0x1f) {
        hf_read_spoil(r); /* tag numbers above 30 stand nowhere in X.509 */
    }
    hf_span content = hf_der_read(r, *tag);
    *tag = r->bad ? 0 : *tag;
    return content;
}

hf_span hf_der_read_raw(hf_reader *r, unsigned tag)
{
    const uint8_t *start = r->at;
    hf_der_skip(r, tag);
    return (hf_span){.ptr = start, .len = (size_t)(r->at - start)};
}

void hf_der_skip(hf_reader *r, unsigned tag)
{
    (void)hf_der_read(r, tag);
}

void hf_der_skip_optional(hf_reader *r, unsigned tag)
{
    if (hf_der_next_is(r, tag)) {
        hf_der_skip(r, tag);
    }
}

void hf_der_skip_rest(hf_reader *r)
{
    (void)hf_read_bytes(r, hf_read_left(r));
}

const uint8_t *hf_der_enter(hf_reader *r, unsigned tag)
{
    const uint8_t *outer_end = r->end;
    size_t len = read_header(r, tag);
    if (!r->bad) {
        r->end = r->at + len;
    }
    return outer_end;
}

const uint8_t *hf_der_enter_optional(hf_reader *r, unsigned tag)
{
    return hf_der_next_is(r, tag) ? hf_der_enter(r, tag) : NULL;
}

void hf_der_leave(hf_reader *r, const uint8_t *outer_end)
{
    r->bad = !hf_read_done(r);
    r->end = outer_end;
}

/* Turns the reader bad at the value that begins at `start`, and gives nothing. */
static hf_span refuse(hf_reader *r, const uint8_t *start)
{
    hf_read_spoil_at(r, start);
    return (hf_span){.ptr = start, .len = 0};
}

bool hf_der_read_boolean(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read(r, HF_DER_BOOLEAN);
    unsigned value = content.len == 1 ? content.ptr[0] : 1;
    if (value != 0x00 && value != 0xff) {
        hf_read_spoil_at(r, start); /* X.690 11.1 */
    }
    return value == 0xff;
}

hf_span hf_der_read_integer(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read(r, HF_DER_INTEGER);
    if (content.len == 0) {
        return refuse(r, start);
    }
    /* X.690 8.3.2: the first nine bits are neither all ones nor all zeros. */
    unsigned nine = content.len > 1 ? (unsigned)(content.ptr[0] << 1 | content.ptr[1] >> 7) : 1;
    return nine == 0 || nine == 0x1ff ? refuse(r, start) : content;
}

hf_span hf_der_read_unsigned(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read_integer(r);
    if (content.len > 1 && content.ptr[0] == 0) {
        return (hf_span){.ptr = content.ptr + 1, .len = content.len - 1};
    }
    bool positive = content.len > 0 && content.ptr[0] > 0 && content.ptr[0] < 0x80;
    return positive ? content : refuse(r, start);
}

uint32_t hf_der_read_small(hf_reader *r, uint32_t max)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read_integer(r);
    hf_reader number = hf_read_span_of(content);
    bool fits = content.len >= 1 && content.len <= 4 && content.ptr[0] < 0x80;
    uint32_t value = fits ? hf_read_number(&number, (unsigned)content.len) : 0;
    if (!fits || value > max) {
        hf_read_spoil_at(r, start);
        return 0;
    }
    return value;
}

hf_span hf_der_read_bits(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read(r, HF_DER_BIT_STRING);
    if (content.len < 1 || content.ptr[0] != 0) {
        return refuse(r, start);
    }
    return (hf_span){.ptr = content.ptr + 1, .len = content.len - 1};
}

uint16_t hf_der_read_flags(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read(r, HF_DER_BIT_STRING);
    bool form = content.len >= 1 && content.len <= 3 && content.ptr[0] <= 7;
    unsigned unused = form ? content.ptr[0] : 0; /* bits of the last byte */
    unsigned first = form && content.len > 1 ? content.ptr[1] : 0;
    unsigned second = form && content.len > 2 ? content.ptr[2] : 0;
    unsigned last = content.len > 2 ? second : first;
    /* X.690 11.2.1: unused bits are zero. */
    if (!form || (content.len == 1 && unused != 0) || (last & ((1u << unused) - 1)) != 0) {
        hf_read_spoil_at(r, start);
        return 0;
    }
    return (uint16_t)(first << 8 | second);
}

bool hf_der_is_whole(hf_span bytes)
{
    hf_reader r = hf_read_span_of(bytes);
    hf_der_skip(&r, HF_DER_SEQUENCE);
    return hf_read_done(&r);
}
