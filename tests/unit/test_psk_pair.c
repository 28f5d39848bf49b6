/* Handshakes with external PSKs between both ends of ours, without certificates: modes, hashes,
 * import, HelloRetryRequest, limits, the program's say. Runs in builds without certificates too.
 */
#include "crypto/crypto.h"
#include "unit/external_psk_rig.h"

#include <handfast/fold.h>

static void expect_peers(const psk_pair *q)
{
    uint8_t sha256[32];
    hf_sha256(q->client.identity, sha256);
    psk_expect_peers(q, sha256);
}

/* ---- what works (P-04, P-05, P-07, P-10) */

static void try_one(hf_psk_modes modes, uint8_t hash, bool plain, hf_span context)
{
    char name[64];
    psk_pair q = psk_new();
    q.client.hash = hash;
    q.client.plain = plain;
    q.client.context = context;
    q.server[2] = q.client;
    q.p->client.config.psk_modes = (uint8_t)modes;
    q.p->server.config.psk_modes = (uint8_t)modes;
    psk_run(&q);
    (void)snprintf(name, sizeof name, "modes %d, hash %d, plain %d, context %zu", (int)modes, hash,
                   plain, context.len);
    pair_expect_open(q.p, name);
    const hf_tls *tls = &q.p->server.tls;
    assert_int_equal(hf_tls_version(tls), HF_TLS13);
    assert_int_equal(hf_tls_suite(tls), hash == HF_SHA384 ? 0x1302 : 0x1301);
    assert_int_equal(hf_tls_group(tls), modes == HF_PSK_KE_ONLY ? 0 : HF_X25519);
    assert_int_equal(hf_tls_group(&q.p->client.tls), hf_tls_group(tls));
    assert_false(hf_tls_resumed(tls));
    assert_false(hf_tls_asked_certificate(&q.p->client.tls));
    assert_int_equal(hf_tls_peer_scheme(&q.p->client.tls), 0);
    expect_peers(&q);
    pair_free(q.p);
}

static void test_all(void **state)
{
    static const uint8_t HASHES[] = {0, HF_SHA256, HF_SHA384};
    (void)state;
    for (unsigned modes = HF_PSK_DHE; modes <= HF_PSK_KE_ONLY; modes++) {
        for (size_t i = 0; i < sizeof HASHES; i++) {
            try_one((hf_psk_modes)modes, HASHES[i], false, (hf_span){NULL, 0});
            try_one((hf_psk_modes)modes, HASHES[i], true, (hf_span){NULL, 0});
            try_one((hf_psk_modes)modes, HASHES[i], false, psk_text("broker and device"));
        }
    }
}

/* psk_ke only where both say so by name; a key exchange wherever both can (P-04). */
static void test_modes(void **state)
{
    enum { REFUSED = 1 };
    static const uint16_t RESULTS[3][3] = {
        /* server: DHE, DHE_OR_KE, KE_ONLY */
        {HF_X25519, HF_X25519, REFUSED},
        {HF_X25519, HF_X25519, 0},
        {REFUSED, 0, 0},
    };
    (void)state;
    for (unsigned c = 0; c < 3; c++) {
        for (unsigned s = 0; s < 3; s++) {
            psk_pair q = psk_new();
            q.p->client.config.psk_modes = (uint8_t)c;
            q.p->server.config.psk_modes = (uint8_t)s;
            psk_run(&q);
            if (RESULTS[c][s] == REFUSED) {
                pair_expect_refused(q.p, HF_E_PSK_REFUSED, 51, "no common mode");
            } else {
                pair_expect_open(q.p, "modes");
                assert_int_equal(hf_tls_group(&q.p->client.tls), RESULTS[c][s]);
            }
            pair_free(q.p);
        }
    }
}

/* ---- HelloRetryRequest: the binder covers both hellos (RFC 8446 4.2.11.2) */

