/* External PSKs beside certificates: a server that has both, clients that have one of them, what a
 * client does when its PSK is not taken, and cookies.
 */
#include "crypto/crypto.h"
#include "unit/external_psk_rig.h"

/* The server of psk_new() with a certificate, too. */
static psk_pair with_certificates(void)
{
    psk_pair q = psk_new();
    q.p->server.memory[0] = malloc(16384);
    assert_non_null(q.p->server.memory[0]);
    q.p->server.config.memory = (hf_space){q.p->server.memory[0], 16384};
    q.p->server.config.memory_end = 16384;
    q.p->server.config.clock.now = pair_now;
    q.p->server.slot_cap = HF_TLS_CERTIFICATE_WHOLE;
    pair_identity(q.p, &q.p->server.config, "leaf", "int", "key-leaf.pkcs8");
    return q;
}

static void require_certificates(psk_pair *q)
{
    pair_anchor(q->p, &q->p->server.config, "root");
    q->p->server.config.client_auth = HF_CLIENT_AUTH_REQUIRE;
}

/* A client with anchors instead of a PSK. */
static psk_pair with_anchors(void)
{
    psk_pair q = with_certificates();
    q.p->client.memory[0] = malloc(16384);
    assert_non_null(q.p->client.memory[0]);
    q.p->client.config.memory = (hf_space){q.p->client.memory[0], 16384};
    q.p->client.config.memory_end = 16384;
    q.p->client.config.clock.now = pair_now;
    q.p->client.slot_cap = HF_TLS_CERTIFICATE_SIZE;
    q.p->name = PAIR_NAME;
    pair_anchor(q.p, &q.p->client.config, "root");
    return q;
}

static void run_anchors(psk_pair *q)
{
    q->list = (hf_psk_list){q->server, 3};
    q->p->server.config.psks = (hf_psk_source){hf_psk_list_find, &q->list};
    pair_start(q->p);
    pair_run(q->p);
}

/* ---- both kinds of clients */

static void test_psk_client(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        uint8_t sha256[32];
        psk_pair q = with_certificates();
        q.client.hash = q.server[2].hash = (i & 1) != 0 ? HF_SHA384 : HF_SHA256;
        q.p->client.config.psk_modes = q.p->server.config.psk_modes = (i & 2) != 0 ? 2 : 0;
        if ((i & 4) != 0) { /* a PSK does for it, and no certificate is asked for */
            require_certificates(&q);
        }
        psk_run(&q);
        pair_expect_open(q.p, "PSK at a server with certificates");
        assert_false(hf_tls_asked_certificate(&q.p->client.tls));
        assert_int_equal(hf_tls_suite(&q.p->client.tls), (i & 1) != 0 ? 0x1302 : 0x1301);
        hf_sha256(q.client.identity, sha256);
        psk_expect_peers(&q, sha256);
        pair_free(q.p);
    }
}

static void test_certificate_client(void **state)
{
    psk_pair q = with_anchors();
    (void)state;
    run_anchors(&q);
    pair_expect_open(q.p, "certificates at a server with PSKs");
    assert_int_not_equal(hf_tls_peer_scheme(&q.p->client.tls), 0);
    pair_free(q.p);
    q = with_anchors();
    require_certificates(&q);
    run_anchors(&q);
    pair_expect_refused(q.p, HF_E_NO_CLIENT_CERTIFICATE, 116, "neither PSK nor certificate");
    pair_free(q.p);
}

/* A client that offers no PSK, at a server that has nothing else. */
static void test_no_psk_offered(void **state)
{
    static const uint16_t VERSIONS[] = {HF_TLS12, HF_TLS13};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        psk_pair q = with_anchors();
        hf_psk_list none = {NULL, 0};
        hf_config *config = &q.p->server.config;
        hf_config_release(config);
        hf_config_init(config, NULL, 0);
        config->role = HF_SERVER;
        config->psks = (hf_psk_source){hf_psk_list_find, &none};
        q.p->client.config.version_max = VERSIONS[i];
        pair_start(q.p);
        pair_run(q.p);
        if (VERSIONS[i] == HF_TLS12) {
            pair_expect_refused(q.p, HF_E_VERSION, 70, "TLS 1.2");
        } else {
            pair_expect_refused(q.p, HF_E_PSK_REFUSED, 51, "no PSK offered");
        }
        pair_free(q.p);
    }
}

