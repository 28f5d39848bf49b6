/* What the guest's hello holds, byte for byte, and what comes with it: its second edition, early
 * data, renegotiation.
 */
#include "puppet/puppet_inside.h"
#include "unit/scripted_pair.h"

static void with_much(guest *g)
{
    static const uint8_t NAME[] = {0x30, 0};
    static const uint8_t BODY[] = {7, 8, 9};
    g->p.limit = 512;
    g->p.fragment = 3;
    g->p.session_id_len = 0;
    g->session_id = 7;
    g->sni = "a.example";
    g->alpn[0] = "mqtt";
    g->alpn[1] = "h2";
    g->status_request = g->ticket = g->fallback = true;
    g->renegotiation = GUEST_BOTH;
    g->client_types[0] = 2;
    g->client_types_count = 1;
    g->server_types[0] = 2;
    g->server_types_count = 2; /* and 0 */
    g->authorities[0] = (hf_span){NAME, sizeof NAME};
    g->certificate_schemes[0] = HF_RSA_PKCS1_SHA512;
    g->schemes[0] = HF_ECDSA_SECP384R1_SHA384;
    g->groups[0] = HF_SECP384R1;
    g->no_shares = true;
    g->versions[0] = 0x0305;
    g->versions[1] = HF_TLS13;
    g->cookie_unasked = 1;
    g->psk_count = 2;
    g->psk_len = 3;
    g->early = true;
    g->padding = 4;
    g->extra[0].type = 999;
    g->extra[0].body = (hf_span){BODY, sizeof BODY};
    g->extra_count = 1;
}