static void test_retry(void **state)
{
    static const uint16_t CLIENT[] = {HF_SECP256R1, HF_X25519};
    static const uint16_t SERVER[] = {HF_X25519};
    static const uint8_t COOKIE_KEY[32] = {7};
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        psk_pair q = psk_new();
        q.client.hash = q.server[2].hash = (i & 1) != 0 ? HF_SHA384 : HF_SHA256;
        q.client.plain = q.server[2].plain = (i & 2) != 0;
        q.p->server.config.cookie_key = (i & 4) != 0 ? COOKIE_KEY : NULL;
        q.p->client.config.groups = CLIENT;
        q.p->client.config.groups_count = 2;
        q.p->server.config.groups = SERVER;
        q.p->server.config.groups_count = 1;
        psk_run(&q);
        pair_expect_open(q.p, "after a HelloRetryRequest");
        assert_true(hf_tls_retried(&q.p->client.tls));
        assert_int_equal(hf_tls_group(&q.p->client.tls), HF_X25519);
        expect_peers(&q);
        pair_free(q.p);
    }
}

/* ---- limits (P-80) */

static void fill(uint8_t *to, size_t len, unsigned first)
{
    for (size_t i = 0; i < len; i++) {
        to[i] = (uint8_t)(first + i);
    }
}

static void test_limits(void **state)
{
    static const struct {
        size_t identity, key, context;
    } CASES[] = {{1, 16, 0}, {128, 64, 0}, {128, 16, 256}, {256, 64, 256}};
    uint8_t identity[256];
    uint8_t key[64];
    uint8_t context[256];
    (void)state;
    fill(identity, sizeof identity, 5);
    fill(key, sizeof key, 77);
    fill(context, sizeof context, 200);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        for (unsigned small = 0; small < 2; small++) {
            psk_pair q = psk_new();
            q.client.identity = (hf_span){identity, CASES[i].identity};
            q.client.key = (hf_span){key, CASES[i].key};
            q.client.context = (hf_span){context, CASES[i].context};
            q.server[2] = q.client;
            q.p->client.out_cap = small != 0 ? HF_TLS_OUTPUT_MIN : HF_TLS_OUTPUT_SIZE;
            psk_run(&q);
            pair_expect_open(q.p, "limits");
            expect_peers(&q);
            pair_free(q.p);
        }
    }
}

/* The smallest memory there is does for a common identity. */
static void test_smallest_memory(void **state)
{
    psk_pair q = psk_new();
    (void)state;
    q.p->client.in_cap = HF_TLS_INPUT_MIN;
    q.p->client.out_cap = HF_TLS_OUTPUT_MIN;
    q.p->client.slot_cap = HF_TLS_CERTIFICATE_MIN;
    q.p->server.slot_cap = HF_TLS_CERTIFICATE_MIN;
    q.p->feed = 1;
    psk_run(&q);
    pair_expect_open(q.p, "smallest memory");
    pair_free(q.p);
}

/* ---- the program's say */

typedef struct say {
    unsigned asked;
    hf_code answer;
    uint8_t sha256[32];
} say;

static hf_code authorise(void *ctx, const hf_tls *tls, const hf_peer *peer)
{
    say *it = ctx;
    (void)tls;
    it->asked++;
    assert_int_equal(peer->credential, HF_CREDENTIAL_PSK);
    assert_int_equal(peer->verified, HF_VERIFIED_PSK);
    assert_false(peer->resumed);
    assert_int_equal(peer->certificate.len, 0);
    memcpy(it->sha256, peer->sha256, sizeof it->sha256);
    return it->answer;
}

static void test_authorise(void **state)
{
    say client = {.answer = HF_OK};
    say server = {.answer = HF_OK};
    uint8_t sha256[32];
    psk_pair q = psk_new();
    (void)state;
    q.p->client.config.hooks = (hf_hooks){.authorise = authorise, .ctx = &client};
    q.p->server.config.hooks = (hf_hooks){.authorise = authorise, .ctx = &server};
    q.p->server.config.client_auth = HF_CLIENT_AUTH_REQUIRE;
    psk_run(&q);
    pair_expect_open(q.p, "both are asked");
    assert_int_equal(client.asked, 1);
    assert_int_equal(server.asked, 1);
    hf_sha256(q.client.identity, sha256);
    assert_memory_equal(server.sha256, sha256, 32);
    assert_memory_equal(client.sha256, sha256, 32);
    pair_free(q.p);
}

