/* Writer into caller memory: see writer.h. */
#include "wire/writer.h"

#include <string.h>

hf_writer hf_write_to(uint8_t *ptr, size_t cap)
{
    return (hf_writer){.ptr = ptr, .len = 0, .cap = cap, .bad = false};
}

uint8_t *hf_write_space(hf_writer *w, size_t len)
{
    bool fits = !w->bad && len <= w->cap - w->len;
    uint8_t *space = fits ? w->ptr + w->len : NULL;
    w->len += len;
    w->bad = !fits;
    return space;
}

static void write_number(hf_writer *w, uint32_t value, unsigned width)
{
    uint8_t *space = hf_write_space(w, width);
    if (space == NULL) {
        return;
    }
    for (unsigned i = 0; i < width; i++) {
        space[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    }
}

void hf_write_u8(hf_writer *w, uint8_t value)
{
    write_number(w, value, 1);
}

void hf_write_u16(hf_writer *w, uint16_t value)
{
    write_number(w, value, 2);
}

void hf_write_u24(hf_writer *w, uint32_t value)
{
    write_number(w, value, 3);
}

void hf_write_u32(hf_writer *w, uint32_t value)
{
    write_number(w, value, 4);
}

void hf_write_bytes(hf_writer *w, const uint8_t *ptr, size_t len)
{
    uint8_t *space = hf_write_space(w, len);
    if (space != NULL && len > 0) {
        memmove(space, ptr, len); /* what is written may stand there already */
    }
}

void hf_write_vec(hf_writer *w, unsigned width, hf_span bytes)
{
    size_t mark = hf_write_open(w, width);
    hf_write_bytes(w, bytes.ptr, bytes.len);
    hf_write_close(w, mark, width);
}

size_t hf_write_open(hf_writer *w, unsigned width)
{
    size_t mark = w->len;
    write_number(w, 0, width);
    return mark;
}

void hf_write_close(hf_writer *w, size_t mark, unsigned width)
{
    hf_write_close_with(w, mark, width, 0);
}

void hf_write_close_with(hf_writer *w, size_t mark, unsigned width, size_t apart)
{
    size_t len = w->len - mark - width + apart;
    if (len >> (8 * width) != 0) {
        w->bad = true;
    }
    if (w->bad) {
        return;
    }
    for (unsigned i = 0; i < width; i++) {
        w->ptr[mark + i] = (uint8_t)(len >> (8 * (width - 1 - i)));
    }
}
