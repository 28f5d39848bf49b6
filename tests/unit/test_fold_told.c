/* What the calls of hf_tls tell of a connection is the same before and after folding, but for the
 * peer; so is what hf_tls_export() gives, and what it refuses.
 */
#include "unit/fold_rig.h"

static uint16_t suite13 = 0x1301;
static uint16_t suite12 = 0xc02b;
static uint16_t *const BOTH[] = {&suite13, &suite12};
static hf_identity rsa;

typedef struct told {
    uint16_t version, suite, group, peer_scheme, our_scheme;
    const char *alpn;
    const hf_identity *identity;
    bool asked, sent, retried, extended, changed;
    unsigned signatures, saved;
    uint32_t in, out;
    size_t limit;
    uint8_t material[32];
    hf_code exported;
} told;

static told ask(const hf_tls *tls)
{
    told t;
    memset(&t, 0, sizeof t);
    t.version = hf_tls_version(tls);
    t.suite = hf_tls_suite(tls);
    t.group = hf_tls_group(tls);
    t.peer_scheme = hf_tls_peer_scheme(tls);
    t.our_scheme = hf_tls_our_scheme(tls);
    t.alpn = hf_tls_alpn(tls);
    t.identity = hf_tls_identity(tls);
    t.asked = hf_tls_asked_certificate(tls);
    t.sent = hf_tls_sent_certificate(tls);
    t.retried = hf_tls_retried(tls);
    t.extended = hf_tls_extended_master_secret(tls);
    t.changed = hf_tls_remembered_changed(tls);
    t.signatures = hf_tls_signatures(tls);
    t.saved = hf_tls_signatures_saved(tls);
    t.in = hf_tls_records_in(tls);
    t.out = hf_tls_records_out(tls);
    t.limit = hf_tls_record_limit(tls);
    t.exported = hf_tls_export(tls, "EXPORTER-test", (hf_span){(const uint8_t *)"c", 1}, true,
                               t.material, sizeof t.material);
    return t;
}

static void expect_told(const told *before, const hf_tls *tls)
{
    told after = ask(tls);
    assert_int_equal(before->exported, HF_OK);
    assert_memory_equal(before, &after, sizeof after);
    assert_int_equal(hf_tls_error(tls)->code, HF_OK);
    assert_null(hf_tls_peer(tls));
}

/* Every fact in turn: mutual or not, retried or not, a protocol, the second identity, a limit. */
static void test_what_is_told(void **state)
{
    (void)state;
    static const char *const PROTOCOLS[] = {"first", "second"};
    static const uint16_t P384[] = {HF_SECP384R1};
    static uint16_t RSA_SUITE = 0xc02f;
    for (unsigned i = 0; i < 24; i++) {
        uint16_t *suite = i % 3 == 0 ? BOTH[0] : i % 3 == 1 ? BOTH[1] : &RSA_SUITE;
        pair *p = fold_pair(suite, &rsa);
        p->server.config.client_auth = (i & 1) != 0 ? HF_CLIENT_AUTH_REQUIRE : HF_CLIENT_AUTH_NONE;
        p->client.config.alpn = p->server.config.alpn = (i & 2) != 0 ? PROTOCOLS : NULL;
        p->client.config.alpn_count = (i & 2) != 0 ? 2 : 0;
        p->server.config.alpn_count = (i & 2) != 0 ? 2 : 0;
        p->server.config.groups = P384;
        p->server.config.groups_count = (i & 4) != 0 ? 1 : 0;
        p->client.in_cap = (i & 8) != 0 ? 1024 : HF_TLS_INPUT_MAX;
        hf_remembered remembered = {0};
        p->client.remembered = (i & 16) != 0 ? &remembered : NULL;
        pair_start(p);
        pair_run(p);
        pair_expect_open(p, "facts");
        p->client.slot_cap = HF_TLS_CERTIFICATE_MIN; /* nothing is needed for `remembered` now */
        const told client = ask(&p->client.tls);
        const told server = ask(&p->server.tls);
        assert_memory_equal(client.material, server.material, 32);
        assert_int_equal(server.asked, (i & 1) != 0);
        assert_int_equal(client.changed, (i & 16) != 0);
        assert_int_equal(client.signatures, 2);
        assert_int_equal(client.alpn != NULL, (i & 2) != 0);
        assert_int_equal(server.limit < 1024, (i & 8) != 0);
        assert_true(i % 3 != 2 || server.identity == &rsa);
        refold_both(p);
        expect_told(&client, &p->client.tls);
        expect_told(&server, &p->server.tls);
        pair_expect_open(p, "after");
        pair_free(p);
    }
}

/* RFC 7627 5.4: folding does not make a secret exportable. */
static void test_legacy_master(void **state)
{
    (void)state;
    rig *r = rig_new();
    r->p->version = HF_TLS12;
    r->p->legacy = true;
    rig_start(r);
    rig_run(r);
    refold_rig(r);
    uint8_t out[32];
    assert_true(rig_send(r, "x", 1));
    puppet_record(r->p, R_DATA, (const uint8_t *)"y", 1);
    rig_run(r);
    rig_expect_open(r, "legacy");
    assert_int_equal(r->p->data_len, 1);
    assert_int_equal(r->data_len, 1);
    assert_false(hf_tls_extended_master_secret(&r->tls));
    assert_int_equal(hf_tls_export(&r->tls, "EXPORTER-x", (hf_span){NULL, 0}, false, out, 32),
                     HF_E_UNSUPPORTED);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_told),
        cmocka_unit_test(test_legacy_master),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
