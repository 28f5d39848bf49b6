/* OCSP responses made by the tests: each rule broken alone, every bound exceeded. */
#include "unit/ocsp_make.h"

#define DELEGATED(name) .signer = "resp", .attached = {name}

static void as_usual(void **state)
{
    (void)state;
    assert_int_equal(MADE(HF_OK, .status = NULL).signatures, 1);
    assert_int_equal(MADE(HF_OK, DELEGATED("resp")).signatures, 2);
    MADE(HF_OK, .version = "a003020100"); /* the default, encoded (der.h) */
    MADE(HF_OK, .extensions = PLAIN, ANSWER(.rest = PLAIN));
    MADE(HF_OK, ANSWER(.algorithm = "300706052b0e03021a"));
    MADE(HF_OK, ANSWER(.algorithm = ID_SHA256, .hash = HF_SHA256));
    MADE(HF_OK, ANSWER(.algorithm = "300b0609608648016503040201", .hash = HF_SHA256));
}

/* ---- who signed */

static void delegates(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        hf_code code;
        uint32_t detail;
        unsigned signatures;
    } CASES[] = {
        {"resp-repudiation", HF_OK, 0, 2},
        {"resp-no-usage", HF_OK, 0, 2},
        {"resp-no-purpose", HF_E_OCSP_RESPONDER, HF_E_CERT_PURPOSE, 0},
        {"resp-server", HF_E_OCSP_RESPONDER, HF_E_CERT_PURPOSE, 0},
        {"resp-any", HF_E_OCSP_RESPONDER, HF_E_CERT_PURPOSE, 0},
        {"resp-usage", HF_E_OCSP_RESPONDER, HF_E_CERT_KEY_USAGE, 0},
        {"resp-critical", HF_E_OCSP_RESPONDER, HF_E_CERT_CRITICAL, 0},
        {"resp-expired", HF_E_OCSP_RESPONDER, HF_E_CERT_EXPIRED, 0},
        {"resp-early", HF_E_OCSP_RESPONDER, HF_E_CERT_NOT_YET_VALID, 0},
        {"resp-other", HF_E_OCSP_RESPONDER, HF_E_CERT_UNKNOWN_CA, 0},
        {"resp-sub", HF_E_OCSP_RESPONDER, HF_E_CERT_UNKNOWN_CA, 0}, /* not directly */
        {"resp-twin", HF_E_OCSP_RESPONDER, HF_E_CERT_SIGNATURE, 1},
        {"resp-sha1", HF_E_OCSP_RESPONDER, HF_E_CERT_WEAK_SIGNATURE, 0},
        {"ca", HF_E_OCSP_RESPONDER, 0, 0}, /* it does not fit the responder's name */
        {NULL, HF_E_OCSP_RESPONDER, 0, 0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        verdict v = MADE(CASES[i].code, DELEGATED(CASES[i].name));
        assert_int_equal(v.detail, CASES[i].detail);
        assert_int_equal(v.signatures, CASES[i].signatures);
    }
}

/* The certificate that appoints is found among others. */
static void delegate_among_others(void **state)
{
    (void)state;
    MADE(HF_OK, .signer = "resp", .attached = {"ca", "resp"});
    MADE(HF_OK, .signer = "resp", .attached = {"resp-no-purpose", "other", "resp"});
    verdict v = MADE(HF_E_OCSP_RESPONDER, .signer = "resp",
                     .attached = {"resp-expired", "resp"}); /* the first that claims to */
    assert_int_equal(v.detail, HF_E_CERT_EXPIRED);
    MADE(HF_OK,
         .attached = {"resp", "ca", "ca-twin"}); /* the issuer, of whose name there are two */
    v = MADE(HF_E_OCSP_UNREADABLE, .signer = "resp", .attached = {"ca"}, .garbage = "30020500");
    assert_true(v.offset > 0);
    assert_int_equal(
        MADE(HF_OK, .signer = "resp", .attached = {"resp"}, .garbage = "30020500").signatures,
        2); /* behind it nothing is looked at */
}

