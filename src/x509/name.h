/* Distinguished names: syntax, comparison by RFC 5280 7.1, and the hash of a name.
 *
 * Comparison and hash share one canonical form: character strings of the PrintableString,
 * UTF8String and IA5String types with ASCII letters in lower case, blanks trimmed and runs of
 * blanks as one; every other type byte for byte, its tag included. Attributes of a multi-valued RDN
 * keep their encoded order, which DER fixes. Non-ASCII letters are compared as they are.
 */
#ifndef HF_X509_NAME_H
#define HF_X509_NAME_H

#include "wire/reader.h"

#include <handfast/bytes.h>

#define HF_NAME_HASH_SIZE 32

/* Reads a Name and checks its form; the span includes the header. */
void hf_name_read(hf_reader *r, hf_span *name);

bool hf_name_is_empty(hf_span name);

/* True when both name the same entity. */
bool hf_name_same(hf_span a, hf_span b);

/* True when the RDNs of `base` are the first of `name` (RFC 5280 4.2.1.10, directoryName). */
bool hf_name_within(hf_span name, hf_span base);

/* SHA-256 over the canonical form. */
void hf_name_hash(hf_span name, uint8_t out[HF_NAME_HASH_SIZE]);
bool hf_name_has_hash(hf_span name, const uint8_t hash[HF_NAME_HASH_SIZE]);

/* One attribute after the other; false after the last. Start with a reader over the Name's content
 * (hf_name_attributes). `rdn` counts the RDNs from 0. */
typedef struct hf_name_cursor {
    hf_reader rest;     /* of the RDN at work */
    const uint8_t *end; /* of all of them */
    int rdn;
    hf_span type; /* content of the OBJECT IDENTIFIER */
    uint8_t tag;
    hf_span value;
} hf_name_cursor;
void hf_name_attributes(hf_span name, hf_name_cursor *cursor);
bool hf_name_next(hf_name_cursor *cursor);

#endif
