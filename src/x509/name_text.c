/* Distinguished names in words, in the manner of RFC 4514: most specific first, escaped. The text
 * goes to terminals and logs, so it never carries control characters, and none of the Unicode
 * characters that turn the direction of writing.
 */
#include "x509/der.h"
#include "x509/name.h"

#include <handfast/x509.h>

#include <string.h>

typedef struct text_out {
    char *text;
    size_t cap;
    size_t len; /* that the whole text needs */
} text_out;

static void put(text_out *out, char c)
{
    if (out->len + 1 < out->cap) {
        out->text[out->len] = c;
    }
    out->len++;
}

static void put_text(text_out *out, const char *text)
{
    for (; *text != 0; text++) {
        put(out, *text);
    }
}

static void put_hex(text_out *out, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    put(out, digits[byte >> 4]);
    put(out, digits[byte & 15]);
}

static void put_number(text_out *out, uint32_t number)
{
    char digits[10];
    size_t count = 0;
    do {
        digits[count] = (char)('0' + number % 10);
        count++;
        number /= 10;
    } while (number > 0);
    while (count > 0) {
        count--;
        put(out, digits[count]);
    }
}

/* A type without a short name: its object identifier in dots; arcs beyond 32 bits end it. */
static void put_oid(text_out *out, hf_span oid)
{
    uint32_t arc = 0;
    bool first = true;
    for (size_t i = 0; i < oid.len && arc <= UINT32_MAX >> 7; i++) {
        arc = arc << 7 | (oid.ptr[i] & 0x7f);
        if (oid.ptr[i] >= 0x80) {
            continue;
        }
        if (first) {
            uint32_t top = arc < 40 ? 0 : arc < 80 ? 1 : 2;
            put_number(out, top);
            arc -= top * 40;
        }
        put(out, '.');
        put_number(out, arc);
        first = false;
        arc = 0;
    }
}

static const struct short_name {
    uint8_t oid[10];
    uint8_t len;
    const char *name;
} NAMES[] = {
    {{0x55, 4, 3}, 3, "CN"},
    {{0x55, 4, 4}, 3, "SN"},
    {{0x55, 4, 5}, 3, "serialNumber"},
    {{0x55, 4, 6}, 3, "C"},
    {{0x55, 4, 7}, 3, "L"},
    {{0x55, 4, 8}, 3, "ST"},
    {{0x55, 4, 9}, 3, "STREET"},
    {{0x55, 4, 10}, 3, "O"},
    {{0x55, 4, 11}, 3, "OU"},
    {{0x55, 4, 42}, 3, "GN"},
    {{0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1}, 10, "UID"},
    {{0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25}, 10, "DC"},
    {{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1}, 9, "emailAddress"},
};

static void put_type(text_out *out, hf_span type)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (type.len == NAMES[i].len && memcmp(type.ptr, NAMES[i].oid, type.len) == 0) {
            put_text(out, NAMES[i].name);
            return;
        }
    }
    put_oid(out, type);
}

/* Length of the well-formed UTF-8 sequence of two to four bytes at `at` (RFC 3629 4), 0 if none. */
static size_t utf8_sequence(hf_span text, size_t at, uint32_t *character)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = text.ptr[at];
    size_t len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || len > text.len - at) {
        return 0;
    }
    uint32_t value = first & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((text.ptr[at + i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (text.ptr[at + i] & 0x3f);
    }
    *character = value;
    bool surrogate = value >= 0xd800 && value <= 0xdfff;
    return value >= least[len] && value <= 0x10ffff && !surrogate ? len : 0;
}

/* Letters and signs that stay where they are written: no controls, no direction marks, no line
 * separators, nothing invisible that could make two names look the same. */
static bool is_harmless(uint32_t c)
{
    bool control = c < 0xa0 || c == 0xad;
    bool mark = (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
                (c >= 0x2060 && c <= 0x206f) || c == 0x061c || c == 0xfeff ||
                (c >= 0xfff0 && c <= 0xffff) || (c >= 0xe0000 && c <= 0xe0fff);
    return !control && !mark;
}

/* RFC 4514 2.4: what has a meaning in the text form, or would be lost at either end. */
static bool is_special(hf_span value, size_t at)
{
    uint8_t c = value.ptr[at];
    bool edge_blank = c == ' ' && (at == 0 || at + 1 == value.len);
    return edge_blank || (c == '#' && at == 0) || (c != 0 && strchr(",+\"\\<>;", c) != NULL);
}

static void put_value(text_out *out, uint8_t tag, hf_span value)
{
    bool utf8 = tag == HF_DER_UTF8_STRING;
    if (!utf8 && tag != HF_DER_PRINTABLE_STRING && tag != HF_DER_IA5_STRING) {
        put(out, '#');
        put_hex(out, tag);
        for (size_t i = 0; i < value.len; i++) {
            put_hex(out, value.ptr[i]);
        }
        return;
    }
    size_t at = 0;
    while (at < value.len) {
        uint32_t character = 0;
        uint8_t c = value.ptr[at];
        size_t len = utf8 && c >= 0x80 ? utf8_sequence(value, at, &character) : 0;
        if (len > 0 && is_harmless(character)) {
            for (size_t i = 0; i < len; i++) {
                put(out, (char)value.ptr[at + i]);
            }
            at += len;
            continue;
        }
        if (c < 0x20 || c >= 0x7f) {
            put(out, '\\');
            put_hex(out, c);
        } else {
            if (is_special(value, at)) {
                put(out, '\\');
            }
            put(out, (char)c);
        }
        at++;
    }
}

static void put_rdn(text_out *out, hf_span name, int rdn)
{
    bool first = true;
    hf_name_cursor cursor;
    hf_name_attributes(name, &cursor);
    while (hf_name_next(&cursor)) {
        if (cursor.rdn != rdn) {
            continue;
        }
        if (!first) {
            put(out, '+');
        }
        put_type(out, cursor.type);
        put(out, '=');
        put_value(out, cursor.tag, cursor.value);
        first = false;
    }
}

size_t hf_x509_name_text(hf_span name, char *text, size_t cap)
{
    text_out out = {.text = text, .cap = cap};
    int last = -1;
    hf_name_cursor cursor;
    hf_name_attributes(name, &cursor);
    while (hf_name_next(&cursor)) {
        last = cursor.rdn;
    }
    for (int rdn = last; rdn >= 0; rdn--) {
        if (rdn < last) {
            put_text(&out, ", ");
        }
        put_rdn(&out, name, rdn);
    }
    if (cap > 0) {
        text[out.len < cap ? out.len : cap - 1] = 0;
    }
    return out.len;
}
