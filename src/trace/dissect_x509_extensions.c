/* The extensions of a certificate in words (RFC 5280 4.2): those that decide whether a peer accepts
 * it; the others by name and length.
 */
#include "trace/dissect_oid.h"
#include "trace/dissect_x509.h"
#include "x509/der.h"

#include <inttypes.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* RFC 5280 4.2.1.9 */
static void basic_constraints(hf_fields *f, hf_reader *value)
{
    (void)hf_der_enter(value, HF_DER_SEQUENCE);
    bool ca = hf_der_next_is(value, HF_DER_BOOLEAN) && hf_der_read_boolean(value);
    hf_fields_say(f, ca ? "a CA" : "no CA");
    if (hf_read_left(value) > 0) {
        hf_fields_say(f, ", at most %" PRIu32 " CAs below it", hf_der_read_small(value, INT32_MAX));
    }
}

/* RFC 5280 4.2.1.3 */
static void key_usage(hf_fields *f, hf_reader *value)
{
    static const char *const USES[] = {"digitalSignature", "nonRepudiation", "keyEncipherment",
                                       "dataEncipherment", "keyAgreement",   "keyCertSign",
                                       "cRLSign",          "encipherOnly",   "decipherOnly"};
    uint16_t flags = hf_der_read_flags(value);
    const char *comma = "";
    for (size_t i = 0; i < COUNT(USES); i++) {
        if ((flags & 0x8000u >> i) != 0) {
            hf_fields_say(f, "%s%s", comma, USES[i]);
            comma = ", ";
        }
    }
}

/* RFC 5280 4.2.1.12 */
static void purposes(hf_fields *f, hf_reader *value)
{
    const char *comma = "";
    (void)hf_der_enter(value, HF_DER_SEQUENCE);
    while (hf_read_left(value) > 0) {
        hf_fields_say(f, "%s", comma);
        hf_fields_say_oid(f, hf_der_read(value, HF_DER_OID));
        comma = ", ";
    }
}

static void subject_key(hf_fields *f, hf_reader *value)
{
    hf_fields_say_hex(f, hf_der_read(value, HF_DER_OCTET_STRING));
}

/* RFC 5280 4.2.1.1: the key's identifier; an issuer's name and serial are seldom. */
static void authority_key(hf_fields *f, hf_reader *value)
{
    (void)hf_der_enter(value, HF_DER_SEQUENCE);
    if (hf_der_next_is(value, HF_DER_CONTEXT(0))) {
        hf_fields_say_hex(f, hf_der_read(value, HF_DER_CONTEXT(0)));
    }
}

/* RFC 7633 */
static void features(hf_fields *f, hf_reader *value)
{
    (void)hf_der_enter(value, HF_DER_SEQUENCE);
    while (hf_read_left(value) > 0) {
        uint32_t feature = hf_der_read_small(value, 0xffff);
        hf_fields_say(f, "%s", feature == 5 ? "must staple an OCSP response " : "");
    }
}

static void say_address(hf_fields *f, hf_span address)
{
    if (address.len == 4) {
        hf_fields_say(f, "%u.%u.%u.%u", address.ptr[0], address.ptr[1], address.ptr[2],
                      address.ptr[3]);
    }
    for (size_t i = 0; address.len == 16 && i < 16; i += 2) {
        hf_fields_say(f, "%s%x", i > 0 ? ":" : "",
                      (unsigned)(address.ptr[i] << 8 | address.ptr[i + 1]));
    }
}

/* GeneralName, RFC 5280 4.2.1.6; by the number of its tag. */
static void put_general_name(hf_fields *f, unsigned number, hf_span value)
{
    static const char *const NAMES[] = {"otherName",
                                        "rfc822Name",
                                        "dNSName",
                                        "x400Address",
                                        "directoryName",
                                        "ediPartyName",
                                        "uniformResourceIdentifier",
                                        "iPAddress",
                                        "registeredID"};
    const char *name = number < COUNT(NAMES) ? NAMES[number] : "generalName";
    if (number == 1 || number == 2 || number == 6) {
        hf_fields_quote(f, value);
    } else if (number == 4) {
        hf_fields_say_dn(f, value);
    } else if (number == 7) {
        say_address(f, value);
    } else if (number == 8) {
        hf_fields_say_oid(f, value);
    }
    hf_fields_put(f, name, value, 0);
}

