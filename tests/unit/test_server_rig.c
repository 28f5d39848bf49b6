/* Plain handshakes of the server engine with the scripted client: both versions, each suite and
 * group, with and without client certificates, in large pieces and byte by byte.
 */
#include "puppet/server_rig.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

typedef struct plain {
    uint16_t version, suite, group;
    identity_kind identity, shown;
    uint8_t auth;
    bool retry, no_shares, join, compatible, grease, legacy, authorities, status;
    bool with_cookie;
    size_t cut, pad, input, output;
    uint16_t limit;
    uint8_t fragment;
    const char *alpn;
    guest_renegotiation renegotiation;
} plain;

static const uint8_t COOKIE_KEY[32] = {1, 2, 3};

static server_rig *dress(const plain *c)
{
    server_rig *s = server_rig_new();
    guest *g = s->g;
    s->identity = c->identity;
    s->shown = c->shown;
    s->auth = c->auth;
    s->send_authorities = c->authorities;
    s->cookie_key = c->with_cookie ? COOKIE_KEY : NULL;
    s->r.alpn = &c->alpn;
    s->r.alpn_count = c->alpn != NULL;
    s->r.input = c->input;
    s->r.output = c->output;
    g->only = c->version;
    g->suites[0] = c->suite;
    g->groups[0] = c->group;
    g->no_shares = c->no_shares;
    g->alpn[0] = c->alpn;
    g->grease = c->grease;
    g->status_request = c->status;
    g->renegotiation = c->renegotiation;
    if (c->retry && !c->no_shares) { /* a share that no server here knows: of x448 */
        g->groups[0] = c->group == 0 ? (uint16_t)HF_SECP256R1 : c->group;
        g->groups[1] = g->shares[0] = 30;
    }
    g->p.join = c->join;
    g->p.cut = c->cut;
    g->p.pad = c->pad;
    g->p.compatible = c->compatible;
    g->p.legacy = c->legacy;
    g->p.limit = c->limit;
    g->p.fragment = c->fragment;
    return s;
}

static void expect_agreed(const server_rig *s, const plain *c)
{
    const guest *g = s->g;
    const hf_tls *tls = &s->r.tls;
    assert_int_equal(g->p.version, c->version);
    assert_int_equal(hf_tls_version(tls), c->version);
    assert_int_equal(hf_tls_suite(tls), g->p.chosen->id);
    assert_int_equal(hf_tls_group(tls), g->p.group);
    assert_int_equal(hf_tls_our_scheme(tls), g->server_scheme);
    assert_int_equal(hf_tls_peer_scheme(tls), c->auth && c->shown ? g->p.scheme : 0);
    assert_int_equal(hf_tls_retried(tls), c->retry);
    assert_int_equal(g->retried, c->retry);
    assert_int_equal(hf_tls_extended_master_secret(tls), !c->legacy);
    assert_int_equal(g->sentinel, /* RFC 8446 4.1.3: the server has TLS 1.3 */
                     c->version == HF_TLS12 ? GUEST_SENTINEL_12 : GUEST_NO_SENTINEL);
    assert_int_equal(g->asked, c->auth != 0);
    assert_int_equal(g->authorities_asked.len > 0, c->authorities);
    assert_int_equal(g->safe, c->version == HF_TLS12 && c->renegotiation != GUEST_NEITHER);
    assert_string_equal(g->alpn_chosen, c->alpn == NULL ? "" : c->alpn);
    assert_ptr_equal(hf_tls_alpn(tls), c->alpn);
    const hf_peer *peer = hf_tls_peer(tls);
    assert_int_equal(peer != NULL && peer->verified == HF_VERIFIED_PATH, c->auth && c->shown);
}

static void run(const plain *c, size_t piece)
{
    char name[120];
    (void)snprintf(name, sizeof name, "version %x suite %x group %x shown %d auth %d, piece %zu",
                   c->version, c->suite, c->group, (int)c->shown, c->auth, piece);
    server_rig *s = dress(c);
    s->r.feed = s->r.drain = piece;
    server_rig_start(s);
    server_rig_run(s);
    server_expect_open(s, name);
    expect_agreed(s, c);
    server_expect_talk(s, name);
    assert_int_equal(hf_tls_close(&s->r.tls), HF_OK);
    server_rig_run(s);
    assert_int_equal(s->r.p->alerts, 1);
    assert_int_equal(s->r.p->alert_level, 1);
    assert_int_equal(s->r.p->alert, 0);
    server_rig_free(s);
}

static void run_both(const plain *c)
{
    run(c, 0);
    run(c, 1);
}

