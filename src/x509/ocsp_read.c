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
    if (content.len != 1 || content.ptr[0] > max) {
        hf_read_spoil_at(r, start);
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
    const uint8_t *end = hf_der_enter_optional(r, HF_DER_EXPLICIT(1));
    if (end == NULL) {
        return false;
    }
    const uint8_t *list_end = hf_der_enter(r, HF_DER_SEQUENCE);
    do { /* RFC 5280 4.1: one or more */
        const uint8_t *extension_end = hf_der_enter(r, HF_DER_SEQUENCE);
        hf_der_skip(r, HF_DER_OID);
        if (hf_der_next_is(r, HF_DER_BOOLEAN)) {
            critical = hf_der_read_boolean(r) || critical;
        }
        hf_der_skip(r, HF_DER_OCTET_STRING);
        hf_der_leave(r, extension_end);
    } while (hf_read_left(r) > 0);
    hf_der_leave(r, list_end);
    hf_der_leave(r, end);
    return critical;
}

static void read_id(hf_reader *r, hf_ocsp_answer *answer)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    answer->hash = hf_algorithm_read_identifier_hash(r);
    answer->name_hash = hf_der_read(r, HF_DER_OCTET_STRING);
    answer->key_hash = hf_der_read(r, HF_DER_OCTET_STRING);
    answer->serial = hf_der_read_integer(r);
    hf_der_leave(r, end);
}

/* RevokedInfo. CRLReason goes up to aACompromise (RFC 5280 5.3.1). */
static void read_revoked(hf_reader *r, hf_ocsp_answer *answer)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_EXPLICIT(1)); /* implicit, but constructed */
    (void)read_time(r);
    const uint8_t *reason_end = hf_der_enter_optional(r, HF_DER_EXPLICIT(0));
    if (reason_end != NULL) {
        answer->reason = read_enumerated(r, 10);
        hf_der_leave(r, reason_end);
    }
    hf_der_leave(r, end);
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
        hf_read_spoil_at(r, start); /* NULL has no content */
    }
}

hf_ocsp_answer hf_ocsp_read_answer(hf_reader *r)
{
    hf_ocsp_answer answer = {.hash = HF_HASH_NONE, .status = HF_OCSP_STATUS_UNKNOWN};
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    read_id(r, &answer);
    read_status(r, &answer);
    answer.this_update = read_time(r);
    const uint8_t *next_end = hf_der_enter_optional(r, HF_DER_EXPLICIT(0));
    if (next_end != NULL) {
        answer.has_next_update = true;
        answer.next_update = read_time(r);
        hf_der_leave(r, next_end);
    }
    answer.critical = read_extensions(r);
    hf_der_leave(r, end);
    return answer;
}

static void read_responder(hf_reader *r, hf_ocsp_response *response)
{
    response->by_key = hf_der_next_is(r, HF_DER_EXPLICIT(2));
    const uint8_t *end =
        hf_der_enter(r, response->by_key ? HF_DER_EXPLICIT(2) : HF_DER_EXPLICIT(1));
    const uint8_t *start = r->at;
    if (!response->by_key) {
        hf_name_read(r, &response->responder);
    } else {
        response->responder = hf_der_read(r, HF_DER_OCTET_STRING);
        if (response->responder.len != HF_OCSP_KEY_HASH_SIZE) {
            hf_read_spoil_at(r, start);
        }
    }
    hf_der_leave(r, end);
}

static void read_answers(hf_reader *r, hf_ocsp_response *response)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    response->answers = (hf_span){.ptr = r->at, .len = hf_read_left(r)};
    for (unsigned count = 0; hf_read_left(r) > 0; count++) {
        if (count == HF_OCSP_ANSWERS_MAX) {
            hf_read_spoil(r);
            break;
        }
        response->critical = hf_ocsp_read_answer(r).critical || response->critical;
    }
    hf_der_leave(r, end);
}

/* ResponseData. Its version is 1, the default, which may stand (der.h). */
static void read_data(hf_reader *r, hf_ocsp_response *response)
{
    const uint8_t *start = r->at;
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    const uint8_t *version_end = hf_der_enter_optional(r, HF_DER_EXPLICIT(0));
    if (version_end != NULL) {
        (void)hf_der_read_small(r, 0);
        hf_der_leave(r, version_end);
    }
    read_responder(r, response);
    (void)read_time(r); /* producedAt: when it was signed; of that nothing depends */
    read_answers(r, response);
    response->critical = read_extensions(r) || response->critical;
    hf_der_leave(r, end);
    response->data = (hf_span){.ptr = start, .len = (size_t)(r->at - start)};
}

static void read_certificates(hf_reader *r, hf_ocsp_response *response)
{
    const uint8_t *end = hf_der_enter_optional(r, HF_DER_EXPLICIT(0));
    if (end == NULL) {
        return;
    }
    const uint8_t *list_end = hf_der_enter(r, HF_DER_SEQUENCE);
    response->certificates = (hf_span){.ptr = r->at, .len = hf_read_left(r)};
    for (unsigned count = 0; hf_read_left(r) > 0; count++) {
        if (count == HF_OCSP_CERTIFICATES_MAX) {
            hf_read_spoil(r);
            break;
        }
        hf_der_skip(r, HF_DER_SEQUENCE);
    }
    hf_der_leave(r, list_end);
    hf_der_leave(r, end);
}

static void read_basic(hf_reader *r, hf_ocsp_response *response)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_SEQUENCE);
    read_data(r, response);
    const uint8_t *algorithm_end = hf_der_enter(r, HF_DER_SEQUENCE);
    hf_algorithm_read_signature(r, &response->signature_kind, &response->signature_hash);
    hf_der_leave(r, algorithm_end);
    response->signature = hf_der_read_bits(r);
    read_certificates(r, response);
    hf_der_leave(r, end);
}

/* ResponseBytes. id-pkix-ocsp-basic is the only type there is (RFC 6960 4.2.1). */
static void read_bytes(hf_reader *r, hf_ocsp_response *response)
{
    const uint8_t *end = hf_der_enter(r, HF_DER_EXPLICIT(0));
    const uint8_t *bytes_end = hf_der_enter(r, HF_DER_SEQUENCE);
    const uint8_t *start = r->at;
    hf_span type = hf_der_read(r, HF_DER_OID);
    if (!hf_span_same(type, (hf_span){.ptr = OID_BASIC, .len = sizeof OID_BASIC})) {
        hf_read_spoil_at(r, start);
    }
    const uint8_t *content_end = hf_der_enter(r, HF_DER_OCTET_STRING);
    read_basic(r, response);
    hf_der_leave(r, content_end);
    hf_der_leave(r, bytes_end);
    hf_der_leave(r, end);
}

hf_code hf_ocsp_read(hf_ocsp_response *response, hf_span der, uint32_t *offset, uint32_t *detail)
{
    *response = (hf_ocsp_response){.by_key = false};
    hf_reader r = hf_read_span_of(der);
    const uint8_t *end = hf_der_enter(&r, HF_DER_SEQUENCE);
    uint8_t status = read_enumerated(&r, 6);
    if (status == 0) {
        read_bytes(&r, response); /* RFC 6960 4.2.1: absent with every other status */
    }
    hf_der_leave(&r, end);
    if (!hf_read_done(&r)) {
        *offset = (uint32_t)hf_read_offset(&r);
        return HF_E_OCSP_UNREADABLE;
    }
    *detail = status;
    return status == 0 ? HF_OK : HF_E_OCSP_STATUS;
}
