/* Helpers of the crypto tests: hexadecimal text, a random source to order, test keys. */
#ifndef HF_TESTS_CRYPTO_HELP_H
#define HF_TESTS_CRYPTO_HELP_H

#include "crypto/crypto.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

typedef struct bytes {
    size_t len;
    uint8_t at[1024];
} bytes;

static inline uint8_t hex_digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static inline bytes unhex(const char *text)
{
    bytes b = {.len = strlen(text) / 2};
    assert_true(b.len <= sizeof b.at);
    for (size_t i = 0; i < b.len; i++) {
        b.at[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
    }
    return b;
}

static inline hf_span span_of(const bytes *b)
{
    return (hf_span){.ptr = b->at, .len = b->len};
}

static inline void assert_hex(const uint8_t *got, const char *expected)
{
    bytes b = unhex(expected);
    assert_memory_equal(got, b.at, b.len);
}

/* A source that hands out given bytes, then fails: no bytes at all make a dead source. */
static inline bool fill_from_bytes(void *ctx, uint8_t *out, size_t len)
{
    hf_span *left = ctx;
    if (left->len < len) {
        memset(out, 0xee, len); /* what a careless source leaves behind */
        return false;
    }
    memcpy(out, left->ptr, len);
    left->ptr += len;
    left->len -= len;
    return true;
}

/* Without a source: the backend's own. */
static inline void open_crypto(hf_crypto *crypto, hf_span *source)
{
    hf_random_source random = {.fill = source != NULL ? fill_from_bytes : NULL, .ctx = source};
    assert_int_equal(hf_crypto_init(crypto, random), HF_OK);
}

#endif
