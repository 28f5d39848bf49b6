/* ECDSA-Sig-Value (RFC 3279 2.2.3), written in DER, and read when it is what would be written: two
 * encodings of one signature are one too many. Every length fits the short form: P-384 needs 102
 * bytes.
 */
#include "crypto/ecdsa_der.h"
#include "wire/reader.h"
#include "wire/writer.h"

#include <string.h>

#define SEQUENCE 0x30
#define INTEGER  0x02

static void write_integer(hf_writer *w, hf_span number)
{
    while (number.len > 1 && number.ptr[0] == 0) {
        number.ptr++;
        number.len--;
    }
    bool high = number.ptr[0] >= 0x80; /* a zero before it says that it is positive */
    hf_write_u8(w, INTEGER);
    hf_write_u8(w, (uint8_t)(number.len + high));
    if (high) {
        hf_write_u8(w, 0);
    }
    hf_write_bytes(w, number.ptr, number.len);
}

size_t hf_ecdsa_write(const uint8_t *raw, size_t size, uint8_t *out, size_t cap)
{
    hf_writer w = hf_write_to(out, cap);
    hf_write_u8(&w, SEQUENCE);
    size_t mark = hf_write_open(&w, 1);
    write_integer(&w, (hf_span){raw, size});
    write_integer(&w, (hf_span){raw + size, size});
    hf_write_close(&w, mark, 1);
    return w.bad ? 0 : w.len;
}

/* The last `size` bytes of an INTEGER, left-padded to as many. */
static void read_integer(hf_reader *r, uint8_t *out, size_t size)
{
    (void)hf_read_u8(r);
    hf_span number = hf_read_vec(r, 1, 1, size + 1);
    if (r->bad) {
        return;
    }
    size_t len = number.len < size ? number.len : size;
    memset(out, 0, size - len);
    memcpy(out + size - len, number.ptr + number.len - len, len);
}

bool hf_ecdsa_read(hf_span der, uint8_t *raw, size_t size)
{
    uint8_t again[HF_ECDSA_DER_MAX];
    hf_reader r = hf_read_span_of(der);
    (void)hf_read_u16(&r); /* the SEQUENCE's header */
    read_integer(&r, raw, size);
    read_integer(&r, raw + size, size);
    return hf_read_done(&r) && hf_ecdsa_write(raw, size, again, sizeof again) == der.len &&
           memcmp(again, der.ptr, der.len) == 0;
}
