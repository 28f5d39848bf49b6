/* A client's session as bytes: what is written is read again, and nothing else is. */
#include "crypto/crypto.h"
#include "tls/keys/session.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#define CHECK 8u
#define ROOM  (HF_SESSION_HEAD + 4096u)

typedef struct blob {
    uint8_t bytes[ROOM];
    size_t len;
} blob;

static hf_session_head make_head(const hf_suite *suite, size_t ticket_len, bool by_id)
{
    hf_session_head head = {
        .state = {.suite = suite,
                  .credential = HF_CREDENTIAL_CERTIFICATE,
                  .verified = HF_VERIFIED_PATH,
                  .authenticated = 1700000000,
                  .issued = 1700000001,
                  .not_after = INT64_MAX},
        .lifetime = 86400,
        .age_add = 0xfedcba98,
        .by_id = by_id,
        .ticket_len = (uint16_t)ticket_len,
    };
    memset(head.state.secret, 0x5e, hf_session_secret_size(suite));
    memset(head.state.peer_sha256, 0xf1, sizeof head.state.peer_sha256);
    memset(head.context, 0xc0, sizeof head.context);
    return head;
}

static blob make(const hf_suite *suite, size_t ticket_len, bool by_id)
{
    blob b = {.len = hf_session_head_size(suite) + ticket_len};
    const hf_session_head head = make_head(suite, ticket_len, by_id);
    assert_in_range(b.len, 1, sizeof b.bytes);
    for (size_t i = 0; i < ticket_len; i++) {
        b.bytes[hf_session_head_size(suite) + i] = (uint8_t)(i * 7 + 1);
    }
    hf_session_write(b.bytes, &head);
    return b;
}

/* Exactly `len` bytes, so that a sanitizer sees every step outside. */
static bool reads(const uint8_t *bytes, size_t len, hf_session_head *head, hf_span *ticket)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    hf_session_view view;
    bool read = hf_session_look((hf_span){copy, len}, &view) && hf_session_is_whole(&view);
    if (read) { /* spans borrow from what was read */
        assert_ptr_equal(view.ticket.ptr, copy + len - view.ticket.len);
        assert_ptr_equal(view.secret + hf_session_secret_size(view.suite) + CHECK, view.ticket.ptr);
        *ticket = (hf_span){bytes + len - view.ticket.len, view.ticket.len};
        hf_session_read(&view, head);
    }
    free(copy);
    return read;
}

static bool is_read(const blob *b)
{
    hf_session_head head;
    hf_span ticket;
    return reads(b->bytes, b->len, &head, &ticket);
}

/* What damage would be, if somebody made it on purpose: the check is right again. */
static void seal_again(blob *b, const hf_suite *suite)
{
    uint8_t value[HF_HASH_MAX];
    size_t head = hf_session_head_size(suite);
    hf_hash hash;
    hf_hash_start(&hash, HF_SHA256);
    hf_hash_add(&hash, b->bytes, head - CHECK);
    hf_hash_add(&hash, b->bytes + head, b->len - head);
    hf_hash_final(&hash, value);
    memcpy(b->bytes + head - CHECK, value, CHECK);
}

static void expect_same(const hf_session_head *is, const hf_session_head *should)
{
    assert_ptr_equal(is->state.suite, should->state.suite);
    assert_memory_equal(is->state.secret, should->state.secret, sizeof is->state.secret);
    assert_int_equal(is->state.credential, should->state.credential);
    assert_int_equal(is->state.verified, should->state.verified);
    assert_memory_equal(is->state.peer_sha256, should->state.peer_sha256, 32);
    assert_true(is->state.authenticated == should->state.authenticated);
    assert_true(is->state.issued == should->state.issued);
    assert_true(is->state.not_after == should->state.not_after);
    assert_int_equal(is->lifetime, should->lifetime);
    assert_int_equal(is->age_add, should->age_add);
    assert_int_equal(is->by_id, should->by_id);
    assert_memory_equal(is->context, should->context, 32);
    assert_int_equal(is->ticket_len, should->ticket_len);
}

/* ---- what is read */

