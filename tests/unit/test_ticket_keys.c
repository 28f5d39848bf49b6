/* A server's tickets: sealing and opening, what does not open, many under one key, the ring of
 * keys, and the day of a key.
 */
#include "tls/keys/session.h"
#include "unit/crypto_backend.h"

#if defined(__SANITIZE_ADDRESS__)
#define MANY (1u << 16) /* instrumented code takes ten times as long */
#else
#define MANY (1u << 20)
#endif

static const uint8_t CONTEXT[32] = "what the ticket is bound to";

static hf_ticket_key make_key(uint8_t fill, int64_t begins)
{
    hf_ticket_key key = {.begins = begins};
    memset(key.id, fill, sizeof key.id);
    memset(key.secret, fill, sizeof key.secret);
    return key;
}

static hf_session_state make_state(const hf_suite *suite)
{
    hf_session_state made = {.suite = suite,
                             .credential = HF_CREDENTIAL_RAW_PUBLIC_KEY,
                             .verified = HF_VERIFIED_PIN,
                             .authenticated = 1700000000,
                             .issued = 1700000001,
                             .not_after = 1700000002};
    memset(made.secret, 0x5e, hf_session_secret_size(suite));
    memset(made.peer_sha256, 0xf1, sizeof made.peer_sha256);
    return made;
}

typedef struct ticket {
    uint8_t bytes[HF_TICKET_MAX];
    size_t len;
} ticket;

static ticket seal(const hf_ticket_key *key, const hf_session_state *state)
{
    ticket t = {.len = 0};
    assert_int_equal(hf_ticket_seal(key, &crypto, CONTEXT, state, t.bytes, &t.len), HF_OK);
    return t;
}

static bool opens(const hf_ticket_key *key, const uint8_t context[32], const hf_suite *suite,
                  const ticket *t)
{
    hf_session_state state;
    return hf_ticket_open(key, &crypto, context, suite, (hf_span){t->bytes, t->len}, &state);
}

static void expect_same(const hf_session_state *is, const hf_session_state *should)
{
    assert_ptr_equal(is->suite, should->suite);
    assert_memory_equal(is->secret, should->secret, sizeof is->secret);
    assert_memory_equal(is->peer_sha256, should->peer_sha256, sizeof is->peer_sha256);
    assert_int_equal(is->credential, should->credential);
    assert_int_equal(is->verified, should->verified);
    assert_true(is->authenticated == should->authenticated);
    assert_true(is->issued == should->issued);
    assert_true(is->not_after == should->not_after);
}

/* ---- one ticket */

static void test_round_trip(void **state)
{
    const hf_ticket_key key = make_key(1, 0);
    (void)state;
    for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
        const hf_suite *suite = hf_suite_at(i);
        bool small = suite->version == HF_TLS13 && suite->hash == HF_SHA256;
        const hf_session_state should = make_state(suite);
        hf_session_state is;
        const ticket t = seal(&key, &should);
        const hf_span span = {t.bytes, t.len};
        assert_int_equal(t.len, small ? 109 : 125);
        assert_ptr_equal(hf_ticket_key_id(span, suite), t.bytes);
        assert_memory_equal(t.bytes, key.id, sizeof key.id);
        assert_true(hf_ticket_open(&key, &crypto, CONTEXT, suite, span, &is));
        expect_same(&is, &should);
    }
}

/* Times before 1970 become 1970, those after 2106 become never. */
static void test_times(void **state)
{
    static const struct {
        int64_t in, out;
    } TIMES[] = {
        {-5, 0}, {0, 0}, {4294967294, 4294967294}, {4294967295, INT64_MAX}, {INT64_MAX, INT64_MAX}};
    const hf_ticket_key key = make_key(1, 0);
    (void)state;
    for (size_t i = 0; i < sizeof TIMES / sizeof TIMES[0]; i++) {
        hf_session_state should = make_state(hf_suite_find(0x1301));
        hf_session_state is;
        should.issued = should.not_after = TIMES[i].in;
        const ticket t = seal(&key, &should);
        assert_true(
            hf_ticket_open(&key, &crypto, CONTEXT, should.suite, (hf_span){t.bytes, t.len}, &is));
        assert_true(is.issued == TIMES[i].out && is.not_after == TIMES[i].out);
    }
}