static void test_refused_by_program(void **state)
{
    say no = {.answer = HF_E_PEER_INACTIVE};
    psk_pair q = psk_new();
    (void)state;
    q.p->server.config.hooks = (hf_hooks){.authorise = authorise, .ctx = &no};
    psk_run(&q);
    pair_expect_refused(q.p, HF_E_PEER_INACTIVE, 49, "by the server's program");
    pair_free(q.p);
    q = psk_new();
    q.p->client.config.hooks = (hf_hooks){.authorise = authorise, .ctx = &no};
    psk_run(&q);
    pair_expect_left(q.p, HF_E_PEER_INACTIVE, 49, "by the client's program");
    pair_free(q.p);
}

/* ---- no sessions: a PSK is used again, a ticket would save nothing */

static void test_no_session(void **state)
{
    uint8_t room[512];
    hf_session session = {.ptr = room, .cap = sizeof room};
    psk_pair q = psk_new();
    (void)state;
    q.p->client.session = &session;
    psk_run(&q);
    pair_expect_open(q.p, "first");
    assert_int_equal(session.taken, 0);
    assert_int_equal(session.len, 0);
    pair_again(q.p);
    pair_start(q.p);
    pair_run(q.p);
    pair_expect_open(q.p, "second");
    assert_false(hf_tls_resumed(&q.p->client.tls));
    expect_peers(&q);
    pair_free(q.p);
}

/* Idle connections fold, and go on where they were. */
static void fold(pair_end *end)
{
    hf_folded folded;
    const hf_tls_memory memory = {.input = {end->memory[1], end->in_cap},
                                  .output = {end->memory[2], end->out_cap},
                                  .certificate = {end->memory[3], end->slot_cap},
                                  .names = {end->memory[4], 512}};
    assert_true(hf_tls_is_idle(&end->tls));
    assert_int_equal(hf_tls_fold(&end->tls, &folded), HF_OK);
    assert_int_equal(hf_tls_unfold(&end->tls, &folded, &memory), HF_OK);
}

static void test_fold(void **state)
{
    (void)state;
    for (unsigned modes = HF_PSK_DHE; modes <= HF_PSK_KE_ONLY; modes++) {
        psk_pair q = psk_new();
        q.p->client.config.psk_modes = q.p->server.config.psk_modes = (uint8_t)modes;
        psk_run(&q);
        pair_expect_open(q.p, "before");
        fold(&q.p->client);
        fold(&q.p->server);
        pair_expect_open(q.p, "folded and unfolded");
        assert_false(hf_tls_asked_certificate(&q.p->client.tls));
        pair_free(q.p);
    }
}

/* Both derive the same; another connection something else. */
static void test_exporter(void **state)
{
    uint8_t out[3][32];
    psk_pair q = psk_new();
    (void)state;
    q.p->client.config.psk_modes = q.p->server.config.psk_modes = HF_PSK_KE_ONLY;
    psk_run(&q);
    const hf_span none = {NULL, 0};
    assert_int_equal(hf_tls_export(&q.p->client.tls, "EXPORTER-x", none, false, out[0], 32), HF_OK);
    assert_int_equal(hf_tls_export(&q.p->server.tls, "EXPORTER-x", none, false, out[1], 32), HF_OK);
    assert_memory_equal(out[0], out[1], 32);
    pair_again(q.p);
    pair_start(q.p);
    pair_run(q.p);
    assert_int_equal(hf_tls_export(&q.p->server.tls, "EXPORTER-x", none, false, out[2], 32), HF_OK);
    assert_memory_not_equal(out[0], out[2], 32);
    pair_free(q.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_smallest_memory),
        cmocka_unit_test(test_authorise),
        cmocka_unit_test(test_refused_by_program),
        cmocka_unit_test(test_no_session),
        cmocka_unit_test(test_exporter),
        cmocka_unit_test(test_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
