/* Whom a server, or a client, lets in: the program's decisions, certificates in any order; and
 * small records both ways. Both roles are ours here.
 */
#include "unit/pair_rig.h"

static const uint16_t BOTH[] = {HF_TLS13, HF_TLS12};

static pair *pair_of(uint16_t version)
{
    pair *p = pair_new();
    p->client.config.version_min = p->client.config.version_max = version;
    return p;
}

/* ---- the program's decisions */

typedef struct judge {
    hf_code identify, authorise;
    bool later;
    unsigned identified, authorised;
    uint8_t verified, credential;
    bool has_names;
} judge;

static hf_code identify(void *ctx, const hf_tls *tls, const uint8_t sha256[32])
{
    judge *j = ctx;
    (void)tls;
    (void)sha256;
    j->identified++;
    return j->later ? HF_PENDING : j->identify;
}

static hf_code authorise(void *ctx, const hf_tls *tls, const hf_peer *peer)
{
    judge *j = ctx;
    assert_int_equal(hf_tls_wants(tls) & HF_IS_OPEN, 0);
    j->authorised++;
    j->verified = peer->verified;
    j->credential = peer->credential;
    j->has_names = peer->certificate.len > 0 && peer->subject.len > 0 && peer->alt_names.len > 0;
    if (peer->credential != HF_CREDENTIAL_NONE && j->identified > 0) { /* a server */
        assert_int_equal(peer->server_name.len, strlen(PAIR_NAME));
    }
    return j->later ? HF_PENDING : j->authorise;
}

static void decide_until_done(pair *p, judge *j)
{
    pair_run(p);
    while ((hf_tls_wants(&p->server.tls) & HF_WANT_DECISION) != 0) {
        assert_int_equal(hf_tls_wants(&p->server.tls) & (HF_WANT_INPUT | HF_WANT_RUN), 0);
        hf_code answer = j->authorised == 0 ? j->identify : j->authorise;
        assert_int_equal(hf_tls_decided(&p->server.tls, HF_PENDING), HF_E_USAGE);
        (void)hf_tls_decided(&p->server.tls, answer);
        pair_run(p);
    }
    assert_int_equal(hf_tls_decided(&p->server.tls, HF_OK), HF_E_USAGE);
}

static void test_decisions(void **state)
{
    (void)state;
    static const struct {
        hf_code identify, authorise;
        uint8_t alert;
    } CASES[] = {
        {HF_OK, HF_OK, 0},
        {HF_IDENTIFIED, HF_OK, 0},
        {HF_OK, HF_E_PEER_UNKNOWN, 46},
        {HF_IDENTIFIED, HF_E_PEER_INACTIVE, 49},
        {HF_IDENTIFIED, HF_E_PEER_REVOKED, 44},
        {HF_OK, HF_E_PEER_DENIED, 49},
        {HF_E_PEER_REVOKED, HF_OK, 0}, /* identify cannot refuse */
    };
    for (unsigned i = 0; i < 4 * sizeof CASES / sizeof CASES[0]; i++) {
        judge j = {.identify = CASES[i / 4].identify,
                   .authorise = CASES[i / 4].authorise,
                   .later = (i & 2) != 0};
        pair *p = pair_of(BOTH[i & 1]);
        pair_mutual(p, HF_CLIENT_AUTH_REQUIRE, true);
        p->server.config.hooks = (hf_hooks){identify, authorise, &j};
        pair_start(p);
        decide_until_done(p, &j);
        if (j.authorise == HF_OK) {
            pair_expect_open(p, "let in");
        } else {
            pair_expect_refused(p, j.authorise, CASES[i / 4].alert, "refused");
            if (BOTH[i & 1] == HF_TLS12) { /* before the server's Finished */
                assert_int_equal(hf_tls_wants(&p->client.tls) & HF_IS_OPEN, 0);
            }
        }
        assert_int_equal(j.identified, 1);
        assert_int_equal(j.authorised, 1);
        assert_true(j.has_names);
        assert_int_equal(j.verified,
                         j.identify == HF_IDENTIFIED ? HF_VERIFIED_KNOWN : HF_VERIFIED_PATH);
        pair_free(p);
    }
}