/* The key's id leads to no key, everything else to a tag that is wrong. */
static void test_every_bit(void **state)
{
    hf_ticket_ring ring = {.current = make_key(1, 0), .has_current = true};
    (void)state;
    for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
        const hf_session_state should = make_state(hf_suite_at(i));
        ticket t = seal(&ring.current, &should);
        for (size_t bit = 0; bit < 8 * t.len; bit++) {
            hf_ticket_key key;
            t.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            bool known = hf_ticket_ring_find(&ring, t.bytes, &key);
            assert_int_equal(known, bit >= 8 * HF_TICKET_KEY_ID);
            assert_false(known && opens(&key, CONTEXT, should.suite, &t));
            t.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        assert_true(opens(&ring.current, CONTEXT, should.suite, &t));
    }
}

/* Of each suite's own length or none of ours: so a ticket opens under no suite of another size. */
static void test_every_length(void **state)
{
    const uint8_t raw[256] = {0};
    (void)state;
    for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
        const hf_suite *suite = hf_suite_at(i);
        size_t right = 77 + hf_session_secret_size(suite);
        for (size_t len = 0; len <= sizeof raw; len++) {
            const uint8_t *id = hf_ticket_key_id((hf_span){raw, len}, suite);
            assert_int_equal(id != NULL, len == right);
        }
    }
}

static void test_bound(void **state)
{
    const hf_ticket_key key = make_key(1, 0);
    const hf_session_state should = make_state(hf_suite_find(0x1301));
    const ticket t = seal(&key, &should);
    hf_ticket_key other = key;
    uint8_t context[32];
    (void)state;
    for (size_t bit = 0; bit < 256; bit++) {
        memcpy(context, CONTEXT, sizeof context);
        context[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(opens(&key, context, should.suite, &t));
        other.secret[bit / 8] ^= (uint8_t)(1u << bit % 8);
        /* A backend that has AES-128-GCM alone takes half of the secret. */
        bool counts = hf_crypto_has_aead(HF_AES_256_GCM) || bit < 128;
        assert_int_equal(opens(&other, CONTEXT, should.suite, &t), !counts);
        other = key;
    }
    other.id[3] ^= 1; /* the same secret under another name */
    assert_false(opens(&other, CONTEXT, should.suite, &t));
    assert_true(opens(&key, CONTEXT, should.suite, &t));
}

static void test_no_random(void **state)
{
    static const uint8_t NOTHING[HF_TICKET_MAX];
    const hf_ticket_key key = make_key(1, 0);
    const hf_session_state should = make_state(hf_suite_find(0x1301));
    uint8_t raw[HF_TICKET_MAX];
    size_t len = 0;
    (void)state;
    assert_int_equal(hf_ticket_seal(&key, &dead, CONTEXT, &should, raw, &len), HF_E_NO_RANDOM);
    assert_memory_equal(raw, NOTHING, sizeof raw); /* nor is the secret left in the clear */
}

static void test_stored(void **state)
{
    (void)state;
    for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
        const hf_session_state should = make_state(hf_suite_at(i));
        hf_session_state is;
        uint8_t raw[HF_STORED_MAX];
        size_t len = hf_stored_write(&should, CONTEXT, raw);
        for (size_t part = 0; part <= len; part++) {
            bool read = hf_stored_read((hf_span){raw, part}, CONTEXT, should.suite, &is);
            assert_int_equal(read, part == len);
        }
        expect_same(&is, &should);
        raw[31] ^= 1; /* of the context */
        assert_false(hf_stored_read((hf_span){raw, len}, CONTEXT, should.suite, &is));
    }
}

/* ---- many under one key */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, HF_NONCE_SIZE);
}

