/* When a remembered chain is filled, and when not: only by a handshake that was right to its end,
 * in records that are authentic; never where checks are switched off. Damaged ones are ignored. And
 * what it takes of the certificate buffer.
 */
#include "unit/pair_rig.h"

#include "puppet/rig.h"
#include "unit/needs.h"

#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const hf_remembered NOTHING;
static hf_remembered kept;

static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};

static rig *rig_of(uint16_t version)
{
    rig *r = rig_new();
    r->p->version = version;
    r->remembered = &kept;
    return r;
}

static void learn(uint16_t version)
{
    kept = NOTHING;
    rig *r = rig_of(version);
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, "first");
    assert_int_equal(hf_tls_signatures(&r->tls), 2);
    assert_true(hf_tls_remembered_changed(&r->tls));
    rig_free(r);
}

/* ---- handshakes that fail behind the certificates */

static bool spoil_last_byte(puppet *p, int step, puppet_message *m)
{
    if (step == p->arg) {
        m->body[m->len - 1] ^= 1;
    }
    return true;
}

typedef struct failure {
    const char *name;
    uint16_t version;
    int step;
    hf_code code;
} failure;

static const failure FAILURES[] = {
    {"1.3 CertificateVerify", HF_TLS13, M_CERTIFICATE_VERIFY, HF_E_HANDSHAKE_SIGNATURE},
    {"1.3 Finished", HF_TLS13, M_FINISHED, HF_E_FINISHED},
    {"1.2 ServerKeyExchange", HF_TLS12, M_SERVER_KEY_EXCHANGE, HF_E_HANDSHAKE_SIGNATURE},
    {"1.2 Finished", HF_TLS12, M_FINISHED, HF_E_FINISHED},
};

/* `before`: what stands there, which must stay. */
static void play_failure(const failure *c, const hf_remembered *before, size_t feed)
{
    kept = *before;
    rig *r = rig_of(c->version);
    r->feed = feed;
    r->p->change = spoil_last_byte;
    r->p->arg = c->step;
    rig_start(r);
    rig_run(r);
    rig_expect_failed(r, c->code, c->name);
    assert_memory_equal(&kept, before, sizeof kept);
    assert_false(hf_tls_remembered_changed(&r->tls));
    rig_free(r);
    assert_memory_equal(&kept, before, sizeof kept); /* nor when it is released */
}

static void test_failures(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(FAILURES); i++) {
        learn(FAILURES[i].version);
        const hf_remembered good = kept;
        for (size_t feed = 0; feed < 2; feed++) {
            play_failure(&FAILURES[i], &NOTHING, feed);
            play_failure(&FAILURES[i], &good, feed);
        }
    }
}

/* The program refuses its server, or our own signature fails: neither is the path's fault, but the
 * handshake was not right to its end. */
static hf_code refuse(void *ctx, const hf_tls *tls, const hf_peer *peer)
{
    (void)ctx;
    (void)tls;
    (void)peer;
    return HF_E_PEER_DENIED;
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        kept = NOTHING;
        pair *p = pair_new();
        p->client.config.version_min = p->client.config.version_max = VERSIONS[v];
        p->client.config.hooks.authorise = refuse;
        p->client.remembered = &kept;
        pair_start(p);
        pair_run(p);
        pair_expect_left(p, HF_E_PEER_DENIED, 49, "refused");
        assert_memory_equal(&kept, &NOTHING, sizeof kept);
        pair_free(p);
    }
}

/* ---- records opened in pieces */

static void corrupt_all(puppet *p, puppet_out *record)
{
    (void)p;
    record->corrupt = record->seal;
}

/* The whole flight is one record, larger than the buffer; all of it is read but the last byte of
 * its tag. */