#define BYTES(...)                                                                                 \
    sizeof((const uint8_t[]){__VA_ARGS__}),                                                        \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static const struct {
    uint16_t type;
    size_t len;
    uint8_t bytes[20];
} EXPECTED[] = {
    {X_SERVER_NAME, BYTES(0, 12, 0, 0, 9, 'a', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e')},
    {X_MAX_FRAGMENT_LENGTH, BYTES(3)},
    {X_STATUS_REQUEST, BYTES(1, 0, 0, 0, 0)},
    {X_SUPPORTED_GROUPS, BYTES(0, 2, 0, 24)},
    {X_EC_POINT_FORMATS, BYTES(1, 0)},
    {X_SIGNATURE_ALGORITHMS, BYTES(0, 2, 5, 3)},
    {X_SIGNATURE_ALGORITHMS_CERT, BYTES(0, 2, 6, 1)},
    {X_ALPN, BYTES(0, 8, 4, 'm', 'q', 't', 't', 2, 'h', '2')},
    {X_CLIENT_CERTIFICATE_TYPE, BYTES(1, 2)},
    {X_SERVER_CERTIFICATE_TYPE, BYTES(2, 2, 0)},
    {X_EXTENDED_MASTER_SECRET, 0, {0}},
    {X_RECORD_SIZE_LIMIT, BYTES(2, 0)},
    {X_SESSION_TICKET, 0, {0}},
    {X_RENEGOTIATION_INFO, BYTES(0)},
    {X_SUPPORTED_VERSIONS, BYTES(4, 3, 5, 3, 4)},
    {X_PSK_KEY_EXCHANGE_MODES, BYTES(1, 1)},
    {X_CERTIFICATE_AUTHORITIES, BYTES(0, 4, 0, 2, 0x30, 0)},
    {X_KEY_SHARE, BYTES(0, 0)},
    {X_EARLY_DATA, 0, {0}},
    {X_PADDING, BYTES(0, 0, 0, 0)},
    {999, BYTES(7, 8, 9)},
};

static void hello_of(guest *g, puppet_message *m)
{
    guest_start(g);
    assert_null(g->p.fault);
    size_t len = g->hello_end - g->hello_at - 4;
    memcpy(m->body, g->p.said + g->hello_at + 4, len);
    m->len = len;
}

static void test_hello(void **state)
{
    (void)state;
    static puppet_message m;
    scripted_pair *t = scripted_new(HF_TLS13);
    guest *g = t->g;
    with_much(g);
    hello_of(g, &m);
    size_t block = guest_hello_extensions(&m);
    size_t len = 0;
    for (size_t i = 0; i < sizeof EXPECTED / sizeof EXPECTED[0]; i++) {
        size_t at = puppet_extension(&m, block, EXPECTED[i].type, &len);
        if (at == 0 || len != EXPECTED[i].len || memcmp(m.body + at, EXPECTED[i].bytes, len) != 0) {
            fail_msg("extension %u at %zu, %zu bytes", EXPECTED[i].type, at, len);
        }
    }
    assert_true(puppet_extension(&m, block, X_COOKIE, &len) > 0);
    assert_int_equal(len, 3);
    size_t psk = puppet_extension(&m, block, X_PRE_SHARED_KEY, &len);
    assert_int_equal(psk + len, m.len); /* the last one */
    assert_int_equal(len, 2 + 2 * (2 + 3 + 4) + 2 + 2 * 33);
    assert_int_equal(m.body[34], 7);
    static const uint8_t SCSVS[] = {0x00, 0xff, 0x56, 0x00, 1, 0};
    assert_memory_equal(m.body + block - sizeof SCSVS, SCSVS, sizeof SCSVS);
    scripted_free(t);
}

static void test_omitted(void **state)
{
    (void)state;
    static puppet_message m;
    for (uint16_t type = 0; type < 64; type++) {
        scripted_pair *t = scripted_new(HF_TLS13);
        size_t len = 0;
        with_much(t->g);
        t->g->omit = GUEST_WITHOUT(type);
        hello_of(t->g, &m);
        assert_int_equal(puppet_extension(&m, guest_hello_extensions(&m), type, &len), 0);
        scripted_free(t);
    }
}

/* RFC 8446 4.1.2: what may differ in the second hello. */
static void test_second_hello(void **state)
{
    (void)state;
    static puppet_message first, second;
    static const uint16_t SAME[] = {0, 1, 5, 10, 11, 13, 16, 19, 20, 21, 23, 28, 35, 43, 45, 47};
    for (unsigned asked = 0; asked < 2; asked++) {
        scripted_pair *t = scripted_new(HF_TLS13);
        size_t len = 0;
        size_t was = 0;
        with_much(t->g);
        t->g->versions[0] = 0;
        t->g->groups[1] = HF_SECP256R1;
        t->g->no_shares = false;
        t->g->cookie_unasked = 0;
        hello_of(t->g, &first);
        t->s->retry = true;
        t->s->group = asked == 0 ? 0 : HF_SECP256R1;
        t->s->cookie_len = 9;
        scripted_run(t, 0);
        assert_true(t->g->retried);
        second.len = t->g->hello_end - t->g->hello_at - 4;
        memcpy(second.body, t->g->p.said + t->g->hello_at + 4, second.len);
        size_t one = guest_hello_extensions(&first);
        size_t two = guest_hello_extensions(&second);
        assert_int_equal(one, two);
        assert_memory_equal(first.body, second.body, one);
        for (size_t i = 0; i < sizeof SAME / sizeof SAME[0]; i++) {
            size_t a = puppet_extension(&first, one, SAME[i], &was);
            size_t b = puppet_extension(&second, two, SAME[i], &len);
            assert_true(a > 0 && b > 0 && was == len);
            assert_memory_equal(first.body + a, second.body + b, len);
        }
        assert_int_equal(puppet_extension(&second, two, X_EARLY_DATA, &len), 0);
        size_t cookie = puppet_extension(&second, two, X_COOKIE, &len);
        assert_int_equal(len, 11);
        assert_int_equal(second.body[cookie + 2 + 8], 8 * 7 + 1);
        size_t a = puppet_extension(&first, one, X_KEY_SHARE, &was);
        size_t b = puppet_extension(&second, two, X_KEY_SHARE, &len);
        assert_int_equal(len, asked == 0 ? was : 2 + 4 + 65);
        assert_int_equal(memcmp(first.body + a, second.body + b, len < was ? len : was) == 0,
                         asked == 0);
        scripted_free(t);
    }
}

/* Early data: records of the size that was asked for, behind the hello and a change_cipher_spec. */
static void test_early_data(void **state)
{
    (void)state;
    scripted_pair *t = scripted_new(HF_TLS13);
    puppet *p = &t->g->p;
    p->compatible = true;
    t->g->early = true;
    t->g->early_records = 3;
    t->g->early_len = 100;
    guest_start(t->g);
    size_t hello = t->g->hello_end - t->g->hello_at;
    assert_int_equal(p->out_len, 5 + hello + 6 + 3 * 105);
    const uint8_t *at = p->out;
    assert_memory_equal(at, ((const uint8_t[]){22, 3, 1}), 3);
    at += 5 + hello;
    assert_memory_equal(at, ((const uint8_t[]){20, 3, 3, 0, 1, 1}), 6);
    for (at += 6; at < p->out + p->out_len; at += 105) {
        assert_memory_equal(at, ((const uint8_t[]){23, 3, 3, 0, 100}), 5);
    }
    scripted_free(t);
}

static void test_renegotiation(void **state)
{
    (void)state;
    static puppet_message m;
    size_t len = 0;
    scripted_pair *t = scripted_new(HF_TLS12);
    t->g->only = HF_TLS12;
    guest_start(t->g);
    scripted_run(t, 0);
    scripted_expect_open(t, "before");
    size_t before = t->g->p.said_len;
    guest_renegotiate(t->g);
    m.len = t->g->p.said_len - before - 4;
    memcpy(m.body, t->g->p.said + before + 4, m.len);
    size_t at = puppet_extension(&m, guest_hello_extensions(&m), X_RENEGOTIATION_INFO, &len);
    assert_int_equal(len, 13);
    assert_int_equal(m.body[at], 12);
    assert_memory_equal(m.body + at + 1, t->g->own_finished, 12);
    assert_true(t->g->p.out_len - t->g->p.out_at > m.len + 5 + HF_TAG_SIZE); /* sealed */
    scripted_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello),         cmocka_unit_test(test_omitted),
        cmocka_unit_test(test_second_hello),  cmocka_unit_test(test_early_data),
        cmocka_unit_test(test_renegotiation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
