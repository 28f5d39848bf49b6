/* Folding and sessions: resumed connections fold like others, and a ticket that comes to a client
 * after it was folded is taken where there is room for what it needs, and passed over elsewhere.
 */
#include "unit/fold_rig.h"
#include "unit/resume_rig.h"

static const uint16_t BOTH[] = {HF_TLS13, HF_TLS12};

static void test_resumed(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        resume_rig *r = resume_new(BOTH[v]);
        pair_mutual(r->p, HF_CLIENT_AUTH_REQUIRE, true);
        for (unsigned n = 0; n < 3; n++) {
            resume_connect(r);
            refold_both(r->p);
            resume_expect(r, n > 0, "folded");
            refold_both(r->p);
            assert_int_equal(hf_tls_offered_session(&r->p->client.tls), n > 0);
            assert_int_equal(hf_tls_asked_certificate(&r->p->client.tls), n == 0);
            assert_int_equal(hf_tls_sent_certificate(&r->p->client.tls), n == 0);
            assert_int_equal(r->session.taken, 1);
            assert_in_range(r->session.len, 100, HF_SESSION_HEAD + HF_TICKET_MAX);
            resume_expect(r, n > 0, "folded twice");
        }
        resume_free(r);
    }
}

/* Up to where the client has said its last word, and the server's ticket is on its way. */
static void until_ticket(pair *p)
{
    pair_again(p);
    pair_start(p);
    for (unsigned i = 0; !hf_tls_is_idle(&p->client.tls); i++) {
        assert_in_range(i, 0, 1000);
        (void)pair_step(p, &p->server, &p->client);
        (void)pair_step(p, &p->client, &p->server);
    }
    assert_false(hf_tls_is_idle(&p->server.tls)); /* it is not out yet */
}

typedef struct late {
    const char *name;
    uint16_t suite;
    bool known; /* the client knows its server: whole_chain */
    bool none;  /* no session is given to hf_tls_unfold() */
    bool taken;
} late;

static void test_ticket_comes_later(void **state)
{
    (void)state;
    static const late CASES[] = {
        {"sha256", 0x1301, false, false, true},
        {"sha384", 0x1302, false, false, false},
        {"a peer that is known", 0x1301, true, false, false},
        {"no session any more", 0x1301, false, true, false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const late *one = &CASES[i];
        resume_rig *r = resume_new(HF_TLS13);
        r->p->client.config.suites = &one->suite;
        r->p->client.config.suites_count = 1;
        r->p->client.config.whole_chain = one->known;
        for (unsigned n = 0; n < 3; n++) {
            r->p->client.session = &r->session;
            until_ticket(r->p);
            assert_int_equal(hf_tls_resumed(&r->p->client.tls), n > 0 && one->taken);
            assert_int_equal(r->session.taken, 0);
            r->p->client.session = one->none ? NULL : &r->session;
            refold_end(&r->p->client);
            refold_end(&r->p->client); /* what it needs is kept twice, too */
            pair_run(r->p);
            pair_expect_open(r->p, one->name);
            assert_int_equal(r->session.taken, one->taken ? 1 : 0);
            assert_int_equal(r->session.len > 0, one->taken);
        }
        resume_free(r);
    }
}

/* A session that was damaged meanwhile does no harm. */
static void test_bad_session(void **state)
{
    (void)state;
    resume_rig *r = resume_new(HF_TLS13);
    until_ticket(r->p);
    r->session.len = r->session.cap + 1;
    refold_end(&r->p->client);
    assert_int_equal(r->session.len, 0);
    pair_run(r->p);
    assert_int_equal(r->session.taken, 1);
    resume_connect(r);
    resume_expect(r, true, "with it");
    resume_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_ticket_comes_later),
        cmocka_unit_test(test_bad_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