static void play_pieces(const hf_remembered *before, bool corrupt)
{
    kept = *before;
    rig *r = rig_of(HF_TLS13);
    r->input = 512;
    r->p->join = true;
    r->p->pad = 700;
    r->p->on_record = corrupt ? corrupt_all : NULL;
    rig_start(r);
    while (r->p->out_len == 0) {
        assert_true(rig_step(r));
    }
    r->hold_at = r->p->out_len - 1;
    rig_run(r);
    assert_int_equal(r->fed, r->hold_at);
    assert_memory_equal(&kept, before, sizeof kept);
    r->hold_at = 0;
    rig_run(r);
    if (corrupt) {
        rig_expect_failed(r, HF_E_BAD_RECORD_MAC, "bad tag");
        assert_memory_equal(&kept, before, sizeof kept);
    } else {
        rig_expect_open(r, "good tag");
        assert_int_equal(hf_tls_signatures_saved(&r->tls), before->count);
        assert_int_equal(kept.count, 2);
    }
    rig_free(r);
}

static void test_pieces(void **state)
{
    (void)state;
    needs_pieces();
    learn(HF_TLS13);
    const hf_remembered good = kept;
    for (unsigned corrupt = 0; corrupt < 2; corrupt++) {
        play_pieces(&NOTHING, corrupt == 1);
        play_pieces(&good, corrupt == 1);
    }
}

/* ---- where nothing is filled or used */

static void expect_unused(pair *p, unsigned signatures, const char *name)
{
    const hf_remembered before = kept;
    pair_start(p);
    pair_run(p);
    pair_expect_open(p, name);
    assert_int_equal(hf_tls_signatures(&p->client.tls), signatures);
    assert_int_equal(hf_tls_signatures_saved(&p->client.tls), 0);
    assert_false(hf_tls_remembered_changed(&p->client.tls));
    assert_false(hf_tls_remembered_changed(&p->server.tls));
    assert_memory_equal(&kept, &before, sizeof kept);
    pair_free(p);
}

static void play_unused(unsigned which, uint16_t version)
{
    static const hf_pin NO_PIN = {{1}};
    pair *p = pair_new();
    hf_config *client = &p->client.config;
    hf_config *server = &p->server.config;
    client->version_min = client->version_max = version;
    p->client.remembered = which == 2 ? NULL : &kept;
    switch (which) {
    case 0:
        client->insecure_skip_certificate_check = true;
        expect_unused(p, 0, "no check");
        break;
    case 1:
        client->insecure_skip_name_check = true;
        expect_unused(p, 2, "no name");
        break;
    case 2:
        p->server.remembered = &kept;
        pair_mutual(p, HF_CLIENT_AUTH_REQUIRE, true);
        expect_unused(p, 2, "a server's");
        break;
    default:
        client->pins = &NO_PIN;
        client->insecure_skip_certificate_check = true;
        client->peer_raw_keys = HF_RAW_KEYS_ONLY;
        server->raw_keys = HF_RAW_KEYS_ONLY;
        client->pins_count = 1;
        expect_unused(p, 0, "raw key");
    }
}

static void test_unused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        kept = NOTHING;
        if ((i & 2) != 0) {
            learn(VERSIONS[i & 1]);
        }
        play_unused(i / 4, VERSIONS[i & 1]);
    }
}

/* ---- damage */

/* Everything is verified, and what was there before the damage stands there again. */
static void expect_ignored(pair *p, const hf_remembered *good, const char *what, size_t at)
{
    pair_start(p);
    pair_run(p);
    if (pair_code(&p->client) != HF_OK || hf_tls_signatures(&p->client.tls) != 2 ||
        hf_tls_signatures_saved(&p->client.tls) != 0 || memcmp(&kept, good, sizeof kept) != 0) {
        fail_msg("%s at %zu: %s, %u verified, %u saved", what, at,
                 hf_error_name(pair_code(&p->client)), hf_tls_signatures(&p->client.tls),
                 hf_tls_signatures_saved(&p->client.tls));
    }
    assert_true(hf_tls_remembered_changed(&p->client.tls));
    pair_again(p);
}

