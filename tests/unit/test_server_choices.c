/* What a server chooses: identities, names, protocols, raw public keys. Both roles are ours here.
 */
#include "unit/pair_rig.h"

#include "crypto/crypto.h"

static const uint16_t BOTH[] = {HF_TLS13, HF_TLS12};

static pair *pair_of(uint16_t version)
{
    pair *p = pair_new();
    p->client.config.version_min = p->client.config.version_max = version;
    return p;
}

/* ---- identities */

static void add_rsa(pair *p, hf_identity *it)
{
    hf_span chain = pair_file(p, "leaf-rsa");
    hf_span key = pair_file(p, "key-leaf-rsa.pkcs8");
    assert_int_equal(
        hf_config_add_identity(&p->server.config, it, chain.ptr, chain.len, key.ptr, key.len, NULL),
        HF_OK);
    it->chain[it->chain_count++] = pair_file(p, "int-rsa");
}

/* The RSA identity is the first one; ECDSA is chosen all the same, unless the client cannot. */
static void test_kinds_of_keys(void **state)
{
    (void)state;
    static const uint16_t RSA[] = {HF_RSA_PSS_RSAE_SHA256, HF_RSA_PKCS1_SHA256};
    for (unsigned i = 0; i < 4; i++) {
        pair *p = pair_of(BOTH[i & 1]);
        hf_identity second = {.chain_count = 0};
        add_rsa(p, &second);
        pair_anchor(p, &p->client.config, "root-rsa");
        if ((i & 2) != 0) {
            p->client.config.schemes = RSA;
            p->client.config.schemes_count = 2;
        }
        pair_start(p);
        pair_run(p);
        pair_expect_open(p, "kinds");
        const hf_identity *chosen = hf_tls_identity(&p->server.tls);
        assert_ptr_equal(chosen, (i & 2) != 0 ? &second : &p->server.config.identity);
        uint16_t scheme = (i & 2) != 0 ? HF_RSA_PSS_RSAE_SHA256 : HF_ECDSA_SECP256R1_SHA256;
        assert_int_equal(hf_tls_our_scheme(&p->server.tls), scheme);
        assert_int_equal(hf_tls_peer_scheme(&p->client.tls), scheme);
        pair_free(p);
    }
}

/* A client shows the identity whose CA the server names, against its own preference (P-41). */
static void test_authorities(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        pair *p = pair_of(BOTH[i & 1]);
        bool named = (i & 2) != 0;
        hf_identity second = {.chain_count = 0};
        pair_identity(p, &p->client.config, "leaf", "int", "key-leaf.pkcs8");
        hf_span chain = pair_file(p, "leaf-rsa");
        hf_span key = pair_file(p, "key-leaf-rsa.pkcs8");
        assert_int_equal(hf_config_add_identity(&p->client.config, &second, chain.ptr, chain.len,
                                                key.ptr, key.len, NULL),
                         HF_OK);
        second.chain[second.chain_count++] = pair_file(p, "int-rsa");
        p->server.config.client_auth = HF_CLIENT_AUTH_REQUIRE;
        p->server.config.send_authorities = named;
        pair_anchor(p, &p->server.config, "root-rsa");
        pair_start(p);
        pair_run(p);
        if (named) {
            pair_expect_open(p, "named");
            assert_int_equal(hf_tls_peer_scheme(&p->server.tls), HF_RSA_PSS_RSAE_SHA256);
        } else {
            pair_expect_refused(p, HF_E_CERT_UNKNOWN_CA, 48, "not named");
        }
        pair_free(p);
    }
}

