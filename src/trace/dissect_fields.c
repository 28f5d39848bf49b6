/* Fields, read and put. See dissect_fields.h. */
#include "trace/dissect_fields.h"

#include <inttypes.h>

void hf_fields_begin(hf_fields *f, hf_span body, const hf_dissect_as *as, const hf_field_out *out)
{
    *f = (hf_fields){.out = out, .as = as, .body = body};
}

static void put(hf_fields *f, const char *name, hf_span bytes, unsigned prefix, bool parent)
{
    if (!f->torn) {
        size_t offset = bytes.ptr == NULL ? 0 : (size_t)(bytes.ptr - f->body.ptr);
        hf_field field = {.name = name,
                          .meaning = f->text,
                          .bytes = bytes,
                          .offset = (uint32_t)offset,
                          .level = f->level,
                          .prefix = (uint8_t)prefix,
                          .parent = parent};
        f->out->put(f->out->ctx, &field);
    }
    f->used = 0;
    f->text[0] = 0;
}

void hf_fields_tear(hf_fields *f, const uint8_t *at, const char *name, const char *reason)
{
    if (f->torn) {
        return;
    }
    f->used = 0;
    f->level = 0;
    hf_fields_say(f, "%s %s", name, reason);
    const uint8_t *end = f->body.len > 0 ? f->body.ptr + f->body.len : f->body.ptr;
    hf_span rest = {at, at == NULL ? 0 : (size_t)(end - at)};
    if (f->hides) {
        hf_fields_say(f, "; %zu bytes, not shown", rest.len);
        rest.len = 0;
    }
    put(f, "malformed", rest, 0, false);
    f->torn = true;
}

void hf_fields_end(hf_fields *f, const hf_reader *r)
{
    if (f->cut != NULL) {
        hf_fields_tear(f, f->cut, "the message", "is cut off here");
    } else if (r->bad || r->at != r->end) {
        hf_fields_tear(f, r->at, "bytes", "stand behind the last field");
    }
}

/* ---- fields of their own */

static void say_length(hf_fields *f, size_t len)
{
    if (f->used == 0) {
        hf_fields_say(f, "%zu byte%s", len, len == 1 ? "" : "s");
    }
}

static uint32_t read_width(hf_reader *r, unsigned width)
{
    switch (width) {
    case 1:
        return hf_read_u8(r);
    case 2:
        return hf_read_u16(r);
    case 3:
        return hf_read_u24(r);
    default:
        return hf_read_u32(r);
    }
}

/* Reads the number's bytes; torn when they are not there. */
static hf_span take(hf_fields *f, hf_reader *r, const char *name, size_t len)
{
    hf_span bytes = hf_read_bytes(r, len);
    if (r->bad) {
        hf_fields_tear(f, r->at, name, "is cut off");
    }
    return bytes;
}

uint32_t hf_fields_number(hf_fields *f, hf_reader *r, const char *name, unsigned width,
                          hf_sayer sayer)
{
    hf_span bytes = take(f, r, name, width);
    if (f->torn) {
        return 0;
    }
    hf_reader number = hf_read_span_of(bytes);
    uint32_t value = read_width(&number, width);
    if (sayer != NULL) {
        sayer(f, value);
    } else if (f->used == 0) {
        hf_fields_say(f, "%" PRIu32, value);
    }
    put(f, name, bytes, 0, false);
    return value;
}

uint32_t hf_fields_named(hf_fields *f, hf_reader *r, const char *name, unsigned width,
                         hf_namer namer)
{
    hf_span bytes = take(f, r, name, width);
    if (f->torn) {
        return 0;
    }
    hf_reader number = hf_read_span_of(bytes);
    uint32_t value = read_width(&number, width);
    hf_fields_say_name(f, namer, value, width);
    put(f, name, bytes, 0, false);
    return value;
}

void hf_fields_put(hf_fields *f, const char *name, hf_span bytes, unsigned prefix)
{
    say_length(f, bytes.len);
    put(f, name, bytes, prefix, false);
}

hf_span hf_fields_bytes(hf_fields *f, hf_reader *r, const char *name, size_t len)
{
    hf_span bytes = take(f, r, name, len);
    hf_fields_put(f, name, bytes, 0);
    return bytes;
}