static void test_round_trip(void **state)
{
    static const size_t LENGTHS[] = {1, HF_SESSION_ID, 109, 125, 4096};
    (void)state;
    for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
        const hf_suite *suite = hf_suite_at(i);
        for (size_t k = 0; k < sizeof LENGTHS / sizeof LENGTHS[0]; k++) {
            bool by_id = suite->version == HF_TLS12 && LENGTHS[k] == HF_SESSION_ID;
            const blob b = make(suite, LENGTHS[k], by_id);
            const hf_session_head should = make_head(suite, LENGTHS[k], by_id);
            hf_session_head head;
            hf_span ticket;
            assert_true(reads(b.bytes, b.len, &head, &ticket));
            expect_same(&head, &should);
            assert_int_equal(ticket.len, LENGTHS[k]);
            assert_memory_equal(ticket.ptr, b.bytes + hf_session_head_size(suite), ticket.len);
        }
    }
}

/* Any time comes back, whatever the clock was. */
static void test_times(void **state)
{
    static const int64_t TIMES[] = {INT64_MIN, -1, 0, 1, UINT32_MAX, INT64_MAX};
    const hf_suite *suite = hf_suite_find(0x1301);
    (void)state;
    for (size_t i = 0; i < sizeof TIMES / sizeof TIMES[0]; i++) {
        blob b = make(suite, 4, false);
        hf_session_head should = make_head(suite, 4, false);
        hf_session_head head;
        hf_span ticket;
        should.state.issued = should.state.authenticated = should.state.not_after = TIMES[i];
        hf_session_write(b.bytes, &should);
        assert_true(reads(b.bytes, b.len, &head, &ticket));
        expect_same(&head, &should);
    }
}

static void test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
        const hf_suite *suite = hf_suite_at(i);
        bool small = suite->version == HF_TLS13 && suite->hash == HF_SHA256;
        assert_int_equal(hf_session_head_size(suite), small ? 144 : 160);
        assert_in_range(hf_session_head_size(suite), 1, HF_SESSION_HEAD);
    }
}

/* ---- what is not */

static const uint16_t SUITES[] = {0x1301, 0x1302, 0xc02b};
#define SUITES_COUNT (sizeof SUITES / sizeof SUITES[0])

static void test_every_bit(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUITES_COUNT; i++) {
        blob b = make(hf_suite_find(SUITES[i]), 125, false);
        for (size_t bit = 0; bit < 8 * b.len; bit++) {
            b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (is_read(&b)) {
                fail_msg("suite %04x: bit %zu does not count", SUITES[i], bit);
            }
            b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        assert_true(is_read(&b));
    }
}

static void test_every_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUITES_COUNT; i++) {
        blob b = make(hf_suite_find(SUITES[i]), 125, false);
        size_t whole = b.len;
        for (b.len = 0; b.len < whole + 40; b.len++) {
            if (is_read(&b) != (b.len == whole)) {
                fail_msg("suite %04x: %zu of %zu bytes", SUITES[i], b.len, whole);
            }
        }
    }
}

/* Another mark, format or suite, whose check is right. */
static void test_foreign(void **state)
{
    static const struct {
        size_t at;
        uint8_t byte;
    } OTHER[] = {{0, 'H'}, {1, 0}, {1, 2}, {2, 0x99}, {3, 0}};
    const hf_suite *suite = hf_suite_find(0x1301);
    (void)state;
    for (size_t i = 0; i < sizeof OTHER / sizeof OTHER[0]; i++) {
        blob b = make(suite, 20, false);
        b.bytes[OTHER[i].at] = OTHER[i].byte;
        seal_again(&b, suite);
        assert_false(is_read(&b));
    }
    blob b = make(suite, 20, false);
    seal_again(&b, suite);
    assert_true(is_read(&b));
}

/* No ticket, a session id that is too long, a length that is not the ticket's. */
static void test_impossible(void **state)
{
    const hf_suite *suite = hf_suite_find(0xc02b);
    (void)state;
    blob b = make(suite, 0, false);
    assert_false(is_read(&b));
    b = make(suite, HF_SESSION_ID + 1, true);
    assert_false(is_read(&b));
    b = make(suite, 20, false);
    b.len++;
    seal_again(&b, suite);
    assert_false(is_read(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_times),
        cmocka_unit_test(test_sizes),        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_every_length), cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_impossible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
