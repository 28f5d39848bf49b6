/* When a client offers a ticket, for how long and how often, and what stands beside it: nonces,
 * ages (RFC 8446 4.2.11.1, 4.6.1, C.4; RFC 5077 5.6).
 */
#include "unit/visit_rig.h"
#include "unit/x509_fixtures.h"

/* ---- nonces and numbers of TLS 1.3 */

static void test_nonces(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 255; len++) {
        visit v = {.version = HF_TLS13,
                   .tickets = 1,
                   .lifetime = 7200,
                   .ticket_len = 40,
                   .cap = 400,
                   .feed = len % 2};
        static client_past past;
        for (unsigned round = 0; round < 2; round++) {
            rig *r = visit_prepare(&v, round == 0 ? NULL : &past);
            r->p->nonce_len = len;
            rig_start(r);
            rig_run(r);
            rig_expect_open(r, "nonce");
            assert_int_equal(hf_tls_resumed(&r->tls), round > 0);
            visit_take(&past, r);
            rig_free(r);
        }
    }
}

/* The age that the server sees is the session's in milliseconds, masked (RFC 8446 4.2.11.1). */
static void test_age(void **state)
{
    (void)state;
    static client_past past;
    static const uint32_t MASKS[] = {0, 1, 0x80000000, 0xffffffff, 0xffffffff - 3000};
    for (size_t i = 0; i < COUNT(MASKS); i++) {
        visit v = {
            .version = HF_TLS13, .tickets = 1, .lifetime = 7200, .ticket_len = 40, .cap = 400};
        rig *r = visit_prepare(&v, NULL);
        r->p->age_add = MASKS[i];
        rig_start(r);
        rig_run(r);
        visit_take(&past, r);
        rig_free(r);
        r = visit_prepare(&v, &past);
        r->later = 5;
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "age");
        assert_int_equal(r->p->psk_age, (uint32_t)(MASKS[i] + 5000));
        rig_free(r);
    }
}

/* ---- how long */

typedef struct offer {
    const char *name;
    uint16_t version;
    uint32_t lifetime;
    int64_t later;
    uint8_t clock;
    bool offered;
} offer;

static const offer OFFERS[] = {
    {"at once", HF_TLS13, 7200, 0, HF_TIME_EXACT, true},
    {"its last second", HF_TLS13, 7200, 7199, HF_TIME_EXACT, true},
    {"over", HF_TLS13, 7200, 7200, HF_TIME_EXACT, false},
    {"over, no sure clock", HF_TLS13, 7200, 7200, HF_TIME_AT_LEAST, false},
    {"one second", HF_TLS13, 1, 0, HF_TIME_EXACT, true},
    {"clock back", HF_TLS13, 7200, -1, HF_TIME_EXACT, false},
    {"clock back, no sure clock", HF_TLS13, 7200, -1, HF_TIME_AT_LEAST, true},
    {"1970", HF_TLS13, 7200, -FIXTURES_NOW, HF_TIME_EXACT, false},
    {"a year on", HF_TLS13, 7200, 31536000, HF_TIME_EXACT, false},
    {"seven days", HF_TLS13, 604800, 604799, HF_TIME_EXACT, true},
    {"more than seven days", HF_TLS13, 0xffffffff, 604799, HF_TIME_EXACT, true},
    {"is seven days", HF_TLS13, 0xffffffff, 604800, HF_TIME_EXACT, false},
    {"at once", HF_TLS12, 7200, 0, HF_TIME_EXACT, true},
    {"its last second", HF_TLS12, 7200, 7199, HF_TIME_EXACT, true},
    {"over", HF_TLS12, 7200, 7200, HF_TIME_EXACT, false},
    {"clock back", HF_TLS12, 7200, -1, HF_TIME_EXACT, false},
    {"a day, when nothing is said", HF_TLS12, 0, 86399, HF_TIME_EXACT, true},
    {"no longer", HF_TLS12, 0, 86400, HF_TIME_EXACT, false},
    {"more than seven days", HF_TLS12, 0xffffffff, 604799, HF_TIME_EXACT, true},
    {"is seven days", HF_TLS12, 0xffffffff, 604800, HF_TIME_EXACT, false},
};

