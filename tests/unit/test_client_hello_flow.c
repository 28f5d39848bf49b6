/* ClientHellos in a row: nothing random comes twice, the second hello after a HelloRetryRequest
 * differs only where it may, large hellos are cut into records and hashed right, and one that fits
 * nowhere ends in an error that says what would do.
 */
#include "crypto/crypto.h"
#include "tls/keys/transcript.h"
#include "unit/client_rig.h"

#define KEY_SHARE 51
#define COOKIE    44

/* ---- P-13, P-17: randoms and shares over 1,000 connections, some failed, some retried */

#define CONNECTIONS 1000u

typedef struct drawn {
    uint8_t random[32];
    uint8_t share[64]; /* of its start */
} drawn;

static int by_random(const void *a, const void *b) {
    return memcmp(((const drawn *)a)->random, ((const drawn *)b)->random, 32);
}

static int by_share(const void *a, const void *b) {
    return memcmp(((const drawn *)a)->share, ((const drawn *)b)->share, 32);
}

static int by_first_bytes(const void *a, const void *b) {
    return memcmp(((const drawn *)a)->random, ((const drawn *)b)->random, 4);
}

static size_t same_neighbours(drawn *all, size_t count, int (*order)(const void *, const void *)) {
    size_t same = 0;
    qsort(all, count, sizeof *all, order);
    for (size_t i = 1; i < count; i++) {
        same += order(&all[i - 1], &all[i]) == 0;
    }
    return same;
}

static void draw(const hello *h, drawn *to) {
    const hello_part *share = hello_find(h, KEY_SHARE);
    assert_non_null(share);
    assert_true(share->len >= 6 + 32);
    memcpy(to->random, h->random, 32);
    memcpy(to->share, share->body + 6 + (share->body[6] == 4 ? 1 : 0), 32);
}

static size_t put_retry(uint8_t *to, uint16_t group, const uint8_t *cookie, size_t cookie_len);

