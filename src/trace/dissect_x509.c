/* What is inside of a certificate (RFC 5280 4.1), read value by value, so that one which this
 * library refuses is shown as far as it can be read. Its extensions stand in
 * dissect_x509_extensions.c. Nothing here makes the message malformed: to TLS a certificate is a
 * row of bytes.
 */
#include "trace/dissect_x509.h"
#include "trace/dissect_oid.h"
#include "x509/der.h"
#include "x509/name.h"

#include <handfast/x509.h>

#include <string.h>

static hf_span raw(hf_reader *r, unsigned tag)
{
    return hf_der_read_raw(r, tag);
}

/* The OBJECT IDENTIFIER at the front of an AlgorithmIdentifier. */
static hf_span algorithm_oid(hf_span identifier, hf_reader *parameters)
{
    *parameters = hf_read_span_of(identifier);
    (void)hf_der_enter(parameters, HF_DER_SEQUENCE);
    return hf_der_read(parameters, HF_DER_OID);
}

static void put_algorithm(hf_fields *f, const char *name, hf_span identifier)
{
    hf_reader parameters;
    hf_fields_say_oid(f, algorithm_oid(identifier, &parameters));
    hf_fields_put(f, name, identifier, 0);
}

static unsigned bits_of(hf_span number)
{
    unsigned bits = (unsigned)number.len * 8;
    for (unsigned top = number.len > 0 ? number.ptr[0] : 0x80; bits > 0 && (top & 0x80) == 0;
         top <<= 1) {
        bits--;
    }
    return bits;
}

static void say_key(hf_fields *f, hf_span spki)
{
    hf_reader fields = hf_read_span_of(spki);
    hf_reader parameters;
    (void)hf_der_enter(&fields, HF_DER_SEQUENCE);
    hf_span oid = algorithm_oid(raw(&fields, HF_DER_SEQUENCE), &parameters);
    hf_span key = hf_der_read_bits(&fields);
    const char *name = hf_oid_name(oid);
    if (fields.bad) {
        hf_fields_say(f, "unreadable");
    } else if (name != NULL && strcmp(name, "rsaEncryption") == 0) {
        hf_reader numbers = hf_read_span_of(key);
        (void)hf_der_enter(&numbers, HF_DER_SEQUENCE);
        hf_fields_say(f, "RSA, %u bits", bits_of(hf_der_read_unsigned(&numbers)));
    } else if (name != NULL && strcmp(name, "id-ecPublicKey") == 0) {
        hf_fields_say(f, "EC, ");
        hf_fields_say_oid(f, hf_der_read(&parameters, HF_DER_OID));
    } else {
        hf_fields_say_oid(f, oid);
    }
}

void hf_dissect_spki(hf_fields *f, hf_span der)
{
    say_key(f, der);
    hf_fields_put(f, "subjectPublicKeyInfo", der, 0);
}

static void put_name(hf_fields *f, const char *name, hf_span dn)
{
    hf_fields_say_dn(f, dn);
    hf_fields_put(f, name, dn, 0);
}

/* A time is read by itself, so that the other one is shown when it does not parse. */
void hf_dissect_time(hf_fields *f, hf_reader *r, const char *name)
{
    hf_reader look = *r;
    int64_t seconds = hf_der_read_time(&look);
    uint8_t tag = 0;
    const uint8_t *at = r->at;
    hf_span text = hf_der_read_any(r, &tag);
    if (r->bad) {
        return;
    }
    if (look.bad) {
        hf_fields_quote(f, text);
    } else if (seconds == HF_TIME_NEVER) {
        hf_fields_say(f, "never");
    } else {
        hf_fields_say_date(f, seconds);
    }
    hf_fields_put(f, name, (hf_span){at, (size_t)(r->at - at)}, 0);
}

static void put_validity(hf_fields *f, hf_reader *r)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    if (r->bad) {
        return;
    }
    hf_dissect_time(f, r, "notBefore");
    hf_dissect_time(f, r, "notAfter");
    hf_der_leave(r, end);
}

static void put_version_and_serial(hf_fields *f, hf_reader *tbs)
{
    if (hf_der_next_is(tbs, HF_DER_EXPLICIT(0))) {
        hf_span version = raw(tbs, HF_DER_EXPLICIT(0));
        if (!tbs->bad) {
            hf_fields_say(f, "v%u", version.ptr[version.len - 1] + 1u);
            hf_fields_put(f, "version", version, 0);
        }
    }
    hf_span serial = raw(tbs, HF_DER_INTEGER);
    if (!tbs->bad) {
        hf_reader inner = hf_read_span_of(serial);
        hf_fields_say_hex(f, hf_der_read(&inner, HF_DER_INTEGER));
        hf_fields_put(f, "serialNumber", serial, 0);
    }
}

static void put_names_and_key(hf_fields *f, hf_reader *tbs)
{
    hf_span algorithm = raw(tbs, HF_DER_SEQUENCE);
    if (!tbs->bad) {
        put_algorithm(f, "signature", algorithm);
    }
    hf_span issuer = raw(tbs, HF_DER_SEQUENCE);
    if (!tbs->bad) {
        put_name(f, "issuer", issuer);
    }
    put_validity(f, tbs);
    hf_span subject = raw(tbs, HF_DER_SEQUENCE);
    if (!tbs->bad) {
        put_name(f, "subject", subject);
    }
    hf_span spki = raw(tbs, HF_DER_SEQUENCE);
    if (!tbs->bad) {
        hf_dissect_spki(f, spki);
    }
}

static void put_tbs(hf_fields *f, hf_reader *r)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    put_version_and_serial(f, r);
    put_names_and_key(f, r);
    for (unsigned n = 1; n <= 2; n++) {
        if (hf_der_next_is(r, HF_DER_CONTEXT(n))) {
            hf_fields_put(f, n == 1 ? "issuerUniqueID" : "subjectUniqueID",
                          raw(r, HF_DER_CONTEXT(n)), 0);
        }
    }
    if (hf_der_next_is(r, HF_DER_EXPLICIT(3))) {
        hf_dissect_x509_extensions(f, r);
    }
    hf_der_leave(r, end);
}

static void put_signature(hf_fields *f, hf_reader *certificate)
{
    hf_span algorithm = raw(certificate, HF_DER_SEQUENCE);
    if (!certificate->bad) {
        put_algorithm(f, "signatureAlgorithm", algorithm);
    }
    hf_span signature = hf_der_read_bits(certificate);
    if (!certificate->bad) {
        hf_fields_put(f, "signatureValue", signature, 0);
    }
}

void hf_dissect_x509(hf_fields *f, hf_span der)
{
    hf_certificate parsed;
    uint32_t offset = 0;
    hf_code code = hf_x509_parse(&parsed, der, &offset);
    hf_reader certificate = hf_read_span_of(der);
    (void)hf_der_enter(&certificate, HF_DER_SEQUENCE);
    put_tbs(f, &certificate);
    put_signature(f, &certificate);
    if (code != HF_OK) {
        size_t at = offset < der.len ? offset : der.len;
        hf_fields_say(f, "%s at byte %u of the certificate", hf_error_name(code), (unsigned)at);
        hf_fields_put(f, "unreadable", (hf_span){der.ptr + at, der.len - at}, 0);
    }
}
