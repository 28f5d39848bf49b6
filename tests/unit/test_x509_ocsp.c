/* OCSP responses made by openssl: signers of every kind, status, dates, subjects, and damage. */
#include "unit/needs.h"
#include "unit/ocsp_rig.h"

static verdict check(const char *response, const char *leaf, const char *issuer, hf_time now)
{
    pair p;
    char path[64];
    (void)snprintf(path, sizeof path, "../ocsp/%s", response);
    pair_open(&p, leaf, issuer);
    hf_span der = fixture_file(path, ".der");
    verdict v = judge(&p.subject, der, now);
    fixture_free(der);
    pair_close(&p);
    return v;
}

static verdict expect_at(hf_code code, const char *response, const char *leaf, const char *issuer,
                         int line)
{
    verdict v = check(response, leaf, issuer, NOON);
    if (v.code != code) {
        fail_msg("line %d, %s for %s: %s, detail %u, offset %u", line, response, leaf,
                 hf_error_name(v.code), v.detail, v.offset);
    }
    return v;
}

#define EXPECT(code, response, leaf, issuer) expect_at(code, response, leaf, issuer, __LINE__)

static void signed_by_the_issuer(void **state)
{
    (void)state;
    static const struct {
        const char *response, *leaf, *issuer;
    } CASES[] = {
        {"direct", "leaf", "ca"},
        {"direct-key", "leaf", "ca"},
        {"direct-p384", "leaf-p384", "ca-p384"},
        {"direct-rsa", "leaf-rsa", "ca-rsa"},
        {"direct-rsa-key", "leaf-rsa", "ca-rsa"},
        {"direct-pss", "leaf-rsa", "ca-rsa"},
        {"direct-id-sha256", "leaf", "ca"},
        {"direct-id-sha384", "leaf", "ca"},
        {"direct-id-sha512", "leaf", "ca"},
        {"direct-rsa-id-sha256", "leaf-rsa", "ca-rsa"},
        {"with-issuer", "leaf", "ca"}, /* its certificate too, and a nonce */
        {"sub", "leaf-sub", "sub"},
        {"sub-with-issuer", "leaf-sub", "sub"}, /* which may sign for others as well */
        {"twin", "leaf-twin", "ca-twin"},
        {"several", "leaf", "ca"},
        {"no-next", "leaf", "ca"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        verdict v = EXPECT(HF_OK, CASES[i].response, CASES[i].leaf, CASES[i].issuer);
        assert_int_equal(v.signatures, 1);
    }
}

static void signed_by_a_delegate(void **state)
{
    (void)state;
    static const char *const CASES[] = {"delegated",     "delegated-key",     "delegated-p384",
                                        "delegated-rsa", "delegated-rsa-key", "namesake"};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_int_equal(EXPECT(HF_OK, CASES[i], "leaf", "ca").signatures, 2);
    }
    verdict v = EXPECT(HF_E_OCSP_RESPONDER, "no-purpose", "leaf", "ca");
    assert_int_equal(v.detail, HF_E_CERT_PURPOSE);
    assert_int_equal(v.signatures, 0);
}

static void not_good(void **state)
{
    (void)state;
    verdict v = EXPECT(HF_E_CERT_REVOKED, "revoked", "leaf-revoked", "ca");
    assert_int_equal(v.detail, 1); /* keyCompromise */
    assert_int_equal(v.signatures, 1);
    v = EXPECT(HF_E_CERT_REVOKED, "delegated-revoked", "leaf-revoked", "ca");
    assert_int_equal(v.detail, 1);
    assert_int_equal(v.signatures, 2);
    v = EXPECT(HF_E_CERT_REVOKED, "several", "leaf-revoked", "ca");
    assert_int_equal(v.detail, 1);
    assert_int_equal(EXPECT(HF_E_OCSP_STATUS, "unknown", "leaf-unknown", "ca").detail, 0);
    assert_int_equal(EXPECT(HF_E_OCSP_STATUS, "several", "leaf-unknown", "ca").detail, 0);
    v = EXPECT(HF_E_OCSP_SIGNATURE, "sha1", "leaf", "ca");
    assert_int_equal(v.signatures, 0); /* it is not even tried */
}

static void about_another_certificate(void **state)
{
    (void)state;
    assert_int_equal(EXPECT(HF_E_OCSP_OTHER, "direct", "leaf-revoked", "ca").signatures, 0);
    EXPECT(HF_E_OCSP_OTHER, "several", "leaf-feature", "ca");
    EXPECT(HF_E_OCSP_OTHER, "revoked", "leaf", "ca");
    /* the same serial number: under another name, and under the same name with another key */
    EXPECT(HF_E_OCSP_OTHER, "sub", "leaf", "ca");
    EXPECT(HF_E_OCSP_OTHER, "direct", "leaf-sub", "sub");
    EXPECT(HF_E_OCSP_OTHER, "twin", "leaf", "ca");
    EXPECT(HF_E_OCSP_OTHER, "direct", "leaf-twin", "ca-twin");
    EXPECT(HF_E_OCSP_OTHER, "direct-id-sha512", "leaf-twin", "ca-twin");
    EXPECT(HF_E_OCSP_OTHER, "direct-rsa", "leaf", "ca");
    EXPECT(HF_E_OCSP_OTHER, "direct-id-sha224", "leaf", "ca"); /* a hash that is not known */
}

