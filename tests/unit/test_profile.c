/* Requirements of the IoT profile (docs/profile.md) that no topic of its own shows: reserved values
 * that a client must ignore, small curves, the peer's reuse of a share, tickets nobody wants,
 * limits in TLS 1.2, no data before Finished, what a signature's nonce depends on. */
#include "puppet/mutation.h"
#include "puppet/puppet_inside.h"
#include "unit/cmocka_all.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

#if defined(HF_BACKEND_OPENSSL) || defined(HF_BACKEND_PSA)
#define HEDGED true /* PSA: its own generator, whatever ours does */
#else
#define HEDGED false /* BearSSL: deterministic (RFC 6979) */
#endif

/* ---- P-35: values that mean nothing (RFC 8701), beside one that does */

#define REQUEST M_CERTIFICATE_REQUEST
#define ASKED   .request = true, .identity = true
static const mutation GREASE13[] = {
    {"schemes", REQUEST, HF_OK, SET, .type = 13, B(0, 6, 0x0a, 0x0a, 4, 3, 0xfa, 0xfa), ASKED},
    {"schemes of certificates", REQUEST, HF_OK, ADD, .type = 50, B(0, 4, 0x0a, 0x0a, 4, 3), ASKED},
    {"an extension", REQUEST, HF_OK, ADD, .type = 0xfafa, B(0), ASKED},
    {"an empty extension", REQUEST, HF_OK, ADD, .type = 0x0a0a, ASKED},
    {"groups of the server", M_ENCRYPTED_EXTENSIONS, HF_OK, ADD, .type = 10,
     B(0, 4, 0x2a, 0x2a, 0, 0x17)},
};
static const mutation GREASE12[] = {
    {"schemes", REQUEST, HF_OK, SPLICE, 3, 4, B(0, 6, 0x0a, 0x0a, 4, 3, 0xfa, 0xfa), ASKED},
    {"types", REQUEST, HF_OK, SPLICE, 0, 3, B(3, 0x0a, 64, 0xfa), ASKED},
    {"point formats", M_SERVER_HELLO, HF_OK, ADD, .type = 11, B(3, 0x0a, 0, 0xfa)},
};

static bool edit_request(puppet *p, int step, puppet_message *m)
{
    static const uint8_t LIST13[] = {0, 13, 0, 8, 0, 6, 0x0a, 0x0a, 4, 3, 0xfa, 0xfa};
    static const uint8_t LIST12[] = {3, 0x0a, 64, 0xfa, 0, 6, 0x0a, 0x0a, 4, 3, 0xfa, 0xfa, 0, 0};
    if (step == REQUEST && p->version == HF_TLS13) {
        m->len = 1;
        puppet_put16(m, sizeof LIST13);
        puppet_put(m, LIST13, sizeof LIST13);
    } else if (step == REQUEST) {
        m->len = 0;
        puppet_put(m, LIST12, sizeof LIST12);
    }
    return true;
}

static void test_reserved_values(void **state)
{
    (void)state;
    static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};
    for (size_t i = 0; i < COUNT(GREASE13); i++) {
        mutation_run(&GREASE13[i], HF_TLS13);
    }
    for (size_t i = 0; i < COUNT(GREASE12); i++) {
        mutation_run(&GREASE12[i], HF_TLS12);
    }
    for (size_t v = 0; v < COUNT(VERSIONS); v++) { /* the good value among them was found */
        rig *r = rig_new();
        r->p->version = VERSIONS[v];
        r->p->request = r->identity = true;
        r->p->change = edit_request;
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "request with reserved values");
        assert_true(r->p->certificate_verified);
        rig_free(r);
    }
}

/* ---- P-15, P-79: a curve of 112 bits, and truncated tags */

static const mutation REFUSED13[] = {
    {"share of P-224", M_SERVER_HELLO, HF_E_GROUP, SET, .type = 51, B(0, 0x15, 0, 1, 4)},
    {"truncated_hmac", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_UNASKED, ADD, .type = 4},
};
static const mutation REFUSED12[] = {
    {"P-224", M_SERVER_KEY_EXCHANGE, HF_E_GROUP, SPLICE, 1, 2, B(0, 0x15)},
    {"P-192", M_SERVER_KEY_EXCHANGE, HF_E_GROUP, SPLICE, 1, 2, B(0, 0x13)},
    {"truncated_hmac", M_SERVER_HELLO, HF_E_EXTENSION_UNASKED, ADD, .type = 4},
};

static void test_weak_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(REFUSED13); i++) {
        mutation_run(&REFUSED13[i], HF_TLS13);
    }
    for (size_t i = 0; i < COUNT(REFUSED12); i++) {
        mutation_run(&REFUSED12[i], HF_TLS12);
    }
}

/* ---- P-13: a peer may come with the share of an earlier connection */

static bool always_the_same(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(0x42u + i);
    }
    return true;
}

typedef struct seen_share {
    uint8_t bytes[40];
    size_t len;
} seen_share;

static bool watch_share(puppet *p, int step, puppet_message *m)
{
    seen_share *seen = (seen_share *)p->ctx;
    if (step == M_SERVER_HELLO) {
        size_t at = puppet_extension(m, puppet_hello_extensions(m), 51, &seen->len);
        assert_true(at > 0 && seen->len <= sizeof seen->bytes);
        memcpy(seen->bytes, m->body + at, seen->len);
    }
    return true;
}

