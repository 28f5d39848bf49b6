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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_mutual),
        cmocka_unit_test(test_retry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
