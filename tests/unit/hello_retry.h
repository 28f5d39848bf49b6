/* HelloRetryRequests for a client in memory, and what its second ClientHello may change. */
#ifndef HF_TESTS_HELLO_RETRY_H
#define HF_TESTS_HELLO_RETRY_H

#include "crypto/crypto.h"
#include "tls/keys/transcript.h"
#include "unit/client_rig.h"

#define KEY_SHARE 51
#define COOKIE    44

static inline uint8_t *put(uint8_t *at, size_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        at[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    }
    return at + width;
}

/* A HelloRetryRequest in a record; group 0: no key_share; cookie NULL: none. */
static inline size_t put_retry(uint8_t *to, uint16_t group, const uint8_t *cookie,
                               size_t cookie_len)
{
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

static inline void assert_same_frame(const hello *a, const hello *b)
{
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
static inline void assert_allowed_changes(const hello *a, const hello *b, bool other_share,
                                          const uint8_t *cookie, size_t cookie_len)
{
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
static inline void assert_transcript(const client *c, const uint8_t *retry, size_t retry_len,
                                     const hello *second)
{
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

static inline void retry_with(client *c, uint16_t group, const uint8_t *cookie, size_t cookie_len)
{
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

#endif
