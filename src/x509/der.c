/* DER on top of the wire reader: see der.h. */
#include "x509/der.h"

#include <string.h>

bool hf_span_same(hf_span a, hf_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool hf_der_next_is(const hf_reader *r, unsigned tag)
{
    return hf_read_left(r) > 0 && *r->at == tag;
}

/* X.690 10.1: definite form, as few length bytes as possible. Three bytes are enough for a TLS
 * message. */
static size_t read_length(hf_reader *r)
{
    uint8_t first = hf_read_u8(r);
    if (first < 0x80) {
        return first;
    }
    switch (first) {
    case 0x81: {
        size_t len = hf_read_u8(r);
        r->bad = r->bad || len < 0x80;
        return len;
    }
    case 0x82: {
        size_t len = hf_read_u16(r);
        r->bad = r->bad || len < 0x100;
        return len;
    }
    case 0x83: {
        size_t len = hf_read_u24(r);
        r->bad = r->bad || len < 0x10000;
        return len;
    }
    default:
        r->bad = true;
        return 0;
    }
}

hf_span hf_der_read_any(hf_reader *r, uint8_t *tag)
{
    const uint8_t *start = r->at;
    *tag = hf_read_u8(r);
    if ((*tag & 0x1f) == 0x1f) {
        hf_read_spoil(r); /* tag numbers above 30 stand nowhere in X.509 */
    }
    size_t len = read_length(r);
    hf_span content = hf_read_bytes(r, len);
    if (r->bad) {
        r->at = start;
        *tag = 0;
        return (hf_span){.ptr = start, .len = 0};
    }
    return content;
}

hf_span hf_der_read(hf_reader *r, unsigned tag)
{
    if (!hf_der_next_is(r, tag)) {
        hf_read_spoil(r);
        return (hf_span){.ptr = r->at, .len = 0};
    }
    uint8_t found;
    return hf_der_read_any(r, &found);
}

hf_span hf_der_read_raw(hf_reader *r, unsigned tag)
{
    const uint8_t *start = r->at;
    (void)hf_der_read(r, tag);
    return (hf_span){.ptr = start, .len = (size_t)(r->at - start)};
}

hf_reader hf_der_enter(hf_reader *r, unsigned tag)
{
    hf_reader inner = hf_read_span_of(hf_der_read(r, tag));
    inner.bad = r->bad;
    return inner;
}

void hf_der_leave(hf_reader *r, const hf_reader *inner)
{
    if (!r->bad && !hf_read_done(inner)) {
        r->at = inner->at;
        r->bad = true;
    }
}

/* Turns the reader bad at the value that begins at `start`. */
static void spoil_at(hf_reader *r, const uint8_t *start)
{
    r->at = start;
    r->bad = true;
}

bool hf_der_read_boolean(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read(r, HF_DER_BOOLEAN);
    if (r->bad) {
        return false;
    }
    if (content.len != 1 || (content.ptr[0] != 0x00 && content.ptr[0] != 0xff)) {
        spoil_at(r, start); /* X.690 11.1 */
        return false;
    }
    return content.ptr[0] == 0xff;
}

hf_span hf_der_read_integer(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read(r, HF_DER_INTEGER);
    if (r->bad) {
        return content;
    }
    /* X.690 8.3.2: the first nine bits are neither all ones nor all zeros. */
    bool padded = content.len > 1 && ((content.ptr[0] == 0x00 && content.ptr[1] < 0x80) ||
                                      (content.ptr[0] == 0xff && content.ptr[1] >= 0x80));
    if (content.len == 0 || padded) {
        spoil_at(r, start);
        return (hf_span){.ptr = start, .len = 0};
    }
    return content;
}

hf_span hf_der_read_unsigned(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read_integer(r);
    if (r->bad) {
        return content;
    }
    if (content.len > 1 && content.ptr[0] == 0) {
        return (hf_span){.ptr = content.ptr + 1, .len = content.len - 1};
    }
    if (content.ptr[0] >= 0x80 || content.ptr[0] == 0) {
        spoil_at(r, start);
        return (hf_span){.ptr = start, .len = 0};
    }
    return content;
}

uint32_t hf_der_read_small(hf_reader *r, uint32_t max)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read_integer(r);
    if (r->bad) {
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < content.len && i < 5; i++) {
        value = value << 8 | content.ptr[i];
    }
    if (content.len > 5 || content.ptr[0] >= 0x80 || value > max) {
        spoil_at(r, start);
        return 0;
    }
    return (uint32_t)value;
}

hf_span hf_der_read_bits(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read(r, HF_DER_BIT_STRING);
    if (r->bad) {
        return content;
    }
    if (content.len < 1 || content.ptr[0] != 0) {
        spoil_at(r, start);
        return (hf_span){.ptr = start, .len = 0};
    }
    return (hf_span){.ptr = content.ptr + 1, .len = content.len - 1};
}

uint16_t hf_der_read_flags(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read(r, HF_DER_BIT_STRING);
    if (r->bad) {
        return 0;
    }
    if (content.len < 1 || content.len > 3 || content.ptr[0] > 7 ||
        (content.len == 1 && content.ptr[0] != 0)) {
        spoil_at(r, start);
        return 0;
    }
    unsigned flags = 0;
    for (size_t i = 1; i < content.len; i++) {
        flags |= (unsigned)content.ptr[i] << (i == 1 ? 8 : 0);
    }
    /* X.690 11.2.1: unused bits are zero. */
    unsigned last = content.len > 1 ? content.ptr[content.len - 1] : 0;
    if ((last & ((1u << content.ptr[0]) - 1)) != 0) {
        spoil_at(r, start);
        return 0;
    }
    return (uint16_t)flags;
}

bool hf_der_is_whole(hf_span bytes)
{
    hf_reader r = hf_read_span_of(bytes);
    (void)hf_der_read(&r, HF_DER_SEQUENCE);
    return hf_read_done(&r);
}