/* `raw` is the extension as a whole; it is a parent when there is a name that can be read. */
static void put_alt_names(hf_fields *f, hf_span raw, hf_span value)
{
    hf_reader list = hf_read_span_of(value);
    uint8_t tag = 0;
    (void)hf_der_enter(&list, HF_DER_SEQUENCE);
    hf_reader behind = list;
    (void)hf_der_read_any(&behind, &tag);
    if (behind.bad) {
        hf_fields_say(f, "unreadable");
        hf_fields_put(f, "subjectAltName", raw, 0);
        return;
    }
    hf_reader at = hf_read_span_of(raw);
    behind = at;
    (void)hf_read_bytes(&behind, raw.len);
    (void)hf_fields_open(f, &at, "subjectAltName", &behind, 0);
    while (hf_read_left(&list) > 0) {
        hf_span name = hf_der_read_any(&list, &tag);
        if (!list.bad) {
            put_general_name(f, tag & 0x1fu, name);
        }
    }
    f->level--;
}

typedef struct extension_words {
    const char *name;
    void (*say)(hf_fields *f, hf_reader *value);
} extension_words;

static const extension_words WORDS[] = {
    {"basicConstraints", basic_constraints},
    {"keyUsage", key_usage},
    {"extKeyUsage", purposes},
    {"subjectKeyIdentifier", subject_key},
    {"authorityKeyIdentifier", authority_key},
    {"tlsFeature", features},
};

static void say_extension(hf_fields *f, const char *name, hf_span value)
{
    for (size_t i = 0; i < COUNT(WORDS); i++) {
        if (strcmp(name, WORDS[i].name) == 0) {
            hf_reader inner = hf_read_span_of(value);
            WORDS[i].say(f, &inner);
            return;
        }
    }
    hf_fields_say(f, "%zu bytes", value.len);
}

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue }; `raw` is all of it. */
static void put_extension(hf_fields *f, hf_span raw)
{
    hf_reader fields = hf_read_span_of(raw);
    (void)hf_der_enter(&fields, HF_DER_SEQUENCE);
    hf_span oid = hf_der_read(&fields, HF_DER_OID);
    bool critical = hf_der_next_is(&fields, HF_DER_BOOLEAN) && hf_der_read_boolean(&fields);
    hf_span value = hf_der_read(&fields, HF_DER_OCTET_STRING);
    if (fields.bad) {
        hf_fields_say(f, "unreadable");
        hf_fields_put(f, "extension", raw, 0);
        return;
    }
    char dotted[HF_OID_TEXT];
    hf_oid_text(oid, dotted);
    const char *name = hf_oid_name(oid);
    hf_fields_say(f, critical ? "critical: " : "");
    if (name != NULL && strcmp(name, "subjectAltName") == 0) {
        hf_fields_say(f, "%zu bytes", value.len);
        put_alt_names(f, raw, value);
        return;
    }
    say_extension(f, name != NULL ? name : dotted, value);
    hf_fields_put(f, name != NULL ? name : dotted, raw, 0);
}

void hf_dissect_x509_extensions(hf_fields *f, hf_reader *tbs)
{
    const uint8_t *end = hf_der_enter(tbs, HF_DER_EXPLICIT(3));
    const uint8_t *list_end = hf_der_enter(tbs, HF_DER_SEQUENCE);
    while (hf_read_left(tbs) > 0) {
        hf_span raw = hf_der_read_raw(tbs, HF_DER_SEQUENCE);
        if (!tbs->bad) {
            put_extension(f, raw);
        }
    }
    hf_der_leave(tbs, list_end);
    hf_der_leave(tbs, end);
}
