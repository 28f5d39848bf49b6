/* One stapled OCSP response against its rules (RFC 6960 3.2): see ocsp.h.
 *
 * Each call reads the response again (ocsp_read.c) and finds its signer again, which costs
 * microseconds and keeps the state small. Order: syntax, critical extensions, whether an answer is
 * about the certificate and is current, who signed; then signatures; then the status. So a
 * revocation is only believed when it is signed, and a useless response costs no verification.
 */
#include "x509/ocsp.h"

#include "x509/build_time.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/ocsp_read.h"

#include <string.h>

bool hf_ocsp_available(void)
{
    return true;
}

void hf_ocsp_start(hf_ocsp *ocsp, const hf_crypto *crypto, hf_span response,
                   const hf_ocsp_subject *subject, hf_time now)
{
    *ocsp = (hf_ocsp){.crypto = crypto,
                      .response = response,
                      .subject = *subject,
                      .now = now,
                      .state = HF_OCSP_NEW};
}

/* ---- identifiers */

static void hash_one(hf_hash_id id, hf_span bytes, uint8_t out[HF_HASH_MAX])
{
    hf_hash hash;
    hf_hash_start(&hash, id);
    hf_hash_add(&hash, bytes.ptr, bytes.len);
    hf_hash_final(&hash, out);
}

/* Header of a DER value below 64 KB; returns its length. */
static size_t put_header(uint8_t header[4], uint8_t tag, size_t len)
{
    header[0] = tag;
    if (len < 0x80) {
        header[1] = (uint8_t)len;
        return 2;
    }
    if (len < 0x100) {
        header[1] = 0x81;
        header[2] = (uint8_t)len;
        return 3;
    }
    header[1] = 0x82;
    header[2] = (uint8_t)(len >> 8);
    header[3] = (uint8_t)len;
    return 4;
}

/* A positive INTEGER: its header, and the zero that keeps it positive. */
static size_t put_integer(uint8_t front[5], hf_span number)
{
    size_t zero = number.len > 0 && number.ptr[0] >= 0x80 ? 1 : 0;
    size_t len = put_header(front, HF_DER_INTEGER, number.len + zero);
    if (zero > 0) {
        front[len] = 0;
    }
    return len + zero;
}

/* The hash over the bits of a subjectPublicKey, without tag, length and count of unused bits (RFC
 * 6960 4.1.1, 4.2.1). Every key that is accepted has one encoding only, so the bits need not be
 * kept: a point is its own, RSA is a SEQUENCE of modulus and exponent (RFC 8017 A.1.1). */
static void hash_key(hf_hash_id id, const hf_public_key *key, uint8_t out[HF_HASH_MAX])
{
    if (key->kind != HF_KEY_RSA) {
        hash_one(id, key->point, out);
        return;
    }
    uint8_t list[4];
    uint8_t modulus[5];
    uint8_t exponent[5];
    size_t modulus_len = put_integer(modulus, key->point);
    size_t exponent_len = put_integer(exponent, key->exponent);
    size_t len = modulus_len + key->point.len + exponent_len + key->exponent.len;
    hf_hash hash;
    hf_hash_start(&hash, id);
    hf_hash_add(&hash, list, put_header(list, HF_DER_SEQUENCE, len));
    hf_hash_add(&hash, modulus, modulus_len);
    hf_hash_add(&hash, key->point.ptr, key->point.len);
    hf_hash_add(&hash, exponent, exponent_len);
    hf_hash_add(&hash, key->exponent.ptr, key->exponent.len);
    hf_hash_final(&hash, out);
}

static bool same_hash(hf_span found, const uint8_t *expected, size_t size)
{
    return found.len == size && memcmp(found.ptr, expected, size) == 0;
}

/* RFC 6960 3.2 step 1: the answer names our certificate. The serial number first, it costs least.
 */
static bool is_about(const hf_ocsp *ocsp, const hf_ocsp_answer *answer)
{
    uint8_t value[HF_HASH_MAX];
    size_t size = hf_hash_size(answer->hash);
    if (size == 0 || !hf_span_same(answer->serial, ocsp->subject.serial)) {
        return false;
    }
    hash_one(answer->hash, ocsp->subject.issuer_name, value);
    if (!same_hash(answer->name_hash, value, size)) {
        return false;
    }
    hash_key(answer->hash, &ocsp->subject.issuer_key, value);
    return same_hash(answer->key_hash, value, size);
}

/* ---- answers */

static hf_code stale(hf_ocsp *ocsp, int64_t seconds)
{
    ocsp->detail = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
    return HF_E_OCSP_STALE;
}

