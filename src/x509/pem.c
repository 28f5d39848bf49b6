/* PEM (RFC 7468): several blocks in a text, explanations around them.
 *
 * Tolerant where files in the field differ (line ends, blanks, blank lines, headers of RFC 1421
 * inside a block), strict where a damaged file must not pass for a good one: both boundary lines,
 * the same label in both, complete base64 with its padding.
 */
#include "x509/pem.h"

#include "wire/writer.h"
#include "x509/der.h"

#include <string.h>

typedef struct line {
    size_t start; /* without blanks before and after */
    size_t len;
    size_t next; /* where the next line starts */
} line;

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static line line_at(hf_span text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] != '\n' && text.ptr[end] != '\r') {
        end++;
    }
    line l = {.next = end < text.len ? end + 1 : end};
    while (at < end && is_blank(text.ptr[at])) {
        at++;
    }
    while (end > at && is_blank(text.ptr[end - 1])) {
        end--;
    }
    l.start = at;
    l.len = end - at;
    return l;
}

static bool starts_with(hf_span text, const line *l, const char *what)
{
    size_t len = strlen(what);
    return l->len >= len && memcmp(text.ptr + l->start, what, len) == 0;
}

/* "-----BEGIN x-----" or END: the label between. False when the line does not end as it should. */
static bool read_label(hf_span text, const line *l, const char *opening, hf_span *label)
{
    size_t before = strlen(opening);
    if (l->len < before + 5 || memcmp(text.ptr + l->start + l->len - 5, "-----", 5) != 0) {
        return false;
    }
    *label = (hf_span){.ptr = text.ptr + l->start + before, .len = l->len - before - 5};
    return true;
}

static int base64_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+' || c == '/') {
        return c == '+' ? 62 : 63;
    }
    return -1;
}

typedef struct base64 {
    uint32_t bits;    /* of the group of four at work */
    unsigned count;   /* characters in it */
    unsigned padding; /* '=' seen */
    hf_writer out;
} base64;

static void end_group(base64 *b)
{
    for (unsigned i = 0; i + b->padding < 3; i++) {
        hf_write_u8(&b->out, (uint8_t)(b->bits >> (16 - 8 * i)));
    }
    b->bits = 0;
    b->count = 0;
}

/* One character; false when it may not stand here. */
static bool add_character(base64 *b, uint8_t c)
{
    if (c == '=') {
        if (b->count < 2) {
            return false;
        }
        b->padding++;
        b->bits <<= 6;
    } else {
        int value = base64_of(c);
        if (value < 0 || b->padding > 0) {
            return false;
        }
        b->bits = b->bits << 6 | (uint32_t)value;
    }
    b->count++;
    if (b->count == 4) {
        /* RFC 4648 3.5: bits that carry nothing are zero. */
        if ((b->bits & ((1u << (8 * b->padding)) - 1)) != 0) {
            return false;
        }
        end_group(b);
    }
    return true;
}

/* A line of base64, blanks inside allowed; false with *at on the wrong character. */
static bool add_line(base64 *b, hf_span text, const line *l, size_t *at)
{
    for (size_t i = 0; i < l->len; i++) {
        uint8_t c = text.ptr[l->start + i];
        if (!is_blank(c) && !add_character(b, c)) {
            *at = l->start + i;
            return false;
        }
    }
    return true;
}

static bool is_header(hf_span text, const line *l)
{
    return l->len > 0 && memchr(text.ptr + l->start, ':', l->len) != NULL;
}

static bool contains(hf_span text, const line *l, const char *what)
{
    size_t len = strlen(what);
    for (size_t i = 0; i + len <= l->len; i++) {
        if (memcmp(text.ptr + l->start + i, what, len) == 0) {
            return true;
        }
    }
    return false;
}

/* Headers of RFC 1421 with the lines that continue them, up to a blank line. */
static void skip_headers(hf_span text, size_t *at, bool *encrypted)
{
    line l = line_at(text, *at);
    if (!is_header(text, &l)) {
        return;
    }
    while (l.len > 0 && !starts_with(text, &l, "-----")) {
        *encrypted =
            *encrypted || (starts_with(text, &l, "Proc-Type:") && contains(text, &l, "ENCRYPTED"));
        *at = l.next;
        /* the line feed of a CR LF pair is no blank line */
        if (*at < text.len && text.ptr[*at] == '\n' && text.ptr[*at - 1] == '\r') {
            (*at)++;
        }
        l = line_at(text, *at);
    }
}

/* The block whose first line ended at *at. On success *at is behind it. */
static hf_code read_block(hf_span text, size_t *at, hf_span label, base64 *b)
{
    bool encrypted = false;
    skip_headers(text, at, &encrypted);
    while (*at < text.len) {
        line l = line_at(text, *at);
        if (starts_with(text, &l, "-----END ")) {
            hf_span end;
            if (!read_label(text, &l, "-----END ", &end) || !hf_span_same(end, label) ||
                b->count != 0 || (b->out.len == 0 && !encrypted)) {
                *at = l.start;
                return HF_E_PEM_UNREADABLE;
            }
            *at = l.next;
            return encrypted ? HF_E_KEY_ENCRYPTED : HF_OK;
        }
        if (!add_line(b, text, &l, at)) {
            return HF_E_PEM_UNREADABLE;
        }
        *at = l.next;
    }
    return HF_E_PEM_UNREADABLE; /* no END */
}

hf_code hf_pem_next(hf_span text, size_t *at, hf_span *label, hf_space out, hf_span *der)
{
    static const uint8_t byte_order_mark[] = {0xef, 0xbb, 0xbf};
    *der = (hf_span){.ptr = out.ptr, .len = 0};
    size_t here = *at;
    if (here == 0 && text.len >= 3 && memcmp(text.ptr, byte_order_mark, 3) == 0) {
        here = 3;
    }
    while (here < text.len) {
        line l = line_at(text, here);
        here = l.next;
        if (!starts_with(text, &l, "-----BEGIN ")) {
            continue;
        }
        if (!read_label(text, &l, "-----BEGIN ", label)) {
            *at = l.start;
            return HF_E_PEM_UNREADABLE;
        }
        base64 b = {.out = hf_write_to(out.ptr, out.cap)};
        if (here < text.len && text.ptr[here] == '\n' && text.ptr[here - 1] == '\r') {
            here++;
        }
        hf_code code = read_block(text, &here, *label, &b);
        der->len = b.out.len;
        if (code == HF_OK && b.out.bad) {
            return HF_E_MEMORY_TOO_SMALL;
        }
        *at = here;
        return code;
    }
    *at = text.len;
    return HF_E_PEM_EMPTY;
}
