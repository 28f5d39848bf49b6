/* EMSA-PSS alone: what was encoded verifies, and no other block of the same length does. */
#include "crypto/rsa_key.h"
#include "unit/crypto_help.h"

static void check_bits(hf_hash_id id, size_t em_bits)
{
    uint8_t value[HF_HASH_MAX], salt[HF_HASH_MAX], em[300], work[300];
    size_t em_len = (em_bits + 7) / 8;
    memset(value, 0x21, sizeof value);
    memset(salt, 0x84, sizeof salt);
    memset(em, 0x55, sizeof em);
    hf_pss_encode(id, value, salt, em, em_bits);
    assert_int_equal(em[em_len], 0x55);
    assert_int_equal(em[em_len - 1], 0xbc);
    memcpy(work, em, em_len);
    assert_true(hf_pss_verify(id, value, work, em_bits));
    for (size_t bit = 0; bit < 8 * em_len; bit++) { /* padding, top bits, salt, hash, trailer */
        memcpy(work, em, em_len);
        work[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(hf_pss_verify(id, value, work, em_bits));
    }
    for (size_t bit = 0; bit < 8 * hf_hash_size(id); bit++) {
        memcpy(work, em, em_len);
        value[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(hf_pss_verify(id, value, work, em_bits));
        value[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void every_bit_counts(void **state)
{
    (void)state;
    static const hf_hash_id hashes[] = {HF_SHA256, HF_SHA384, HF_SHA512};
    for (size_t i = 0; i < 3; i++) {
        for (size_t em_bits = 2047; em_bits <= 2056; em_bits++) {
            check_bits(hashes[i], em_bits);
        }
    }
}

static void a_block_too_short_is_refused(void **state)
{
    (void)state;
    uint8_t value[HF_HASH_MAX] = {0}, em[65];
    memset(em, 0xbc, sizeof em);
    assert_false(hf_pss_verify(HF_SHA256, value, em, 8 * sizeof em));
}

/* With 8n + 1 bits a zero byte stands before the encoding. */
static void the_byte_before_must_be_zero(void **state)
{
    (void)state;
    uint8_t value[HF_HASH_MAX] = {1}, salt[HF_HASH_MAX] = {2};
    uint8_t modulus[257] = {1}, block[257], work[257];
    hf_span n = {.ptr = modulus, .len = sizeof modulus};
    assert_int_equal(hf_rsa_bits(n), 2049);
    hf_rsa_pss_fill(HF_SHA256, value, salt, block, n);
    assert_int_equal(block[0], 0);
    memcpy(work, block, sizeof work);
    assert_true(hf_rsa_pss_check(HF_SHA256, value, work, n));
    memcpy(work, block, sizeof work);
    work[0] = 1;
    assert_false(hf_rsa_pss_check(HF_SHA256, value, work, n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(a_block_too_short_is_refused),
        cmocka_unit_test(the_byte_before_must_be_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
