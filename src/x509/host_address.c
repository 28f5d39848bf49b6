/* Addresses: see host_address.h. */
#include "x509/host_address.h"

#include "wire/reader.h"

#include <string.h>

/* A decimal number of 0..255 without a leading zero; -1 when there is none. */
static int read_decimal(hf_reader *r)
{
    int value = -1;
    while (hf_read_left(r) > 0 && *r->at >= '0' && *r->at <= '9') {
        if (value == 0) {
            return -1; /* 010 is eight to some and ten to others */
        }
        value = (value < 0 ? 0 : value * 10) + (hf_read_u8(r) - '0');
        if (value > 255) {
            return -1;
        }
    }
    return value;
}

/* Four numbers and the end. */
static bool read_v4(hf_reader *r, uint8_t out[4])
{
    for (int i = 0; i < 4; i++) {
        if (i > 0 && hf_read_u8(r) != '.') {
            return false;
        }
        int value = read_decimal(r);
        if (value < 0) {
            return false;
        }
        out[i] = (uint8_t)value;
    }
    return hf_read_done(r);
}

static int hex_of(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    uint8_t small = c | 0x20;
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/* One to four hexadecimal digits; -1 when there are none or more. */
static int32_t read_group(hf_reader *r)
{
    int32_t value = 0;
    int digits = 0;
    while (hf_read_left(r) > 0 && hex_of(*r->at) >= 0) {
        value = value * 16 + hex_of(hf_read_u8(r));
        digits++;
        if (digits > 4) {
            return -1;
        }
    }
    return digits > 0 ? value : -1;
}

/* The groups of an IPv6 address while they are read. */
typedef struct groups {
    uint8_t bytes[16];
    size_t len;
    size_t gap; /* where "::" stands; 17: nowhere */
} groups;

static bool starts_v4(const hf_reader *r)
{
    size_t left = hf_read_left(r);
    const uint8_t *colon = left == 0 ? NULL : memchr(r->at, ':', left);
    return colon == NULL && left > 0 && memchr(r->at, '.', left) != NULL;
}

/* "::" here: remembers the place, once. */
static bool take_gap(hf_reader *r, groups *g)
{
    if (hf_read_left(r) < 2 || r->at[0] != ':' || r->at[1] != ':') {
        return false;
    }
    (void)hf_read_u16(r);
    if (g->gap <= 16) {
        hf_read_spoil(r);
    }
    g->gap = g->len;
    return true;
}

/* One group, or the last four bytes in IPv4 form. */
static bool take_group(hf_reader *r, groups *g)
{
    if (g->len <= 12 && starts_v4(r)) {
        bool whole = read_v4(r, g->bytes + g->len);
        g->len += 4;
        return whole;
    }
    int32_t value = read_group(r);
    if (value < 0 || g->len > 14) {
        return false;
    }
    g->bytes[g->len] = (uint8_t)(value >> 8);
    g->bytes[g->len + 1] = (uint8_t)value;
    g->len += 2;
    return true;
}

static bool read_groups(hf_reader *r, groups *g)
{
    bool separated = take_gap(r, g) || hf_read_left(r) > 0;
    while (hf_read_left(r) > 0) {
        if (!separated || !take_group(r, g)) {
            return false;
        }
        separated = take_gap(r, g);
        if (!separated && hf_read_left(r) > 0) {
            separated = hf_read_u8(r) == ':' && hf_read_left(r) > 0;
            if (!separated) {
                return false;
            }
        }
    }
    return !r->bad;
}

static bool read_v6(hf_reader *r, uint8_t out[16])
{
    groups g = {.len = 0, .gap = 17};
    if (!read_groups(r, &g)) {
        return false;
    }
    bool has_gap = g.gap <= 16;
    if (has_gap ? g.len > 14 : g.len != 16) {
        return false; /* "::" stands for one group at least */
    }
    size_t before = has_gap ? g.gap : 16;
    size_t after = g.len - before;
    memset(out, 0, 16);
    memcpy(out, g.bytes, before);
    memcpy(out + 16 - after, g.bytes + before, after);
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
    hf_reader r = hf_read_span_of(text);
    *len = 0;
    if (!brackets && read_v4(&r, out)) {
        *len = 4;
        return HF_OK;
    }
    bool zone = cut_zone(&text);
    r = hf_read_span_of(text);
    if (zone && read_v6(&r, out)) {
        *len = 16;
    }
    return *len > 0 ? HF_OK : HF_E_NAME_SYNTAX;
}