/* RFC 6960 3.2 steps 5, 6. A clock that only knows a lower bound cannot say that something is from
 * the future. */
static hf_code check_times(hf_ocsp *ocsp, const hf_ocsp_answer *answer)
{
    int64_t now = ocsp->now.seconds;
    int64_t end =
        answer->has_next_update ? answer->next_update : answer->this_update + HF_OCSP_AGE_MAX;
    if (now >= end) {
        return stale(ocsp, now - end);
    }
    if (ocsp->now.kind == HF_TIME_EXACT && answer->this_update > now + HF_OCSP_TOLERANCE) {
        return now < HF_BUILD_TIME ? HF_E_CLOCK_IMPLAUSIBLE
                                   : stale(ocsp, answer->this_update - now);
    }
    return HF_OK;
}

static hf_code check_status(hf_ocsp *ocsp, const hf_ocsp_answer *answer)
{
    ocsp->detail = answer->reason;
    return answer->status == HF_OCSP_STATUS_GOOD      ? HF_OK
           : answer->status == HF_OCSP_STATUS_REVOKED ? HF_E_CERT_REVOKED
                                                      : HF_E_OCSP_STATUS;
}

/* Every answer about our certificate has to pass; there may be one for each hash. */
static hf_code check_answers(hf_ocsp *ocsp, const hf_ocsp_response *response,
                             hf_code (*check)(hf_ocsp *ocsp, const hf_ocsp_answer *answer))
{
    hf_reader answers = hf_read_span_of(response->answers);
    bool found = false;
    while (hf_read_left(&answers) > 0) {
        const hf_ocsp_answer answer = hf_ocsp_read_answer(&answers);
        if (!is_about(ocsp, &answer)) {
            continue;
        }
        found = true;
        hf_code code = check(ocsp, &answer);
        if (code != HF_OK) {
            return code;
        }
    }
    return found ? HF_OK : HF_E_OCSP_OTHER;
}

/* ---- the signer */

/* RFC 6960 4.2.2.3: the responder is named by its subject or by the SHA-1 of its key. */
static bool is_responder(const hf_ocsp_response *response, hf_span name, const hf_public_key *key)
{
    uint8_t value[HF_HASH_MAX];
    if (!response->by_key) {
        return hf_name_same(response->responder, name);
    }
    hash_key(HF_SHA1, key, value);
    return same_hash(response->responder, value, HF_OCSP_KEY_HASH_SIZE);
}

static bool same_key(const hf_public_key *a, const hf_public_key *b)
{
    return a->kind == b->kind && hf_span_same(a->point, b->point) &&
           hf_span_same(a->exponent, b->exponent);
}

/* Looks for the certificate of a responder other than the issuer: one that is appointed, else one
 * that only fits, which says best what is wrong. der.ptr NULL: there is none. */
static hf_code find_delegate(hf_ocsp *ocsp, const hf_ocsp_response *response,
                             hf_certificate *delegate)
{
    hf_reader list = hf_read_span_of(response->certificates);
    *delegate = (hf_certificate){.version = 0};
    while (hf_read_left(&list) > 0 && (delegate->purposes & HF_PURPOSE_OCSP_SIGNING) == 0) {
        hf_certificate certificate;
        uint32_t offset = 0;
        hf_span der = hf_der_read_raw(&list, HF_DER_SEQUENCE);
        if (hf_x509_parse(&certificate, der, &offset) != HF_OK) {
            ocsp->offset = (uint32_t)(der.ptr - ocsp->response.ptr) + offset;
            return HF_E_OCSP_UNREADABLE;
        }
        if (is_responder(response, certificate.subject, &certificate.key) &&
            !same_key(&certificate.key, &ocsp->subject.issuer_key)) {
            *delegate = certificate;
        }
    }
    return HF_OK;
}

/* RFC 6960 4.2.2.2: the purpose has to stand there in so many words, "any" does not appoint. */
static hf_code check_purpose(const hf_certificate *delegate)
{
    const unsigned usages = HF_KEY_USAGE_DIGITAL_SIGNATURE | HF_KEY_USAGE_NON_REPUDIATION;
    if ((delegate->purposes & HF_PURPOSE_OCSP_SIGNING) == 0) {
        return HF_E_CERT_PURPOSE;
    }
    return delegate->has_key_usage && (delegate->key_usage & usages) == 0 ? HF_E_CERT_KEY_USAGE
                                                                          : HF_OK;
}