hf_span hf_fields_rest(hf_fields *f, hf_reader *r, const char *name)
{
    return hf_fields_bytes(f, r, name, hf_read_left(r));
}

/* Reads a length within its bounds; *len may be more than is left. */
static bool read_length(hf_fields *f, hf_reader *r, const char *name, unsigned width, size_t min,
                        size_t max, size_t *len)
{
    const uint8_t *at = r->at;
    *len = read_width(r, width);
    if (r->bad) {
        hf_fields_tear(f, at, name, "is cut off in its length");
    } else if (*len < min || *len > max) {
        r->at = at;
        hf_read_spoil(r);
        hf_fields_tear(f, at, name, *len < min ? "is too short" : "is too long");
    }
    return !r->bad;
}

hf_span hf_fields_vec(hf_fields *f, hf_reader *r, const char *name, unsigned width, size_t min,
                      size_t max)
{
    size_t len = 0;
    const uint8_t *at = r->at;
    if (read_length(f, r, name, width, min, max, &len) && len > hf_read_left(r)) {
        r->at = at;
        hf_read_spoil(r);
        hf_fields_tear(f, at, name, "is longer than what is left");
    }
    hf_span bytes = hf_read_bytes(r, len);
    hf_fields_put(f, name, bytes, width);
    return bytes;
}

hf_span hf_fields_text(hf_fields *f, hf_reader *r, const char *name, unsigned width, size_t min,
                       size_t max)
{
    hf_reader look = *r;
    hf_fields_quote(f, hf_read_vec(&look, width, min, max));
    return hf_fields_vec(f, r, name, width, min, max);
}

/* ---- fields with fields in them */

static hf_reader go_in(hf_fields *f, hf_reader *r, const char *name, size_t len, unsigned prefix)
{
    hf_reader inner = hf_read_span_of(hf_read_bytes(r, len));
    inner.bad = r->bad;
    say_length(f, len);
    put(f, name, (hf_span){inner.at, hf_read_left(&inner)}, prefix, hf_read_left(&inner) > 0);
    f->level++;
    return inner;
}

hf_reader hf_fields_enter(hf_fields *f, hf_reader *r, const char *name, unsigned width, size_t min,
                          size_t max)
{
    size_t len = 0;
    if (read_length(f, r, name, width, min, max, &len) && len > hf_read_left(r)) {
        hf_fields_say(f, "%s%zu bytes of %zu", f->used > 0 ? ": " : "", hf_read_left(r), len);
        len = hf_read_left(r);
        f->cut = r->end;
    }
    return go_in(f, r, name, len, width);
}

hf_reader hf_fields_open(hf_fields *f, hf_reader *r, const char *name, const hf_reader *behind,
                         unsigned prefix)
{
    size_t len = behind->bad ? hf_read_left(r) : (size_t)(behind->at - r->at);
    if (len < prefix) {
        (void)take(f, r, name, prefix);
        return *r;
    }
    (void)hf_read_bytes(r, prefix);
    return go_in(f, r, name, len - prefix, prefix);
}

bool hf_fields_more(const hf_fields *f, const hf_reader *r)
{
    return !f->torn && hf_read_left(r) > 0;
}

void hf_fields_leave(hf_fields *f, const hf_reader *inner)
{
    if (!f->torn && (inner->bad || inner->at != inner->end)) {
        hf_fields_tear(f, inner->at, "bytes", "stand behind the last field of this part");
    } else if (!f->torn && inner->end == f->cut && f->cut != NULL) {
        hf_fields_tear(f, f->cut, "the message", "is cut off here");
    }
    f->level--;
}

void hf_fields_list(hf_fields *f, hf_reader *r, const char *name, unsigned width, const char *item,
                    unsigned item_width, hf_namer namer)
{
    hf_reader look = *r;
    size_t count = read_width(&look, width) / item_width;
    hf_fields_say(f, count == 1 ? "%zu entry" : "%zu entries", count);
    hf_reader list = hf_fields_enter(f, r, name, width, item_width, SIZE_MAX);
    while (hf_fields_more(f, &list)) {
        (void)hf_fields_named(f, &list, item, item_width, namer);
    }
    hf_fields_leave(f, &list);
}
