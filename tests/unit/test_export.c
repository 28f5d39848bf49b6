/* Keying material exporters: derivation against tests/vectors/export.txt, then hf_tls_export() on
 * connections with a puppet server, which derives the same from its own secrets, and every refusal.
 */
#include "puppet/rig.h"
#include "unit/crypto_help.h"
#include "unit/vector_text.h"

#include <handfast/tls.h>

#define LABEL "EXPORTER-handfast-test"

static const hf_span NONE = {NULL, 0};
static uint8_t large[65536]; /* 9, 10, 11, and so on */
static char longest[251];    /* 249 times L */

static void fill(uint8_t *out, size_t len, unsigned first)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(first + i);
    }
}

static int prepare(void **state)
{
    (void)state;
    fill(large, sizeof large, 9);
    memset(longest, 0, sizeof longest);
    memset(longest, 'L', 249);
    return 0;
}

static hf_span context(void)
{
    return (hf_span){(const uint8_t *)"0123456789", 10};
}

/* ---- derivation */

/* One call of either version's derivation; `given` NULL: no context. */
typedef void (*derivation)(hf_hash_id hash, const uint8_t *secret, const char *label,
                           const hf_span *given, uint8_t *out, size_t len);

static void derive13(hf_hash_id hash, const uint8_t *secret, const char *label,
                     const hf_span *given, uint8_t *out, size_t len)
{
    hf_traffic_secret exporter;
    memcpy(exporter.bytes, secret, hf_hash_size(hash));
    hf_export13(hash, &exporter, label, given == NULL ? NONE : *given, out, len);
}

static void derive12(hf_hash_id hash, const uint8_t *secret, const char *label,
                     const hf_span *given, uint8_t *out, size_t len)
{
    hf_master_secret12 master;
    uint8_t randoms[64];
    memcpy(master.bytes, secret, sizeof master.bytes);
    fill(randoms, 32, 0x80);
    fill(randoms + 32, 32, 0xc0);
    hf_export12(hash, &master, label, randoms, randoms + 32, given, out, len);
}

static void check_longest(vectors *v, derivation derive, hf_hash_id hash, const uint8_t *secret)
{
    static uint8_t out[255 * HF_SECRET_MAX + 1];
    uint8_t value[HF_HASH_MAX];
    hf_hash running;
    size_t len = 255 * hf_hash_size(hash);
    out[len] = 0xa5;
    derive(hash, secret, LABEL, NULL, out, len);
    assert_int_equal(out[len], 0xa5);
    hf_hash_start(&running, HF_SHA256);
    hf_hash_add(&running, out, len);
    hf_hash_final(&running, value);
    assert_vector(v, "longest", value); /* its SHA-256 */
}

static void check_derivation(const char *section, derivation derive, hf_hash_id hash)
{
    vectors v;
    uint8_t out[64];
    const hf_span some = context();
    const hf_span huge = {large, 65535};
    size_t size = hf_hash_size(hash);
    vectors_open(&v, "export.txt");
    vectors_section(&v, section);
    const uint8_t *secret = vectors_get(&v, "secret").ptr;
    derive(hash, secret, LABEL, NULL, out, 40);
    assert_vector(&v, "none", out);
    derive(hash, secret, LABEL, &NONE, out, 40);
    assert_vector(&v, "empty", out);
    derive(hash, secret, LABEL, &some, out, 40);
    assert_vector(&v, "context", out);
    derive(hash, secret, LABEL, &huge, out, 40);
    assert_vector(&v, "long_context", out);
    memset(out, 0xa5, sizeof out);
    derive(hash, secret, LABEL, NULL, out, 1);
    assert_vector(&v, "one_byte", out);
    assert_int_equal(out[1], 0xa5);
    derive(hash, secret, "x", &some, out, size + 1);
    assert_vector(&v, "short_label", out);
    derive(hash, secret, longest, &some, out, size);
    assert_vector(&v, "long_label", out);
    check_longest(&v, derive, hash, secret);
    vectors_close(&v);
}

static void test_derivation(void **state)
{
    (void)state;
    check_derivation("tls13-sha256", derive13, HF_SHA256);
    check_derivation("tls13-sha384", derive13, HF_SHA384);
    check_derivation("tls12-sha256", derive12, HF_SHA256);
    check_derivation("tls12-sha384", derive12, HF_SHA384);
}