/* The name says who; another's signature does not count. */
static void wrong_signers(void **state)
{
    (void)state;
    hf_span der = ocsp_certificate("ca");
    hf_certificate ca;
    char name[1025] = "";
    uint8_t bytes[512];
    assert_int_equal(hf_x509_parse(&ca, der, NULL), HF_OK);
    size_t len = put_span(bytes, ca.subject);
    len = wrap(HF_DER_EXPLICIT(1), bytes, len);
    for (size_t i = 0; i < len; i++) {
        (void)snprintf(name + 2 * i, 3, "%02x", bytes[i]);
    }
    fixture_free(der);
    MADE(HF_OK, .responder = name);
    verdict v = MADE(HF_E_OCSP_SIGNATURE, .responder = name, DELEGATED("resp"));
    assert_int_equal(v.signatures, 1);
    MADE(HF_E_OCSP_RESPONDER, .responder = "a1023000");
    MADE(HF_E_OCSP_RESPONDER, .responder = "a21604140000000000000000000000000000000000000000");
    MADE(HF_E_OCSP_UNREADABLE, .responder = "a215041300000000000000000000000000000000000000");
    MADE(HF_E_OCSP_UNREADABLE, .responder = "a217041500000000000000000000000000000000000000000000");
    MADE(HF_E_OCSP_UNREADABLE, .responder = "82140000000000000000000000000000000000000000");
    MADE(HF_E_OCSP_UNREADABLE, .responder = "a3023000");
    MADE(HF_E_OCSP_UNREADABLE, .responder = "");
}

static void signatures(void **state)
{
    (void)state;
    static const char *const ALGORITHMS[] = {
        "300906072a8648ce3d0401",         /* ecdsa-with-SHA1 */
        "300d06092a864886f70d0101050500", /* sha1WithRSAEncryption */
        "300d06092a864886f70d0101040500", /* md5WithRSAEncryption */
        "300506032b6570",                 /* Ed25519 */
        "300d06092a864886f70d01010b0500", /* RSA with SHA-256, and the key is P-256 */
        "300a06082a8648ce3d040303",       /* ecdsa-with-SHA384, which it was not */
    };
    for (size_t i = 0; i < sizeof ALGORITHMS / sizeof ALGORITHMS[0]; i++) {
        verdict v = MADE(HF_E_OCSP_SIGNATURE, .algorithm = ALGORITHMS[i]);
        assert_int_equal(v.signatures, i == 5 ? 1 : 0);
    }
    MADE(HF_E_OCSP_UNREADABLE, .algorithm = "300c06082a8648ce3d0403020500");
    MADE(HF_E_OCSP_UNREADABLE, .algorithm = "3000");
    assert_int_equal(MADE(HF_E_OCSP_SIGNATURE, .signature_len = HF_SIGNATURE_MAX).signatures, 1);
    assert_int_equal(MADE(HF_E_OCSP_SIGNATURE, .signature_len = HF_SIGNATURE_MAX + 1).signatures,
                     0);
}

/* ---- which certificate */

static void identifiers(void **state)
{
    (void)state;
    static const struct {
        const char *algorithm;
        hf_hash_id hash;
    } HASHES[] = {{ID_SHA1, HF_SHA1},
                  {ID_SHA256, HF_SHA256},
                  {"300d06096086480165030402020500", HF_SHA384},
                  {"300d06096086480165030402030500", HF_SHA512}};
    for (size_t i = 0; i < 4; i++) {
        MADE(HF_OK, ANSWER(.algorithm = HASHES[i].algorithm, .hash = HASHES[i].hash));
        for (int wrong = 1; wrong <= 4; wrong++) {
            verdict v = MADE(HF_E_OCSP_OTHER, ANSWER(.algorithm = HASHES[i].algorithm,
                                                     .hash = HASHES[i].hash, .wrong = wrong));
            assert_int_equal(v.signatures, 0);
        }
    }
    /* the hash that is named, not one of the same length or none */
    MADE(HF_E_OCSP_OTHER, ANSWER(.algorithm = ID_SHA256));
    MADE(HF_E_OCSP_OTHER, ANSWER(.algorithm = ID_SHA1, .hash = HF_SHA256));
    MADE(HF_E_OCSP_OTHER, ANSWER(.algorithm = "300c06082a864886f70d02050500")); /* MD5 */
    MADE(HF_E_OCSP_OTHER, ANSWER(.algorithm = "300806032b65700401ff"));         /* unknown */
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.algorithm = "300906052b0e03021a0400"));
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.algorithm = "300b06052b0e03021a05000500"));
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.algorithm = "3000"));
    MADE(HF_E_OCSP_OTHER, ANSWER(.serial = "0203008002"));
    MADE(HF_E_OCSP_OTHER, ANSWER(.serial = "02028001")); /* the same bits, negative */
    MADE(HF_E_OCSP_OTHER, ANSWER(.serial = "020401008001"));
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.serial = "020400008001")); /* padded */
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.serial = "0200"));
    MADE(HF_E_OCSP_OTHER, .no_answers = true);
}

#define REVOKED_FOR(reason)                                                                        \
    "a116180f32303237303630313030303030305aa0030a01" reason /* since 20270601000000Z */
#define REVOKED "a111180f32303237303630313030303030305a"

