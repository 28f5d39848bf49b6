/* Reader over received bytes: see reader.h. */
#include "wire/reader.h"

hf_reader hf_read_from(const uint8_t *ptr, size_t len)
{
    return (hf_reader){.start = ptr, .at = ptr, .end = len > 0 ? ptr + len : ptr, .bad = false};
}

hf_reader hf_read_span_of(hf_span bytes)
{
    return hf_read_from(bytes.ptr, bytes.len);
}

size_t hf_read_left(const hf_reader *r)
{
    return r->bad ? 0 : (size_t)(r->end - r->at);
}

size_t hf_read_offset(const hf_reader *r)
{
    return (size_t)(r->at - r->start);
}

void hf_read_spoil_at(hf_reader *r, const uint8_t *at)
{
    if (!r->bad) {
        r->at = at;
        r->bad = true;
    }
}

bool hf_read_done(const hf_reader *r)
{
    return !r->bad && r->at == r->end;
}

uint32_t hf_read_number(hf_reader *r, unsigned width)
{
    if (hf_read_left(r) < width) {
        r->bad = true;
        return 0;
    }
    uint32_t value = 0;
    for (unsigned i = 0; i < width; i++) {
        value = value << 8 | *r->at++;
    }
    return value;
}

uint8_t hf_read_u8(hf_reader *r)
{
    return (uint8_t)hf_read_number(r, 1);
}

uint16_t hf_read_u16(hf_reader *r)
{
    return (uint16_t)hf_read_number(r, 2);
}

uint32_t hf_read_u24(hf_reader *r)
{
    return hf_read_number(r, 3);
}

uint32_t hf_read_u32(hf_reader *r)
{
    return hf_read_number(r, 4);
}

hf_span hf_read_bytes(hf_reader *r, size_t len)
{
    if (hf_read_left(r) < len || r->bad) {
        r->bad = true;
        return (hf_span){.ptr = r->at, .len = 0};
    }
    hf_span bytes = {.ptr = r->at, .len = len};
    if (len > 0) {
        r->at += len;
    }
    return bytes;
}

hf_span hf_read_vec(hf_reader *r, unsigned width, size_t min, size_t max)
{
    const uint8_t *length_at = r->at;
    size_t len = hf_read_number(r, width);
    if (r->bad || len < min || len > max || len > hf_read_left(r)) {
        r->bad = true;
        r->at = length_at;
        return (hf_span){.ptr = r->at, .len = 0};
    }
    return hf_read_bytes(r, len);
}

hf_reader hf_read_sub(hf_reader *r, unsigned width, size_t min, size_t max)
{
    hf_reader sub = hf_read_span_of(hf_read_vec(r, width, min, max));
    sub.bad = r->bad;
    return sub;
}
