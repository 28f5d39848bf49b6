/* What the parts of the dissector share: reading a field and putting it out in one step.
 *
 * Built on the wire reader. Each call reads one field and puts it with its meaning; the first one
 * that cannot be read puts "malformed" with the rest of the body instead, after which nothing more
 * is put, so that a part needs no check of its own between fields. A meaning that was said before
 * a call belongs to the field of that call; a field without one gets a plain one: its number or its
 * length.
 */
#ifndef HF_TRACE_DISSECT_FIELDS_H
#define HF_TRACE_DISSECT_FIELDS_H

#include "trace/dissect.h"
#include "wire/reader.h"

#define HF_FIELD_TEXT 400u /* room for a meaning; longer ones are cut and end in "..." */

typedef struct hf_fields {
    const hf_field_out *out;
    const hf_dissect_as *as;
    hf_span body;
    const uint8_t *cut; /* where bytes end of which more were announced; NULL: nowhere */
    uint8_t level;      /* of the next field */
    bool torn;          /* "malformed" was put */
    bool hides;         /* there are secrets in the body: "malformed" comes without bytes */
    size_t used;        /* of `text` */
    char text[HF_FIELD_TEXT];
} hf_fields;

/* A number's name; "unknown" for those that have none. */
typedef const char *(*hf_namer)(uint16_t number);
/* Says the meaning of a number. */
typedef void (*hf_sayer)(hf_fields *f, uint32_t number);

void hf_fields_begin(hf_fields *f, hf_span body, const hf_dissect_as *as, const hf_field_out *out);
/* The message is over: what is left of it is malformed. */
void hf_fields_end(hf_fields *f, const hf_reader *r);

/* ---- the meaning of the next field, piece by piece */
__attribute__((format(printf, 2, 3))) void hf_fields_say(hf_fields *f, const char *format, ...);
/* "TLS 1.3", and the number behind those that have no name. */
void hf_fields_say_name(hf_fields *f, hf_namer namer, uint32_t number, unsigned width);
void hf_fields_quote(hf_fields *f, hf_span text); /* what is not printable ASCII as \xNN */
/* Quoted when it is text; nothing when it is not, as the tickets that stand for an identity. */
void hf_fields_say_identity(hf_fields *f, hf_span identity);
/* A distinguished name; nothing when it is none, or longer than a name in words would be. */
void hf_fields_say_dn(hf_fields *f, hf_span name);
/* "2027-01-31T12:00:00Z", from seconds since 1970; years 0 to 9999. */
void hf_fields_say_date(hf_fields *f, int64_t seconds);
void hf_fields_say_hex(hf_fields *f, hf_span bytes);
/* "2 hours 46 minutes": the two largest units. */
void hf_fields_say_seconds(hf_fields *f, uint32_t seconds);

/* ---- fields of their own. `width`: bytes of a number or of a length, 1 to 4 */
uint32_t hf_fields_number(hf_fields *f, hf_reader *r, const char *name, unsigned width,
                          hf_sayer sayer); /* NULL: the plain number */
uint32_t hf_fields_named(hf_fields *f, hf_reader *r, const char *name, unsigned width,
                         hf_namer namer);
hf_span hf_fields_bytes(hf_fields *f, hf_reader *r, const char *name, size_t len);
hf_span hf_fields_rest(hf_fields *f, hf_reader *r, const char *name);
hf_span hf_fields_vec(hf_fields *f, hf_reader *r, const char *name, unsigned width, size_t min,
                      size_t max);
/* The same for text, which is quoted. */
hf_span hf_fields_text(hf_fields *f, hf_reader *r, const char *name, unsigned width, size_t min,
                       size_t max);
/* A field whose bytes were read already, or stand inside of others; `prefix` as in hf_field. */
void hf_fields_put(hf_fields *f, const char *name, hf_span bytes, unsigned prefix);

/* ---- fields with fields in them: enter, read while there is more, leave */
/* A vector. One that is longer than what there is is entered all the same: it is torn where the
 * bytes end. */
hf_reader hf_fields_enter(hf_fields *f, hf_reader *r, const char *name, unsigned width, size_t min,
                          size_t max);
/* A structure: from `r` to where `behind` stands, a copy of `r` that was read over it; when that
 * went bad, all that is left. `prefix`: bytes at its front that are told by the field itself. */
hf_reader hf_fields_open(hf_fields *f, hf_reader *r, const char *name, const hf_reader *behind,
                         unsigned prefix);
bool hf_fields_more(const hf_fields *f, const hf_reader *r);
void hf_fields_leave(hf_fields *f, const hf_reader *inner);
/* A vector of numbers with names. */
void hf_fields_list(hf_fields *f, hf_reader *r, const char *name, unsigned width, const char *item,
                    unsigned item_width, hf_namer namer);

/* Puts "malformed": from `at` to the end of the body, for a reason that names a field. */
void hf_fields_tear(hf_fields *f, const uint8_t *at, const char *name, const char *reason);

#endif