static void test_no_common(void **state)
{
    (void)state;
    static const uint16_t P384_SCHEME[] = {HF_ECDSA_SECP384R1_SHA384};
    static const uint16_t X25519[] = {HF_X25519};
    static const uint16_t P256[] = {HF_SECP256R1};
    static const uint16_t AES256[] = {0x1302, 0xc02c};
    static const uint16_t AES128[] = {0x1301, 0xc02b};
    for (size_t v = 0; v < 2; v++) {
        pair *p = pair_of(BOTH[v]);
        p->client.config.groups = X25519;
        p->client.config.groups_count = 1;
        p->server.config.groups = P256;
        p->server.config.groups_count = 1;
        pair_start(p);
        pair_run(p);
        pair_expect_refused(p, HF_E_NO_COMMON_GROUP, 40, "group");
        pair_free(p);
        p = pair_of(BOTH[v]);
        p->client.config.suites = AES256;
        p->client.config.suites_count = 2;
        p->server.config.suites = AES128;
        p->server.config.suites_count = 2;
        pair_start(p);
        pair_run(p);
        pair_expect_refused(p, HF_E_NO_COMMON_SUITE, 40, "suite");
        pair_free(p);
    }
    pair *p = pair_of(HF_TLS13);
    p->client.config.schemes = P384_SCHEME;
    p->client.config.schemes_count = 1;
    pair_start(p);
    pair_run(p);
    pair_expect_refused(p, HF_E_NO_COMMON_SCHEME, 40, "scheme");
    pair_free(p);
    p = pair_of(HF_TLS12);
    p->server.config.version_min = HF_TLS13;
    pair_start(p);
    pair_run(p);
    pair_expect_refused(p, HF_E_VERSION, 70, "1.2 alone");
    pair_free(p);
    p = pair_of(HF_TLS13);
    p->server.config.version_max = HF_TLS12;
    pair_start(p);
    pair_run(p);
    pair_expect_refused(p, HF_E_VERSION, 70, "1.3 alone");
    pair_free(p);
}

/* ---- names (RFC 6066 3) */

static void test_names(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"*.fleet.example", "device.example.com"};
    static const struct {
        const char *sni;
        bool listed, any, known;
    } CASES[] = {
        {"device.example.com", false, false, true},    {"a.wild.example.com", false, false, true},
        {"DEVICE.Example.COM", false, false, true},    {"other.example.com", false, false, false},
        {"other.example.com", false, true, true},      {"one.fleet.example", true, false, true},
        {"two.one.fleet.example", true, false, false}, {"a.wild.example.com", true, false, false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        pair *p = pair_of(BOTH[i & 1]);
        p->client.config.server_name_indication = CASES[i].sni;
        p->server.config.unknown_name = CASES[i].any ? HF_UNKNOWN_NAME_DEFAULT : 0;
        p->server.config.identity.names = CASES[i].listed ? NAMES : NULL;
        p->server.config.identity.names_count = CASES[i].listed ? 2 : 0;
        pair_start(p);
        pair_run(p);
        if (CASES[i].known) {
            pair_expect_open(p, CASES[i].sni);
        } else {
            pair_expect_refused(p, HF_E_UNKNOWN_NAME, 112, CASES[i].sni);
        }
        pair_free(p);
    }
}

/* ---- application protocols */

static void test_alpn(void **state)
{
    (void)state;
    static const char *const SERVER[] = {"mqtt", "http/1.1"};
    static const char *const BOTH_ORDERS[] = {"http/1.1", "mqtt"};
    static const char *const OTHER[] = {"h2"};
    for (size_t v = 0; v < 2; v++) {
        pair *p = pair_of(BOTH[v]);
        p->server.config.alpn = SERVER;
        p->server.config.alpn_count = 2;
        p->client.config.alpn = BOTH_ORDERS;
        p->client.config.alpn_count = 2;
        pair_start(p);
        pair_run(p);
        pair_expect_open(p, "alpn");
        assert_string_equal(hf_tls_alpn(&p->server.tls), "mqtt"); /* the server's order */
        assert_string_equal(hf_tls_alpn(&p->client.tls), "mqtt");
        pair_free(p);
        for (unsigned require = 0; require < 2; require++) {
            p = pair_of(BOTH[v]);
            p->server.config.alpn = SERVER;
            p->server.config.alpn_count = 2;
            p->server.config.require_alpn = require != 0;
            pair_start(p);
            pair_run(p);
            if (require != 0) {
                pair_expect_refused(p, HF_E_NO_COMMON_PROTOCOL, 120, "required");
            } else {
                pair_expect_open(p, "none offered");
                assert_null(hf_tls_alpn(&p->server.tls));
            }
            pair_free(p);
        }
        p = pair_of(BOTH[v]);
        p->server.config.alpn = SERVER;
        p->server.config.alpn_count = 2;
        p->client.config.alpn = OTHER;
        p->client.config.alpn_count = 1;
        pair_start(p);
        pair_run(p);
        pair_expect_refused(p, HF_E_NO_COMMON_PROTOCOL, 120, "no overlap");
        pair_free(p);
    }
}

