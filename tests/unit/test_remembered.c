/* A remembered chain between a client and a server of ours: what a second connection saves, and
 * that nothing that has changed is waved through. Both versions, both walks.
 */
#include "unit/pair_rig.h"

#include "crypto/crypto.h"
#include "unit/verify_counter.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define KINDS        4 /* TLS 1.3 and 1.2, certificates one at a time and all at once */

static hf_remembered kept;

static pair *pair_of(unsigned kind)
{
    pair *p = pair_new();
    p->client.config.version_min = p->client.config.version_max =
        (kind & 1) == 0 ? HF_TLS13 : HF_TLS12;
    p->client.config.whole_chain = (kind & 2) != 0;
    p->client.remembered = &kept;
    return p;
}

static void play(pair *p)
{
    verified = 0;
    pair_start(p);
    pair_run(p);
}

/* A client asks for what it verified: besides the path the server's signature over the handshake.
 */
static void expect_cost(pair *p, unsigned path, unsigned saved, bool changed, const char *name)
{
    const hf_tls *tls = &p->client.tls;
    pair_expect_open(p, name);
    if (verified != path + 1 || hf_tls_signatures(tls) != path ||
        hf_tls_signatures_saved(tls) != saved || hf_tls_remembered_changed(tls) != changed) {
        fail_msg("%s: %u verified in all, path %u, saved %u, changed %d; expected %u, %u, %d", name,
                 verified, hf_tls_signatures(tls), hf_tls_signatures_saved(tls),
                 hf_tls_remembered_changed(tls), path, saved, changed);
    }
}

/* Leaves the chain of `kind` in `kept`. */
static void learn(unsigned kind)
{
    memset(&kept, 0, sizeof kept);
    pair *p = pair_of(kind);
    play(p);
    expect_cost(p, 2, 0, true, "first");
    pair_free(p);
}

static void seal(hf_remembered *r)
{
    uint8_t value[32];
    memset(r->check, 0, sizeof r->check);
    hf_sha256((hf_span){(const uint8_t *)r, sizeof *r}, value);
    memcpy(r->check, value, sizeof r->check);
}

static void test_second_connection(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        learn(kind);
        pair *p = pair_of(kind);
        for (size_t feed = 0; feed < 3; feed++) {
            p->feed = feed;
            play(p);
            expect_cost(p, 0, 2, false, "second");
            pair_again(p);
        }
        p->client.remembered = NULL;
        play(p);
        expect_cost(p, 2, 0, false, "off");
        pair_free(p);
    }
}

/* ---- what is in it */

static void test_contents(void **state)
{
    (void)state;
    uint8_t digest[32];
    static const uint8_t ZEROS[64];
    assert_int_equal(sizeof(hf_remembered), 200);
    learn(0);
    pair *p = pair_of(0);
    play(p);
    assert_int_equal(kept.version, 1);
    assert_int_equal(kept.count, 2);
    for (size_t i = 0; i < 2; i++) {
        hf_sha256(p->server.config.identity.chain[i], digest);
        assert_memory_equal(kept.certificate[i], digest, 32);
    }
    assert_memory_equal(kept.certificate[2], ZEROS, 64);
    assert_memory_equal(kept.policy, p->client.config.policy, 32);
    pair_free(p);
}

static void test_another_leaf(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        learn(kind);
        const hf_remembered before = kept;
        kept.certificate[0][0] ^= 1; /* as if another leaf of this issuer had been seen */
        seal(&kept);
        pair *p = pair_of(kind);
        play(p);
        expect_cost(p, 1, 1, true, "another leaf");
        assert_memory_equal(&kept, &before, sizeof kept);
        pair_free(p);
        kept.certificate[1][31] ^= 1; /* another issuer: neither its link nor the leaf's */
        seal(&kept);
        p = pair_of(kind);
        play(p);
        expect_cost(p, 2, 0, true, "another issuer");
        pair_free(p);
    }
}

/* ---- certificates that are not those that were seen */

static void spoil(pair *p, size_t which, size_t from_end)
{
    hf_span *der = &p->server.config.identity.chain[which];
    ((uint8_t *)(uintptr_t)der->ptr)[der->len - from_end] ^= 1;
}

static void test_forged(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * KINDS; i++) {
        unsigned kind = i / 2;
        learn(kind);
        const hf_remembered before = kept;
        pair *p = pair_of(kind);
        assert_int_equal(hf_config_build(&p->server.config), HF_OK);
        spoil(p, i % 2, 1); /* the last byte of a signature; all else is as it was */
        play(p);
        bool leaf = i % 2 == 0;
        pair_expect_left(p, leaf ? HF_E_CERT_SIGNATURE : HF_E_CERT_UNKNOWN_CA, leaf ? 42 : 48,
                         "forged");
        assert_int_equal(hf_tls_error(&p->client.tls)->depth, i % 2);
        assert_memory_equal(&kept, &before, sizeof kept);
        assert_false(hf_tls_remembered_changed(&p->client.tls));
        pair_free(p);
    }
}

static hf_time later(void *ctx)
{
    (void)ctx;
    return (hf_time){.seconds = INT64_C(2524608000), .kind = HF_TIME_EXACT}; /* 2050 */
}

static void test_date_and_name(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        learn(kind);
        const hf_remembered before = kept;
        pair *p = pair_of(kind);
        p->client.config.clock.now = later;
        play(p);
        pair_expect_left(p, HF_E_CERT_EXPIRED, 45, "date");
        assert_int_equal(verified, 0);
        pair_free(p);
        p = pair_of(kind);
        p->name = "other.example.com";
        p->server.config.unknown_name = HF_UNKNOWN_NAME_DEFAULT;
        play(p);
        pair_expect_left(p, HF_E_CERT_NAME, 42, "name");
        pair_free(p);
        p = pair_of(kind);
        p->name = "192.0.2.1"; /* another one that it has */
        play(p);
        expect_cost(p, 0, 2, false, "address");
        pair_free(p);
        assert_memory_equal(&kept, &before, sizeof kept);
    }
}

