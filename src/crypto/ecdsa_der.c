/* ECDSA-Sig-Value (RFC 3279 2.2.3): reads strict DER alone, for two encodings of one signature are
 * one too many, and writes it. Every length fits the short form: P-384 needs 102 bytes.
 */
#include "crypto/ecdsa_der.h"
#include "wire/reader.h"
#include "wire/writer.h"

#include <string.h>

#define SHORT_FORM_MAX 127

/* A positive INTEGER, minimal (X.690 8.3.2), left-padded to `size` bytes. */
static void read_integer(hf_reader *r, uint8_t *out, size_t size)
{
    if (hf_read_u8(r) != 0x02) {
        hf_read_spoil(r);
    }
    hf_span number = hf_read_vec(r, 1, 1, size + 1);
    if (r->bad) {
        return;
    }
    bool padded = number.len > 1 && number.ptr[0] == 0;
    if (number.ptr[0] >= 0x80 || (padded && number.ptr[1] < 0x80)) {
        hf_read_spoil(r);
        return;
    }
    if (padded) {
        number.ptr++;
        number.len--;
    }
    if (number.len > size) {
        hf_read_spoil(r);
        return;
    }
    memset(out, 0, size - number.len);
    memcpy(out + size - number.len, number.ptr, number.len);
}

bool hf_ecdsa_read(hf_span der, uint8_t *raw, size_t size)
{
    hf_reader r = hf_read_span_of(der);
    if (hf_read_u8(&r) != 0x30) {
        return false;
    }
    hf_reader sequence = hf_read_sub(&r, 1, 0, SHORT_FORM_MAX);
    read_integer(&sequence, raw, size);
    read_integer(&sequence, raw + size, size);
    return hf_read_done(&sequence) && hf_read_done(&r);
}

static void write_integer(hf_writer *w, hf_span number)
{
    while (number.len > 1 && number.ptr[0] == 0) {
        number.ptr++;
        number.len--;
    }
    hf_write_u8(w, 0x02);
    size_t mark = hf_write_open(w, 1);
    if (number.ptr[0] >= 0x80) {
        hf_write_u8(w, 0);
    }
    hf_write_bytes(w, number.ptr, number.len);
    hf_write_close(w, mark, 1);
}

size_t hf_ecdsa_write(const uint8_t *raw, size_t size, uint8_t *out, size_t cap)
{
    hf_writer w = hf_write_to(out, cap);
    hf_write_u8(&w, 0x30);
    size_t mark = hf_write_open(&w, 1);
    write_integer(&w, (hf_span){raw, size});
    write_integer(&w, (hf_span){raw + size, size});
    hf_write_close(&w, mark, 1);
    return w.bad ? 0 : w.len;
}
