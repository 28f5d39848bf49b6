/* Distinguished names: see name.h. */
#include "x509/name.h"

#include "crypto/crypto.h"
#include "x509/der.h"

/* What hf_name_canonical_next() gives besides bytes. */
#define MARK_RDN  0x100 /* a new RDN begins */
#define MARK_TYPE 0x101 /* an attribute begins: its type follows */
#define MARK_TEXT 0x102 /* its value follows, folded */
#define MARK_RAW  0x200 /* its value follows as it is; the low byte is the tag */
#define END       (-1)

/* The canonical form of a name, one byte or mark at a time. */
typedef struct canonical {
    hf_name_cursor cursor;
    hf_reader bytes; /* of the type or value being given out */
    int rdn;         /* of the attribute being given out */
    enum {
        NEXT_ATTRIBUTE,
        NEW_ATTRIBUTE,
        IN_TYPE,
        IN_TEXT,
        IN_RAW,
    } state;
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
    hf_name_cursor cursor = {.rdn = -1};
    cursor.rdns = hf_der_enter(&r, HF_DER_SEQUENCE);
    cursor.attributes = hf_read_from(name.ptr, 0);
    return cursor;
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

static canonical canonical_of(hf_span name)
{
    return (canonical){.cursor = hf_name_attributes(name), .rdn = -1, .state = NEXT_ATTRIBUTE};
}

/* The next byte of a folded text: letters small, inner runs of blanks as one, none at the end. */
static int next_folded(hf_reader *r)
{
    if (hf_read_left(r) == 0) {
        return END;
    }
    uint8_t c = hf_read_u8(r);
    if (is_blank(c)) {
        skip_blanks(r);
        return hf_read_left(r) > 0 ? ' ' : END;
    }
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* The value of the attribute at the cursor begins. */
static int begin_value(canonical *c)
{
    c->bytes = hf_read_span_of(c->cursor.value);
    if (!is_text(c->cursor.tag)) {
        c->state = IN_RAW;
        return MARK_RAW | c->cursor.tag;
    }
    skip_blanks(&c->bytes);
    c->state = IN_TEXT;
    return MARK_TEXT;
}

static int begin_attribute(canonical *c)
{
    if (c->state != NEW_ATTRIBUTE) {
        if (!hf_name_next(&c->cursor)) {
            return END;
        }
        if (c->cursor.rdn != c->rdn) {
            c->rdn = c->cursor.rdn;
            c->state = NEW_ATTRIBUTE;
            return MARK_RDN;
        }
    }
    c->bytes = hf_read_span_of(c->cursor.type);
    c->state = IN_TYPE;
    return MARK_TYPE;
}

static int canonical_next(canonical *c)
{
    if (c->state == IN_TYPE) {
        return hf_read_left(&c->bytes) > 0 ? hf_read_u8(&c->bytes) : begin_value(c);
    }
    if (c->state == IN_RAW && hf_read_left(&c->bytes) > 0) {
        return hf_read_u8(&c->bytes);
    }
    if (c->state == IN_TEXT) {
        int folded = next_folded(&c->bytes);
        if (folded != END) {
            return folded;
        }
    }
    return begin_attribute(c);
}

bool hf_name_same(hf_span a, hf_span b)
{
    if (hf_span_same(a, b)) {
        return true;
    }
    canonical x = canonical_of(a);
    canonical y = canonical_of(b);
    int from_a = 0;
    int from_b = 0;
    while (from_a == from_b && from_a != END) {
        from_a = canonical_next(&x);
        from_b = canonical_next(&y);
    }
    return from_a == from_b;
}

bool hf_name_within(hf_span name, hf_span base)
{
    canonical inner = canonical_of(name);
    canonical outer = canonical_of(base);
    int from_name = 0;
    int from_base = 0;
    while (from_name == from_base && from_base != END) {
        from_name = canonical_next(&inner);
        from_base = canonical_next(&outer);
    }
    /* The base is over: the name is over too or goes on with another RDN. */
    return from_base == END && (from_name == END || from_name == MARK_RDN);
}

void hf_name_hash(hf_span name, uint8_t out[HF_NAME_HASH_SIZE])
{
    hf_hash hash;
    uint8_t value[HF_HASH_MAX];
    canonical c = canonical_of(name);
    hf_hash_start(&hash, HF_SHA256);
    for (int next = canonical_next(&c); next != END; next = canonical_next(&c)) {
        /* Two bytes for each, so that no byte can pass for a mark. */
        uint8_t pair[2] = {(uint8_t)(next >> 8), (uint8_t)next};
        hf_hash_add(&hash, pair, sizeof pair);
    }
    hf_hash_final(&hash, value);
    for (size_t i = 0; i < HF_NAME_HASH_SIZE; i++) {
        out[i] = value[i];
    }
}