static void test_share_of_the_peer_again(void **state)
{
    (void)state;
    seen_share seen[2] = {0};
    for (size_t i = 0; i < 2; i++) {
        rig *r = rig_new();
        hf_crypto_release(&r->p->crypto);
        assert_int_equal(hf_crypto_init(&r->p->crypto, (hf_random_source){.fill = always_the_same}),
                         HF_OK);
        r->p->change = watch_share;
        r->p->ctx = &seen[i];
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "the same share");
        assert_true(rig_send(r, "x", 1));
        rig_run(r);
        assert_int_equal(r->p->data_len, 1);
        rig_free(r);
    }
    assert_int_equal(seen[0].len, 4 + 32);
    assert_memory_equal(seen[0].bytes, seen[1].bytes, seen[0].len);
}

/* ---- P-64: tickets nobody wants, whatever lifetime they claim (zero, seven days, more) */

static void test_lifetimes_of_tickets(void **state)
{
    (void)state;
    static const uint32_t LIFETIMES[] = {0, 1, 604800, 604801, 0xffffffff};
    for (size_t i = 0; i < COUNT(LIFETIMES); i++) {
        uint8_t ticket[] = {
            M_NEW_SESSION_TICKET, 0, 0, 14, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 1, 7, 0, 0};
        for (size_t k = 0; k < 4; k++) {
            ticket[4 + k] = (uint8_t)(LIFETIMES[i] >> (24 - 8 * k));
        }
        rig *r = rig_new();
        rig_start(r);
        rig_run(r);
        unsigned records = r->p->records;
        puppet_content(r->p, ticket, sizeof ticket);
        puppet_flush(r->p);
        puppet_record(r->p, R_DATA, (const uint8_t *)"data", 4);
        rig_run(r);
        rig_expect_open(r, "ticket");
        assert_int_equal(r->data_len, 4);
        assert_int_equal(r->p->records, records); /* nothing is said about it */
        rig_free(r);
    }
}

/* ---- P-45 in TLS 1.2: there the limit counts the content alone (RFC 8449 4) */

static void test_agreed_limit12(void **state)
{
    (void)state;
    static uint8_t data[1100];
    static const size_t INPUTS[] = {512, 1024};
    for (size_t i = 0; i < COUNT(INPUTS); i++) {
        size_t limit = INPUTS[i] - 5 - 8 - 16;
        for (size_t over = 0; over < 2; over++) {
            rig *r = rig_new();
            r->input = INPUTS[i];
            r->p->version = HF_TLS12;
            r->p->suite = 0xc02b;
            r->p->limit = 16384;
            rig_start(r);
            rig_run(r);
            rig_expect_open(r, "limit agreed");
            puppet_record(r->p, R_DATA, data, limit + over);
            rig_run(r);
            if (over > 0) {
                rig_expect_failed(r, HF_E_RECORD_OVERFLOW, "above our limit");
            } else {
                rig_expect_open(r, "at our limit");
            }
            assert_int_equal(r->data_len, over > 0 ? 0 : limit);
            rig_free(r);
        }
    }
}

/* ---- P-79: no false start; data go when the server's Finished was right, never before */

static bool stay_silent(puppet *p, int step, puppet_message *m)
{
    (void)m;
    p->mute = p->mute || step == p->arg;
    return true;
}

static void test_no_data_before_finished(void **state)
{
    (void)state;
    static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12, HF_TLS12};
    static const int STEPS[] = {M_FINISHED, M_FINISHED, M_CCS};
    for (size_t i = 0; i < COUNT(STEPS); i++) {
        rig *r = rig_new();
        r->p->version = VERSIONS[i];
        r->p->arg = STEPS[i];
        r->p->change = stay_silent;
        rig_start(r);
        rig_run(r);
        assert_true(r->p->mute); /* the server came so far */
        assert_int_equal(hf_tls_wants(&r->tls), HF_WANT_INPUT);
        size_t room = 1;
        assert_null(hf_tls_room(&r->tls, &room));
        assert_int_equal(room, 0);
        assert_false(rig_send(r, "early", 5));
        rig_free(r);
    }
}

/* ---- P-16: what the nonce of a signature depends on */

static void sign(rig *r, const uint8_t *value, uint8_t signature[HF_SIGNATURE_MAX], size_t *len)
{
    memset(signature, 0, HF_SIGNATURE_MAX);
    assert_int_equal(hf_key_sign(&r->key, &r->p->crypto, HF_ECDSA, HF_SHA256, value, signature,
                                 HF_SIGNATURE_MAX, len),
                     HF_OK);
}

/* Of SEQUENCE { INTEGER r, INTEGER s }: begins behind four bytes, with its length before it. */
static bool same_r(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a + 3, b + 3, 1u + a[3]) == 0;
}

static void test_nonces_of_signatures(void **state)
{
    (void)state;
    rig *r = rig_new();
    hf_crypto_release(&r->p->crypto); /* a source that is stuck */
    assert_int_equal(hf_crypto_init(&r->p->crypto, (hf_random_source){.fill = always_the_same}),
                     HF_OK);
    rig_start(r);
    uint8_t one[32] = {1}, other[32] = {2};
    uint8_t a[HF_SIGNATURE_MAX], b[HF_SIGNATURE_MAX];
    size_t len = 0;
    for (unsigned i = 0; i < 20; i++) {
        one[1] = other[1] = (uint8_t)i;
        sign(r, one, a, &len);
        sign(r, other, b, &len);
        assert_false(same_r(a, b)); /* another message never meets the same nonce */
        sign(r, one, b, &len);
        assert_int_equal(same_r(a, b), !HEDGED);
    }
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reserved_values),
        cmocka_unit_test(test_weak_answers),
        cmocka_unit_test(test_share_of_the_peer_again),
        cmocka_unit_test(test_lifetimes_of_tickets),
        cmocka_unit_test(test_agreed_limit12),
        cmocka_unit_test(test_no_data_before_finished),
        cmocka_unit_test(test_nonces_of_signatures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
