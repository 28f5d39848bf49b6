/* Extensions of a certificate: see extensions.h.
 *
 * Each known extension has one reader function in a table. Processed here or by the path: key
 * usage, subjectAltName, basic constraints, name constraints, extended key usage, TLS features, and
 * certificate policies, which ask for nothing as long as no policy is demanded (RFC 5280 6.1.5 g
 * with an empty initial set). Everything else is unknown: ignored, or fatal to the path when
 * critical.
 */
#include "x509/extensions.h"

#include "x509/constraints.h"
#include "x509/der.h"

#include <string.h>

#define STATUS_REQUEST 5 /* the TLS extension's number (RFC 6066 8) */

static void read_key_usage(hf_reader *r, hf_certificate *certificate)
{
    certificate->has_key_usage = true;
    certificate->key_usage = hf_der_read_flags(r);
}

static void read_alt_names(hf_reader *r, hf_certificate *certificate)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    certificate->alt_names = (hf_span){.ptr = r->at, .len = hf_read_left(r)};
    do { /* RFC 5280 4.2.1.6: at least one name */
        (void)hf_general_name_read(r);
    } while (hf_read_left(r) > 0);
    hf_der_leave(r, end);
}

static void read_basic_constraints(hf_reader *r, hf_certificate *certificate)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    certificate->has_basic_constraints = true;
    if (hf_der_next_is(r, HF_DER_BOOLEAN)) {
        certificate->is_ca = hf_der_read_boolean(r);
    }
    if (hf_read_left(r) > 0) {
        certificate->path_length = (int32_t)hf_der_read_small(r, INT32_MAX);
    }
    hf_der_leave(r, end);
}

static void read_constraints(hf_reader *r, hf_certificate *certificate)
{
    certificate->constraints = hf_constraints_read(r);
}

/* RFC 5280 4.2.1.12: id-kp-serverAuth, id-kp-clientAuth, id-kp-OCSPSigning, anyExtendedKeyUsage. */
static void read_purposes(hf_reader *r, hf_certificate *certificate)
{
    static const uint8_t any[] = {0x55, 0x1d, 0x25, 0x00};
    static const uint8_t arc[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03};
    static const uint8_t purposes[] = {
        [1] = HF_PURPOSE_SERVER_AUTH, [2] = HF_PURPOSE_CLIENT_AUTH, [9] = HF_PURPOSE_OCSP_SIGNING};
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    certificate->has_purposes = true;
    do {
        hf_span oid = hf_der_read(r, HF_DER_OID);
        uint8_t number = hf_der_last_of_arc(oid, arc, sizeof arc);
        if (number < sizeof purposes) {
            certificate->purposes |= purposes[number];
        }
        if (hf_span_same(oid, (hf_span){.ptr = any, .len = sizeof any})) {
            certificate->purposes |= HF_PURPOSE_ANY;
        }
    } while (hf_read_left(r) > 0);
    hf_der_leave(r, end);
}

/* Syntax only, to the depth that matters: one or more PolicyInformation. */
static void read_policies(hf_reader *r, hf_certificate *certificate)
{
    (void)certificate;
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    do {
        const uint8_t *policy_end = hf_der_enter(r, HF_DER_SEQUENCE);
        hf_der_skip(r, HF_DER_OID);
        hf_der_skip_optional(r, HF_DER_SEQUENCE);
        hf_der_leave(r, policy_end);
    } while (hf_read_left(r) > 0);
    hf_der_leave(r, end);
}

/* RFC 5280 4.2.1.11: always critical. One that is not marked so is treated as if it were, because
 * passing over it would accept paths that it forbids. */
static void refuse_policy_constraints(hf_reader *r, hf_certificate *certificate)
{
    hf_der_skip_rest(r);
    certificate->unknown_critical = true;
}

/* RFC 7633: numbers of TLS extensions that the server answers where the client has sent them. What
 * is not sent here binds nobody, so the others need no processing even where the extension is
 * critical. */
static void read_features(hf_reader *r, hf_certificate *certificate)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    while (hf_read_left(r) > 0) {
        if (hf_der_read_small(r, 0xffff) == STATUS_REQUEST) {
            certificate->must_staple = true;
        }
    }
    hf_der_leave(r, end);
}

#define PRIVATE_INTERNET 0x100u /* beside the numbers of 2.5.29 */

typedef void value_reader(hf_reader *r, hf_certificate *certificate);

/* By the last number of their arc: 2.5.29 (RFC 5280 4.2.1) or 1.3.6.1.5.5.7.1 (4.2.2). */
static const struct known_extension {
    value_reader *read;
    uint16_t number;
} KNOWN[] = {
    {read_key_usage, 15},
    {read_alt_names, 17},
    {read_basic_constraints, 19},
    {read_constraints, 30},
    {read_policies, 32},
    {refuse_policy_constraints, 36},
    {read_purposes, 37},
    {read_features, PRIVATE_INTERNET | 24},
    {NULL, 0},
};

/* NULL: none of these. */
static value_reader *reader_of(hf_span oid)
{
    static const uint8_t arc[] = {0x55, 0x1d};
    static const uint8_t private_internet[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01};
    unsigned number = hf_der_last_of_arc(oid, arc, sizeof arc);
    if (number == 0) {
        number =
            PRIVATE_INTERNET | hf_der_last_of_arc(oid, private_internet, sizeof private_internet);
    }
    const struct known_extension *known = KNOWN;
    while (known->read != NULL && known->number != number) {
        known++;
    }
    return known->read;
}

static hf_span read_extension(hf_reader *r, hf_certificate *certificate)
{
    bool critical = false;
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    hf_span oid = hf_der_read(r, HF_DER_OID);
    if (hf_der_next_is(r, HF_DER_BOOLEAN)) {
        critical = hf_der_read_boolean(r);
    }
    const uint8_t *value_end = hf_der_enter(r, HF_DER_OCTET_STRING);
    value_reader *read = reader_of(oid);
    if (read != NULL) {
        read(r, certificate);
    } else {
        hf_der_skip_rest(r);
        certificate->unknown_critical = certificate->unknown_critical || critical;
    }
    hf_der_leave(r, value_end);
    hf_der_leave(r, end);
    return oid;
}

/* True when one of the extensions from `first` to `own` has this `oid`. */
static bool stands_between(const uint8_t *first, const uint8_t *own, hf_span oid)
{
    hf_reader list = hf_read_from(first, (size_t)(own - first));
    bool found = false;
    while (!found && hf_read_left(&list) > 0) {
        const uint8_t *end = hf_der_enter(&list, HF_DER_SEQUENCE);
        found = hf_span_same(hf_der_read(&list, HF_DER_OID), oid);
        hf_der_skip_rest(&list);
        hf_der_leave(&list, end);
    }
    return found;
}

hf_code hf_extensions_read(hf_reader *r, hf_certificate *certificate)
{
    hf_code code = HF_E_CERT_SYNTAX;
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    const uint8_t *first = r->at;
    unsigned count = 0;
    do { /* RFC 5280 4.1.2.9: one or more */
        const uint8_t *start = r->at;
        hf_span oid = read_extension(r, certificate);
        count++;
        if (!r->bad && stands_between(first, start, oid)) {
            code = HF_E_CERT_EXTENSION_TWICE; /* RFC 5280 4.2 */
            hf_read_spoil_at(r, start);
        } else if (count > HF_X509_EXTENSIONS_MAX) {
            hf_read_spoil(r);
        }
    } while (hf_read_left(r) > 0);
    hf_der_leave(r, end);
    return code;
}
