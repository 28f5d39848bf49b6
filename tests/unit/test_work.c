/* Bounded work: no public call does more than one public-key operation. The linker wraps the
 * operations of src/crypto (-Wl,--wrap, see tests/CMakeLists.txt); they are counted while a call of
 * the client is at work. And signers: at once, pending, failing, wrong. */
#include "puppet/rig.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static bool inside; /* a call of the client */
static unsigned operations, most, total;

static void count(void)
{
    operations += inside ? 1 : 0;
    total += inside ? 1 : 0;
}

hf_code __real_hf_exchange_generate(hf_exchange *exchange, const hf_crypto *crypto, uint16_t group,
                                    uint8_t point[HF_POINT_MAX]);
hf_code __wrap_hf_exchange_generate(hf_exchange *exchange, const hf_crypto *crypto, uint16_t group,
                                    uint8_t point[HF_POINT_MAX]);
hf_code __wrap_hf_exchange_generate(hf_exchange *exchange, const hf_crypto *crypto, uint16_t group,
                                    uint8_t point[HF_POINT_MAX])
{
    count();
    return __real_hf_exchange_generate(exchange, crypto, group, point);
}

hf_code __real_hf_exchange_agree(hf_exchange *exchange, const hf_crypto *crypto, hf_span point,
                                 uint8_t shared[HF_SHARED_MAX]);
hf_code __wrap_hf_exchange_agree(hf_exchange *exchange, const hf_crypto *crypto, hf_span point,
                                 uint8_t shared[HF_SHARED_MAX]);
hf_code __wrap_hf_exchange_agree(hf_exchange *exchange, const hf_crypto *crypto, hf_span point,
                                 uint8_t shared[HF_SHARED_MAX])
{
    count();
    return __real_hf_exchange_agree(exchange, crypto, point, shared);
}

hf_code __real_hf_crypto_verify(const hf_crypto *crypto, const hf_public_key *key,
                                hf_signature_kind kind, hf_hash_id hash, const uint8_t *value,
                                hf_span signature);
hf_code __wrap_hf_crypto_verify(const hf_crypto *crypto, const hf_public_key *key,
                                hf_signature_kind kind, hf_hash_id hash, const uint8_t *value,
                                hf_span signature);
hf_code __wrap_hf_crypto_verify(const hf_crypto *crypto, const hf_public_key *key,
                                hf_signature_kind kind, hf_hash_id hash, const uint8_t *value,
                                hf_span signature)
{
    count();
    return __real_hf_crypto_verify(crypto, key, kind, hash, value, signature);
}

hf_code __real_hf_key_sign(const hf_key *key, const hf_crypto *crypto, hf_signature_kind kind,
                           hf_hash_id hash, const uint8_t *value, uint8_t *signature, size_t cap,
                           size_t *len);
hf_code __wrap_hf_key_sign(const hf_key *key, const hf_crypto *crypto, hf_signature_kind kind,
                           hf_hash_id hash, const uint8_t *value, uint8_t *signature, size_t cap,
                           size_t *len);
hf_code __wrap_hf_key_sign(const hf_key *key, const hf_crypto *crypto, hf_signature_kind kind,
                           hf_hash_id hash, const uint8_t *value, uint8_t *signature, size_t cap,
                           size_t *len)
{
    count();
    return __real_hf_key_sign(key, crypto, kind, hash, value, signature, cap, len);
}

static void begins(rig *r)
{
    (void)r;
    inside = true;
    operations = 0;
}

static void ends(rig *r)
{
    (void)r;
    inside = false;
    most = operations > most ? operations : most;
}

typedef struct work {
    const char *name;
    uint16_t version;
    bool identity, rsa, retry, join;
    uint8_t shares;
    size_t input, pad;
    unsigned total;
    unsigned known; /* of these: signatures that a second connection leaves out */
} work;

/* Operations of a client: a share each, agreement, certificates, the server's signature, our own.
 */