static void test_suites_and_groups(void **state)
{
    (void)state;
    static const uint16_t GROUPS[] = {HF_X25519, HF_SECP256R1, HF_SECP384R1};
    unsigned played = 0;
    for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
        const hf_suite *suite = hf_suite_at(i);
        for (size_t g = 0; g < 3 && hf_crypto_has_aead(suite->aead); g++) {
            plain c = {.version = suite->version,
                       .suite = suite->id,
                       .group = GROUPS[g],
                       .retry = suite->version == HF_TLS13 && i % 2 == 0,
                       .identity = suite->key_kinds == HF_SUITE_RSA ? ID_RSA : ID_P256};
            run_both(&c);
            played++;
        }
    }
    assert_in_range(played, 15, 100);
}

#define ASK     .auth = HF_CLIENT_AUTH_REQUEST
#define REQUIRE .auth = HF_CLIENT_AUTH_REQUIRE

static const plain PLAIN[] = {
    {.version = HF_TLS13, ASK},
    {.version = HF_TLS12, ASK},
    {.version = HF_TLS13, ASK, .authorities = true},
    {.version = HF_TLS12, ASK, .authorities = true},
    {.version = HF_TLS13, REQUIRE, .shown = ID_P256},
    {.version = HF_TLS12, REQUIRE, .shown = ID_P256},
    {.version = HF_TLS13, REQUIRE, .shown = ID_P384},
    {.version = HF_TLS12, REQUIRE, .shown = ID_P384},
    {.version = HF_TLS13, REQUIRE, .shown = ID_RSA},
    {.version = HF_TLS12, REQUIRE, .shown = ID_RSA},
    {.version = HF_TLS13, .shown = ID_P256},
    {.version = HF_TLS12, .shown = ID_P256},
    {.version = HF_TLS13, .identity = ID_P384},
    {.version = HF_TLS12, .identity = ID_P384},
    {.version = HF_TLS13, .identity = ID_RSA, REQUIRE, .shown = ID_P256},
    {.version = HF_TLS12, .identity = ID_RSA, REQUIRE, .shown = ID_P256},
    {.version = HF_TLS13, .retry = true, .no_shares = true},
    {.version = HF_TLS13, .retry = true, .with_cookie = true, REQUIRE, .shown = ID_P256},
    {.version = HF_TLS13, .retry = true, .compatible = true},
    {.version = HF_TLS13, .compatible = true, REQUIRE, .shown = ID_P256},
    {.version = HF_TLS12, .compatible = true},
    {.version = HF_TLS13, .join = true, REQUIRE, .shown = ID_P256},
    {.version = HF_TLS12, .join = true, REQUIRE, .shown = ID_P256},
    {.version = HF_TLS13, .cut = 1, .pad = 3, REQUIRE, .shown = ID_P256},
    {.version = HF_TLS12, .cut = 1, .join = true, REQUIRE, .shown = ID_P256},
    {.version = HF_TLS13, .cut = 100, .retry = true, .compatible = true},
    {.version = HF_TLS13, .cut = 7, .retry = true, .compatible = true, .with_cookie = true},
    {.version = HF_TLS12, .cut = 100, .compatible = true},
    {.version = HF_TLS13, .grease = true},
    {.version = HF_TLS12, .grease = true},
    {.version = HF_TLS13, .grease = true, .retry = true},
    {.version = HF_TLS13, .limit = 128},
    {.version = HF_TLS12, .limit = 128},
    {.version = HF_TLS13, .fragment = 1},
    {.version = HF_TLS12, .fragment = 1},
    {.version = HF_TLS12, .legacy = true},
    {.version = HF_TLS12, .renegotiation = GUEST_SCSV},
    {.version = HF_TLS13, .status = true},
    {.version = HF_TLS12, .status = true},
    {.version = HF_TLS13, .alpn = "mqtt"},
    {.version = HF_TLS12, .alpn = "mqtt"},
    {.version = HF_TLS13, .output = HF_TLS_OUTPUT_MIN, REQUIRE, .shown = ID_P256},
    {.version = HF_TLS12, .output = HF_TLS_OUTPUT_MIN, REQUIRE, .shown = ID_P256},
};

static void test_plain_handshakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++) {
        run_both(&PLAIN[i]);
    }
}

/* ---- the rig can see that something goes wrong */

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        identity_kind shown;
        hf_code code;
    } CASES[] = {
        {ID_DEFAULT, HF_E_NO_CLIENT_CERTIFICATE},
        {ID_UNKNOWN, HF_E_CERT_UNKNOWN_CA},
    };
    for (unsigned i = 0; i < 4; i++) {
        server_rig *s = server_rig_new();
        s->g->only = (i & 1) != 0 ? HF_TLS12 : HF_TLS13;
        s->auth = HF_CLIENT_AUTH_REQUIRE;
        s->shown = CASES[i / 2].shown;
        server_rig_start(s);
        server_rig_run(s);
        server_expect_failed(s, CASES[i / 2].code, "refusal");
        server_rig_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suites_and_groups),
        cmocka_unit_test(test_plain_handshakes),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
