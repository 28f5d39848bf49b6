/* Distinguished names: see name.h. */
#include "x509/name.h"

#include "crypto/crypto.h"
#include "x509/der.h"

#include <string.h>

#define END (-1) /* what next_byte() gives behind the last one */

void hf_name_read(hf_reader *r, hf_span *name)
{
    name->ptr = r->at;
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    while (hf_read_left(r) > 0) {
        const uint8_t *rdn_end = hf_der_enter(r, HF_DER_SET);
        do { /* at least one attribute in each */
            uint8_t tag;
            const uint8_t *attribute_end = hf_der_enter(r, HF_DER_SEQUENCE);
            hf_der_skip(r, HF_DER_OID);
            (void)hf_der_read_any(r, &tag);
            hf_der_leave(r, attribute_end);
        } while (hf_read_left(r) > 0);
        hf_der_leave(r, rdn_end);
    }
    hf_der_leave(r, end);
    name->len = r->bad ? 0 : (size_t)(r->at - name->ptr);
}

bool hf_name_is_empty(hf_span name)
{
    return name.len <= 2;
}

void hf_name_attributes(hf_span name, hf_name_cursor *cursor)
{
    hf_reader *r = &cursor->rest;
    *r = hf_read_span_of(name);
    (void)hf_der_enter(r, HF_DER_SEQUENCE);
    cursor->end = r->end;
    cursor->rdn = -1;
    r->end = r->at; /* in none yet */
}

bool hf_name_next(hf_name_cursor *cursor)
{
    hf_reader *r = &cursor->rest;
    if (hf_read_left(r) == 0) {
        r->end = cursor->end;
        if (hf_read_left(r) == 0) {
            return false;
        }
        (void)hf_der_enter(r, HF_DER_SET);
        cursor->rdn++;
    }
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    cursor->type = hf_der_read(r, HF_DER_OID);
    cursor->value = hf_der_read_any(r, &cursor->tag);
    hf_der_leave(r, end);
    return !r->bad;
}

static bool is_text(uint8_t tag)
{
    return tag == HF_DER_PRINTABLE_STRING || tag == HF_DER_UTF8_STRING || tag == HF_DER_IA5_STRING;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next byte of a value. Of a text: letters small, runs of blanks as one, none at either end. */
static int next_byte(hf_reader *r, bool text)
{
    const uint8_t *blanks = r->at;
    while (text && hf_read_left(r) > 0 && is_blank(*r->at)) {
        r->at++;
    }
    if (hf_read_left(r) == 0) {
        return END;
    }
    if (r->at != blanks && blanks != r->start) {
        return ' ';
    }
    uint8_t c = *r->at++;
    return text && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool same_value(const hf_name_cursor *a, const hf_name_cursor *b)
{
    bool text = is_text(a->tag);
    hf_reader left = hf_read_span_of(a->value);
    hf_reader right = hf_read_span_of(b->value);
    int byte = 0;
    bool same = text ? is_text(b->tag) : a->tag == b->tag;
    while (same && byte != END) {
        byte = next_byte(&left, text);
        same = byte == next_byte(&right, text);
    }
    return same;
}

/* Whether the attributes of `base` are the first of a name; the cursor stands behind them then. */
static bool begins_with(hf_name_cursor *name, hf_span base)
{
    hf_name_cursor outer;
    hf_name_attributes(base, &outer);
    while (hf_name_next(&outer)) {
        if (!hf_name_next(name) || name->rdn != outer.rdn ||
            !hf_span_same(name->type, outer.type) || !same_value(name, &outer)) {
            return false;
        }
    }
    return true;
}

bool hf_name_same(hf_span a, hf_span b)
{
    hf_name_cursor name;
    hf_name_attributes(a, &name);
    return hf_span_same(a, b) || (begins_with(&name, b) && !hf_name_next(&name));
}

bool hf_name_within(hf_span name, hf_span base)
{
    hf_name_cursor inner;
    hf_name_attributes(name, &inner);
    return begins_with(&inner, base) && hf_read_left(&inner.rest) == 0; /* whole RDNs */
}

/* Two bytes for each, so that none can pass for the end. */
static void add_bytes(hf_hash *hash, hf_span bytes, bool text)
{
    hf_reader r = hf_read_span_of(bytes);
    int next;
    do {
        next = next_byte(&r, text);
        const uint8_t pair[2] = {(uint8_t)(next >> 8), (uint8_t)next};
        hf_hash_add(hash, pair, sizeof pair);
    } while (next != END);
}

void hf_name_hash(hf_span name, uint8_t out[HF_NAME_HASH_SIZE])
{
    hf_hash hash;
    hf_name_cursor cursor;
    hf_name_attributes(name, &cursor);
    hf_hash_start(&hash, HF_SHA256);
    while (hf_name_next(&cursor)) {
        bool text = is_text(cursor.tag);
        const uint8_t head[] = {(uint8_t)cursor.rdn, text ? 0 : cursor.tag};
        hf_hash_add(&hash, head, sizeof head);
        add_bytes(&hash, cursor.type, false);
        add_bytes(&hash, cursor.value, text);
    }
    hf_hash_final(&hash, out);
}

bool hf_name_has_hash(hf_span name, const uint8_t hash[HF_NAME_HASH_SIZE])
{
    uint8_t own[HF_NAME_HASH_SIZE];
    hf_name_hash(name, own);
    return memcmp(own, hash, sizeof own) == 0;
}
