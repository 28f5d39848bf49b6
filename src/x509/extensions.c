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
    hf_reader names = hf_der_enter(r, HF_DER_SEQUENCE);
    certificate->alt_names = (hf_span){.ptr = names.start, .len = hf_read_left(&names)};
    do { /* RFC 5280 4.2.1.6: at least one name */
        (void)hf_general_name_read(&names);
    } while (hf_read_left(&names) > 0);
    hf_der_leave(r, &names);
}

static void read_basic_constraints(hf_reader *r, hf_certificate *certificate)
{
    hf_reader fields = hf_der_enter(r, HF_DER_SEQUENCE);
    certificate->has_basic_constraints = true;
    if (hf_der_next_is(&fields, HF_DER_BOOLEAN)) {
        certificate->is_ca = hf_der_read_boolean(&fields);
    }
    if (hf_read_left(&fields) > 0) {
        certificate->path_length = (int32_t)hf_der_read_small(&fields, INT32_MAX);
    }
    hf_der_leave(r, &fields);
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
    hf_reader purposes = hf_der_enter(r, HF_DER_SEQUENCE);
    certificate->has_purposes = true;
    do {
        hf_span oid = hf_der_read(&purposes, HF_DER_OID);
        if (oid.len == sizeof any && memcmp(oid.ptr, any, sizeof any) == 0) {
            certificate->purposes |= HF_PURPOSE_ANY;
        } else if (oid.len == sizeof arc + 1 && memcmp(oid.ptr, arc, sizeof arc) == 0) {
            uint8_t number = oid.ptr[sizeof arc];
            certificate->purposes |= number == 1 ? HF_PURPOSE_SERVER_AUTH : 0;
            certificate->purposes |= number == 2 ? HF_PURPOSE_CLIENT_AUTH : 0;
            certificate->purposes |= number == 9 ? HF_PURPOSE_OCSP_SIGNING : 0;
        }
    } while (hf_read_left(&purposes) > 0);
    hf_der_leave(r, &purposes);
}

/* Syntax only, to the depth that matters: one or more PolicyInformation. */
static void read_policies(hf_reader *r, hf_certificate *certificate)
{
    (void)certificate;
    hf_reader policies = hf_der_enter(r, HF_DER_SEQUENCE);
    do {
        hf_reader policy = hf_der_enter(&policies, HF_DER_SEQUENCE);
        (void)hf_der_read(&policy, HF_DER_OID);
        if (hf_read_left(&policy) > 0) {
            (void)hf_der_read(&policy, HF_DER_SEQUENCE);
        }
        hf_der_leave(&policies, &policy);
    } while (hf_read_left(&policies) > 0);
    hf_der_leave(r, &policies);
}

/* RFC 5280 4.2.1.11: always critical. One that is not marked so is treated as if it were, because
 * passing over it would accept paths that it forbids. */
static void refuse_policy_constraints(hf_reader *r, hf_certificate *certificate)
{
    (void)hf_read_bytes(r, hf_read_left(r));
    certificate->unknown_critical = true;
}

/* RFC 7633: numbers of TLS extensions that the server answers where the client has sent them. What
 * is not sent here binds nobody, so the others need no processing even where the extension is
 * critical. */
static void read_features(hf_reader *r, hf_certificate *certificate)
{
    hf_reader features = hf_der_enter(r, HF_DER_SEQUENCE);
    while (hf_read_left(&features) > 0) {
        uint32_t feature = hf_der_read_small(&features, 0xffff);
        certificate->must_staple =
            certificate->must_staple || (feature == STATUS_REQUEST && !features.bad);
    }
    hf_der_leave(r, &features);
}

/* By the last number of their arc: 2.5.29 (RFC 5280 4.2.1) or 1.3.6.1.5.5.7.1 (4.2.2). */
static const struct known_extension {
    bool private_internet;
    uint8_t number;
    void (*read)(hf_reader *r, hf_certificate *certificate);
} KNOWN[] = {
    {false, 15, read_key_usage},         {false, 17, read_alt_names},
    {false, 19, read_basic_constraints}, {false, 30, read_constraints},
    {false, 32, read_policies},          {false, 36, refuse_policy_constraints},
    {false, 37, read_purposes},          {true, 24, read_features},
};

static bool is_known(const struct known_extension *known, hf_span oid)
{
    static const uint8_t arc[] = {0x55, 0x1d};
    static const uint8_t private_internet[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01};
    const uint8_t *front = known->private_internet ? private_internet : arc;
    size_t len = known->private_internet ? sizeof private_internet : sizeof arc;
    return oid.len == len + 1 && memcmp(oid.ptr, front, len) == 0 && oid.ptr[len] == known->number;
}

static const struct known_extension *find_known(hf_span oid)
{
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        if (is_known(&KNOWN[i], oid)) {
            return &KNOWN[i];
        }
    }
    return NULL;
}

static hf_span read_extension(hf_reader *r, hf_certificate *certificate)
{
    bool critical = false;
    hf_reader extension = hf_der_enter(r, HF_DER_SEQUENCE);
    hf_span oid = hf_der_read(&extension, HF_DER_OID);
    if (hf_der_next_is(&extension, HF_DER_BOOLEAN)) {
        critical = hf_der_read_boolean(&extension);
    }
    hf_reader value = hf_der_enter(&extension, HF_DER_OCTET_STRING);
    const struct known_extension *known = find_known(oid);
    if (known != NULL) {
        known->read(&value, certificate);
    } else {
        (void)hf_read_bytes(&value, hf_read_left(&value));
        certificate->unknown_critical = certificate->unknown_critical || critical;
    }
    hf_der_leave(&extension, &value);
    hf_der_leave(r, &extension);
    return oid;
}

/* True when `oid` stands in one of the extensions between list.at and `oid` itself. */
static bool stands_before(hf_reader list, hf_span oid)
{
    while (list.at < oid.ptr) {
        hf_reader extension = hf_der_enter(&list, HF_DER_SEQUENCE);
        hf_span earlier = hf_der_read(&extension, HF_DER_OID);
        if (extension.bad || earlier.ptr == oid.ptr) {
            return false;
        }
        if (hf_span_same(earlier, oid)) {
            return true;
        }
    }
    return false;
}

void hf_extensions_read(hf_reader *r, hf_certificate *certificate, hf_code *code)
{
    hf_reader list = hf_der_enter(r, HF_DER_SEQUENCE);
    const hf_reader first = list;
    unsigned count = 0;
    do { /* RFC 5280 4.1.2.9: one or more */
        const uint8_t *start = list.at;
        hf_span oid = read_extension(&list, certificate);
        count++;
        if (!list.bad && stands_before(first, oid)) {
            *code = HF_E_CERT_EXTENSION_TWICE; /* RFC 5280 4.2 */
            list.at = start;
            hf_read_spoil(&list);
        } else if (count > HF_X509_EXTENSIONS_MAX) {
            hf_read_spoil(&list);
        }
    } while (hf_read_left(&list) > 0);
    hf_der_leave(r, &list);
}