/* thisUpdate is FIXTURES_NOW, nextUpdate a week later. */
static void dates(void **state)
{
    (void)state;
    enum { DAY = 86400, WEEK = 7 * 86400 };
    static const struct {
        const char *response;
        int64_t after; /* seconds after thisUpdate */
        hf_time_kind kind;
        hf_code code;
        uint32_t detail;
    } CASES[] = {
        {"direct", 0, HF_TIME_EXACT, HF_OK, 0},
        {"direct", -300, HF_TIME_EXACT, HF_OK, 0},
        {"direct", -301, HF_TIME_EXACT, HF_E_OCSP_STALE, 301},
        {"direct", WEEK - 1, HF_TIME_EXACT, HF_OK, 0},
        {"direct", WEEK, HF_TIME_EXACT, HF_E_OCSP_STALE, 0},
        {"direct", WEEK + 60, HF_TIME_EXACT, HF_E_OCSP_STALE, 60},
        {"delegated", WEEK + 60, HF_TIME_EXACT, HF_E_OCSP_STALE, 60},
        {"direct", 0, HF_TIME_NONE, HF_E_NO_CLOCK, 0},
        {"direct", 0, (hf_time_kind)(HF_TIME_EXACT + 1), HF_E_NO_CLOCK, 0},
        {"direct", -1000 * DAY, HF_TIME_EXACT, HF_E_CLOCK_IMPLAUSIBLE, 0},
        {"direct", INT64_MIN / 2, HF_TIME_EXACT, HF_E_CLOCK_IMPLAUSIBLE, 0},
        {"direct", INT64_MAX / 2, HF_TIME_EXACT, HF_E_OCSP_STALE, UINT32_MAX},
        {"direct", -1000 * DAY, HF_TIME_AT_LEAST, HF_OK, 0},
        {"direct", WEEK - 1, HF_TIME_AT_LEAST, HF_OK, 0},
        {"direct", WEEK, HF_TIME_AT_LEAST, HF_E_OCSP_STALE, 0},
        {"no-next", DAY - 1, HF_TIME_EXACT, HF_OK, 0},
        {"no-next", DAY, HF_TIME_EXACT, HF_E_OCSP_STALE, 0},
        {"no-next", DAY + 5, HF_TIME_EXACT, HF_E_OCSP_STALE, 5},
        {"no-next", -301, HF_TIME_EXACT, HF_E_OCSP_STALE, 301},
        {"no-next", DAY - 1, HF_TIME_AT_LEAST, HF_OK, 0},
        {"no-next", DAY, HF_TIME_AT_LEAST, HF_E_OCSP_STALE, 0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const hf_time now = {.seconds = FIXTURES_NOW + CASES[i].after, .kind = CASES[i].kind};
        verdict v = check(CASES[i].response, "leaf", "ca", now);
        if (v.code != CASES[i].code || v.detail != CASES[i].detail) {
            fail_msg("case %zu: %s, detail %u", i, hf_error_name(v.code), v.detail);
        }
        assert_int_equal(v.signatures, v.code == HF_OK ? 1 : 0);
    }
}

/* ---- damage */

static void never_good(const char *response, const char *leaf, const char *issuer)
{
    static const uint8_t FLIPS[] = {0x01, 0x80, 0x20, 0xff};
    pair p;
    char path[64];
    (void)snprintf(path, sizeof path, "../ocsp/%s", response);
    pair_open(&p, leaf, issuer);
    hf_span der = fixture_file(path, ".der");
    uint8_t *bytes = (uint8_t *)der.ptr; /* our own copy */
    for (size_t i = 0; i < der.len * sizeof FLIPS; i += sweep_step()) {
        bytes[i / sizeof FLIPS] ^= FLIPS[i % sizeof FLIPS];
        if (judge(&p.subject, der, NOON).code == HF_OK) {
            fail_msg("%s: good with byte %zu changed", response, i / sizeof FLIPS);
        }
        bytes[i / sizeof FLIPS] ^= FLIPS[i % sizeof FLIPS];
    }
    for (size_t len = 0; len < der.len; len++) {
        assert_int_equal(judge(&p.subject, (hf_span){.ptr = der.ptr, .len = len}, NOON).code,
                         HF_E_OCSP_UNREADABLE);
    }
    bytes[der.len] = 0; /* the memory is larger than the file */
    verdict v = judge(&p.subject, (hf_span){.ptr = der.ptr, .len = der.len + 1}, NOON);
    assert_int_equal(v.code, HF_E_OCSP_UNREADABLE);
    assert_int_equal(v.offset, der.len);
    assert_int_equal(judge(&p.subject, der, NOON).code, HF_OK);
    fixture_free(der);
    pair_close(&p);
}

static void damage(void **state)
{
    (void)state;
    never_good("direct", "leaf", "ca");
    never_good("direct-key", "leaf", "ca");
    never_good("direct-pss", "leaf-rsa", "ca-rsa");
    never_good("delegated", "leaf", "ca");
    never_good("delegated-rsa-key", "leaf", "ca");
}

/* ---- subjects */

static void subject_of_an_anchor(void **state)
{
    (void)state;
    static const char *const CASES[][3] = {{"direct", "leaf", "ca"},
                                           {"direct-p384", "leaf-p384", "ca-p384"},
                                           {"direct-rsa", "leaf-rsa", "ca-rsa"},
                                           {"direct-rsa-key", "leaf-rsa", "ca-rsa"}};
    for (size_t i = 0; i < 4; i++) {
        pair p;
        char path[64];
        (void)snprintf(path, sizeof path, "../ocsp/%s", CASES[i][0]);
        pair_open(&p, CASES[i][1], CASES[i][2]);
        const hf_anchor bare = {.name = p.issuer.subject, .key = p.issuer.key, .path_length = -1};
        const hf_ocsp_subject subject = hf_ocsp_subject_of_anchor(&p.leaf, &bare);
        hf_span der = fixture_file(path, ".der");
        assert_int_equal(judge(&subject, der, NOON).code, HF_OK);
        fixture_free(der);
        pair_close(&p);
    }
}

/* The status of list[0] after a whole walk; NULL where there is no subject. */
static void after_whole_walk(const char *const *names, size_t count, const char *anchor_name,
                             bool any, const char *response)
{
    hf_span list[3], anchor_der = ocsp_certificate(anchor_name);
    hf_anchor anchor;
    assert_int_equal(hf_anchor_from_der(&anchor, anchor_der, NULL), HF_OK);
    const hf_anchor_list anchors = {.anchors = &anchor, .count = 1};
    for (size_t i = 0; i < count; i++) {
        list[i] = ocsp_certificate(names[i]);
    }
    const hf_path_policy policy = {.crypto = &backend,
                                   .anchors = {hf_anchor_list_find, (void *)&anchors},
                                   .now = NOON,
                                   .insecure_any_certificate = any};
    uint8_t area[512];
    hf_whole whole;
    hf_ocsp_subject subject;
    hf_code code = HF_PENDING;
    hf_whole_start(&whole, &policy, list, count, (hf_space){area, sizeof area});
    assert_false(hf_ocsp_subject_of_whole(&subject, &whole));
    while (code == HF_PENDING) {
        code = hf_whole_run(&whole);
    }
    assert_int_equal(code, HF_OK);
    assert_int_equal(hf_ocsp_subject_of_whole(&subject, &whole), response != NULL);
    if (response != NULL) {
        char path[64];
        (void)snprintf(path, sizeof path, "../ocsp/%s", response);
        hf_span der = fixture_file(path, ".der");
        assert_int_equal(judge(&subject, der, NOON).code, HF_OK);
        fixture_free(der);
    }
    for (size_t i = 0; i < count; i++) {
        fixture_free(list[i]);
    }
    fixture_free(anchor_der);
}

static void subject_of_a_whole_walk(void **state)
{
    (void)state;
    after_whole_walk((const char *[]){"leaf"}, 1, "ca", false, "direct");
    after_whole_walk((const char *[]){"leaf", "other", "ca"}, 3, "ca", false, "delegated");
    after_whole_walk((const char *[]){"leaf-sub", "other", "sub"}, 3, "ca", false, "sub");
    after_whole_walk((const char *[]){"leaf-sub"}, 1, "sub", false, "sub");
    after_whole_walk((const char *[]){"leaf"}, 1, "leaf", false, NULL);
    after_whole_walk((const char *[]){"leaf"}, 1, "other", true, NULL);
}

static void must_staple(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool expected;
    } CASES[] = {{"leaf", true}, {"leaf-p384", true}, {"leaf-feature", true}, {"leaf-rsa", false}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        pair p;
        pair_open(&p, CASES[i].name, "ca");
        assert_int_equal(p.leaf.must_staple, CASES[i].expected);
        assert_false(p.leaf.unknown_critical);
        pair_close(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_by_the_issuer),
        cmocka_unit_test(signed_by_a_delegate),
        cmocka_unit_test(not_good),
        cmocka_unit_test(about_another_certificate),
        cmocka_unit_test(dates),
        cmocka_unit_test(damage),
        cmocka_unit_test(subject_of_an_anchor),
        cmocka_unit_test(subject_of_a_whole_walk),
        cmocka_unit_test(must_staple),
    };
    return hf_ocsp_available() ? cmocka_run_group_tests(tests, open_backend, close_backend)
                               : without_ocsp();
}
