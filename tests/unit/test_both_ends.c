/* Both roles of the engine against each other: versions, suites, groups, client authentication,
 * names, application protocols, retries, limits, decisions.
 */
#include "unit/pair_rig.h"

#include "crypto/crypto.h"

static const uint16_t BOTH[] = {HF_TLS13, HF_TLS12};

static void only(pair *p, uint16_t version)
{
    p->client.config.version_min = p->client.config.version_max = version;
}

static void test_plain(void **state)
{
    (void)state;
    static const size_t FEEDS[] = {0, 1, 7};
    for (size_t v = 0; v < 2; v++) {
        for (size_t f = 0; f < 3; f++) {
            pair *p = pair_new();
            only(p, BOTH[v]);
            p->feed = FEEDS[f];
            pair_start(p);
            pair_run(p);
            pair_expect_open(p, "plain");
            assert_int_equal(hf_tls_version(&p->server.tls), BOTH[v]);
            assert_int_equal(hf_tls_suite(&p->server.tls), hf_tls_suite(&p->client.tls));
            assert_int_equal(hf_tls_group(&p->server.tls), HF_X25519);
            assert_int_equal(hf_tls_our_scheme(&p->server.tls), HF_ECDSA_SECP256R1_SHA256);
            assert_true(hf_tls_sent_certificate(&p->server.tls));
            assert_false(hf_tls_asked_certificate(&p->server.tls));
            assert_null(hf_tls_peer(&p->server.tls));
            pair_free(p);
        }
    }
}

static void test_mutual(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        pair *p = pair_new();
        bool required = (i & 2) != 0;
        bool shows = (i & 4) != 0;
        only(p, BOTH[i & 1]);
        pair_mutual(p, required ? HF_CLIENT_AUTH_REQUIRE : HF_CLIENT_AUTH_REQUEST, shows);
        pair_start(p);
        pair_run(p);
        if (required && !shows) {
            pair_expect_refused(p, HF_E_NO_CLIENT_CERTIFICATE, i & 1 ? 40 : 116, "required");
        } else {
            pair_expect_open(p, "mutual");
            assert_true(hf_tls_asked_certificate(&p->server.tls));
            assert_int_equal(hf_tls_sent_certificate(&p->client.tls), shows);
            const hf_peer *peer = hf_tls_peer(&p->server.tls);
            assert_int_equal(peer != NULL, shows);
            if (shows) {
                uint8_t expected[32];
                hf_sha256(p->client.config.identity.chain[0], expected);
                assert_int_equal(peer->verified, HF_VERIFIED_PATH);
                assert_memory_equal(peer->sha256, expected, 32);
                assert_int_equal(peer->certificate.len, 0); /* the slot was given up */
            }
        }
        pair_free(p);
    }
}

static void test_retry(void **state)
{
    (void)state;
    static const uint16_t P384[] = {HF_SECP384R1};
    static const uint8_t KEY[32] = {1, 2, 3};
    for (unsigned i = 0; i < 8; i++) {
        pair *p = pair_new();
        p->server.config.groups = P384;
        p->server.config.groups_count = 1;
        p->server.config.cookie_key = (i & 1) != 0 ? KEY : NULL;
        p->client.config.compatibility_mode = (i & 2) != 0;
        p->feed = (i & 4) != 0 ? 1 : 0;
        pair_start(p);
        pair_run(p);
        pair_expect_open(p, "retry");
        assert_true(hf_tls_retried(&p->client.tls));
        assert_true(hf_tls_retried(&p->server.tls));
        assert_int_equal(hf_tls_group(&p->server.tls), HF_SECP384R1);
        pair_free(p);
    }
}

/* The server has said its flight; the client's answer is `record`, not under any keys. */
static void answer_plainly(pair *p, const uint8_t *record, size_t len)
{
    pair_start(p);
    while ((hf_tls_wants(&p->client.tls) & HF_WANT_OUTPUT) == 0) {
        (void)hf_tls_run(&p->client.tls);
    }
    (void)pair_step(p, &p->client, &p->server);
    while ((hf_tls_wants(&p->server.tls) & (HF_WANT_RUN | HF_WANT_OUTPUT)) != 0) {
        size_t out = 0;
        (void)hf_tls_run(&p->server.tls);
        (void)hf_tls_output(&p->server.tls, &out);
        hf_tls_output_done(&p->server.tls, out);
    }
    size_t room = 0;
    uint8_t *in = hf_tls_input(&p->server.tls, &room);
    assert_true(in != NULL && room >= len);
    memcpy(in, record, len);
    (void)hf_tls_input_done(&p->server.tls, len);
}

/* OpenSSL 3.0 refuses a server's certificate before it has its own sending keys. */
static void test_plain_alert(void **state)
{
    (void)state;
    static const uint8_t UNKNOWN_CA[] = {21, 3, 3, 0, 2, 2, 48};
    static const uint8_t LONG[] = {21, 3, 3, 0, 3, 2, 48, 0};
    static const uint8_t HANDSHAKE[] = {22, 3, 3, 0, 4, 20, 0, 0, 0};
    static const struct {
        const uint8_t *record;
        size_t len;
        hf_code code;
    } CASES[] = {
        {UNKNOWN_CA, sizeof UNKNOWN_CA, HF_E_ALERT},
        {LONG, sizeof LONG, HF_E_ALERT_SYNTAX},
        {HANDSHAKE, sizeof HANDSHAKE, HF_E_RECORD_TYPE},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        pair *p = pair_new();
        only(p, HF_TLS13);
        answer_plainly(p, CASES[i].record, CASES[i].len);
        assert_string_equal(hf_error_name(pair_code(&p->server)), hf_error_name(CASES[i].code));
        if (CASES[i].code == HF_E_ALERT) {
            assert_int_equal(hf_tls_error(&p->server.tls)->alert, 48);
        }
        pair_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_mutual),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_plain_alert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
