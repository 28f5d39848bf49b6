/* ClientHellos in a row: nothing random comes twice, and the second hello after a HelloRetryRequest
 * differs only where it may.
 */
#include "unit/hello_retry.h"

/* ---- P-13, P-17: randoms and shares over 1,000 connections, some failed, some retried */

#define CONNECTIONS 1000u

typedef struct drawn {
    uint8_t random[32];
    uint8_t share[64]; /* of its start */
} drawn;

static int by_random(const void *a, const void *b)
{
    return memcmp(((const drawn *)a)->random, ((const drawn *)b)->random, 32);
}

static int by_share(const void *a, const void *b)
{
    return memcmp(((const drawn *)a)->share, ((const drawn *)b)->share, 32);
}

static int by_first_bytes(const void *a, const void *b)
{
    return memcmp(((const drawn *)a)->random, ((const drawn *)b)->random, 4);
}

static size_t same_neighbours(drawn *all, size_t count, int (*order)(const void *, const void *))
{
    size_t same = 0;
    qsort(all, count, sizeof *all, order);
    for (size_t i = 1; i < count; i++) {
        same += order(&all[i - 1], &all[i]) == 0;
    }
    return same;
}

static void draw(const hello *h, drawn *to)
{
    const hello_part *share = hello_find(h, KEY_SHARE);
    assert_non_null(share);
    assert_true(share->len >= 6 + 32);
    memcpy(to->random, h->random, 32);
    memcpy(to->share, share->body + 6 + (share->body[6] == 4 ? 1 : 0), 32);
}

static void test_nothing_twice(void **state)
{
    static drawn all[CONNECTIONS * 2];
    static const uint8_t ALERT[] = {21, 3, 3, 0, 2, 2, 40};
    size_t count = 0;
    client c;
    (void)state;
    client_init(&c);
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        client_begin(&c);
        draw(&c.hello, &all[count++]);
        if (i % 4 == 1) {
            assert_int_equal(client_give(&c, ALERT, sizeof ALERT), HF_E_ALERT);
        }
        if (i % 4 == 2) {
            uint8_t retry[512];
            size_t len = put_retry(retry, HF_SECP256R1, NULL, 0);
            size_t before = c.wire_len;
            assert_int_equal(client_give(&c, retry, len), HF_OK);
            hello_join(&c.hello, c.wire + before, c.wire_len - before);
            draw(&c.hello, &all[count]);
            assert_memory_equal(all[count].random, all[count - 1].random, 32);
            hf_hash hash; /* the same random by right: told apart for the count below */
            uint8_t other[HF_HASH_MAX];
            hf_hash_start(&hash, HF_SHA256);
            hf_hash_add(&hash, all[count].share, 32);
            hf_hash_final(&hash, other);
            memcpy(all[count++].random, other, 32);
        }
        client_again(&c);
    }
    assert_int_equal(count, CONNECTIONS + CONNECTIONS / 4);
    assert_int_equal(same_neighbours(all, count, by_random), 0);
    assert_int_equal(same_neighbours(all, count, by_share), 0);
    /* No time in the first four bytes: 1,250 seconds hold far fewer values than draws. */
    assert_in_range(same_neighbours(all, count, by_first_bytes), 0, 2);
    client_end(&c);
}

/* ---- the second hello: P-36 */

static void test_second_hello(void **state)
{
    static uint8_t cookie[1200];
    static const uint16_t GROUPS[] = {0, HF_SECP256R1, HF_SECP384R1};
    static const size_t COOKIES[] = {0, 1, 32, 1200};
    (void)state;
    for (size_t i = 0; i < sizeof cookie; i++) {
        cookie[i] = (uint8_t)(i * 7 + 1);
    }
    for (unsigned mask = 0; mask < 8; mask++) {
        for (size_t i = 0; i < 12; i++) {
            uint16_t group = GROUPS[i % 3];
            size_t len = COOKIES[i / 3];
            bool two = (mask & 1) != 0;
            if ((group == 0 && len == 0) || (two && group == HF_SECP256R1)) {
                continue; /* would change nothing: refused, see the flow tests */
            }
            client c;
            client_init(&c);
            c.config.key_shares = two ? 2 : 1;
            c.config.compatibility_mode = (mask & 2) != 0;
            c.config.version_min = (mask & 4) != 0 ? HF_TLS13 : HF_TLS12;
            c.slot_cap = 8192;
            retry_with(&c, group, len > 0 ? cookie : NULL, len);
            client_end(&c);
        }
    }
}

/* A request that changes nothing, or asks for a group that was not offered. */
static void test_bad_retry(void **state)
{
    static const uint16_t ONLY[] = {HF_X25519};
    const struct {
        uint16_t group;
        hf_code code;
        uint8_t alert;
    } CASES[] = {
        {0, HF_E_RETRY_UNCHANGED, 47},
        {HF_X25519, HF_E_RETRY_UNCHANGED, 47},
        {HF_SECP256R1, HF_E_GROUP, 47},
        {0x0019, HF_E_GROUP, 47},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        client c;
        uint8_t retry[256];
        client_init(&c);
        c.config.groups = ONLY;
        c.config.groups_count = 1;
        client_begin(&c);
        size_t before = c.wire_len;
        size_t len = put_retry(retry, CASES[i].group, NULL, 0);
        assert_int_equal(client_give(&c, retry, len), CASES[i].code);
        const uint8_t alert[] = {21, 3, 3, 0, 2, 2, CASES[i].alert};
        assert_int_equal(c.wire_len - before, sizeof alert);
        assert_memory_equal(c.wire + before, alert, sizeof alert);
        client_end(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_twice),
        cmocka_unit_test(test_second_hello),
        cmocka_unit_test(test_bad_retry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