static const work WORK[] = {
    {"1.3", HF_TLS13, false, false, false, false, 1, 0, 0, 5, 0},
    {"1.3 mutual", HF_TLS13, true, false, false, false, 1, 0, 0, 6, 0},
    {"1.3 mutual, joined", HF_TLS13, true, false, false, true, 1, 0, 0, 6, 0},
    {"1.3 mutual, in pieces", HF_TLS13, true, false, false, true, 1, 512, 2000, 6, 0},
    {"1.3 two shares", HF_TLS13, false, false, false, false, 2, 0, 0, 6, 0},
    {"1.3 retry", HF_TLS13, true, false, true, false, 1, 0, 0, 7, 0},
    {"1.3 two shares, retry", HF_TLS13, true, false, true, true, 2, 0, 0, 8, 0},
    {"1.3 RSA", HF_TLS13, false, true, false, true, 1, 0, 0, 5, 0},
    {"1.3 remembered", HF_TLS13, false, false, false, false, 1, 0, 0, 5, 2},
    {"1.3 mutual, joined, remembered", HF_TLS13, true, false, false, true, 1, 0, 0, 6, 2},
    {"1.3 in pieces, remembered", HF_TLS13, true, false, false, true, 1, 512, 2000, 6, 2},
    {"1.2", HF_TLS12, false, false, false, false, 1, 0, 0, 6, 0},
    {"1.2 mutual", HF_TLS12, true, false, false, false, 1, 0, 0, 7, 0},
    {"1.2 mutual, joined", HF_TLS12, true, false, false, true, 1, 0, 0, 7, 0},
    {"1.2 RSA", HF_TLS12, false, true, false, true, 1, 512, 0, 6, 0},
    {"1.2 mutual, joined, remembered", HF_TLS12, true, false, false, true, 1, 0, 0, 7, 2},
};

/* Runs the handshake: never more than one operation in a call, and so many in all. */
static void expect_work(rig *r, const char *name, unsigned expected)
{
    r->before_call = begins;
    r->after_call = ends;
    begins(r);
    rig_start(r);
    ends(r);
    /* building the configuration may cost one: the key is compared with its certificate */
    total = most = 0;
    rig_run(r);
    rig_expect_open(r, name);
    if (most != 1 || total != expected) {
        fail_msg("%s: %u operations in a call, %u in all, expected %u", name, most, total,
                 expected);
    }
    if (r->feed == 0) {
        assert_true(r->runs + 4 >= expected); /* HF_WANT_RUN stood in between */
    }
    rig_free(r);
}

static void play_work(const work *c, size_t feed, hf_remembered *remembered, unsigned expected)
{
    rig *r = rig_new();
    r->p->version = c->version;
    r->p->request = c->identity;
    r->p->retry = c->retry;
    r->p->group = c->retry ? HF_SECP384R1 : 0;
    r->p->join = c->join;
    r->p->pad = c->pad;
    r->identity = c->identity;
    r->rsa = c->rsa;
    r->shares = c->shares;
    r->input = c->input;
    r->feed = r->drain = feed;
    r->remembered = c->known > 0 ? remembered : NULL;
    expect_work(r, c->name, expected);
}

static void test_one_operation_a_call(void **state)
{
    (void)state;
    needs_pieces();
    for (size_t i = 0; i < COUNT(WORK); i++) {
        for (size_t feed = 0; feed < 2; feed++) {
            const work *c = &WORK[i];
            hf_remembered remembered = {0};
            play_work(c, feed, &remembered, c->total);
            if (c->known > 0) {
                play_work(c, feed, &remembered, c->total - c->known);
            }
        }
    }
}

/* A client that offers both versions and meets TLS 1.2: its first share serves there as well, if it
 * is of X25519 and the server chooses that. A client of TLS 1.2 alone has none. */
