/* One check of an OCSP response against a leaf of tests/fixtures/ocsp, with the signatures counted
 * that are really verified: link with --wrap=hf_crypto_verify.
 */
#ifndef HF_TESTS_OCSP_RIG_H
#define HF_TESTS_OCSP_RIG_H

#include "unit/verify_counter.h"
#include "unit/x509_backend.h"

#include "x509/ocsp.h"

/* A leaf and its issuer, by the names of their files. */
typedef struct pair {
    hf_span leaf_der, issuer_der;
    hf_certificate leaf, issuer;
    hf_ocsp_subject subject;
} pair;

static inline hf_span ocsp_certificate(const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof path, "../ocsp/%s", name);
    return fixture(path);
}

static inline void pair_open(pair *p, const char *leaf, const char *issuer)
{
    p->leaf_der = ocsp_certificate(leaf);
    p->issuer_der = ocsp_certificate(issuer);
    assert_int_equal(hf_x509_parse(&p->leaf, p->leaf_der, NULL), HF_OK);
    assert_int_equal(hf_x509_parse(&p->issuer, p->issuer_der, NULL), HF_OK);
    p->subject = hf_ocsp_subject_of_certificate(&p->leaf, &p->issuer);
}

static inline void pair_close(pair *p)
{
    fixture_free(p->leaf_der);
    fixture_free(p->issuer_der);
}

typedef struct verdict {
    hf_code code;
    uint32_t detail;
    uint32_t offset;
    unsigned signatures;
} verdict;

/* Runs to the end over a copy of exactly the response's length: one verification a call at most. */
static inline verdict judge(const hf_ocsp_subject *subject, hf_span response, hf_time now)
{
    hf_ocsp ocsp;
    verdict v = {.code = HF_PENDING};
    unsigned before = verified;
    uint8_t *copy = malloc(response.len == 0 ? 1 : response.len);
    assert_non_null(copy);
    memcpy(copy, response.ptr, response.len);
    hf_ocsp_start(&ocsp, &backend, (hf_span){.ptr = copy, .len = response.len}, subject, now);
    while (v.code == HF_PENDING) {
        unsigned start = verified;
        v.code = hf_ocsp_run(&ocsp);
        assert_in_range(verified - start, v.code == HF_PENDING ? 1 : 0, 1);
    }
    v.signatures = verified - before;
    v.detail = ocsp.detail;
    v.offset = ocsp.offset;
    assert_in_range(v.offset, 0, response.len);
    assert_in_range(v.signatures, 0, 2);
    assert_int_equal(hf_ocsp_run(&ocsp), v.code == HF_OK ? HF_OK : HF_E_USAGE);
    free(copy);
    return v;
}

static const hf_time NOON = {.seconds = FIXTURES_NOW + 12 * 3600, .kind = HF_TIME_EXACT};

/* What a build without OCSP has to say; the test then counts as skipped. */
static inline int without_ocsp(void)
{
    hf_ocsp ocsp;
    const hf_ocsp_subject nobody = {.serial = {NULL, 0}};
    hf_ocsp_start(&ocsp, NULL, (hf_span){NULL, 0}, &nobody, NOON);
    if (hf_ocsp_run(&ocsp) != HF_E_UNSUPPORTED) {
        return 1;
    }
    (void)printf("skipped: this build has no OCSP\n");
    return 77;
}

#endif
