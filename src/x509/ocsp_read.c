/* An OCSPResponse to spans: see ocsp_read.h. */
#include "x509/ocsp_read.h"

#include "x509/algorithm.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/ocsp.h"

#include <string.h>

static const uint8_t OID_BASIC[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01};

/* ENUMERATED of one byte, up to `max`. */
static uint8_t read_enumerated(hf_reader *r, uint8_t max)
{
    const uint8_t *start = r->at;
    hf_span content = hf_der_read(r, HF_DER_ENUMERATED);
    if (!r->bad && (content.len != 1 || content.ptr[0] > max)) {
        r->at = start;
        hf_read_spoil(r);
    }
    return r->bad ? 0 : content.ptr[0];
}

/* GeneralizedTime alone, in the form of RFC 5280 (RFC 6960 4.2.2.1). */
static int64_t read_time(hf_reader *r)
{
    if (!hf_der_next_is(r, HF_DER_GENERALIZED_TIME)) {
        hf_read_spoil(r);
    }
    return hf_der_read_time(r);
}

/* Extensions in [1], or nothing. None is processed here, so it matters only whether one is
 * critical. */
static bool read_extensions(hf_reader *r)
{
    bool critical = false;
    if (!hf_der_next_is(r, HF_DER_EXPLICIT(1))) {
        return false;
    }
    hf_reader outer = hf_der_enter(r, HF_DER_EXPLICIT(1));
    hf_reader list = hf_der_enter(&outer, HF_DER_SEQUENCE);
    do { /* RFC 5280 4.1: one or more */
        hf_reader extension = hf_der_enter(&list, HF_DER_SEQUENCE);
        (void)hf_der_read(&extension, HF_DER_OID);
        if (hf_der_next_is(&extension, HF_DER_BOOLEAN)) {
            critical = hf_der_read_boolean(&extension) || critical;
        }
        (void)hf_der_read(&extension, HF_DER_OCTET_STRING);
        hf_der_leave(&list, &extension);
    } while (hf_read_left(&list) > 0);
    hf_der_leave(&outer, &list);
    hf_der_leave(r, &outer);
    return critical;
}

static void read_id(hf_reader *r, hf_ocsp_answer *answer)
{
    hf_reader id = hf_der_enter(r, HF_DER_SEQUENCE);
    answer->hash = hf_algorithm_read_identifier_hash(&id);
    answer->name_hash = hf_der_read(&id, HF_DER_OCTET_STRING);
    answer->key_hash = hf_der_read(&id, HF_DER_OCTET_STRING);
    answer->serial = hf_der_read_integer(&id);
    hf_der_leave(r, &id);
}

/* RevokedInfo. CRLReason goes up to aACompromise (RFC 5280 5.3.1). */
static void read_revoked(hf_reader *r, hf_ocsp_answer *answer)
{
    hf_reader info = hf_der_enter(r, HF_DER_EXPLICIT(1)); /* implicit, but constructed */
    (void)read_time(&info);
    if (hf_der_next_is(&info, HF_DER_EXPLICIT(0))) {
        hf_reader reason = hf_der_enter(&info, HF_DER_EXPLICIT(0));
        answer->reason = read_enumerated(&reason, 10);
        hf_der_leave(&info, &reason);
    }
    hf_der_leave(r, &info);
}

static void read_status(hf_reader *r, hf_ocsp_answer *answer)
{
    if (hf_der_next_is(r, HF_DER_EXPLICIT(1))) {
        answer->status = HF_OCSP_STATUS_REVOKED;
        read_revoked(r, answer);
        return;
    }
    bool good = hf_der_next_is(r, HF_DER_CONTEXT(0));
    answer->status = good ? HF_OCSP_STATUS_GOOD : HF_OCSP_STATUS_UNKNOWN;
    const uint8_t *start = r->at;
    if (hf_der_read(r, good ? HF_DER_CONTEXT(0) : HF_DER_CONTEXT(2)).len != 0) {
        r->at = start; /* NULL has no content */
        hf_read_spoil(r);
    }
}

hf_ocsp_answer hf_ocsp_read_answer(hf_reader *answers)
{
    hf_ocsp_answer answer = {.hash = HF_HASH_NONE, .status = HF_OCSP_STATUS_UNKNOWN};
    hf_reader fields = hf_der_enter(answers, HF_DER_SEQUENCE);
    read_id(&fields, &answer);
    read_status(&fields, &answer);
    answer.this_update = read_time(&fields);
    if (hf_der_next_is(&fields, HF_DER_EXPLICIT(0))) {
        hf_reader next = hf_der_enter(&fields, HF_DER_EXPLICIT(0));
        answer.has_next_update = true;
        answer.next_update = read_time(&next);
        hf_der_leave(&fields, &next);
    }
    answer.critical = read_extensions(&fields);
    hf_der_leave(answers, &fields);
    return answer;
}