static void test_share_serves_tls12(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t shares;
        bool identity;
        uint16_t group, version_max;
        unsigned total;
    } CASES[] = {
        {"X25519", 1, false, HF_X25519, 0, 5},
        {"X25519, mutual", 1, true, HF_X25519, 0, 6},
        {"X25519 of two", 2, false, HF_X25519, 0, 6},
        {"P-256 of two", 2, false, HF_SECP256R1, 0, 7},
        {"P-256", 1, false, HF_SECP256R1, 0, 6},
        {"1.2 alone", 1, false, HF_X25519, HF_TLS12, 5},
    };
    for (size_t i = 0; i < 2 * COUNT(CASES); i++) {
        rig *r = rig_new();
        r->p->version = HF_TLS12;
        r->p->group = CASES[i / 2].group;
        r->p->request = r->identity = CASES[i / 2].identity;
        r->version_max = CASES[i / 2].version_max;
        r->shares = CASES[i / 2].shares;
        r->feed = r->drain = i % 2;
        expect_work(r, CASES[i / 2].name, CASES[i / 2].total);
    }
}

/* Whatever is called while work is pending, an operation more is never done. */
static void test_calls_without_input(void **state)
{
    (void)state;
    rig *r = rig_new();
    r->p->request = r->identity = true;
    r->before_call = begins;
    r->after_call = ends;
    rig_start(r);
    most = 0;
    unsigned rounds = 0;
    while ((hf_tls_wants(&r->tls) & HF_IS_OPEN) == 0) {
        begins(r);
        (void)hf_tls_input_done(&r->tls, 0);
        ends(r);
        begins(r);
        hf_tls_output_done(&r->tls, 0);
        ends(r);
        (void)rig_step(r);
        rounds++;
        assert_true(rounds < 1000);
    }
    assert_int_equal(most, 1);
    rig_run(r);
    rig_expect_open(r, "calls without input");
    rig_free(r);
}

/* ---- signers */

typedef struct outside {
    rig *r;
    hf_code answer; /* HF_OK, HF_PENDING or an error */
    unsigned asked;
    uint16_t scheme;
    uint8_t hash[HF_HASH_MAX];
    bool wrong;
} outside;

static void sign_now(outside *o, uint8_t *signature, size_t cap, size_t *len)
{
    assert_int_equal(hf_key_sign(&o->r->key, &o->r->p->crypto, HF_ECDSA, HF_SHA256, o->hash,
                                 signature, cap, len),
                     HF_OK);
    if (o->wrong) {
        signature[*len - 1] ^= 1;
    }
}

static hf_code sign_outside(void *ctx, uint16_t scheme, hf_span hash, hf_space signature,
                            size_t *len)
{
    outside *o = ctx;
    o->asked++;
    o->scheme = scheme;
    assert_int_equal(hash.len, 32);
    memcpy(o->hash, hash.ptr, hash.len);
    if (o->answer == HF_OK) {
        sign_now(o, signature.ptr, signature.cap, len);
    }
    return o->answer;
}

static rig *rig_outside(outside *o, uint16_t version, size_t feed)
{
    rig *r = rig_new();
    o->r = r;
    r->p->version = version;
    r->p->request = r->identity = true;
    r->signer = (hf_signer){sign_outside, o};
    r->feed = r->drain = feed;
    rig_start(r);
    rig_run(r);
    return r;
}

static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};

static void test_signer_at_once(void **state)
{
    (void)state;
    for (size_t v = 0; v < 4; v++) {
        outside o = {.answer = HF_OK};
        rig *r = rig_outside(&o, VERSIONS[v % 2], v / 2);
        rig_expect_open(r, "signer");
        assert_true(r->p->certificate_verified);
        assert_int_equal(o.asked, 1);
        assert_int_equal(o.scheme, HF_ECDSA_SECP256R1_SHA256);
        rig_free(r);
    }
}

