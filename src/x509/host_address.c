/* Addresses: see host_address.h. The end of a text is read as one more separator. */
#include "x509/host_address.h"

#include <stdbool.h>
#include <string.h>

#define NO_GAP 17

/* Four decimal numbers of 0..255 without leading zeros: 010 is eight to some and ten to others. */
static bool read_v4(const uint8_t *text, size_t len, uint8_t out[4])
{
    unsigned count = 0;
    unsigned value = 0;
    bool begun = false;
    for (size_t i = 0; i <= len; i++) {
        unsigned c = i < len ? text[i] : '.';
        unsigned next = value * 10 + (c - '0');
        if (c == '.' && begun && count < 4) {
            out[count++] = (uint8_t)value;
            value = 0;
            begun = false;
        } else if (c >= '0' && c <= '9' && next <= 255 && (!begun || value > 0)) {
            value = next;
            begun = true;
        } else {
            return false;
        }
    }
    return count == 4;
}

/* 16 and more: none. */
static unsigned hex_of(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - (unsigned)'0';
    }
    uint8_t small = c | 0x20;
    return small >= 'a' && small <= 'f' ? small - 'a' + 10U : 16;
}

/* Groups of one to four digits, the last two perhaps in IPv4 form; their bytes to `out`. `gap` is
 * where "::" stands among them, once. False when they are not well-formed or more than fit. */
static bool read_groups(hf_span text, uint8_t out[16], size_t *count, size_t *gap)
{
    size_t len = 0;
    size_t digits = 0;
    unsigned value = 0;
    for (size_t i = text.ptr[0] == ':'; i <= text.len; i++) { /* the first of "::" ends nothing */
        uint8_t c = i < text.len ? text.ptr[i] : ':';
        const uint8_t *group = text.ptr + i - digits;
        if (hex_of(c) < 16 && digits < 4) {
            value = value << 4 | hex_of(c);
            digits++;
        } else if (c == '.' && len <= 12 &&
                   read_v4(group, text.len - (size_t)(group - text.ptr), out + len)) {
            len += 4;
            break;
        } else if (c != ':' || len == 16) {
            return false;
        } else if (digits > 0) {
            out[len++] = (uint8_t)(value >> 8);
            out[len++] = (uint8_t)value;
            digits = 0;
            value = 0;
        } else if (*gap == NO_GAP && i < text.len) {
            *gap = len;
        } else if (*gap != len || i < text.len) {
            return false; /* a second one, or a colon at the end that is not its */
        }
    }
    *count = len;
    return true;
}

static bool read_v6(hf_span text, uint8_t out[16])
{
    size_t len;
    size_t gap = NO_GAP;
    bool one_colon = text.len < 2 || (text.ptr[0] == ':' && text.ptr[1] != ':');
    if (one_colon || !read_groups(text, out, &len, &gap)) {
        return false;
    }
    if (gap == NO_GAP) {
        return len == 16;
    }
    if (len > 14) {
        return false; /* "::" stands for one group at least */
    }
    memmove(out + 16 - (len - gap), out + gap, len - gap);
    memset(out + gap, 0, 16 - len);
    return true;
}

/* Cuts off a zone ("%eth0"). False when it is empty. */
static bool cut_zone(hf_span *text)
{
    const uint8_t *percent = text->len == 0 ? NULL : memchr(text->ptr, '%', text->len);
    if (percent == NULL) {
        return true;
    }
    size_t len = (size_t)(percent - text->ptr);
    bool named = text->len > len + 1;
    text->len = len;
    return named;
}

hf_code hf_host_address_parse(hf_span text, uint8_t out[16], uint8_t *len)
{
    bool brackets = text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']';
    if (brackets) {
        text.ptr++;
        text.len -= 2;
    }
    *len = 0;
    if (!brackets && read_v4(text.ptr, text.len, out)) {
        *len = 4;
    } else if (cut_zone(&text) && read_v6(text, out)) {
        *len = 16;
    }
    return *len > 0 ? HF_OK : HF_E_NAME_SYNTAX;
}
