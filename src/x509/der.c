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
    unsigned first = hf_read_u8(r);
    if (first < 0x80) {
        return first;
    }
    unsigned count = first - 0x80;
    if (count < 1 || count > 3) {
        r->bad = true;
        return 0;
    }
    size_t len = hf_read_number(r, count);
    r->bad = r->bad || len < 0x80 || len >> (8 * count - 8) == 0;
    return len;
}

/* Turns the reader bad at the value that begins at `start`, and gives nothing. */
static hf_span refuse(hf_reader *r, const uint8_t *start)
{
    r->at = start;
    r->bad = true;
    return (hf_span){.ptr = start, .len = 0};
}

hf_span hf_der_read_any(hf_reader *r, uint8_t *tag)
{
    const uint8_t *start = r->at;
    *tag = hf_read_u8(r);
    if ((*tag & 0x1f) == 0x1f) {
        hf_read_spoil(r); /* tag numbers above 30 stand nowhere in X.509 */
    }
    hf_span content = hf_read_bytes(r, read_length(r));
    if (r->bad) {
        *tag = 0;
        content = refuse(r, start);
    }
    return content;
}

hf_span hf_der_read(hf_reader *r, unsigned tag)
{
    if (!hf_der_next_is(r, tag)) {
        return refuse(r, r->at);
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

bool hf_der_read_boolean(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read(r, HF_DER_BOOLEAN);
    unsigned value = content.len == 1 ? content.ptr[0] : 1;
    if (value != 0x00 && value != 0xff) {
        (void)refuse(r, start); /* X.690 11.1 */
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
        (void)refuse(r, start);
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
        (void)refuse(r, start);
        return 0;
    }
    return (uint16_t)(first << 8 | second);
}

bool hf_der_is_whole(hf_span bytes)
{
    hf_reader r = hf_read_span_of(bytes);
    (void)hf_der_read(&r, HF_DER_SEQUENCE);
    return hf_read_done(&r);
}