/* A signature over `data` by `key`. One public-key operation. */
static hf_code verify(const hf_ocsp *ocsp, const hf_public_key *key, hf_signature_kind kind,
                      hf_hash_id hash, hf_span data, hf_span signature)
{
    uint8_t value[HF_HASH_MAX];
    if (kind == HF_SIGNATURE_NONE || signature.len > HF_SIGNATURE_MAX) {
        return HF_E_CERT_WEAK_SIGNATURE;
    }
    hash_one(hash, data, value);
    const hf_link_child child = {
        .kind = kind, .hash = hash, .tbs_hash = value, .signature = signature};
    return hf_link_signature(ocsp->crypto, key, &child);
}

static hf_code not_appointed(hf_ocsp *ocsp, hf_code why)
{
    if (why == HF_E_BACKEND) {
        return why;
    }
    ocsp->detail = (uint32_t)why;
    return HF_E_OCSP_RESPONDER;
}

/* Is this certificate's holder appointed by the issuer? Whether it was revoked is not asked:
 * its dates limit it, with or without id-pkix-ocsp-nocheck. */
static hf_code check_delegate(hf_ocsp *ocsp, const hf_certificate *delegate)
{
    hf_code code = hf_link_certificate(delegate, &ocsp->now);
    if (code == HF_OK) {
        code = check_purpose(delegate);
    }
    if (code == HF_OK && !hf_name_same(delegate->issuer, ocsp->subject.issuer_name)) {
        code = HF_E_CERT_UNKNOWN_CA; /* "issued directly by the CA" */
    }
    if (code == HF_OK) {
        code = verify(ocsp, &ocsp->subject.issuer_key, delegate->signature_kind,
                      delegate->signature_hash, delegate->tbs, delegate->signature);
    }
    return code == HF_OK ? HF_OK : not_appointed(ocsp, code);
}

/* ---- the whole */

static hf_code check_before_signatures(hf_ocsp *ocsp, const hf_ocsp_response *response)
{
    if (!hf_time_is_known(&ocsp->now)) {
        return HF_E_NO_CLOCK;
    }
    if (response->critical) {
        return HF_E_OCSP_CRITICAL;
    }
    return check_answers(ocsp, response, check_times);
}

/* The response's own signature, and what it is worth. */
static hf_code conclude(hf_ocsp *ocsp, const hf_ocsp_response *response, const hf_public_key *key)
{
    hf_code code = verify(ocsp, key, response->signature_kind, response->signature_hash,
                          response->data, response->signature);
    if (code != HF_OK) {
        return code == HF_E_BACKEND ? code : HF_E_OCSP_SIGNATURE;
    }
    ocsp->state = HF_OCSP_GOOD;
    return check_answers(ocsp, response, check_status);
}

static hf_code check_signer(hf_ocsp *ocsp, const hf_ocsp_response *response)
{
    hf_certificate delegate;
    hf_code code = find_delegate(ocsp, response, &delegate);
    if (code != HF_OK) {
        return code;
    }
    bool appointed = (delegate.purposes & HF_PURPOSE_OCSP_SIGNING) != 0;
    if (!appointed &&
        is_responder(response, ocsp->subject.issuer_name, &ocsp->subject.issuer_key)) {
        return conclude(ocsp, response, &ocsp->subject.issuer_key);
    }
    if (delegate.der.ptr == NULL) {
        return HF_E_OCSP_RESPONDER;
    }
    if (ocsp->state == HF_OCSP_DELEGATED) {
        return conclude(ocsp, response, &delegate.key);
    }
    code = check_delegate(ocsp, &delegate);
    if (code == HF_OK) {
        ocsp->state = HF_OCSP_DELEGATED;
        code = HF_PENDING;
    }
    return code;
}

hf_code hf_ocsp_run(hf_ocsp *ocsp)
{
    hf_ocsp_response response;
    if (ocsp->state == HF_OCSP_GOOD || ocsp->state == HF_OCSP_FAILED) {
        return ocsp->state == HF_OCSP_GOOD ? HF_OK : HF_E_USAGE;
    }
    hf_code code = hf_ocsp_read(&response, ocsp->response, &ocsp->offset, &ocsp->detail);
    if (code == HF_OK && ocsp->state == HF_OCSP_NEW) {
        code = check_before_signatures(ocsp, &response);
    }
    if (code == HF_OK) {
        code = check_signer(ocsp, &response);
    }
    if (code != HF_OK && code != HF_PENDING) {
        ocsp->state = HF_OCSP_FAILED;
    }
    return code;
}
