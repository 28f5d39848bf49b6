/* A server with external PSKs alone refuses: whatever is wrong, with the same error, the same alert
 * and the same bytes, so that a stranger does not learn which identities exist. Runs in builds
 * without certificates too.
 */
#include "unit/external_psk_rig.h"

static void expect_uniform(psk_pair *q, const char *what)
{
    psk_run(q);
    pair_expect_refused(q->p, HF_E_PSK_REFUSED, 51, what);
    const hf_error *error = hf_tls_error(&q->p->server.tls);
    assert_int_equal(error->detail, 0);
    assert_int_equal(error->offset, 0);
    assert_int_equal(q->p->server.sent_len, 7); /* a plain alert, no ServerHello */
    pair_free(q->p);
}

static void test_wrong_key(void **state)
{
    psk_pair q = psk_new();
    (void)state;
    q.client.key.ptr = PSK_OTHER_KEY;
    expect_uniform(&q, "wrong key");
}

static void test_unknown(void **state)
{
    psk_pair q = psk_new();
    (void)state;
    q.client.identity = psk_text("device-3");
    expect_uniform(&q, "unknown identity");
    q = psk_new();
    q.client.context = psk_text("elsewhere");
    expect_uniform(&q, "another context");
    q = psk_new();
    q.client.plain = true;
    expect_uniform(&q, "plain, but the server imports");
    q = psk_new();
    q.server[2].plain = true;
    expect_uniform(&q, "imported, but the server does not");
    q = psk_new();
    q.client.hash = HF_SHA384;
    expect_uniform(&q, "another hash");
}

static void test_unusable_at_server(void **state)
{
    psk_pair q = psk_new();
    (void)state;
    q.client.key.len = q.server[2].key.len = 16;
    q.server[2].key.len = 15;
    expect_uniform(&q, "a weak key");
    q = psk_new();
    q.server[2].version = HF_TLS12; /* P-06 */
    expect_uniform(&q, "a key for another version");
}

/* The identity is known, but no suite of its hash is offered (P-07): nothing that a stranger could
 * learn from. */
static void test_suite_does_not_fit(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        psk_pair q = psk_new();
        q.client.plain = q.server[2].plain = true;
        q.client.hash = i == 0 ? HF_SHA256 : HF_SHA384;
        q.server[2].hash = i == 0 ? HF_SHA384 : HF_SHA256;
        expect_uniform(&q, "a suite with another hash");
    }
}

/* That there is none in common at all has nothing to do with PSKs. */
static void test_no_common_suite(void **state)
{
    static const uint16_t SHA384[] = {0x1302};
    static const uint16_t SHA256[] = {0x1301};
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        psk_pair q = psk_new();
        q.client.hash = q.server[2].hash = (i & 1) == 0 ? HF_SHA256 : HF_SHA384;
        q.client.identity = (i & 2) == 0 ? q.client.identity : psk_text("device-3");
        q.p->server.config.suites = (i & 1) == 0 ? SHA384 : SHA256;
        q.p->server.config.suites_count = 1;
        psk_run(&q);
        pair_expect_refused(q.p, HF_E_NO_COMMON_SUITE, 40, "no suite in common");
        pair_free(q.p);
    }
}

static void test_no_psks_at_all(void **state)
{
    hf_psk_list none = {NULL, 0};
    psk_pair q = psk_new();
    (void)state;
    q.p->server.config.psks = (hf_psk_source){hf_psk_list_find, &none};
    expect_uniform(&q, "an empty list");
}

static void test_retry_wrong_key(void **state)
{
    static const uint16_t CLIENT[] = {HF_SECP256R1, HF_X25519};
    static const uint16_t SERVER[] = {HF_X25519};
    (void)state;
    for (unsigned i = 0; i < 2; i++) { /* known or not: nobody gets a HelloRetryRequest */
        psk_pair q = psk_new();
        q.client.key.ptr = i == 0 ? PSK_OTHER_KEY : q.client.key.ptr;
        q.client.identity = i == 1 ? psk_text("device-3") : q.client.identity;
        q.p->client.config.groups = CLIENT;
        q.p->client.config.groups_count = 2;
        q.p->server.config.groups = SERVER;
        q.p->server.config.groups_count = 1;
        expect_uniform(&q, "before a HelloRetryRequest");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_key),          cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_unusable_at_server), cmocka_unit_test(test_suite_does_not_fit),
        cmocka_unit_test(test_no_common_suite),    cmocka_unit_test(test_no_psks_at_all),
        cmocka_unit_test(test_retry_wrong_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