static void test_lifetimes(void **state)
{
    (void)state;
    static client_past past;
    for (size_t i = 0; i < COUNT(OFFERS); i++) {
        const offer *o = &OFFERS[i];
        visit v = {.version = o->version,
                   .tickets = 1,
                   .lifetime = o->lifetime,
                   .ticket_len = 40,
                   .cap = 400};
        visit_make(&v, &past, false);
        rig *r = visit_prepare(&v, &past);
        r->later = o->later;
        r->clock = o->clock;
        rig_start(r);
        if (hf_tls_offered_session(&r->tls) != o->offered) {
            fail_msg("%x %s: %soffered", o->version, o->name, o->offered ? "not " : "");
        }
        rig_run(r);
        assert_int_equal(hf_tls_resumed(&r->tls), o->offered);
        rig_free(r);
    }
}

/* RFC 8446 4.6.1: to be forgotten at once. */
static void test_lifetime_zero(void **state)
{
    (void)state;
    visit v = {.version = HF_TLS13, .tickets = 2, .lifetime = 0, .ticket_len = 40, .cap = 400};
    rig *r = visit_prepare(&v, NULL);
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, "zero");
    assert_int_equal(r->session.taken, 0);
    assert_int_equal(r->session.len, 0);
    r->p->lifetime = 60;
    puppet_give_ticket(r->p);
    rig_run(r);
    assert_int_equal(r->session.taken, 1);
    rig_free(r);
}

/* RFC 8446 C.4: a ticket is offered once, and gone when it has been, unless the caller wants. */
static void test_offered_once(void **state)
{
    (void)state;
    static client_past past;
    for (unsigned reuse = 0; reuse < 2; reuse++) {
        visit v = {.version = HF_TLS13,
                   .tickets = 1,
                   .lifetime = 7200,
                   .ticket_len = 40,
                   .cap = 400,
                   .reuse = reuse == 1};
        visit_make(&v, &past, false);
        v.tickets = 0;
        rig *r = visit_prepare(&v, &past);
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "offered");
        assert_true(hf_tls_resumed(&r->tls));
        assert_int_equal(r->session.len, reuse == 1 ? past.len : 0);
        assert_int_equal(r->session.taken, 0);
        rig_free(r);
    }
}

/* A visit at that time, resumed or not; what came of it is in `past`. */
static void visit_at(const visit *v, client_past *past, int64_t later, bool resumed)
{
    rig *r = visit_prepare(v, past->len == 0 ? NULL : past);
    r->later = later;
    rig_start(r);
    assert_int_equal(hf_tls_offered_session(&r->tls), resumed);
    rig_run(r);
    rig_expect_open(r, "at that time");
    assert_int_equal(hf_tls_resumed(&r->tls), resumed);
    visit_take(past, r);
    rig_free(r);
}

/* New tickets do not prolong what one look at a certificate was good for. */
static void test_chain_ends(void **state)
{
    (void)state;
    static client_past past;
    for (unsigned version = HF_TLS12; version <= HF_TLS13; version++) {
        visit v = {.version = (uint16_t)version,
                   .tickets = 1,
                   .lifetime = 604800,
                   .ticket_len = 40,
                   .cap = 400};
        past.len = 0;
        visit_at(&v, &past, 0, false);
        visit_at(&v, &past, 300000, true);
        visit_at(&v, &past, 600000, true);
        visit_at(&v, &past, 604799, true);
        visit_at(&v, &past, 604800, false); /* in full, and a new chain */
        visit_at(&v, &past, 900000, true);
    }
}

static void test_certificate_ends(void **state)
{
    (void)state;
    static client_past past;
    hf_certificate leaf;
    hf_span der = fixture("leaf");
    assert_int_equal(hf_x509_parse(&leaf, der, NULL), HF_OK);
    int64_t end = leaf.not_after - FIXTURES_NOW;
    fixture_free(der);
    for (unsigned version = HF_TLS12; version <= HF_TLS13; version++) {
        visit v = {.version = (uint16_t)version,
                   .tickets = 1,
                   .lifetime = 604800,
                   .ticket_len = 40,
                   .cap = 400};
        past.len = 0;
        visit_at(&v, &past, end - 100, false);
        visit_at(&v, &past, end - 50, true);
        visit_at(&v, &past, end, true);
        rig *r = visit_prepare(&v, &past);
        r->later = end + 1;
        rig_start(r);
        assert_false(hf_tls_offered_session(&r->tls));
        rig_run(r);
        rig_expect_failed(r, HF_E_CERT_EXPIRED, "expired");
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nonces),           cmocka_unit_test(test_age),
        cmocka_unit_test(test_lifetimes),        cmocka_unit_test(test_lifetime_zero),
        cmocka_unit_test(test_offered_once),     cmocka_unit_test(test_chain_ends),
        cmocka_unit_test(test_certificate_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