static void test_rfc8448(void **state)
{
    (void)state;
    check_derivation("simple", derive13, HF_SHA256);
    check_derivation("retry", derive13, HF_SHA256);
    check_derivation("client-certificate", derive13, HF_SHA256);
    check_derivation("compatible", derive13, HF_SHA256);
}

/* ---- connections */

static const uint16_t SUITES[] = {0x1301, 0x1302, 0xc02b, 0xc02c};
#define SUITES_COUNT (sizeof SUITES / sizeof SUITES[0])

static rig *started(uint16_t suite, bool legacy)
{
    rig *r = rig_new();
    r->p->version = suite >> 8 == 0x13 ? HF_TLS13 : HF_TLS12;
    r->p->suite = suite;
    r->p->legacy = legacy;
    rig_start(r);
    return r;
}

static rig *opened(uint16_t suite, bool legacy)
{
    rig *r = started(suite, legacy);
    rig_run(r);
    rig_expect_open(r, "exporting");
    return r;
}

/* What the server comes to. */
static void by_server(const puppet *p, const char *label, const hf_span *given, uint8_t *out,
                      size_t len)
{
    hf_hash_id hash = p->chosen->hash;
    if (p->version == HF_TLS13) {
        hf_export13(hash, &p->exporter, label, given == NULL ? NONE : *given, out, len);
    } else {
        hf_export12(hash, &p->master, label, p->client_random, p->server_random, given, out, len);
    }
}

static void expect_same(const rig *r, const char *label, const hf_span *given, size_t len)
{
    static uint8_t ours[255 * HF_SECRET_MAX + 1];
    static uint8_t theirs[255 * HF_SECRET_MAX];
    hf_span span = given == NULL ? context() : *given; /* without has_context it must not count */
    ours[len] = 0xa5;
    assert_int_equal(hf_tls_export(&r->tls, label, span, given != NULL, ours, len), HF_OK);
    by_server(r->p, label, given, theirs, len);
    assert_memory_equal(ours, theirs, len);
    assert_int_equal(ours[len], 0xa5);
}

static void expect_all_same(const rig *r)
{
    const hf_span some = context();
    const hf_span huge = {large, 65535};
    expect_same(r, LABEL, NULL, 32);
    expect_same(r, LABEL, &NONE, 32);
    expect_same(r, LABEL, &some, 32);
    expect_same(r, LABEL, &huge, 32);
    expect_same(r, "x", NULL, 1);
    expect_same(r, longest, &some, 64);
    expect_same(r, LABEL, NULL, 255 * hf_hash_size(r->p->chosen->hash));
}

static void test_both_ends_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUITES_COUNT; i++) {
        rig *r = opened(SUITES[i], false);
        expect_all_same(r);
        rig_free(r);
    }
}

/* Not changed by new keys, by data, nor by the end of the connection. */
static void test_stays_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUITES_COUNT; i++) {
        rig *r = opened(SUITES[i], false);
        if (r->p->version == HF_TLS13) {
            assert_int_equal(hf_tls_update_keys(&r->tls, false), HF_OK);
            puppet_update(r->p, 0);
        }
        assert_true(rig_send(r, "data", 4));
        rig_run(r);
        expect_same(r, LABEL, NULL, 32);
        puppet_alert(r->p, 1, 0);
        rig_run(r);
        assert_int_equal(hf_tls_close(&r->tls), HF_OK);
        assert_int_equal(hf_tls_input_end(&r->tls), HF_OK);
        expect_same(r, LABEL, NULL, 32);
        rig_free(r);
    }
}

/* In TLS 1.2 an empty context is not the same as none; in 1.3 it is. */
static void test_empty_context(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUITES_COUNT; i++) {
        uint8_t none[32];
        uint8_t empty[32];
        rig *r = opened(SUITES[i], false);
        assert_int_equal(hf_tls_export(&r->tls, LABEL, NONE, false, none, 32), HF_OK);
        assert_int_equal(hf_tls_export(&r->tls, LABEL, NONE, true, empty, 32), HF_OK);
        assert_int_equal(memcmp(none, empty, 32) == 0, r->p->version == HF_TLS13);
        rig_free(r);
    }
}

/* ---- refusals */

static void refused_at(const rig *r, hf_code expected, const char *label, hf_span given, size_t len,
                       int line)
{
    uint8_t out[16];
    uint8_t before[16];
    memset(out, 0xa5, sizeof out);
    memset(before, 0xa5, sizeof before);
    hf_code code = hf_tls_export(&r->tls, label, given, true, out, len);
    if (code != expected) {
        fail_msg("line %d: %s, not %s", line, hf_error_name(code), hf_error_name(expected));
    }
    assert_memory_equal(out, before, sizeof out);
}
#define refused(r, code, label, given, len) refused_at(r, code, label, given, len, __LINE__)