/* ---- anchors and policy */

static hf_code agree(void *ctx, const hf_tls *tls, const hf_peer *peer)
{
    (void)ctx;
    (void)tls;
    (void)peer;
    return HF_OK;
}

static hf_pin pin_of(hf_span der)
{
    hf_certificate certificate;
    hf_pin pin;
    assert_int_equal(hf_x509_parse(&certificate, der, NULL), HF_OK);
    hf_sha256(certificate.spki, pin.sha256);
    return pin;
}

enum { POLICIES = 12 };

static void change_policy(pair *p, unsigned which, hf_pin *pin)
{
    hf_config *config = &p->client.config;
    *pin = pin_of(p->server.config.identity.chain[0]);
    switch (which) {
    case 0:
        config->policy_epoch = 1;
        break;
    case 1:
        config->pins = pin;
        config->pins_count = 1;
        break;
    case 2:
        pair_anchor(p, config, "other");
        break;
    case 3:
        config->max_depth = 3;
        break;
    case 4:
        config->stapling = HF_STAPLING_CHECK;
        break;
    case 5:
        config->require_extended_master_secret = true;
        break;
    case 6:
        config->hooks.authorise = agree;
        break;
    case 7:
        config->version_min = HF_TLS12;
        config->version_max = HF_TLS13;
        break;
    case 8:
        config->psk_modes = HF_PSK_DHE_OR_KE;
        break;
    case 9:
        pair_identity(p, config, "leaf", NULL, "key-leaf.pkcs8");
        break;
    case 10:
        config->peer_raw_keys = HF_RAW_KEYS_ALLOWED;
        config->hooks.authorise = agree;
        break;
    default:
        config->raw_keys = HF_RAW_KEYS_ALLOWED;
    }
}

/* Everything is verified again, and then remembered under the new policy; the old one knows it no
 * longer. */
static void test_policy(void **state)
{
    (void)state;
    for (unsigned i = 0; i < POLICIES * KINDS; i++) {
        hf_pin pin;
        char name[40];
        (void)snprintf(name, sizeof name, "policy %u, kind %u", i / KINDS, i % KINDS);
        learn(i % KINDS);
        pair *p = pair_of(i % KINDS);
        change_policy(p, i / KINDS, &pin);
        play(p);
        expect_cost(p, 2, 0, true, name);
        pair_again(p);
        play(p);
        expect_cost(p, 0, 2, false, name);
        pair_free(p);
        p = pair_of(i % KINDS);
        play(p);
        expect_cost(p, 2, 0, true, name);
        pair_free(p);
    }
}

/* The anchor is gone: nothing else is asked. */
static void test_anchor_removed(void **state)
{
    (void)state;
    static const char *const OTHERS[] = {"other", "root-twin", "root-twin-rsa", "root-rsa"};
    for (unsigned i = 0; i < KINDS * COUNT(OTHERS); i++) {
        learn(i % KINDS);
        const hf_remembered before = kept;
        pair *p = pair_of(i % KINDS);
        hf_config *config = &p->client.config;
        const hf_config as_it_was = *config;
        hf_config_init(config, as_it_was.memory.ptr, as_it_was.memory.cap);
        config->clock = as_it_was.clock;
        config->version_min = as_it_was.version_min;
        config->version_max = as_it_was.version_max;
        config->whole_chain = as_it_was.whole_chain;
        pair_anchor(p, config, OTHERS[i / KINDS]);
        play(p);
        pair_expect_left(p, HF_E_CERT_UNKNOWN_CA, 48, OTHERS[i / KINDS]);
        assert_memory_equal(&kept, &before, sizeof kept);
        pair_free(p);
    }
}

/* A lookup of the program's own, which no digest of the configuration can see. */
typedef struct lookup {
    hf_anchor anchor;
    unsigned state; /* 0: as it was; 1: without its certificate; 2: gone */
} lookup;

static bool find_own(void *ctx, hf_span issuer, size_t index, hf_anchor *anchor)
{
    const lookup *own = ctx;
    (void)issuer;
    if (index > 0 || own->state == 2) {
        return false;
    }
    *anchor = own->anchor;
    anchor->certificate = own->state == 1 ? (hf_span){NULL, 0} : anchor->certificate;
    return true;
}

static void test_lookup(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        lookup own = {.state = 0};
        pair *p = pair_of(kind);
        memset(&kept, 0, sizeof kept);
        hf_span root = pair_file(p, "root");
        assert_int_equal(hf_anchor_from_der(&own.anchor, root, NULL), HF_OK);
        p->client.config.anchors = (hf_anchor_source){find_own, &own};
        play(p);
        expect_cost(p, 2, 0, true, "own lookup");
        pair_again(p);
        play(p);
        expect_cost(p, 0, 2, false, "own lookup again");
        pair_again(p);
        own.state = 1;
        play(p); /* the leaf's signature is known, whoever is trusted; the other one is not */
        expect_cost(p, 1, 1, true, "another anchor of the same key");
        pair_again(p);
        own.state = 2;
        play(p);
        pair_expect_left(p, HF_E_CERT_UNKNOWN_CA, 48, "own lookup without it");
        pair_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_second_connection), cmocka_unit_test(test_contents),
        cmocka_unit_test(test_another_leaf),      cmocka_unit_test(test_forged),
        cmocka_unit_test(test_date_and_name),     cmocka_unit_test(test_policy),
        cmocka_unit_test(test_anchor_removed),    cmocka_unit_test(test_lookup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
