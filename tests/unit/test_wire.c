/* Reader and writer: ranges, stickiness, nesting; compare and wipe. */
#include "unit/cmocka_all.h"
#include "wire/reader.h"
#include "wire/secret.h"
#include "wire/writer.h"

#include <string.h>

static void reader_sticks_at_the_first_error(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 2, 3};
    hf_reader r = hf_read_from(bytes, sizeof bytes);
    assert_int_equal(hf_read_u8(&r), 1);
    assert_int_equal(hf_read_u32(&r), 0);
    assert_int_equal(hf_read_offset(&r), 1);
    assert_int_equal(hf_read_u8(&r), 0);
    assert_int_equal(hf_read_left(&r), 0);
    assert_int_equal(hf_read_bytes(&r, 0).len, 0);
    assert_false(hf_read_done(&r));
}

static void numbers_are_big_endian(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    hf_reader r = hf_read_from(bytes, sizeof bytes);
    assert_int_equal(hf_read_u8(&r), 1);
    assert_int_equal(hf_read_u16(&r), 0x0203);
    assert_int_equal(hf_read_u24(&r), 0x040506);
    assert_int_equal(hf_read_u32(&r), 0x0708090a);
    assert_true(hf_read_done(&r));
}

static void vector_ranges_hold(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0, 2, 7, 8, 9};
    static const struct {
        size_t min, max;
        bool good;
    } cases[] = {{2, 2, true}, {0, 9, true}, {3, 9, false}, {0, 1, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hf_reader r = hf_read_from(bytes, sizeof bytes);
        hf_span v = hf_read_vec(&r, 2, cases[i].min, cases[i].max);
        assert_int_equal(!r.bad, cases[i].good);
        assert_int_equal(v.len, cases[i].good ? 2 : 0);
        assert_int_equal(hf_read_offset(&r), cases[i].good ? 4 : 0);
    }
    hf_reader r = hf_read_from(bytes, 3);
    (void)hf_read_vec(&r, 2, 0, 9);
    assert_true(r.bad); /* longer than what is left */
}

static void sub_reader_inherits_the_error(void **state)
{
    (void)state;
    const uint8_t bytes[] = {9, 1};
    hf_reader r = hf_read_from(bytes, sizeof bytes);
    hf_reader sub = hf_read_sub(&r, 1, 0, 255);
    assert_false(hf_read_done(&sub));
    assert_false(hf_read_done(&r));
}

static void empty_input_is_fine(void **state)
{
    (void)state;
    hf_reader r = hf_read_from(NULL, 0);
    assert_true(hf_read_done(&r));
    assert_int_equal(hf_read_bytes(&r, 0).len, 0);
    assert_true(hf_read_done(&r));
    hf_read_spoil(&r);
    assert_false(hf_read_done(&r));
}

static void writer_nests_lengths(void **state)
{
    (void)state;
    uint8_t out[16];
    hf_writer w = hf_write_to(out, sizeof out);
    size_t outer = hf_write_open(&w, 2);
    hf_write_u8(&w, 0xaa);
    size_t inner = hf_write_open(&w, 1);
    hf_write_u24(&w, 0x010203);
    hf_write_close(&w, inner, 1);
    hf_write_close(&w, outer, 2);
    const uint8_t expected[] = {0, 5, 0xaa, 3, 1, 2, 3};
    assert_false(w.bad);
    assert_int_equal(w.len, sizeof expected);
    assert_memory_equal(out, expected, sizeof expected);
}

static void writer_counts_past_its_end(void **state)
{
    (void)state;
    uint8_t out[4] = {0, 0, 0, 0x55};
    hf_writer w = hf_write_to(out, 3);
    hf_write_u16(&w, 1);
    hf_write_u16(&w, 2);
    hf_write_u8(&w, 3);
    assert_true(w.bad);
    assert_int_equal(w.len, 5);
    assert_int_equal(out[3], 0x55);
}

static void vector_too_long_for_its_length_is_an_error(void **state)
{
    (void)state;
    static uint8_t out[300];
    hf_writer w = hf_write_to(out, sizeof out);
    size_t mark = hf_write_open(&w, 1);
    for (int i = 0; i < 256; i++) {
        hf_write_u8(&w, 0);
    }
    hf_write_close(&w, mark, 1);
    assert_true(w.bad);
}

static void secrets_compare_and_wipe(void **state)
{
    (void)state;
    uint8_t a[32], b[32];
    memset(a, 7, sizeof a);
    memset(b, 7, sizeof b);
    assert_true(hf_same_secret(a, b, sizeof a));
    for (size_t i = 0; i < sizeof b; i++) {
        b[i] ^= 0x80;
        assert_false(hf_same_secret(a, b, sizeof a));
        b[i] ^= 0x80;
    }
    assert_true(hf_same_secret(a, b, 0));
    hf_wipe(a, sizeof a);
    for (size_t i = 0; i < sizeof a; i++) {
        assert_int_equal(a[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_sticks_at_the_first_error),
        cmocka_unit_test(numbers_are_big_endian),
        cmocka_unit_test(vector_ranges_hold),
        cmocka_unit_test(sub_reader_inherits_the_error),
        cmocka_unit_test(empty_input_is_fine),
        cmocka_unit_test(writer_nests_lengths),
        cmocka_unit_test(writer_counts_past_its_end),
        cmocka_unit_test(vector_too_long_for_its_length_is_an_error),
        cmocka_unit_test(secrets_compare_and_wipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