static void read_responder(hf_reader *r, hf_ocsp_response *response)
{
    response->by_key = hf_der_next_is(r, HF_DER_EXPLICIT(2));
    hf_reader id = hf_der_enter(r, response->by_key ? HF_DER_EXPLICIT(2) : HF_DER_EXPLICIT(1));
    const uint8_t *start = id.at;
    response->responder =
        response->by_key ? hf_der_read(&id, HF_DER_OCTET_STRING) : hf_name_read(&id);
    if (!id.bad && response->by_key && response->responder.len != HF_OCSP_KEY_HASH_SIZE) {
        id.at = start;
        hf_read_spoil(&id);
    }
    hf_der_leave(r, &id);
}

static void read_answers(hf_reader *r, hf_ocsp_response *response)
{
    hf_reader answers = hf_der_enter(r, HF_DER_SEQUENCE);
    response->answers = (hf_span){.ptr = answers.at, .len = hf_read_left(&answers)};
    for (unsigned count = 0; hf_read_left(&answers) > 0; count++) {
        if (count == HF_OCSP_ANSWERS_MAX) {
            hf_read_spoil(&answers);
            break;
        }
        response->critical = hf_ocsp_read_answer(&answers).critical || response->critical;
    }
    hf_der_leave(r, &answers);
}

/* ResponseData. Its version is 1, the default, which may stand (der.h). */
static void read_data(hf_reader *r, hf_ocsp_response *response)
{
    const uint8_t *start = r->at;
    hf_reader data = hf_der_enter(r, HF_DER_SEQUENCE);
    if (hf_der_next_is(&data, HF_DER_EXPLICIT(0))) {
        hf_reader version = hf_der_enter(&data, HF_DER_EXPLICIT(0));
        (void)hf_der_read_small(&version, 0);
        hf_der_leave(&data, &version);
    }
    read_responder(&data, response);
    (void)read_time(&data); /* producedAt: when it was signed; of that nothing depends */
    read_answers(&data, response);
    response->critical = read_extensions(&data) || response->critical;
    hf_der_leave(r, &data);
    response->data = (hf_span){.ptr = start, .len = (size_t)(r->at - start)};
}

static void read_certificates(hf_reader *r, hf_ocsp_response *response)
{
    if (!hf_der_next_is(r, HF_DER_EXPLICIT(0))) {
        return;
    }
    hf_reader outer = hf_der_enter(r, HF_DER_EXPLICIT(0));
    hf_reader list = hf_der_enter(&outer, HF_DER_SEQUENCE);
    response->certificates = (hf_span){.ptr = list.at, .len = hf_read_left(&list)};
    for (unsigned count = 0; hf_read_left(&list) > 0; count++) {
        if (count == HF_OCSP_CERTIFICATES_MAX) {
            hf_read_spoil(&list);
            break;
        }
        (void)hf_der_read(&list, HF_DER_SEQUENCE);
    }
    hf_der_leave(&outer, &list);
    hf_der_leave(r, &outer);
}

static void read_basic(hf_reader *r, hf_ocsp_response *response)
{
    hf_reader basic = hf_der_enter(r, HF_DER_SEQUENCE);
    read_data(&basic, response);
    hf_reader algorithm = hf_der_enter(&basic, HF_DER_SEQUENCE);
    hf_algorithm_read_signature(&algorithm, &response->signature_kind, &response->signature_hash);
    hf_der_leave(&basic, &algorithm);
    response->signature = hf_der_read_bits(&basic);
    read_certificates(&basic, response);
    hf_der_leave(r, &basic);
}

/* ResponseBytes. id-pkix-ocsp-basic is the only type there is (RFC 6960 4.2.1). */
static void read_bytes(hf_reader *r, hf_ocsp_response *response)
{
    hf_reader outer = hf_der_enter(r, HF_DER_EXPLICIT(0));
    hf_reader bytes = hf_der_enter(&outer, HF_DER_SEQUENCE);
    const uint8_t *start = bytes.at;
    hf_span type = hf_der_read(&bytes, HF_DER_OID);
    if (!bytes.bad && !hf_span_same(type, (hf_span){.ptr = OID_BASIC, .len = sizeof OID_BASIC})) {
        bytes.at = start;
        hf_read_spoil(&bytes);
    }
    hf_reader content = hf_der_enter(&bytes, HF_DER_OCTET_STRING);
    read_basic(&content, response);
    hf_der_leave(&bytes, &content);
    hf_der_leave(&outer, &bytes);
    hf_der_leave(r, &outer);
}

hf_code hf_ocsp_read(hf_ocsp_response *response, hf_span der, uint32_t *offset, uint32_t *detail)
{
    *response = (hf_ocsp_response){.by_key = false};
    hf_reader r = hf_read_span_of(der);
    hf_reader outer = hf_der_enter(&r, HF_DER_SEQUENCE);
    uint8_t status = read_enumerated(&outer, 6);
    if (status == 0) {
        read_bytes(&outer, response); /* RFC 6960 4.2.1: absent with every other status */
    }
    hf_der_leave(&r, &outer);
    if (!hf_read_done(&r)) {
        *offset = (uint32_t)hf_read_offset(&r);
        return HF_E_OCSP_UNREADABLE;
    }
    *detail = status;
    return status == 0 ? HF_OK : HF_E_OCSP_STATUS;
}