static void test_nothing_twice(void **state) {
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

static uint8_t *put(uint8_t *at, size_t value, unsigned width) {
    for (unsigned i = 0; i < width; i++) {
        at[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    }
    return at + width;
}

/* A HelloRetryRequest in a record; group 0: no key_share; cookie NULL: none. */
static size_t put_retry(uint8_t *to, uint16_t group, const uint8_t *cookie, size_t cookie_len) {
    static const uint8_t RANDOM[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
                                       0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
                                       0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
                                       0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
    size_t extensions = 6 + (group != 0 ? 6u : 0u) + (cookie != NULL ? 6 + cookie_len : 0);
    size_t body = 2 + 32 + 1 + 2 + 1 + 2 + extensions;
    uint8_t *at = put(put(put(to, 22, 1), 0x0303, 2), body + 4, 2);
    at = put(put(put(at, 2, 1), body, 3), 0x0303, 2);
    memcpy(at, RANDOM, 32);
    at = put(put(put(put(at + 32, 0, 1), 0x1301, 2), 0, 1), extensions, 2);
    at = put(put(put(at, 43, 2), 2, 2), 0x0304, 2);
    if (group != 0) {
        at = put(put(put(at, KEY_SHARE, 2), 2, 2), group, 2);
    }
    if (cookie != NULL) {
        at = put(put(put(at, COOKIE, 2), cookie_len + 2, 2), cookie_len, 2);
        memcpy(at, cookie, cookie_len);
        at += cookie_len;
    }
    return (size_t)(at - to);
}

static void assert_same_frame(const hello *a, const hello *b) {
    assert_memory_equal(a->version, b->version, 2);
    assert_memory_equal(a->random, b->random, 32);
    assert_int_equal(a->session_len, b->session_len);
    assert_memory_equal(a->session, b->session, a->session_len);
    assert_int_equal(a->suites_len, b->suites_len);
    assert_memory_equal(a->suites, b->suites, a->suites_len);
    assert_int_equal(b->compression_len, 1);
}

/* All extensions of `a` stand in `b`, in order and equal but for key_share where `other_share`;
 * `b` has a cookie besides where there is one. */
static void assert_allowed_changes(const hello *a, const hello *b, bool other_share,
                                   const uint8_t *cookie, size_t cookie_len) {
    size_t at = 0;
    assert_same_frame(a, b);
    for (size_t i = 0; i < b->count; i++) {
        const hello_part *part = &b->parts[i];
        if (part->type == COOKIE) {
            assert_non_null(cookie);
            assert_int_equal(part->len, cookie_len + 2);
            assert_int_equal(number(part->body, 2), cookie_len);
            assert_memory_equal(part->body + 2, cookie, cookie_len);
            continue;
        }
        assert_int_equal(part->type, a->parts[at].type);
        bool same =
            part->len == a->parts[at].len && memcmp(part->body, a->parts[at].body, part->len) == 0;
        assert_int_equal(same, !(part->type == KEY_SHARE && other_share));
        at++;
    }
    assert_int_equal(at, a->count);
    assert_int_equal(b->count, a->count + (cookie != NULL));
}

/* The transcript is message_hash(first), the request, the second hello. */
static void assert_transcript(const client *c, const uint8_t *retry, size_t retry_len,
                              const hello *second) {
    uint8_t synthetic[4 + 32] = {254, 0, 0, 32};
    uint8_t digest[HF_HASH_MAX];
    uint8_t now[HF_HASH_MAX];
    hf_hash hash;
    hf_hash_start(&hash, HF_SHA256);
    hf_hash_add(&hash, c->hello.bytes, c->hello.len);
    hf_hash_final(&hash, digest);
    memcpy(synthetic + 4, digest, 32);
    hf_hash_start(&hash, HF_SHA256);
    hf_hash_add(&hash, synthetic, sizeof synthetic);
    hf_hash_add(&hash, retry + 5, retry_len - 5);
    hf_hash_add(&hash, second->bytes, second->len);
    hf_hash_final(&hash, digest);
    hf_transcript_now(&c->tls.handshake.transcript, now);
    assert_memory_equal(now, digest, 32);
}

static void retry_with(client *c, uint16_t group, const uint8_t *cookie, size_t cookie_len) {
    static uint8_t retry[2048];
    static hello second;
    static const uint8_t CCS[] = {20, 3, 3, 0, 1, 1};
    client_begin(c);
    size_t before = c->wire_len;
    size_t len = put_retry(retry, group, cookie, cookie_len);
    if (c->config.compatibility_mode) { /* the request echoes the session id */
        memmove(retry + 44 + 32, retry + 44, len - 44);
        memcpy(retry + 44, c->hello.session, 32);
        retry[43] = 32;
        len += 32;
        (void)put(retry + 3, len - 5, 2);
        (void)put(retry + 6, len - 9, 3);
    }
    assert_string_equal(hf_error_name(client_give(c, retry, len)), "HF_OK");
    assert_true(hf_tls_retried(&c->tls));
    if (c->config.compatibility_mode) { /* RFC 8446 D.4: before the second flight */
        assert_memory_equal(c->wire + before, CCS, sizeof CCS);
        before += sizeof CCS;
    }
    hello_join(&second, c->wire + before, c->wire_len - before);
    assert_int_equal(second.record_version, 0x0303); /* RFC 8446 5.1 */
    assert_allowed_changes(&c->hello, &second, group != 0, cookie, cookie_len);
    if (group != 0) {
        const hello_part *share = hello_find(&second, KEY_SHARE);
        size_t size = group == HF_SECP256R1 ? 65 : 97;
        assert_int_equal(share->len, 2 + 4 + size);
        assert_int_equal(number(share->body, 2), 4 + size);
        assert_int_equal(number(share->body + 2, 2), group);
    }
    assert_transcript(c, retry, len, &second);
}

static void test_second_hello(void **state) {
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
static void test_bad_retry(void **state) {
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

/* ---- sizes */

static char long_names[4][256];
static const char *const LONG_ALPN[] = {long_names[0], long_names[1], long_names[2], long_names[3]};

static void fill_names(void) {
    for (size_t i = 0; i < 4; i++) {
        memset(long_names[i], 'a' + (int)i, 255);
        long_names[i][255] = 0;
    }
}

/* Larger than the output buffer: several records, the same message, hashed as one. */
static void test_many_records(void **state) {
    static const size_t CAPS[] = {HF_TLS_OUTPUT_MIN, 300, 512, 1024, 2048};
    (void)state;
    fill_names();
    for (size_t i = 0; i < sizeof CAPS / sizeof CAPS[0]; i++) {
        client c;
        client_init(&c);
        c.config.alpn = LONG_ALPN;
        c.config.alpn_count = 4;
        c.out_cap = CAPS[i];
        c.slot_cap = 8192;
        retry_with(&c, HF_SECP384R1, (const uint8_t *)"cookie", 6);
        assert_int_equal(c.hello.len > 1024, true);
        assert_int_equal(c.hello.records > 1, CAPS[i] < 1300);
        assert_in_range(c.hello.largest_record, 1, CAPS[i] - 5);
        client_end(&c);
    }
}

static hf_code begin_with_slot(client *c, size_t slot) {
    client_init(c);
    c->config.alpn = LONG_ALPN;
    c->config.alpn_count = 4;
    c->slot_cap = slot;
    assert_int_equal(hf_config_build(&c->config), HF_OK);
    assert_int_equal(client_start(c), HF_OK);
    client_drain(c);
    return (hf_code)hf_tls_error(&c->tls)->code;
}

/* The size in the error's detail is exactly what is needed; nothing was sent before. */
static void test_too_large(void **state) {
    client c;
    (void)state;
    fill_names();
    assert_int_equal(begin_with_slot(&c, 512), HF_E_HELLO_TOO_LARGE);
    assert_int_equal(c.wire_len, 0);
    size_t needed = hf_tls_error(&c.tls)->detail;
    client_end(&c);
    assert_int_equal(begin_with_slot(&c, needed - 1), HF_E_HELLO_TOO_LARGE);
    assert_int_equal(hf_tls_error(&c.tls)->detail, needed);
    assert_int_equal(c.wire_len, 0);
    client_end(&c);
    assert_int_equal(begin_with_slot(&c, needed), HF_OK);
    assert_in_range(c.wire_len, 1024, needed + 64);
    client_end(&c);
}

static hf_error retry_with_slot(size_t slot, size_t cookie_len) {
    static uint8_t cookie[1200];
    uint8_t retry[2048];
    client c;
    client_init(&c);
    c.slot_cap = slot;
    client_begin(&c);
    size_t len = put_retry(retry, HF_SECP256R1, cookie, cookie_len);
    (void)client_give(&c, retry, len);
    hf_error error = *hf_tls_error(&c.tls);
    client_end(&c);
    return error;
}

/* The same for the second hello, with its cookie: growing by what each error asks for ends well. */
static void test_second_too_large(void **state) {
    (void)state;
    for (size_t cookie = 64; cookie <= 1200; cookie += 71) {
        size_t slot = 512;
        hf_error error = retry_with_slot(slot, cookie);
        unsigned rounds = 0;
        for (; error.code != HF_OK; rounds++) {
            assert_true(error.code == HF_E_MESSAGE_TOO_LARGE || error.code == HF_E_HELLO_TOO_LARGE);
            assert_in_range(error.detail, slot + 1, 8192);
            assert_in_range(rounds, 0, 3);
            slot = error.detail;
            error = retry_with_slot(slot, cookie);
        }
        if (slot > 512) { /* and one byte less does not do */
            assert_int_not_equal(retry_with_slot(slot - 1, cookie).code, HF_OK);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_twice), cmocka_unit_test(test_second_hello),
        cmocka_unit_test(test_bad_retry),     cmocka_unit_test(test_many_records),
        cmocka_unit_test(test_too_large),     cmocka_unit_test(test_second_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
