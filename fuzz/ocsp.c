/* Fuzz target: one stapled OCSP response, against a leaf and its issuer.
 *
 * Input: flags, then leaf and issuer, each behind two bytes of length, then the response. What must
 * hold: spans stay inside the response, the check ends after two signatures at most, and nothing
 * unsigned or stale is good.
 */
#include "fuzz.h"

#include "crypto/crypto.h"
#include "x509/ocsp.h"
#include "x509/ocsp_read.h"

#define NOW                                                                                        \
    INT64_C(1813060800) /* 2027-06-15T12:00:00Z, when the responses of the corpus are good */

static void require_inside(hf_span part, hf_span whole)
{
    REQUIRE(part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
                              part.ptr + part.len <= whole.ptr + whole.len));
}

static bool reads(hf_span der)
{
    hf_ocsp_response response;
    uint32_t offset = 0;
    uint32_t detail = 0;
    hf_code code = hf_ocsp_read(&response, der, &offset, &detail);
    REQUIRE(code == HF_OK || code == HF_E_OCSP_UNREADABLE || code == HF_E_OCSP_STATUS);
    REQUIRE(offset <= der.len && detail <= 6);
    if (code != HF_OK) {
        return false;
    }
    require_inside(response.data, der);
    require_inside(response.responder, response.data);
    require_inside(response.answers, response.data);
    require_inside(response.signature, der);
    require_inside(response.certificates, der);
    hf_reader answers = hf_read_span_of(response.answers);
    for (unsigned count = 0; hf_read_left(&answers) > 0; count++) {
        hf_ocsp_answer answer = hf_ocsp_read_answer(&answers);
        REQUIRE(count < HF_OCSP_ANSWERS_MAX && !answers.bad);
        require_inside(answer.serial, response.answers);
        require_inside(answer.name_hash, response.answers);
        require_inside(answer.key_hash, response.answers);
    }
    return response.signature_kind != HF_SIGNATURE_NONE && !response.critical;
}

static hf_code check(const hf_ocsp_subject *subject, hf_span der, hf_time now)
{
    static hf_crypto crypto;
    static bool open;
    hf_ocsp ocsp;
    if (!open) {
        REQUIRE(hf_crypto_init(&crypto, (hf_random_source){NULL, NULL}) == HF_OK);
        open = true;
    }
    hf_ocsp_start(&ocsp, &crypto, der, subject, now);
    hf_code code = hf_ocsp_run(&ocsp);
    if (code == HF_PENDING) {
        code = hf_ocsp_run(&ocsp);
    }
    REQUIRE(code != HF_PENDING);
    require_known(code);
    REQUIRE(ocsp.offset <= der.len);
    REQUIRE(hf_ocsp_run(&ocsp) == (code == HF_OK ? HF_OK : HF_E_USAGE));
    return code;
}

static void about(const hf_certificate *leaf, const hf_certificate *issuer, hf_span der,
                  uint8_t flags)
{
    const hf_ocsp_subject subject = hf_ocsp_subject_of_certificate(leaf, issuer);
    const hf_time now = {NOW, (flags & 1) != 0 ? HF_TIME_AT_LEAST : HF_TIME_EXACT};
    bool whole = reads(der);
    hf_code code = check(&subject, der, now);
    REQUIRE(code != HF_OK || whole);
    REQUIRE(check(&subject, der, (hf_time){NOW, HF_TIME_NONE}) != HF_OK);
    REQUIRE(check(&subject, der, (hf_time){HF_TIME_NEVER, HF_TIME_EXACT}) != HF_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    hf_span input = {data, len};
    hf_certificate certificates[2];
    hf_span ders[2];
    bool parsed = true;
    uint8_t flags = take_byte(&input);
    for (size_t i = 0; i < 2; i++) {
        size_t size = (size_t)take_byte(&input) << 8;
        size |= take_byte(&input);
        ders[i] = take_bytes(&input, size);
        parsed = hf_x509_parse(&certificates[i], ders[i], NULL) == HF_OK && parsed;
    }
    hf_span response = take_bytes(&input, input.len);
    if (parsed) {
        about(&certificates[0], &certificates[1], response, flags);
    } else {
        (void)reads(response);
    }
    give_back(response);
    give_back(ders[0]);
    give_back(ders[1]);
    return 0;
}