/* ---- not taken: the server goes on with certificates, the client does not */

static void not_taken(psk_pair *q, const char *what)
{
    psk_run(q);
    pair_expect_left(q->p, HF_E_PSK_NOT_TAKEN, 40, what);
    assert_int_equal(hf_tls_error(&q->p->client.tls)->detail, 0);
    assert_null(hf_tls_peer(&q->p->client.tls));
    pair_free(q->p);
}

static void test_not_taken(void **state)
{
    psk_pair q = with_certificates();
    (void)state;
    q.client.identity = psk_text("device-3");
    not_taken(&q, "unknown identity");
    q = with_certificates();
    q.client.plain = true;
    not_taken(&q, "not imported");
    q = with_certificates();
    q.server[2].key.len = 15;
    not_taken(&q, "weak at the server");
    q = with_certificates(); /* what it would need for certificates was not offered */
    q.p->client.config.psk_modes = HF_PSK_KE_ONLY;
    q.p->server.config.psk_modes = HF_PSK_DHE_OR_KE;
    q.client.identity = psk_text("device-3");
    psk_run(&q);
    pair_expect_refused(q.p, HF_E_EXTENSION_MISSING, 109, "unknown identity, psk_ke");
    pair_free(q.p);
}

/* A key that is known and wrong ends it: RFC 8446 4.2.11 leaves no other way (P-08). */
static void test_wrong_key(void **state)
{
    psk_pair q = with_certificates();
    (void)state;
    q.client.key.ptr = PSK_OTHER_KEY;
    psk_run(&q);
    pair_expect_refused(q.p, HF_E_PSK_REFUSED, 51, "wrong key");
    pair_free(q.p);
}

/* ---- HelloRetryRequest with a cookie that another engine has given out */

static void another_server(psk_pair *q)
{
    pair_end *end = &q->p->server;
    hf_tls_release(&end->tls);
    for (size_t k = 1; k < 5; k++) {
        free(end->memory[k]);
    }
    const hf_tls_memory memory = pair_memory(end);
    assert_int_equal(hf_tls_server(&end->tls, &end->config, &memory), HF_OK);
}

/* Gives the client's bytes to a second engine of the same configuration after the retry. */
static void retry_elsewhere(psk_pair *q)
{
    static const uint16_t CLIENT[] = {HF_SECP256R1, HF_X25519};
    static const uint16_t SERVER[] = {HF_X25519};
    static const uint8_t COOKIE_KEY[32] = {7};
    q->p->server.config.cookie_key = COOKIE_KEY;
    q->p->client.config.groups = CLIENT;
    q->p->client.config.groups_count = 2;
    q->p->server.config.groups = SERVER;
    q->p->server.config.groups_count = 1;
    psk_start(q);
    while (q->p->server.sent_len == 0) { /* up to the HelloRetryRequest */
        (void)pair_step(q->p, &q->p->client, &q->p->server);
        (void)pair_step(q->p, &q->p->server, &q->p->client);
    }
    size_t len = 0;
    while (hf_tls_output(&q->p->server.tls, &len) != NULL) {
        (void)pair_step(q->p, &q->p->server, &q->p->client);
    }
    another_server(q);
    pair_run(q->p);
}

static void test_cookie_elsewhere(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        psk_pair q = (i & 1) != 0 ? with_certificates() : psk_new();
        q.client.hash = q.server[2].hash = (i & 2) != 0 ? HF_SHA384 : HF_SHA256;
        retry_elsewhere(&q);
        pair_expect_open(q.p, "a cookie of another engine");
        assert_true(hf_tls_retried(&q.p->client.tls));
        pair_free(q.p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_psk_client),     cmocka_unit_test(test_certificate_client),
        cmocka_unit_test(test_no_psk_offered), cmocka_unit_test(test_not_taken),
        cmocka_unit_test(test_wrong_key),      cmocka_unit_test(test_cookie_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
