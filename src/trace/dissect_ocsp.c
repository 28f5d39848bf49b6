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
    hf_reader id = hf_der_enter(answer, HF_DER_SEQUENCE);
    (void)hf_der_read_raw(&id, HF_DER_SEQUENCE);
    (void)hf_der_read(&id, HF_DER_OCTET_STRING);
    (void)hf_der_read(&id, HF_DER_OCTET_STRING);
    hf_span serial = hf_der_read(&id, HF_DER_INTEGER);
    if (!id.bad) {
        hf_fields_say_hex(f, serial);
        hf_fields_put(f, "serialNumber", serial, 0);
    }
    hf_der_leave(answer, &id);
}

static void put_answer(hf_fields *f, hf_reader *answers)
{
    hf_reader answer = hf_der_enter(answers, HF_DER_SEQUENCE);
    put_serial(f, &answer);
    put_status(f, &answer);
    hf_dissect_time(f, &answer, "thisUpdate");
    if (hf_der_next_is(&answer, HF_DER_EXPLICIT(0))) {
        hf_reader next = hf_der_enter(&answer, HF_DER_EXPLICIT(0));
        hf_dissect_time(f, &next, "nextUpdate");
        hf_der_leave(&answer, &next);
    }
    while (hf_read_left(&answer) > 0) { /* extensions */
        uint8_t tag = 0;
        (void)hf_der_read_any(&answer, &tag);
    }
    hf_der_leave(answers, &answer);
}

/* ResponseData: version, responderID, producedAt, responses. */
static void put_data(hf_fields *f, hf_span basic)
{
    hf_reader r = hf_read_span_of(basic);
    hf_reader response = hf_der_enter(&r, HF_DER_SEQUENCE);
    hf_reader data = hf_der_enter(&response, HF_DER_SEQUENCE);
    uint8_t tag = 0;
    if (hf_der_next_is(&data, HF_DER_EXPLICIT(0))) {
        (void)hf_der_read_any(&data, &tag);
    }
    (void)hf_der_read_any(&data, &tag);
    hf_dissect_time(f, &data, "producedAt");
    hf_reader answers = hf_der_enter(&data, HF_DER_SEQUENCE);
    while (hf_read_left(&answers) > 0) {
        put_answer(f, &answers);
    }
}

void hf_dissect_ocsp(hf_fields *f, hf_span der)
{
    hf_reader r = hf_read_span_of(der);
    hf_reader response = hf_der_enter(&r, HF_DER_SEQUENCE);
    hf_span status = hf_der_read(&response, HF_DER_ENUMERATED);
    if (response.bad || status.len != 1) {
        hf_fields_say(f, "no OCSPResponse");
        hf_fields_put(f, "unreadable", der, 0);
        return;
    }
    hf_fields_say(f, "%s", response_status(status.ptr[0]));
    hf_fields_put(f, "responseStatus", status, 0);
    if (!hf_der_next_is(&response, HF_DER_EXPLICIT(0))) {
        return;
    }
    hf_reader bytes = hf_der_enter(&response, HF_DER_EXPLICIT(0));
    hf_reader typed = hf_der_enter(&bytes, HF_DER_SEQUENCE);
    hf_span type = hf_der_read(&typed, HF_DER_OID);
    hf_span basic = hf_der_read(&typed, HF_DER_OCTET_STRING);
    if (!typed.bad) {
        hf_fields_say_oid(f, type);
        hf_fields_put(f, "responseType", type, 0);
        put_data(f, basic);
    }
}
