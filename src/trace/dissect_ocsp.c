/* A stapled OCSP response (RFC 6960 4.2.1): whether there is an answer, and what it says of each
 * certificate.
 */
#include "trace/dissect_oid.h"
#include "trace/dissect_x509.h"
#include "x509/der.h"

static const char *response_status(uint32_t status)
{
    static const char *const NAMES[] = {"successful",  "malformedRequest", "internalError",
                                        "tryLater",    "unknown",          "sigRequired",
                                        "unauthorized"};
    return status < sizeof NAMES / sizeof NAMES[0] ? NAMES[status] : "unknown";
}

/* CertStatus: the tag says which. */
static void put_status(hf_fields *f, hf_reader *answer)
{
    uint8_t tag = 0;
    const uint8_t *at = answer->at;
    (void)hf_der_read_any(answer, &tag);
    if (answer->bad) {
        return;
    }
    unsigned number = tag & 0x1fu;
    hf_fields_say(f, number == 0 ? "good" : number == 1 ? "revoked" : "unknown");
    hf_fields_put(f, "certStatus", (hf_span){at, (size_t)(answer->at - at)}, 0);
}

/* CertID: the serial is what tells certificates of one CA apart. */
static void put_serial(hf_fields *f, hf_reader *answer)
{
    const uint8_t *end = hf_der_enter(answer, HF_DER_SEQUENCE);
    hf_der_skip(answer, HF_DER_SEQUENCE);
    hf_der_skip(answer, HF_DER_OCTET_STRING);
    hf_der_skip(answer, HF_DER_OCTET_STRING);
    hf_span serial = hf_der_read(answer, HF_DER_INTEGER);
    if (!answer->bad) {
        hf_fields_say_hex(f, serial);
        hf_fields_put(f, "serialNumber", serial, 0);
    }
    hf_der_leave(answer, end);
}

static void put_answer(hf_fields *f, hf_reader *r)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    put_serial(f, r);
    put_status(f, r);
    hf_dissect_time(f, r, "thisUpdate");
    const uint8_t *next_end = hf_der_enter_optional(r, HF_DER_EXPLICIT(0));
    if (next_end != NULL) {
        hf_dissect_time(f, r, "nextUpdate");
        hf_der_leave(r, next_end);
    }
    while (hf_read_left(r) > 0) { /* extensions */
        uint8_t tag = 0;
        (void)hf_der_read_any(r, &tag);
    }
    hf_der_leave(r, end);
}

/* ResponseData: version, responderID, producedAt, responses. */
static void put_data(hf_fields *f, hf_span basic)
{
    hf_reader r = hf_read_span_of(basic);
    uint8_t tag = 0;
    (void)hf_der_enter(&r, HF_DER_SEQUENCE);
    (void)hf_der_enter(&r, HF_DER_SEQUENCE);
    hf_der_skip_optional(&r, HF_DER_EXPLICIT(0));
    (void)hf_der_read_any(&r, &tag);
    hf_dissect_time(f, &r, "producedAt");
    (void)hf_der_enter(&r, HF_DER_SEQUENCE);
    while (hf_read_left(&r) > 0) {
        put_answer(f, &r);
    }
}

void hf_dissect_ocsp(hf_fields *f, hf_span der)
{
    hf_reader r = hf_read_span_of(der);
    (void)hf_der_enter(&r, HF_DER_SEQUENCE);
    hf_span status = hf_der_read(&r, HF_DER_ENUMERATED);
    if (r.bad || status.len != 1) {
        hf_fields_say(f, "no OCSPResponse");
        hf_fields_put(f, "unreadable", der, 0);
        return;
    }
    hf_fields_say(f, "%s", response_status(status.ptr[0]));
    hf_fields_put(f, "responseStatus", status, 0);
    if (hf_der_enter_optional(&r, HF_DER_EXPLICIT(0)) == NULL) {
        return;
    }
    (void)hf_der_enter(&r, HF_DER_SEQUENCE);
    hf_span type = hf_der_read(&r, HF_DER_OID);
    hf_span basic = hf_der_read(&r, HF_DER_OCTET_STRING);
    if (!r.bad) {
        hf_fields_say_oid(f, type);
        hf_fields_put(f, "responseType", type, 0);
        put_data(f, basic);
    }
}