static void statuses(void **state)
{
    (void)state;
    assert_int_equal(MADE(HF_E_CERT_REVOKED, ANSWER(.status = REVOKED)).detail, 0);
    for (unsigned reason = 0; reason <= 10; reason++) {
        char hex[64];
        (void)snprintf(hex, sizeof hex, "%s%02x", REVOKED_FOR(""), reason);
        verdict v = MADE(HF_E_CERT_REVOKED, ANSWER(.status = hex));
        assert_int_equal(v.detail, reason);
        assert_int_equal(v.signatures, 1); /* told by nobody but a signer */
    }
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.status = REVOKED_FOR("0b")));
    MADE(HF_E_OCSP_SIGNATURE, ANSWER(.status = REVOKED), .signature_len = 70);
    assert_int_equal(MADE(HF_E_OCSP_STATUS, ANSWER(.status = UNKNOWN)).detail, 0);
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.status = "800100"));
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.status = "820100"));
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.status = "a000"));
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.status = "8100"));
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.status = "a100"));
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.status = "8300"));
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.status = ""));
}

/* Ours is found wherever it stands, and every answer about it counts. */
static void several_answers(void **state)
{
    (void)state;
#define OTHERS {.serial = "020101", .status = REVOKED}
#define SHA256_OF(s)                                                                               \
    {                                                                                              \
        .algorithm = ID_SHA256, .hash = HF_SHA256, .status = s                                     \
    }
    MADE(HF_OK, .answers = {OTHERS, OTHERS, {.status = GOOD}});
    MADE(HF_OK, .answers = {{.status = GOOD}, OTHERS, SHA256_OF(GOOD)});
    MADE(HF_E_CERT_REVOKED, .answers = {{.status = GOOD}, OTHERS, SHA256_OF(REVOKED)});
    MADE(HF_E_CERT_REVOKED, .answers = {SHA256_OF(REVOKED), {.status = GOOD}});
    MADE(HF_E_OCSP_STATUS, .answers = {{.status = GOOD}, SHA256_OF(UNKNOWN)});
    MADE(HF_E_OCSP_STALE,
         .answers = {{.status = GOOD}, {.status = GOOD, .next_update = "a011" TODAY}});
    MADE(HF_E_OCSP_OTHER, .answers = {OTHERS, OTHERS, OTHERS});
}

/* ---- times; their bounds stand in test_x509_ocsp.c */

static void times(void **state)
{
    (void)state;
    MADE(HF_OK, ANSWER(.next_update = ""));                     /* twelve hours old */
    verdict v = MADE(HF_E_OCSP_STALE, ANSWER(.next_update = "", /* 20270614115950Z */
                                             .this_update = "180f32303237303631343131353935305a"));
    assert_int_equal(v.detail, 10);
    v = MADE(HF_E_OCSP_STALE, ANSWER(.this_update = "180f32303237303631353132313030305a"));
    assert_int_equal(v.detail, 600); /* 20270615121000Z */
    assert_int_equal(v.signatures, 0);
    static const char *const FORMS[] = {
        "170d3237303631353030303030305a",         /* UTCTime */
        "181132303237303631353030303030302e305a", /* a fraction */
        "180d3230323730363135303030305a",         /* no seconds */
        "180f32303237303631353234303030305a",     /* hour 24 */
        "180e3230323730363135303030303030",       /* local time */
        "",
    };
    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        char next[64], revoked[64];
        unsigned len = (unsigned)strlen(FORMS[i]) / 2;
        (void)snprintf(next, sizeof next, "a0%02x%s", len, FORMS[i]);
        (void)snprintf(revoked, sizeof revoked, "a1%02x%s", len, FORMS[i]);
        MADE(HF_E_OCSP_UNREADABLE, .produced = FORMS[i]);
        MADE(HF_E_OCSP_UNREADABLE, ANSWER(.this_update = FORMS[i]));
        MADE(HF_E_OCSP_UNREADABLE, ANSWER(.next_update = next));
        MADE(HF_E_OCSP_UNREADABLE, ANSWER(.status = revoked));
    }
}

/* ---- syntax and bounds */

