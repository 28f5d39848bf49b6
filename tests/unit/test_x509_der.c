/* DER and dates: what is read, what is refused and where. */
#include "unit/cmocka_all.h"
#include "x509/der.h"

#include <handfast/x509.h>

#include <string.h>

#define READER(...)                                                                                \
    hf_read_from((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void der_lengths(void **state)
{
    (void)state;
    uint8_t big[0x10000 + 8] = {0x04, 0x83, 0x01, 0x00, 0x00};
    uint8_t tag;
    hf_reader r = READER(0x04, 0x02, 0xaa, 0xbb);
    assert_int_equal(hf_der_read(&r, HF_DER_OCTET_STRING).len, 2);
    assert_true(hf_read_done(&r));
    r = hf_read_from(big, 5 + 0x10000);
    assert_int_equal(hf_der_read_any(&r, &tag).len, 0x10000);
    assert_true(hf_read_done(&r));
    memcpy(big, (const uint8_t[]){0x04, 0x83, 0x00, 0xff, 0xff}, 5); /* two bytes would do */
    r = hf_read_from(big, 5 + 0xffff);
    assert_int_equal(hf_der_read_any(&r, &tag).len, 0);
    assert_true(r.bad);
    const struct {
        uint8_t bytes[6];
        size_t len;
    } bad[] = {
        {{0x04, 0x80, 0x00, 0x00}, 4},       /* indefinite */
        {{0x04, 0x81, 0x01, 0x00}, 4},       /* one byte too many for 1 */
        {{0x04, 0x82, 0x00, 0x01, 0x00}, 5}, /* the same in two */
        {{0x04, 0x84, 0, 0, 0, 0}, 6},       /* longer than a message can be */
        {{0x04, 0xff, 0, 0, 0, 0}, 6},
        {{0x04, 0x02, 0x00}, 3}, /* cut */
        {{0x04, 0x82, 0x01}, 3},
        {{0x04}, 1},
        {{0x1f, 0x81, 0x01, 0x00}, 4}, /* long tag */
        {{0x05, 0x00}, 2},             /* another tag */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        r = hf_read_from(bad[i].bytes, bad[i].len);
        assert_int_equal(hf_der_read(&r, HF_DER_OCTET_STRING).len, 0);
        assert_true(r.bad);
        assert_int_equal(hf_read_offset(&r), 0);
    }
}

static void der_nesting_carries_errors_up(void **state)
{
    (void)state;
    hf_reader r = READER(0x30, 0x05, 0x30, 0x03, 0x01, 0x01, 0x01);
    const uint8_t *outer_end = hf_der_enter(&r, HF_DER_SEQUENCE);
    const uint8_t *inner_end = hf_der_enter(&r, HF_DER_SEQUENCE);
    assert_false(hf_der_read_boolean(&r));
    hf_der_leave(&r, inner_end);
    hf_der_leave(&r, outer_end);
    assert_true(r.bad);
    assert_int_equal(hf_read_offset(&r), 4);
    r = READER(0x30, 0x04, 0x05, 0x00, 0x05, 0x00); /* something left inside */
    outer_end = hf_der_enter(&r, HF_DER_SEQUENCE);
    hf_der_skip(&r, HF_DER_NULL);
    hf_der_leave(&r, outer_end);
    assert_true(r.bad);
    assert_int_equal(hf_read_offset(&r), 4);
}

static void der_optional_values(void **state)
{
    (void)state;
    hf_reader r = READER(0xa0, 0x02, 0x05, 0x00, 0x05, 0x00);
    assert_null(hf_der_enter_optional(&r, HF_DER_EXPLICIT(1)));
    hf_der_skip_optional(&r, HF_DER_EXPLICIT(1));
    assert_int_equal(hf_read_offset(&r), 0);
    const uint8_t *end = hf_der_enter_optional(&r, HF_DER_EXPLICIT(0));
    assert_non_null(end);
    assert_int_equal(hf_read_left(&r), 2);
    hf_der_skip_rest(&r);
    hf_der_leave(&r, end);
    hf_der_skip_optional(&r, HF_DER_NULL);
    assert_true(hf_read_done(&r));
    r = READER(0x05, 0x01); /* there, but cut */
    hf_der_skip_optional(&r, HF_DER_NULL);
    assert_true(r.bad);
    assert_int_equal(hf_read_offset(&r), 0);
    assert_null(hf_der_enter_optional(&r, HF_DER_NULL));
}

static void der_arcs(void **state)
{
    static const uint8_t arc[] = {0x55, 0x1d};
    static const uint8_t oid[] = {0x55, 0x1d, 0x0f, 0x01};
    static const uint8_t other[] = {0x55, 0x1e, 0x0f};
    (void)state;
    assert_int_equal(hf_der_last_of_arc((hf_span){oid, 3}, arc, sizeof arc), 0x0f);
    assert_int_equal(hf_der_last_of_arc((hf_span){oid, 2}, arc, sizeof arc), 0);
    assert_int_equal(hf_der_last_of_arc((hf_span){oid, 4}, arc, sizeof arc), 0);
    assert_int_equal(hf_der_last_of_arc((hf_span){other, 3}, arc, sizeof arc), 0);
    assert_int_equal(hf_der_last_of_arc((hf_span){NULL, 0}, arc, sizeof arc), 0);
}

static void der_values(void **state)
{
    (void)state;
    hf_reader r = READER(1, 1, 0xff, 1, 1, 0);
    assert_true(hf_der_read_boolean(&r));
    assert_false(hf_der_read_boolean(&r));
    assert_true(hf_read_done(&r));
    r = READER(2, 1, 0x7f, 2, 2, 0, 0x80, 2, 3, 1, 0, 0);
    assert_int_equal(hf_der_read_small(&r, 1000), 127);
    assert_int_equal(hf_der_read_unsigned(&r).len, 1);
    assert_int_equal(hf_der_read_small(&r, 65536), 65536);
    assert_true(hf_read_done(&r));
    r = READER(3, 2, 5, 0xa0);
    assert_int_equal(hf_der_read_flags(&r), 0xa000);
    r = READER(3, 3, 7, 0x06, 0x80);
    assert_int_equal(hf_der_read_flags(&r), 0x0680);
    r = READER(3, 1, 0);
    assert_int_equal(hf_der_read_flags(&r), 0);
    assert_true(hf_read_done(&r));
}

static void der_bad_values(void **state)
{
    (void)state;
    hf_reader r;
#define REFUSES(read, ...)                                                                         \
    do {                                                                                           \
        r = READER(__VA_ARGS__);                                                                   \
        (void)read;                                                                                \
        assert_true(r.bad);                                                                        \
    } while (0)
    REFUSES(hf_der_read_boolean(&r), 1, 1, 1);
    REFUSES(hf_der_read_boolean(&r), 1, 2, 0xff, 0xff);
    REFUSES(hf_der_read_boolean(&r), 1, 0);
    REFUSES(hf_der_read_integer(&r), 2, 0);
    REFUSES(hf_der_read_integer(&r), 2, 2, 0, 0x7f);
    REFUSES(hf_der_read_integer(&r), 2, 2, 0xff, 0x80);
    REFUSES(hf_der_read_unsigned(&r), 2, 1, 0x80);
    REFUSES(hf_der_read_unsigned(&r), 2, 1, 0);
    REFUSES(hf_der_read_small(&r, 5), 2, 1, 6);
    REFUSES(hf_der_read_small(&r, 5), 2, 1, 0xff);
    REFUSES(hf_der_read_small(&r, 0x7fffffff), 2, 6, 1, 0, 0, 0, 0, 0);
    REFUSES(hf_der_read_bits(&r), 3, 2, 1, 0x80);
    REFUSES(hf_der_read_bits(&r), 3, 0);
    REFUSES(hf_der_read_flags(&r), 3, 2, 5, 0xa1);
    REFUSES(hf_der_read_flags(&r), 3, 2, 8, 0);
    REFUSES(hf_der_read_flags(&r), 3, 1, 3);
}

static int64_t time_of(uint8_t tag, const char *text, bool *bad)
{
    uint8_t bytes[40] = {tag, (uint8_t)strlen(text)};
    memcpy(bytes + 2, text, strlen(text));
    hf_reader r = hf_read_from(bytes, 2 + strlen(text));
    int64_t seconds = hf_der_read_time(&r);
    *bad = !hf_read_done(&r);
    return seconds;
}

static void times(void **state)
{
    (void)state;
    const struct {
        uint8_t tag;
        const char *text;
        int64_t seconds;
    } good[] = {
        {HF_DER_UTC_TIME, "700101000000Z", 0},
        {HF_DER_UTC_TIME, "500101000000Z", -631152000},
        {HF_DER_UTC_TIME, "491231235959Z", 2524607999},
        {HF_DER_UTC_TIME, "000229120000Z", 951825600},
        {HF_DER_GENERALIZED_TIME, "20500101000000Z", 2524608000},
        {HF_DER_GENERALIZED_TIME, "99991231235959Z", HF_TIME_NEVER},
        {HF_DER_GENERALIZED_TIME, "20240229000000Z", 1709164800},
        {HF_DER_GENERALIZED_TIME, "00010101000000Z", -62135596800},
    };
    bool bad;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(time_of(good[i].tag, good[i].text, &bad), good[i].seconds);
        assert_false(bad);
    }
    static const char *const utc[] = {
        "7001010000Z",
        "700101000000",
        "700101000000+0000",
        "70010100000Z",
        "701301000000Z",
        "700001000000Z",
        "700132000000Z",
        "700100000000Z",
        "700431000000Z",
        "700101240000Z",
        "700101006000Z",
        "700101000060Z",
        "7O0101000000Z",
        "230229000000Z",
        "700101000000z",
        "700101000000Z0",
        "",
        "19700101000000Z",
        "700101 00000Z",
        "700101000000.5Z",
    };
    for (size_t i = 0; i < sizeof utc / sizeof utc[0]; i++) {
        (void)time_of(HF_DER_UTC_TIME, utc[i], &bad);
        assert_true(bad);
    }
    static const char *const general[] = {"20500101000000.0Z", "205001010000Z",   "20500101000000",
                                          "21000229000000Z",   "00000101000000Z", "500101000000Z"};
    for (size_t i = 0; i < sizeof general / sizeof general[0]; i++) {
        (void)time_of(HF_DER_GENERALIZED_TIME, general[i], &bad);
        assert_true(bad);
    }
    (void)time_of(HF_DER_IA5_STRING, "700101000000Z", &bad);
    assert_true(bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(der_lengths),
        cmocka_unit_test(der_nesting_carries_errors_up),
        cmocka_unit_test(der_optional_values),
        cmocka_unit_test(der_arcs),
        cmocka_unit_test(der_values),
        cmocka_unit_test(der_bad_values),
        cmocka_unit_test(times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
