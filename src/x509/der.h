/* DER (X.690): the distinguished encoding that certificates and keys are written in.
 *
 * Built on the wire reader and just as sticky: after an error every read gives nothing, and the
 * cursor stands where the error was found. A constructed value is entered, which lets the reader
 * end where the value does, and left again, which checks that it was read to its end. Strict:
 * definite and minimal lengths, one-byte tags, canonical BOOLEAN, minimal INTEGER. One leniency,
 * stated here once: a value equal to its DEFAULT may stand (critical FALSE does in many
 * certificates in the field).
 */
#ifndef HF_X509_DER_H
#define HF_X509_DER_H

#include "wire/reader.h"

#define HF_DER_BOOLEAN          0x01
#define HF_DER_INTEGER          0x02
#define HF_DER_BIT_STRING       0x03
#define HF_DER_OCTET_STRING     0x04
#define HF_DER_NULL             0x05
#define HF_DER_OID              0x06
#define HF_DER_ENUMERATED       0x0a
#define HF_DER_UTF8_STRING      0x0c
#define HF_DER_PRINTABLE_STRING 0x13
#define HF_DER_IA5_STRING       0x16
#define HF_DER_UTC_TIME         0x17
#define HF_DER_GENERALIZED_TIME 0x18
#define HF_DER_SEQUENCE         0x30
#define HF_DER_SET              0x31
#define HF_DER_CONTEXT(n)       (0x80u | (n)) /* implicit, primitive */
#define HF_DER_EXPLICIT(n)      (0xa0u | (n)) /* constructed */

bool hf_der_next_is(const hf_reader *r, unsigned tag);

hf_span hf_der_read_any(hf_reader *r, uint8_t *tag); /* content of any value, and its tag */
hf_span hf_der_read(hf_reader *r, unsigned tag);     /* content of a value that must have `tag` */
hf_span hf_der_read_raw(hf_reader *r, unsigned tag); /* the same, header included */
void hf_der_skip(hf_reader *r, unsigned tag);
void hf_der_skip_optional(hf_reader *r, unsigned tag); /* if it has this tag */
void hf_der_skip_rest(hf_reader *r);                   /* to the end of what was entered */

/* Enters a value that must have `tag`; what is returned is for the call that leaves it. */
const uint8_t *hf_der_enter(hf_reader *r, unsigned tag);
/* The same if it has this tag, else NULL. */
const uint8_t *hf_der_enter_optional(hf_reader *r, unsigned tag);
void hf_der_leave(hf_reader *r, const uint8_t *outer_end);

bool hf_der_read_boolean(hf_reader *r);
hf_span hf_der_read_integer(hf_reader *r);              /* content, two's complement */
hf_span hf_der_read_unsigned(hf_reader *r);             /* > 0, without the leading zero */
uint32_t hf_der_read_small(hf_reader *r, uint32_t max); /* 0..max; max < 2^31 */
hf_span hf_der_read_bits(hf_reader *r);                 /* BIT STRING of whole bytes */
uint16_t hf_der_read_flags(hf_reader *r);               /* named bits, bit 0 is 0x8000 */

/* UTCTime (1950..2049) or GeneralizedTime as RFC 5280 4.1.2.5 wants them: seconds and Z, no
 * fraction. Seconds since 1970. */
int64_t hf_der_read_time(hf_reader *r);

/* True when `bytes` is exactly one SEQUENCE: how DER is told from PEM. */
bool hf_der_is_whole(hf_span bytes);

/* The last number of an OBJECT IDENTIFIER of `len` bytes of arc and that number; 0 for another. */
uint8_t hf_der_last_of_arc(hf_span oid, const uint8_t *arc, size_t len);

/* Byte equality of two spans. */
bool hf_span_same(hf_span a, hf_span b);

#endif