static void test_damage(void **state)
{
    (void)state;
    uint8_t *bytes = (uint8_t *)&kept;
    pair *p = pair_new();
    p->client.remembered = &kept;
    kept = NOTHING;
    pair_start(p);
    pair_run(p);
    pair_expect_open(p, "first");
    const hf_remembered good = kept;
    pair_again(p);
    for (size_t at = 0; at < sizeof kept; at++) {
        bytes[at] ^= (uint8_t)(1u << (at % 8));
        expect_ignored(p, &good, "flipped bit", at);
    }
    for (size_t len = 0; len < sizeof kept; len += 1 + len / 100) {
        if (len >= offsetof(hf_remembered, certificate[2])) {
            break; /* zeros stand there anyway */
        }
        memset(bytes + len, 0, sizeof kept - len);
        expect_ignored(p, &good, "cut", len);
        memset(bytes + len, 0xff, sizeof kept - len);
        expect_ignored(p, &good, "cut in erased flash", len);
    }
    memset(bytes, 0x5a, sizeof kept);
    expect_ignored(p, &good, "foreign", 0);
    pair_free(p);
}

/* A new chain over an old one, stopped half-way. */
static void test_torn(void **state)
{
    (void)state;
    learn(HF_TLS13);
    const hf_remembered old = kept;
    pair *p = pair_new();
    p->client.config.policy_epoch = 1;
    p->client.remembered = &kept;
    pair_start(p);
    pair_run(p);
    const hf_remembered new = kept;
    pair_again(p);
    for (size_t at = 1; at < offsetof(hf_remembered, anchor); at++) {
        memcpy(&kept, &new, at);
        memcpy((uint8_t *)&kept + at, (const uint8_t *)&old + at, sizeof kept - at);
        if (memcmp(&kept, &new, sizeof kept) != 0) {
            expect_ignored(p, &new, "torn", at);
        }
    }
    pair_free(p);
}

/* ---- the certificate buffer */

static hf_code play_slot(size_t size, bool remembers, uint32_t *detail)
{
    rig *r = rig_of(HF_TLS13);
    r->rsa = true; /* certificates larger than the least buffer */
    r->certificate = size;
    r->remembered = remembers ? &kept : NULL;
    rig_start(r);
    rig_run(r);
    hf_code code = (hf_code)hf_tls_error(&r->tls)->code;
    *detail = hf_tls_error(&r->tls)->detail;
    rig_free(r);
    return code;
}

/* An error that says what would have fitted is right with it, too. */
static void test_slot(void **state)
{
    (void)state;
    kept = NOTHING;
    uint32_t detail = 0, without = 0, least = 0;
    assert_int_equal(play_slot(712, true, &detail), HF_E_CERT_TOO_LARGE);
    assert_int_equal(play_slot(712, false, &without), HF_E_CERT_TOO_LARGE);
    assert_int_equal(detail, without + sizeof kept);
    for (uint32_t size = detail; play_slot(size, true, &least) != HF_OK; size = least) {
        assert_true(least > size);
        detail = least;
    }
    assert_int_equal(play_slot(detail - 1, true, &least), HF_E_CERT_TOO_LARGE);
    assert_int_equal(least, detail);
}

static void test_least_slot(void **state)
{
    (void)state;
    pair *p = pair_new();
    assert_int_equal(hf_config_build(&p->client.config), HF_OK);
    p->client.slot_cap = HF_TLS_CERTIFICATE_MIN + sizeof kept - 1;
    p->client.remembered = &kept;
    hf_tls_memory memory = pair_memory(&p->client);
    hf_tls *tls = &p->client.tls;
    assert_int_equal(hf_tls_client(tls, &p->client.config, &memory, PAIR_NAME),
                     HF_E_MEMORY_TOO_SMALL);
    assert_int_equal(hf_tls_error(tls)->detail, HF_TLS_CERTIFICATE_MIN + sizeof kept);
    memory.remembered = NULL;
    assert_int_equal(hf_tls_client(tls, &p->client.config, &memory, PAIR_NAME), HF_OK);
    pair_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_pieces),   cmocka_unit_test(test_unused),
        cmocka_unit_test(test_damage),   cmocka_unit_test(test_torn),
        cmocka_unit_test(test_slot),     cmocka_unit_test(test_least_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
