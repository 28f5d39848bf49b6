/* A session never crosses identities, virtual hosts, sets of client CAs, policies, versions or
 * suites, and a client that was not authenticated is not resumed where it would have to be: what
 * was made under one setting is offered under another, each in both directions.
 */
#include "unit/bounds_rig.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void identity384(server_rig *s)
{
    s->identity = ID_P384;
}

static void host_a(server_rig *s)
{
    s->unknown_name = HF_UNKNOWN_NAME_DEFAULT;
    s->g->sni = "a.example.net";
}

static void host_b(server_rig *s)
{
    s->unknown_name = HF_UNKNOWN_NAME_DEFAULT;
    s->g->sni = "b.example.net";
}

static void no_host(server_rig *s)
{
    s->unknown_name = HF_UNKNOWN_NAME_DEFAULT;
    s->g->omit = GUEST_WITHOUT(X_SERVER_NAME);
}

static void request(server_rig *s)
{
    s->auth = HF_CLIENT_AUTH_REQUEST;
}

static void require(server_rig *s)
{
    s->auth = HF_CLIENT_AUTH_REQUIRE;
}

static void add_anchor(server_rig *s, hf_config *config)
{
    hf_span more = rig_fixture(&s->r, "root-twin");
    assert_int_equal(hf_config_anchors(config, more.ptr, more.len), HF_OK);
}

static void more_anchors(server_rig *s)
{
    require(s);
    s->configure = add_anchor;
}

static void limit_depth(server_rig *s, hf_config *config)
{
    (void)s;
    config->max_depth = 3;
}

static void shallow(server_rig *s)
{
    require(s);
    s->configure = limit_depth;
}

static void epoch(server_rig *s)
{
    s->policy_epoch = 1;
}

static void modes(server_rig *s)
{
    s->r.psk_modes = HF_PSK_DHE_OR_KE;
}

static void strict(server_rig *s)
{
    s->r.strict = true;
}

static void one_version(server_rig *s)
{
    s->r.version_min = s->r.version_max = s->g->only;
}

static hf_code yes(void *ctx, const struct hf_tls *tls, const hf_peer *peer)
{
    (void)ctx;
    (void)tls;
    (void)peer;
    return HF_OK;
}

static void hook(server_rig *s)
{
    require(s);
    s->hooks.authorise = yes;
}

static const struct {
    const char *name;
    void (*one)(server_rig *s);
    void (*other)(server_rig *s);
} CROSSINGS[] = {
    {"identities", NULL, identity384},
    {"virtual hosts", host_a, host_b},
    {"a virtual host and none", host_a, no_host},
    {"nobody asked and asked", NULL, request},
    {"asked and required", request, require},
    {"nobody asked and required", NULL, require},
    {"client CAs", require, more_anchors},
    {"depths", require, shallow},
    {"policy epochs", NULL, epoch},
    {"PSK modes", NULL, modes},
    {"strictness", NULL, strict},
    {"versions that are allowed", NULL, one_version},
    {"with and without a hook", require, hook},
};

static void cross(session_kind kind, const char *name, void (*from)(server_rig *s),
                  void (*to)(server_rig *s))
{
    static bounds b;
    static puppet_session kept;
    bounds_init(&b, kind);
    b.set = from;
    bounds_make(&b, &kept);
    bounds_expect(&b, &kept, true, NULL, name);
    b.set = to;
    bounds_expect(&b, &kept, false, NULL, name);
    b.set = from;
    bounds_expect(&b, &kept, true, NULL, name); /* it was none the worse for it */
}

static void test_crossings(void **state)
{
    (void)state;
    for (session_kind kind = TICKET13; kind <= ID12; kind++) {
        for (size_t i = 0; i < COUNT(CROSSINGS); i++) {
            cross(kind, CROSSINGS[i].name, CROSSINGS[i].one, CROSSINGS[i].other);
            cross(kind, CROSSINGS[i].name, CROSSINGS[i].other, CROSSINGS[i].one);
        }
    }
}

/* ---- versions and suites: the sealed bytes under another banner */

static void test_versions(void **state)
{
    (void)state;
    static bounds b;
    static puppet_session kept;
    bounds_init(&b, TICKET12);
    bounds_make(&b, &kept);
    kept.version = HF_TLS13;
    for (unsigned i = 0; i < 2; i++) { /* 48 bytes of secret, as a PSK of SHA-384 has */
        kept.suite = i == 0 ? 0x1301 : 0x1302;
        memcpy(kept.psk, kept.master.bytes, sizeof kept.master.bytes);
        b.kind = TICKET13;
        bounds_expect(&b, &kept, false, NULL, "a ticket of 1.2 in 1.3");
    }
    bounds_init(&b, TICKET13);
    bounds_make(&b, &kept);
    kept.version = HF_TLS12;
    kept.suite = 0xc02b;
    b.kind = TICKET12;
    bounds_expect(&b, &kept, false, NULL, "a ticket of 1.3 in 1.2");
}

static uint16_t only_suite;

static void one_suite(server_rig *s)
{
    s->g->suites[0] = only_suite;
}

static void test_suites(void **state)
{
    (void)state;
    static const uint16_t SUITES[] = {0x1301, 0x1303, 0x1302, 0xc02b, 0xcca9, 0xc02c};
    static bounds b;
    static puppet_session kept;
    for (size_t i = 0; i < COUNT(SUITES); i++) {
        for (size_t k = i / 3 * 3; k < i / 3 * 3 + 3; k++) {
            for (session_kind kind = i < 3 ? TICKET13 : TICKET12; kind <= (i < 3 ? TICKET13 : ID12);
                 kind++) {
                if (!hf_crypto_has_aead(hf_suite_find(SUITES[i])->aead) ||
                    !hf_crypto_has_aead(hf_suite_find(SUITES[k])->aead)) {
                    continue;
                }
                bounds_init(&b, kind);
                b.set = one_suite;
                only_suite = SUITES[i];
                bounds_make(&b, &kept);
                only_suite = SUITES[k];
                bounds_expect(&b, &kept, i == k, NULL, "suites");
            }
        }
    }
}

/* ---- clients that were not authenticated */

static void request_nobody(server_rig *s)
{
    request(s);
    s->shown = ID_DEFAULT;
}

static void require_nobody(server_rig *s)
{
    require(s);
    s->shown = ID_DEFAULT;
}

static void test_unauthenticated(void **state)
{
    (void)state;
    static bounds b;
    static puppet_session kept;
    for (session_kind kind = TICKET13; kind <= ID12; kind++) {
        bounds_init(&b, kind);
        b.set = request_nobody;
        bounds_make(&b, &kept);
        server_rig *s = bounds_visit(&b, &kept);
        server_expect_open(s, "nobody again");
        assert_true(hf_tls_resumed(&s->r.tls));
        server_rig_free(s);
        b.set = require_nobody;
        s = bounds_visit(&b, &kept);
        server_expect_failed(s, HF_E_NO_CLIENT_CERTIFICATE, "nobody where somebody is required");
        assert_false(hf_tls_resumed(&s->r.tls));
        server_rig_free(s);
        b.set = request; /* the session of nobody does not keep somebody out: nor is it theirs */
        s = bounds_visit(&b, &kept);
        server_expect_open(s, "nobody's session");
        assert_true(hf_tls_resumed(&s->r.tls));
        assert_int_equal(hf_tls_peer(&s->r.tls) == NULL ||
                             hf_tls_peer(&s->r.tls)->credential == HF_CREDENTIAL_NONE,
                         true);
        server_rig_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crossings),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_suites),
        cmocka_unit_test(test_unauthenticated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