static void test_arguments(void **state)
{
    (void)state;
    static const char *const RESERVED[] = {"client finished", "server finished", "master secret",
                                           "key expansion", "extended master secret"};
    char too_long[251] = "";
    memset(too_long, 'L', 250);
    for (size_t i = 0; i < SUITES_COUNT; i++) {
        rig *r = opened(SUITES[i], false);
        size_t most = 255 * hf_hash_size(r->p->chosen->hash);
        refused(r, HF_E_USAGE, NULL, NONE, 16);
        refused(r, HF_E_USAGE, "", NONE, 16);
        refused(r, HF_E_USAGE, too_long, NONE, 16);
        refused(r, HF_E_USAGE, LABEL, NONE, 0);
        refused(r, HF_E_USAGE, LABEL, NONE, most + 1);
        refused(r, HF_E_USAGE, LABEL, NONE, SIZE_MAX);
        refused(r, HF_E_USAGE, LABEL, ((hf_span){large, 65536}), 16);
        refused(r, HF_E_USAGE, LABEL, ((hf_span){NULL, 1}), 16);
        for (size_t k = 0; k < sizeof RESERVED / sizeof RESERVED[0]; k++) {
            refused(r, HF_E_USAGE, RESERVED[k], NONE, 16);
        }
        assert_int_equal(hf_tls_export(&r->tls, LABEL, NONE, false, NULL, 16), HF_E_USAGE);
        assert_int_equal(hf_tls_error(&r->tls)->code, HF_OK); /* the connection goes on */
        expect_same(r, "key expansion 2", NULL, 16);
        rig_free(r);
    }
}

static void test_before_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUITES_COUNT; i++) {
        rig *r = started(SUITES[i], false);
        unsigned steps = 0;
        refused(r, HF_E_USAGE, LABEL, NONE, 16);
        while ((hf_tls_wants(&r->tls) & HF_IS_OPEN) == 0 && rig_step(r)) {
            bool open = (hf_tls_wants(&r->tls) & HF_IS_OPEN) != 0;
            uint8_t out[16];
            hf_code code = hf_tls_export(&r->tls, LABEL, NONE, true, out, sizeof out);
            assert_int_equal(code, open ? HF_OK : HF_E_USAGE);
            steps++;
        }
        assert_in_range(steps, 4, 1000);
        rig_run(r);
        rig_expect_open(r, "asked all the way");
        expect_same(r, LABEL, NULL, 16);
        rig_free(r);
    }
}

static void test_after_the_end(void **state)
{
    (void)state;
    static const hf_tls EMPTY;
    uint8_t out[16];
    assert_int_equal(hf_tls_export(&EMPTY, LABEL, NONE, false, out, sizeof out), HF_E_USAGE);
    for (size_t i = 0; i < SUITES_COUNT; i++) {
        rig *r = opened(SUITES[i], false);
        hf_tls_release(&r->tls);
        refused(r, HF_E_USAGE, LABEL, NONE, 16);
        static const uint8_t ZEROS[sizeof(hf_handshake)];
        assert_memory_equal(&r->tls.handshake, ZEROS, sizeof ZEROS);
        rig_free(r);
        r = opened(SUITES[i], false);
        puppet_alert(r->p, 2, 44);
        rig_run(r);
        assert_true((hf_tls_wants(&r->tls) & HF_IS_FAILED) != 0);
        refused(r, HF_E_USAGE, LABEL, NONE, 16);
        rig_free(r);
    }
}

/* RFC 7627 5.4; what would not be used is not kept either. */
static void test_no_extended_master(void **state)
{
    (void)state;
    for (size_t i = 2; i < SUITES_COUNT; i++) {
        rig *r = opened(SUITES[i], true);
        refused(r, HF_E_UNSUPPORTED, LABEL, NONE, 16);
        refused(r, HF_E_USAGE, "", NONE, 16);
        assert_true(rig_send(r, "data", 4));
        rig_run(r);
        assert_int_equal(r->p->data_len, 4);
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_derivation),         cmocka_unit_test(test_rfc8448),
        cmocka_unit_test(test_both_ends_agree),    cmocka_unit_test(test_stays_the_same),
        cmocka_unit_test(test_empty_context),      cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_before_open),        cmocka_unit_test(test_after_the_end),
        cmocka_unit_test(test_no_extended_master),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