static void test_signer_pending(void **state)
{
    (void)state;
    for (size_t v = 0; v < 4; v++) {
        outside o = {.answer = HF_PENDING};
        uint8_t signature[HF_SIGNATURE_MAX];
        size_t len = 0;
        rig *r = rig_outside(&o, VERSIONS[v % 2], v / 2);
        assert_int_equal(hf_tls_wants(&r->tls), HF_WANT_SIGN);
        assert_int_equal(hf_tls_run(&r->tls), HF_PENDING);
        assert_int_equal(hf_tls_wants(&r->tls), HF_WANT_SIGN);
        assert_int_equal(o.asked, 1);
        sign_now(&o, signature, sizeof signature, &len);
        (void)hf_tls_sign_done(&r->tls, HF_OK, (hf_span){signature, len});
        rig_run(r);
        rig_expect_open(r, "pending signer");
        assert_true(r->p->certificate_verified);
        assert_int_equal(o.asked, 1);
        assert_int_equal(hf_tls_sign_done(&r->tls, HF_OK, (hf_span){signature, len}), HF_E_USAGE);
        rig_expect_open(r, "an answer too many");
        rig_free(r);
    }
}

static void expect_signer_error(rig *r, int32_t system)
{
    rig_expect_failed(r, HF_E_SIGNER, "signer");
    assert_int_equal(hf_tls_error(&r->tls)->system, system);
    assert_int_equal(hf_tls_error(&r->tls)->step, M_CERTIFICATE_VERIFY);
    assert_int_equal(hf_tls_wants(&r->tls) & HF_WANT_SIGN, 0);
    rig_free(r);
}

static void test_signer_fails(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        outside o = {.answer = HF_E_FILE};
        expect_signer_error(rig_outside(&o, VERSIONS[v], 0), HF_E_FILE);
        outside late = {.answer = HF_PENDING};
        rig *r = rig_outside(&late, VERSIONS[v], 0);
        assert_int_equal(hf_tls_sign_done(&r->tls, HF_E_TIMEOUT, (hf_span){NULL, 0}), HF_E_SIGNER);
        rig_run(r);
        expect_signer_error(r, HF_E_TIMEOUT);
    }
}

/* What a signer knows about itself is the connection's error. */
static void test_signer_says_why(void **state)
{
    (void)state;
    static const hf_code WHY[] = {HF_E_SIGNER_TIMEOUT, HF_E_SIGNER_GONE, HF_E_SIGNER_KEY};
    for (size_t i = 0; i < 6; i++) {
        hf_code why = WHY[i / 2];
        outside o = {.answer = why};
        rig *r = rig_outside(&o, VERSIONS[i % 2], 0);
        rig_expect_failed(r, why, "signer");
        assert_int_equal(hf_tls_error(&r->tls)->alert, 80);
        assert_int_equal(hf_tls_error(&r->tls)->system, 0);
        rig_free(r);
        outside late = {.answer = HF_PENDING};
        r = rig_outside(&late, VERSIONS[i % 2], 0);
        assert_int_equal(hf_tls_sign_done(&r->tls, why, (hf_span){NULL, 0}), why);
        rig_run(r);
        rig_expect_failed(r, why, "late signer");
        rig_free(r);
    }
}

/* The engine does not check what a signer gives; the server does. Too much of it is refused. */
static void test_signer_wrong(void **state)
{
    (void)state;
    static const uint8_t HUGE[HF_SIGNATURE_MAX + 1] = {0};
    for (size_t v = 0; v < 2; v++) {
        outside o = {.answer = HF_OK, .wrong = true};
        rig *r = rig_outside(&o, VERSIONS[v], 0);
        assert_false(r->p->certificate_verified);
        assert_string_equal(r->p->fault, "the client's signature is wrong");
        rig_free(r);
        outside late = {.answer = HF_PENDING};
        r = rig_outside(&late, VERSIONS[v], 0);
        hf_code code = hf_tls_sign_done(&r->tls, HF_OK, (hf_span){HUGE, sizeof HUGE});
        assert_int_equal(code, HF_E_MEMORY_TOO_SMALL);
        rig_run(r);
        rig_expect_failed(r, HF_E_MEMORY_TOO_SMALL, "huge signature");
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_operation_a_call), cmocka_unit_test(test_share_serves_tls12),
        cmocka_unit_test(test_calls_without_input),  cmocka_unit_test(test_signer_at_once),
        cmocka_unit_test(test_signer_pending),       cmocka_unit_test(test_signer_fails),
        cmocka_unit_test(test_signer_says_why),      cmocka_unit_test(test_signer_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