/* ---- raw public keys (RFC 7250) */

static hf_pin pin_of(hf_span certificate)
{
    hf_certificate parsed;
    hf_pin pin;
    assert_int_equal(hf_x509_parse(&parsed, certificate, NULL), HF_OK);
    hf_sha256(parsed.spki, pin.sha256);
    return pin;
}

static hf_code raw_only(void *ctx, const hf_tls *tls, const hf_peer *peer)
{
    (void)ctx;
    (void)tls;
    return peer->credential == HF_CREDENTIAL_RAW_PUBLIC_KEY &&
                   peer->verified == HF_VERIFIED_KEY_ONLY
               ? HF_OK
               : HF_E_PEER_DENIED;
}

static void test_raw_keys(void **state)
{
    (void)state;
    enum { PINNED, DECIDED, WRONG_PIN, UNBOUND, MIXED, CASES };
    for (unsigned i = 0; i < 2 * CASES; i++) {
        unsigned what = i / 2;
        pair *p = pair_of(BOTH[i & 1]);
        pair_mutual(p, HF_CLIENT_AUTH_REQUIRE, true);
        hf_config *c = &p->client.config;
        hf_config *s = &p->server.config;
        hf_pin good = pin_of(s->identity.chain[0]); /* both have the same key */
        hf_pin bad = {{1}};
        c->raw_keys = c->peer_raw_keys = HF_RAW_KEYS_ONLY;
        s->raw_keys = s->peer_raw_keys = HF_RAW_KEYS_ONLY;
        c->pins = s->pins = &good;
        c->pins_count = s->pins_count = 1;
        if (what == DECIDED) {
            c->pins_count = s->pins_count = 0;
            c->hooks.authorise = s->hooks.authorise = raw_only;
        } else if (what == WRONG_PIN) {
            s->pins = &bad;
        } else if (what == UNBOUND) {
            s->pins_count = 0;
            assert_int_equal(hf_config_build(s), HF_E_NO_ANCHORS);
            pair_free(p);
            continue;
        } else if (what == MIXED) { /* the client has no raw key to check, the server prefers it */
            c->peer_raw_keys = HF_RAW_KEYS_NEVER;
            s->raw_keys = HF_RAW_KEYS_ALLOWED;
        }
        pair_start(p);
        pair_run(p);
        if (what == WRONG_PIN) {
            pair_expect_refused(p, HF_E_CERT_PIN, 42, "wrong pin");
            pair_free(p);
            continue;
        }
        pair_expect_open(p, "raw keys");
        const hf_peer *peer = hf_tls_peer(&p->server.tls);
        assert_non_null(peer);
        assert_int_equal(peer->credential, HF_CREDENTIAL_RAW_PUBLIC_KEY);
        assert_int_equal(peer->verified, what == DECIDED ? HF_VERIFIED_KEY_ONLY : HF_VERIFIED_PIN);
        assert_memory_equal(peer->spki_sha256, good.sha256, 32);
        assert_int_equal(hf_tls_peer(&p->client.tls) != NULL, what != MIXED);
        pair_free(p);
    }
}

static void test_no_common_type(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        pair *p = pair_of(BOTH[v]);
        hf_pin pin = pin_of(p->server.config.identity.chain[0]);
        p->client.config.peer_raw_keys = HF_RAW_KEYS_ONLY;
        p->client.config.pins = &pin;
        p->client.config.pins_count = 1;
        pair_start(p);
        pair_run(p);
        pair_expect_refused(p, HF_E_CERTIFICATE_TYPE, 43, "type");
        pair_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_of_keys),  cmocka_unit_test(test_authorities),
        cmocka_unit_test(test_no_common),      cmocka_unit_test(test_names),
        cmocka_unit_test(test_alpn),           cmocka_unit_test(test_raw_keys),
        cmocka_unit_test(test_no_common_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