static void critical_extensions(void **state)
{
    (void)state;
    assert_int_equal(MADE(HF_E_OCSP_CRITICAL, .extensions = CRITICAL).signatures, 0);
    MADE(HF_E_OCSP_CRITICAL, ANSWER(.rest = CRITICAL));
    MADE(HF_E_OCSP_CRITICAL,
         .answers = {{.status = GOOD}, {.serial = "020101", .status = GOOD, .rest = CRITICAL}});
    MADE(HF_E_OCSP_CRITICAL,
         .answers = {{.serial = "020101", .status = GOOD, .rest = CRITICAL}, {.status = GOOD}});
    MADE(HF_E_OCSP_CRITICAL, .extensions = "a1183016"
                                           "300906022a030101ff0400"
                                           "300906022a040101000400"); /* the last one is not */
    MADE(HF_OK, .extensions = "a10d300b300906022a030101000400");      /* FALSE */
    MADE(HF_E_OCSP_UNREADABLE, .extensions = "a10d300b300906022a030101010400");
    MADE(HF_E_OCSP_UNREADABLE, .extensions = "a1023000");
    MADE(HF_E_OCSP_UNREADABLE, .extensions = "a100");
    MADE(HF_E_OCSP_UNREADABLE, .extensions = "a2023000");
    MADE(HF_E_OCSP_UNREADABLE, .extensions = "a106300430020600");
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.rest = "a1023000"));
}

static void response_status(void **state)
{
    (void)state;
    pair p;
    pair_open(&p, "leaf", "ca");
    for (uint8_t status = 0; status < 8; status++) {
        const uint8_t refusal[] = {0x30, 0x03, 0x0a, 0x01, status};
        verdict v = judge(&p.subject, (hf_span){refusal, sizeof refusal}, NOON);
        bool known = status >= 1 && status <= 6;
        assert_int_equal(v.code, known ? HF_E_OCSP_STATUS : HF_E_OCSP_UNREADABLE);
        assert_int_equal(v.detail, known ? status : 0);
    }
    pair_close(&p);
    MADE(HF_E_OCSP_UNREADABLE, .status = "0a0103"); /* with an answer all the same */
    MADE(HF_E_OCSP_UNREADABLE, .status = "0a020000");
    MADE(HF_E_OCSP_UNREADABLE, .status = "0a00");
    MADE(HF_E_OCSP_UNREADABLE, .status = "020100");
    MADE(HF_E_OCSP_UNREADABLE, .status = "");
    MADE(HF_E_OCSP_UNREADABLE, .type = "06092b0601050507300102");
    MADE(HF_E_OCSP_UNREADABLE, .type = "06082b06010505073001");
    MADE(HF_E_OCSP_UNREADABLE, .type = "");
}

static void syntax(void **state)
{
    (void)state;
    MADE(HF_E_OCSP_UNREADABLE, .version = "a003020101");
    MADE(HF_E_OCSP_UNREADABLE, .version = "a00402020000");
    MADE(HF_E_OCSP_UNREADABLE, .version = "020100");
    MADE(HF_E_OCSP_UNREADABLE, .behind = "0500");
    MADE(HF_E_OCSP_UNREADABLE, .tail = "0500");
    MADE(HF_E_OCSP_UNREADABLE, ANSWER(.rest = "0500"));
    MADE(HF_E_OCSP_UNREADABLE, .extensions = "0500");
    MADE(HF_OK, .behind = "a0023000"); /* no certificates: SEQUENCE OF may be empty */
    MADE(HF_E_OCSP_UNREADABLE, .behind = "a000");
    MADE(HF_E_OCSP_UNREADABLE, .behind = "a0043002"
                                         "0500");
}

static void bounds(void **state)
{
    (void)state;
    const answer other = {.serial = "020101", .status = GOOD};
    MADE(HF_OK, .repeat = HF_OCSP_ANSWERS_MAX - 1);
    verdict v = MADE(HF_E_OCSP_UNREADABLE, .repeat = HF_OCSP_ANSWERS_MAX);
    assert_int_equal(v.signatures, 0);
    assert_true(v.offset > 100); /* the one too many */
    MADE(HF_OK, .repeat = HF_OCSP_ANSWERS_MAX - 2, .answers = {other, {.status = GOOD}});
    assert_int_equal(HF_OCSP_CERTIFICATES_MAX, 4);
    MADE(HF_OK, .signer = "resp", .attached = {"ca", "other", "sub", "resp"});
    v = MADE(HF_E_OCSP_UNREADABLE, .signer = "resp",
             .attached = {"resp", "ca", "other", "sub", "leaf"});
    assert_int_equal(v.signatures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_usual),
        cmocka_unit_test(delegates),
        cmocka_unit_test(delegate_among_others),
        cmocka_unit_test(wrong_signers),
        cmocka_unit_test(signatures),
        cmocka_unit_test(identifiers),
        cmocka_unit_test(statuses),
        cmocka_unit_test(several_answers),
        cmocka_unit_test(times),
        cmocka_unit_test(critical_extensions),
        cmocka_unit_test(response_status),
        cmocka_unit_test(syntax),
        cmocka_unit_test(bounds),
    };
    return hf_ocsp_available() ? cmocka_run_group_tests(tests, open_backend, close_backend)
                               : without_ocsp();
}
