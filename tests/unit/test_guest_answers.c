/* Answers of a server that only some handshakes have: shares and retries, raw public keys, stapled
 * OCSP responses, the downgrade sentinel. Both ends are scripted.
 */
#include "puppet/puppet_inside.h"
#include "unit/scripted_pair.h"

/* ---- shares: none, several, one that nobody knows */

static void test_shares(void **state)
{
    (void)state;
    static const struct {
        bool none, retry;
        uint16_t shares[3], group;
    } CASES[] = {
        {true, true, {0}, HF_SECP256R1},
        {false, false, {HF_SECP384R1, HF_X25519}, HF_X25519},
        {false, false, {HF_SECP384R1, HF_X25519}, HF_SECP384R1},
        {false, true, {30}, HF_X25519}, /* x448 */
        {false, true, {30, HF_X25519}, HF_SECP256R1},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        scripted_pair *t = scripted_new(HF_TLS13);
        t->g->no_shares = CASES[i].none;
        memcpy(t->g->shares, CASES[i].shares, sizeof CASES[i].shares);
        t->s->group = CASES[i].group;
        t->s->retry = CASES[i].retry;
        guest_start(t->g);
        scripted_run(t, 0);
        scripted_expect_open(t, "shares");
        assert_int_equal(t->g->p.group, CASES[i].group);
        assert_int_equal(t->g->retried, CASES[i].retry);
        scripted_free(t);
    }
}

/* ---- raw public keys (RFC 7250): the hello of the server or EncryptedExtensions agree on them */

static bool agree_on_raw_keys(puppet *p, int step, puppet_message *m)
{
    static const uint8_t RAW[] = {2};
    int place = p->version == HF_TLS13 ? M_ENCRYPTED_EXTENSIONS : M_SERVER_HELLO;
    if (step == place) {
        size_t block = step == M_SERVER_HELLO ? puppet_hello_extensions(m) : 0;
        puppet_add_extension(m, block, X_CLIENT_CERTIFICATE_TYPE, RAW, 1);
        puppet_add_extension(m, block, X_SERVER_CERTIFICATE_TYPE, RAW, 1);
    }
    return true;
}

static void make_raw(puppet *p)
{
    hf_certificate leaf;
    assert_int_equal(hf_x509_parse(&leaf, p->chain[0], NULL), HF_OK);
    p->chain[0] = leaf.spki;
    p->chain_count = 1;
    p->raw_key = true;
}

static void test_raw_keys(void **state)
{
    (void)state;
    for (unsigned version = HF_TLS12; version <= HF_TLS13; version++) {
        scripted_pair *t = scripted_new((uint16_t)version);
        scripted_mutual(t, "leaf", "key-leaf.pkcs8", HF_ECDSA_SECP256R1_SHA256);
        make_raw(&t->g->p);
        make_raw(t->s);
        t->s->peer_raw = true;
        t->s->change = agree_on_raw_keys;
        t->g->only = version == HF_TLS12 ? HF_TLS12 : 0;
        t->g->client_types[0] = t->g->server_types[0] = 2;
        t->g->client_types_count = t->g->server_types_count = 2; /* raw key, X.509 */
        guest_start(t->g);
        scripted_run(t, 0);
        scripted_expect_open(t, "raw keys");
        assert_true(t->s->certificate_verified);
        assert_int_equal(t->g->client_type, 2);
        assert_int_equal(t->g->server_type, 2);
        scripted_free(t);
    }
}

/* ---- stapling: noted raw */

static const uint8_t STATUS[] = {1, 0, 0, 2, 0xab, 0xcd};

static bool staple(puppet *p, int step, puppet_message *m)
{
    if (p->version == HF_TLS12 && step == M_SERVER_HELLO) {
        puppet_add_extension(m, puppet_hello_extensions(m), X_STATUS_REQUEST, NULL, 0);
    } else if (p->version == HF_TLS12 && step == M_SERVER_KEY_EXCHANGE) {
        puppet_say(p, M_CERTIFICATE_STATUS, STATUS, sizeof STATUS);
    } else if (p->version == HF_TLS13 && step == M_CERTIFICATE) { /* of its only certificate */
        size_t block = m->len - 2;
        puppet_add_extension(m, block, X_STATUS_REQUEST, STATUS, sizeof STATUS);
        m->body[3] = (uint8_t)(m->body[3] + 4 + sizeof STATUS);
    }
    return true;
}

static void test_stapling(void **state)
{
    (void)state;
    for (unsigned version = HF_TLS12; version <= HF_TLS13; version++) {
        scripted_pair *t = scripted_new((uint16_t)version);
        t->s->chain_count = 1;
        t->s->change = staple;
        t->g->only = version == HF_TLS12 ? HF_TLS12 : 0;
        t->g->status_request = true;
        guest_start(t->g);
        scripted_run(t, 0);
        scripted_expect_open(t, "stapling");
        assert_int_equal(t->g->status.len, sizeof STATUS);
        assert_memory_equal(t->g->status.bytes, STATUS, sizeof STATUS);
        scripted_free(t);
    }
}

static bool downgrade(puppet *p, int step, puppet_message *m)
{
    if (step == M_SERVER_HELLO) {
        memcpy(m->body + 2 + 24, "DOWNGRD", 7);
        m->body[2 + 31] = (uint8_t)p->arg;
        memcpy(p->server_random, m->body + 2, 32);
    }
    return true;
}

static void test_sentinel(void **state)
{
    (void)state;
    static const guest_sentinel EXPECTED[] = {GUEST_SENTINEL_11, GUEST_SENTINEL_12,
                                              GUEST_NO_SENTINEL};
    for (int last = 0; last < 3; last++) {
        scripted_pair *t = scripted_new(HF_TLS12);
        t->s->change = downgrade;
        t->s->arg = last;
        guest_start(t->g);
        scripted_run(t, 0);
        scripted_expect_open(t, "sentinel");
        assert_int_equal(t->g->sentinel, EXPECTED[last]);
        scripted_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_raw_keys),
        cmocka_unit_test(test_stapling),
        cmocka_unit_test(test_sentinel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
