/* Writer: a cursor over caller memory with a sticky error and nested lengths.
 *
 * Writers write straight through and check `bad` once. After an overflow `len` goes on counting, so
 * that it tells how much room would have been needed. A vector is opened, filled and closed:
 *
 *     size_t list = hf_write_open(w, 2);
 *     hf_write_u16(w, suite);
 *     hf_write_close(w, list, 2);
 */
#ifndef HF_WIRE_WRITER_H
#define HF_WIRE_WRITER_H

#include <handfast/bytes.h>

#include <stdbool.h>

typedef struct hf_writer {
    uint8_t *ptr;
    size_t len; /* bytes written, or that would have been */
    size_t cap;
    bool bad; /* something did not fit, or a vector was too long for its length field */
} hf_writer;

hf_writer hf_write_to(uint8_t *ptr, size_t cap);

void hf_write_u8(hf_writer *w, uint8_t value);
void hf_write_u16(hf_writer *w, uint16_t value);
void hf_write_u24(hf_writer *w, uint32_t value);
void hf_write_u32(hf_writer *w, uint32_t value);
void hf_write_bytes(hf_writer *w, const uint8_t *ptr, size_t len);
void hf_write_vec(hf_writer *w, unsigned width, hf_span bytes); /* length and bytes */

/* Room for `len` bytes that the caller fills itself; NULL when they do not fit. */
uint8_t *hf_write_space(hf_writer *w, size_t len);

size_t hf_write_open(hf_writer *w, unsigned width);             /* returns a mark for close */
void hf_write_close(hf_writer *w, size_t mark, unsigned width); /* fills in the length */
/* The same for a vector of which `apart` bytes more stand somewhere else. */
void hf_write_close_with(hf_writer *w, size_t mark, unsigned width, size_t apart);

#endif
