/* Distinguished names: see name.h. */
#include "x509/name.h"

#include "crypto/crypto.h"
#include "x509/der.h"

#include <string.h>

/* What canonical_next() gives besides bytes. */
#define MARK_RDN  0x100 /* the first attribute of an RDN begins: its type follows */
#define MARK_TYPE 0x101 /* another attribute of the same RDN begins */
#define MARK_TEXT 0x102 /* its value follows, folded */
#define MARK_RAW  0x200 /* its value follows as it is; the low byte is the tag */
#define END       (-1)

/* The canonical form of a name, one byte or mark at a time. */
typedef struct canonical {
    hf_name_cursor cursor;
    hf_reader bytes; /* of the type or value being given out */
    bool text;       /* they are folded */
    bool value_is_next;
} canonical;

hf_span hf_name_read(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_reader rdns = hf_der_enter(r, HF_DER_SEQUENCE);
    while (hf_read_left(&rdns) > 0) {
        hf_reader rdn = hf_der_enter(&rdns, HF_DER_SET);
        do { /* at least one attribute in each */
            hf_reader attribute = hf_der_enter(&rdn, HF_DER_SEQUENCE);
            uint8_t tag;
            (void)hf_der_read(&attribute, HF_DER_OID);
            (void)hf_der_read_any(&attribute, &tag);
            hf_der_leave(&rdn, &attribute);
        } while (hf_read_left(&rdn) > 0);
        hf_der_leave(&rdns, &rdn);
    }
    hf_der_leave(r, &rdns);
    return (hf_span){.ptr = start, .len = r->bad ? 0 : (size_t)(r->at - start)};
}

bool hf_name_is_empty(hf_span name)
{
    return name.len <= 2;
}

hf_name_cursor hf_name_attributes(hf_span name)
{
    hf_reader r = hf_read_span_of(name);
    return (hf_name_cursor){.rdns = hf_der_enter(&r, HF_DER_SEQUENCE), .rdn = -1};
}

bool hf_name_next(hf_name_cursor *cursor)
{
    if (hf_read_left(&cursor->attributes) == 0) {
        if (hf_read_left(&cursor->rdns) == 0) {
            return false;
        }
        cursor->attributes = hf_der_enter(&cursor->rdns, HF_DER_SET);
        cursor->rdn++;
    }
    hf_reader attribute = hf_der_enter(&cursor->attributes, HF_DER_SEQUENCE);
    cursor->type = hf_der_read(&attribute, HF_DER_OID);
    cursor->value = hf_der_read_any(&attribute, &cursor->tag);
    return !attribute.bad;
}

static bool is_text(uint8_t tag)
{
    return tag == HF_DER_PRINTABLE_STRING || tag == HF_DER_UTF8_STRING || tag == HF_DER_IA5_STRING;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blanks(hf_reader *r)
{
    while (hf_read_left(r) > 0 && is_blank(*r->at)) {
        r->at++;
    }
}

static void canonical_of(canonical *c, hf_span name)
{
    *c = (canonical){.cursor = hf_name_attributes(name)};
}

/* The next byte of a folded text: letters small, inner runs of blanks as one, none at the end. */
static int folded(hf_reader *r, uint8_t c)
{
    if (is_blank(c)) {
        skip_blanks(r);
        return hf_read_left(r) > 0 ? ' ' : END;
    }
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static void give_out(canonical *c, hf_span bytes)
{
    c->bytes.at = bytes.ptr;
    c->bytes.end = bytes.ptr + bytes.len;
    c->value_is_next = !c->value_is_next;
}

static int begin_value(canonical *c)
{
    give_out(c, c->cursor.value);
    c->text = is_text(c->cursor.tag);
    if (!c->text) {
        return MARK_RAW | c->cursor.tag;
    }
    skip_blanks(&c->bytes);
    return MARK_TEXT;
}

static int begin_attribute(canonical *c)
{
    bool same = hf_read_left(&c->cursor.attributes) > 0;
    if (!hf_name_next(&c->cursor)) {
        return END;
    }
    give_out(c, c->cursor.type);
    c->text = false;
    return same ? MARK_TYPE : MARK_RDN;
}

static int canonical_next(canonical *c)
{
    if (hf_read_left(&c->bytes) > 0) {
        uint8_t byte = hf_read_u8(&c->bytes);
        int next = c->text ? folded(&c->bytes, byte) : byte;
        if (next != END) {
            return next;
        }
    }
    return c->value_is_next ? begin_value(c) : begin_attribute(c);
}

/* Whether the canonical form of `name` begins with that of `base`; `next`: what follows there. */
static bool begins_with(hf_span name, hf_span base, int *next)
{
    canonical inner;
    canonical outer;
    int from_base;
    canonical_of(&inner, name);
    canonical_of(&outer, base);
    do {
        *next = canonical_next(&inner);
        from_base = canonical_next(&outer);
    } while (*next == from_base && from_base != END);
    return from_base == END;
}

bool hf_name_same(hf_span a, hf_span b)
{
    int next = END;
    return hf_span_same(a, b) || (begins_with(a, b, &next) && next == END);
}

bool hf_name_within(hf_span name, hf_span base)
{
    int next;
    return begins_with(name, base, &next) && (next == END || next == MARK_RDN);
}

void hf_name_hash(hf_span name, uint8_t out[HF_NAME_HASH_SIZE])
{
    hf_hash hash;
    canonical c;
    int next;
    canonical_of(&c, name);
    hf_hash_start(&hash, HF_SHA256);
    do {
        next = canonical_next(&c);
        /* Two bytes for each, so that no byte can pass for a mark. */
        uint8_t pair[2] = {(uint8_t)(next >> 8), (uint8_t)next};
        hf_hash_add(&hash, pair, sizeof pair);
    } while (next != END);
    hf_hash_final(&hash, out);
}

bool hf_name_has_hash(hf_span name, const uint8_t hash[HF_NAME_HASH_SIZE])
{
    uint8_t own[HF_NAME_HASH_SIZE];
    hf_name_hash(name, own);
    return memcmp(own, hash, sizeof own) == 0;
}