/* A nonce stands in its ticket, so where all nonces differ all tickets do. */
static void test_many(void **state)
{
    const hf_ticket_key key = make_key(1, 0);
    const hf_session_state should = make_state(hf_suite_find(0x1301));
    uint8_t(*nonces)[HF_NONCE_SIZE] = malloc((size_t)MANY * HF_NONCE_SIZE);
    (void)state;
    assert_non_null(nonces);
    for (size_t i = 0; i < MANY; i++) {
        const ticket t = seal(&key, &should);
        memcpy(nonces[i], t.bytes + HF_TICKET_KEY_ID, HF_NONCE_SIZE);
        assert_true(i % 1024 != 0 || opens(&key, CONTEXT, should.suite, &t));
    }
    qsort(nonces, MANY, sizeof nonces[0], by_bytes);
    for (size_t i = 1; i < MANY; i++) {
        assert_true(by_bytes(nonces[i - 1], nonces[i]) < 0);
    }
    print_message("%u tickets, no nonce twice\n", MANY);
    free(nonces);
}

/* ---- the ring */

static int found(hf_ticket_ring *ring, const uint8_t *id)
{
    hf_ticket_key key;
    return hf_ticket_ring_find(ring, id, &key) ? key.secret[0] : 0;
}

static void test_ring(void **state)
{
    hf_ticket_ring ring = {.has_current = false};
    hf_ticket_key keys[5];
    (void)state;
    for (uint8_t i = 0; i < 5; i++) {
        keys[i] = make_key((uint8_t)(i + 1), i);
        assert_int_equal(found(&ring, keys[i].id), 0);
    }
    assert_int_equal(found(&ring, NULL), 0);
    hf_ticket_ring_turn(&ring, &keys[0]);
    assert_int_equal(found(&ring, NULL), 0); /* the next one opens, and does not seal */
    assert_int_equal(found(&ring, keys[0].id), 1);
    hf_ticket_ring_turn(&ring, &keys[1]);
    assert_int_equal(found(&ring, NULL), 1);
    hf_ticket_ring_turn(&ring, &keys[2]);
    assert_int_equal(found(&ring, NULL), 2);
    for (uint8_t i = 0; i < 3; i++) {
        assert_int_equal(found(&ring, keys[i].id), i + 1);
    }
    hf_ticket_ring_turn(&ring, NULL);
    assert_int_equal(found(&ring, NULL), 3);
    assert_int_equal(found(&ring, keys[0].id), 0); /* two turns ago it was the current one */
    assert_int_equal(found(&ring, keys[1].id), 2);
    hf_ticket_ring_turn(&ring, NULL);
    assert_int_equal(found(&ring, NULL), 0);
    assert_int_equal(found(&ring, keys[2].id), 3);
}

static bool contains(const void *where, size_t len, uint8_t byte)
{
    return memchr(where, byte, len) != NULL;
}

/* A key that is turned out does not stay in memory. */
static void test_ring_wiped(void **state)
{
    static const hf_ticket_ring NONE;
    hf_ticket_ring ring = {.has_current = false};
    (void)state;
    for (uint8_t i = 1; i <= 3; i++) {
        const hf_ticket_key key = make_key((uint8_t)(0xa0 + i), 0);
        hf_ticket_ring_turn(&ring, &key);
    }
    assert_true(contains(&ring, sizeof ring, 0xa1));
    hf_ticket_ring_turn(&ring, NULL);
    assert_false(contains(&ring, sizeof ring, 0xa1));
    assert_true(contains(&ring, sizeof ring, 0xa2));
    hf_ticket_ring_wipe(&ring);
    assert_memory_equal(&ring, &NONE, sizeof ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_times),
        cmocka_unit_test(test_every_bit),  cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_bound),      cmocka_unit_test(test_no_random),
        cmocka_unit_test(test_stored),     cmocka_unit_test(test_many),
        cmocka_unit_test(test_ring),       cmocka_unit_test(test_ring_wiped),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
