/* Health tests of a noise source (NIST SP 800-90B 4.4): planted bad sources fail at the sample at
 * which they have to, and a good one passes. And a source of random numbers that ends in the middle
 * of a handshake (before it: test_config_use.c). */
#include "puppet/rig.h"
#include "unit/cmocka_all.h"

#include <handfast/entropy.h>

#include <string.h>

static uint32_t lcg;

/* Noise enough for a test, and the same in each run (the upper bits of a 32-bit LCG). */
static uint8_t noise(void)
{
    lcg = lcg * 1664525u + 1013904223u;
    return (uint8_t)(lcg >> 24);
}

static hf_code add(hf_entropy *check, uint8_t sample)
{
    return hf_entropy_look(check, &sample, 1);
}

/* How many samples pass before the error; at most `most`. */
static size_t lasts(unsigned bits, uint8_t (*sample)(size_t), size_t most)
{
    hf_entropy check;
    assert_int_equal(hf_entropy_begin(&check, bits), HF_OK);
    for (size_t i = 0; i < most; i++) {
        if (add(&check, sample(i)) == HF_E_NO_RANDOM) {
            return i;
        }
    }
    return most;
}

static uint8_t all_zero(size_t i)
{
    (void)i;
    return 0;
}

static uint8_t constant(size_t i)
{
    (void)i;
    return 0xa5;
}

static uint8_t by_turns(size_t i)
{
    return i % 2 == 0 ? 0x55 : 0xaa;
}

static uint8_t two_bits(size_t i)
{
    return (uint8_t)((i * 7u / 3u) & 3u);
}

static uint8_t good(size_t i)
{
    (void)i;
    return noise();
}

/* Good for 5,000 samples, then stuck. */
static uint8_t fails_later(size_t i)
{
    return i < 5000 ? noise() : 0x11;
}

/* 4.4.1: 1 + ceil(20 / H) equal samples in a row are too many. */
static void test_repetition(void **state)
{
    static const size_t CUTOFFS[] = {21, 11, 8, 6, 5, 5, 4, 4};
    (void)state;
    for (unsigned bits = 1; bits <= 8; bits++) {
        assert_int_equal(lasts(bits, all_zero, 2000), CUTOFFS[bits - 1] - 1);
        assert_int_equal(lasts(bits, constant, 2000), CUTOFFS[bits - 1] - 1);
    }
}

/* 4.4.2: never twice in a row, but half of all samples. */
static void test_proportion(void **state)
{
    (void)state;
    assert_int_equal(lasts(8, by_turns, 2000), 2 * (13 - 1)); /* the 13th 0x55 */
    assert_int_equal(lasts(4, by_turns, 2000), 2 * (62 - 1));
    assert_int_equal(lasts(2, by_turns, 2000), 2 * (177 - 1));
    assert_int_equal(lasts(1, by_turns, 2000), 2000); /* one bit for each sample is what it has */
    assert_in_range(lasts(8, two_bits, 2000), 13, 200);
}

static void test_good_source(void **state)
{
    (void)state;
    lcg = 1;
    assert_int_equal(lasts(6, good, 200000), 200000);
}

static void test_fails_later(void **state)
{
    (void)state;
    lcg = 2;
    assert_in_range(lasts(6, fails_later, 10000), 5000, 5005);
}

/* 4.3: 1,024 samples before the first is used. An error sticks, whatever comes. */
static void test_start(void **state)
{
    hf_entropy check;
    (void)state;
    lcg = 3;
    assert_int_equal(hf_entropy_begin(&check, 6), HF_OK);
    assert_int_equal(hf_entropy_look(&check, NULL, 0), HF_PENDING);
    for (size_t i = 1; i < HF_ENTROPY_START; i++) {
        assert_int_equal(add(&check, noise()), HF_PENDING);
    }
    assert_int_equal(add(&check, noise()), HF_OK);
    const uint8_t stuck[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    assert_int_equal(hf_entropy_look(&check, stuck, sizeof stuck), HF_E_NO_RANDOM);
    assert_int_equal(add(&check, noise()), HF_E_NO_RANDOM);
    assert_int_equal(hf_entropy_look(&check, NULL, 0), HF_E_NO_RANDOM);
}

static void test_usage(void **state)
{
    hf_entropy check;
    (void)state;
    assert_int_equal(hf_entropy_begin(&check, 0), HF_E_USAGE);
    assert_int_equal(add(&check, 1), HF_E_USAGE);
    assert_int_equal(hf_entropy_begin(&check, 9), HF_E_USAGE);
}

/* ---- in the middle of a handshake */

static bool says_no(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    (void)out;
    (void)len;
    return false;
}

static bool stick(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    memset(out, 0x3c, len);
    return true;
}

static bool source_sticks;

/* Once the server has said something. */
static void end_source(rig *r)
{
    if (r->fed > 0) {
        r->config.crypto.random.fill = source_sticks ? stick : says_no;
    }
}

/* The second key share, which a HelloRetryRequest asks for; the exchange of TLS 1.2. */
static void test_ends_later(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        rig *r = rig_new();
        source_sticks = i % 2 == 1;
        r->before_call = end_source;
        r->p->version = i < 2 ? HF_TLS13 : HF_TLS12;
        r->p->retry = i < 2;
        r->p->group = HF_SECP256R1;
        rig_start(r);
        rig_run(r);
        rig_expect_failed(r, HF_E_NO_RANDOM, i < 2 ? "second share" : "exchange of TLS 1.2");
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repetition),  cmocka_unit_test(test_proportion),
        cmocka_unit_test(test_good_source), cmocka_unit_test(test_fails_later),
        cmocka_unit_test(test_start),       cmocka_unit_test(test_usage),
        cmocka_unit_test(test_ends_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