/* A refusal without an alert of its own, and one that is no error, are refusals. */
static void test_odd_answers(void **state)
{
    (void)state;
    static const hf_code ODD[] = {HF_E_FILE, HF_IDENTIFIED, (hf_code)9999};
    for (size_t i = 0; i < 3; i++) {
        judge j = {.identify = HF_OK, .authorise = ODD[i]};
        pair *p = pair_of(HF_TLS13);
        pair_mutual(p, HF_CLIENT_AUTH_REQUIRE, true);
        p->server.config.hooks = (hf_hooks){identify, authorise, &j};
        pair_start(p);
        pair_run(p);
        pair_expect_refused(p, HF_E_PEER_DENIED, 49, "odd");
        pair_free(p);
    }
}

/* One that shows nothing is judged, too. */
static void test_anonymous(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        judge j = {.identify = HF_OK, .authorise = (i & 2) != 0 ? HF_E_PEER_DENIED : HF_OK};
        pair *p = pair_of(BOTH[i & 1]);
        pair_mutual(p, HF_CLIENT_AUTH_REQUEST, false);
        p->server.config.hooks = (hf_hooks){identify, authorise, &j};
        pair_start(p);
        pair_run(p);
        if ((i & 2) != 0) {
            pair_expect_refused(p, HF_E_PEER_DENIED, 49, "anonymous");
        } else {
            pair_expect_open(p, "anonymous");
        }
        assert_int_equal(j.identified, 0);
        assert_int_equal(j.authorised, 1);
        assert_int_equal(j.credential, HF_CREDENTIAL_NONE);
        pair_free(p);
    }
}

/* A client asks its program before anything of its own certificate leaves. */
static void test_client_decides(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        judge j = {.authorise = (i & 2) != 0 ? HF_E_PEER_DENIED : HF_OK};
        pair *p = pair_of(BOTH[i & 1]);
        pair_mutual(p, HF_CLIENT_AUTH_REQUEST, true);
        p->client.config.hooks.authorise = authorise;
        p->client.config.hooks.ctx = &j;
        p->name = NULL;
        p->client.config.insecure_skip_name_check = true;
        j.later = false;
        pair_start(p);
        pair_run(p);
        assert_int_equal(j.authorised, 1);
        assert_int_equal(j.verified, HF_VERIFIED_PATH);
        if ((i & 2) != 0) {
            pair_expect_left(p, HF_E_PEER_DENIED, 49, "client");
            assert_false(BOTH[i & 1] == HF_TLS13 && hf_tls_sent_certificate(&p->client.tls));
        } else {
            pair_expect_open(p, "client");
        }
        pair_free(p);
    }
}

/* ---- certificates in any order */

static void test_any_order(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        pair *p = pair_of(BOTH[i & 1]);
        hf_identity *it = &p->server.config.identity;
        bool whole = (i & 2) != 0;
        it->chain[1] = pair_file(p, "other"); /* leads nowhere */
        it->chain[2] = pair_file(p, "int");
        it->chain_count = 3;
        p->client.config.whole_chain = whole;
        p->feed = (i & 4) != 0 ? 1 : 0;
        pair_start(p);
        pair_run(p);
        if (whole) {
            pair_expect_open(p, "any order");
            assert_int_equal(hf_tls_peer(&p->client.tls)->verified, HF_VERIFIED_PATH);
        } else {
            pair_expect_left(p, HF_E_CERT_ORDER, 42, "in order only");
            assert_null(hf_tls_peer(&p->client.tls));
        }
        pair_free(p);
    }
}

/* ---- records */

static void test_small_records(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        pair *p = pair_of(BOTH[i & 1]);
        pair_mutual(p, HF_CLIENT_AUTH_REQUIRE, true);
        p->client.in_cap = 1024;
        p->server.in_cap = (i & 2) != 0 ? 2048 : HF_TLS_INPUT_MAX;
        pair_start(p);
        pair_run(p);
        pair_expect_open(p, "small");
        size_t most = BOTH[i & 1] == HF_TLS13 ? 1024 - 5 - 16 - 13 : 1024 - 5 - 16 - 8;
        assert_in_range(hf_tls_record_limit(&p->server.tls), 900, most + 13);
        if ((i & 2) != 0) {
            assert_in_range(hf_tls_record_limit(&p->client.tls), 1900, 2048 - 5 - 16);
        }
        pair_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions), cmocka_unit_test(test_odd_answers),
        cmocka_unit_test(test_anonymous), cmocka_unit_test(test_client_decides),
        cmocka_unit_test(test_any_order), cmocka_unit_test(test_small_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
