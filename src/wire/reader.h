/* Reader: a cursor over received bytes with a sticky error.
 *
 * Parsers read straight through and ask once, at the end, with hf_read_done(). After an error every
 * read gives 0 or an empty span and the cursor stands where the error was found, so a parser needs
 * no check of its own between fields. Spans point into the bytes the reader was made over.
 */
#ifndef HF_WIRE_READER_H
#define HF_WIRE_READER_H

#include <handfast/bytes.h>

#include <stdbool.h>

typedef struct hf_reader {
    const uint8_t *start;
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
} hf_reader;

hf_reader hf_read_from(const uint8_t *ptr, size_t len);
hf_reader hf_read_span_of(hf_span bytes);

uint32_t hf_read_number(hf_reader *r, unsigned width); /* big-endian, 1 to 4 bytes */
uint8_t hf_read_u8(hf_reader *r);
uint16_t hf_read_u16(hf_reader *r);
uint32_t hf_read_u24(hf_reader *r);
uint32_t hf_read_u32(hf_reader *r);
hf_span hf_read_bytes(hf_reader *r, size_t len);

/* A vector as in RFC 8446 3.4: a length of `width` bytes (1..3), then as many bytes. The length
 * must be within [min, max]; otherwise the reader turns bad at the length. */
hf_span hf_read_vec(hf_reader *r, unsigned width, size_t min, size_t max);

/* The same, as a reader over the vector's content. When `r` is bad the new reader is bad too;
 * when the new one turns bad, hf_read_done() of it tells. */
hf_reader hf_read_sub(hf_reader *r, unsigned width, size_t min, size_t max);

size_t hf_read_left(const hf_reader *r);
size_t hf_read_offset(const hf_reader *r); /* bytes from the start to the cursor */

/* Turn bad: a value was wrong, which ends here or begins at `at`. The first error stays. */
static inline void hf_read_spoil(hf_reader *r)
{
    r->bad = true;
}
void hf_read_spoil_at(hf_reader *r, const uint8_t *at);

/* True when everything was read and nothing was wrong. Every parser ends with it. */
bool hf_read_done(const hf_reader *r);

#endif
