/* handfast decode: capture files. */
#include "unit/decode_rig.h"

static decode_reader reader;

static void begin(const made *m)
{
    assert_true(decode_reader_begin(&reader, made_span(m)));
}

static void classic_of_both_orders_and_units(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        static made m;
        decode_frame frame;
        bool nano = (i & 1) != 0;
        m = (made){.big = (i & 2) != 0};
        put_classic(&m, nano ? 0xa1b23c4d : 0xa1b2c3d4, 0xf0000065); /* FCS bits above the type */
        put_number(&m, 1700000000, 4);
        put_number(&m, 123456, 4);
        put_number(&m, 3, 4);
        put_number(&m, 9, 4);
        put_bytes(&m, "abc", 3);
        begin(&m);
        assert_int_equal(decode_reader_next(&reader, &frame), DECODE_FRAME);
        assert_int_equal(frame.link, DECODE_LINK_RAW);
        assert_int_equal(frame.number, 1);
        assert_int_equal(frame.wire, 9);
        assert_int_equal(frame.bytes.len, 3);
        assert_true(frame.time == 1700000000000000000 + (nano ? 123456 : 123456000));
        assert_int_equal(decode_reader_next(&reader, &frame), DECODE_END);
    }
}

/* if_tsresol and what a unit is. */
static void times_of_pcapng(void **state)
{
    (void)state;
    static const struct {
        int resolution;
        uint64_t units;
        int64_t time;
    } CASES[] = {
        {-1, 1700000000123456, 1700000000123456000},
        {6, 1700000000123456, 1700000000123456000},
        {9, 1700000000123456789, 1700000000123456789},
        {3, 1700000000123, 1700000000123000000},
        {0, 1700000000, 1700000000000000000},
        {0x80 | 10, 1024ull * 1700000000 + 512, 1700000000500000000},
        {0x80 | 33, (1700000000ull << 33) + (1ull << 32), 1700000000500000000},
        {19, UINT64_MAX, 1844674407}, /* finer than nanoseconds */
        {0x80 | 63, (1ull << 63) | (1ull << 62), 1500000000},
        {0, UINT64_MAX, 0}, /* beyond any date */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        for (unsigned big = 0; big < 2; big++) {
            static made m;
            decode_frame frame;
            m = (made){.big = big != 0};
            put_section(&m);
            put_interface(&m, DECODE_LINK_ETHERNET, CASES[i].resolution);
            put_enhanced(&m, 0, CASES[i].units, BYTES("abc"));
            begin(&m);
            assert_int_equal(decode_reader_next(&reader, &frame), DECODE_FRAME);
            assert_true(frame.has_time);
            int64_t difference = frame.time - CASES[i].time;
            assert_true(difference >= -1 && difference <= 1);
        }
    }
}

/* Each section has its own byte order and interfaces; unknown blocks are passed over. */
static void sections(void **state)
{
    (void)state;
    static made m;
    decode_frame frame;
    m = (made){.big = false};
    put_section(&m);
    put_interface(&m, DECODE_LINK_RAW, 9);
    put_block(&m, 0x80000bad, BYTES("something of somebody"));
    put_enhanced(&m, 0, 1, BYTES("first"));
    put_block(&m, 3, BYTES("\6\0\0\0simple")); /* simple packet: no time */
    put_block(&m, 10, BYTES("KSLT\4\0\0\0abcd"));
    put_block(&m, 10, BYTES("KHSS\4\0\0\0abcd")); /* not of TLS */
    m.big = true;
    put_section(&m);
    put_interface(&m, DECODE_LINK_ETHERNET, 9);
    put_enhanced(&m, 0, 2, BYTES("second"));
    put_enhanced(&m, 1, 3, BYTES("no such interface"));
    begin(&m);
    assert_int_equal(decode_reader_next(&reader, &frame), DECODE_FRAME);
    assert_int_equal(frame.link, DECODE_LINK_RAW);
    assert_memory_equal(frame.bytes.ptr, "first", 5);
    assert_int_equal(decode_reader_next(&reader, &frame), DECODE_FRAME);
    assert_memory_equal(frame.bytes.ptr, "simple", 6);
    assert_int_equal(frame.bytes.len, 6);
    assert_false(frame.has_time);
    assert_int_equal(decode_reader_next(&reader, &frame), DECODE_SECRETS);
    assert_int_equal(reader.secrets.len, 4);
    assert_memory_equal(reader.secrets.ptr, "abcd", 4);
    assert_int_equal(decode_reader_next(&reader, &frame), DECODE_FRAME);
    assert_int_equal(frame.link, DECODE_LINK_ETHERNET);
    assert_true(frame.big);
    assert_int_equal(decode_reader_next(&reader, &frame), DECODE_BROKEN);
    assert_string_equal(reader.problem, "a packet names an interface that does not exist");
}

static void too_many_interfaces(void **state)
{
    (void)state;
    static made m;
    decode_frame frame;
    for (unsigned extra = 0; extra < 2; extra++) {
        m = (made){.big = false};
        put_section(&m);
        for (unsigned i = 0; i < DECODE_INTERFACES_MAX + extra; i++) {
            put_interface(&m, DECODE_LINK_RAW, -1);
        }
        begin(&m);
        assert_int_equal(decode_reader_next(&reader, &frame),
                         extra == 0 ? DECODE_END : DECODE_BROKEN);
    }
    assert_string_equal(reader.problem, "a section has more than 256 interfaces");
}

/* Blocks that lie about themselves. */
static void broken_blocks(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        hf_span body;
        const char *problem;
    } CASES[] = {
        {1, {(const uint8_t *)"\1\0\0\0", 4}, "an interface block is too short"},
        {1,
         {(const uint8_t *)"\1\0\0\0\0\0\0\0\x09\0\1\0\x14\0\0\0", 16},
         "an interface has a time resolution that is out of range"},
        {6, {(const uint8_t *)"\0\0\0\0", 4}, "a packet block is too short"},
        {6,
         {(const uint8_t *)"\0\0\0\0\0\0\0\0\0\0\0\0\5\0\0\0\5\0\0\0abcd", 24},
         "a packet is longer than its block"},
        {10,
         {(const uint8_t *)"KSLT\5\0\0\0abcd", 12},
         "a block of secrets is longer than it says"},
        {10, {(const uint8_t *)"KSLT", 4}, "a block of secrets is longer than it says"},
        {0x0a0d0d0a,
         {(const uint8_t *)"\x4d\x3c\x2b\x1a\2\0\0\0\0\0\0\0\0\0\0\0", 16},
         "a section has a version that is not known"},
        {0x0a0d0d0a,
         {(const uint8_t *)"\x4d\x3c\x2b\x1a\1\0\0\0", 8},
         "a section header is too short"},
        {0x0a0d0d0a,
         {(const uint8_t *)"\1\2\3\4\1\0\0\0\0\0\0\0\0\0\0\0", 16},
         "a section header has no byte order"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        static made m;
        decode_frame frame;
        m = (made){.big = false};
        put_section(&m);
        put_interface(&m, DECODE_LINK_RAW, -1);
        put_block(&m, CASES[i].type, CASES[i].body);
        begin(&m);
        assert_int_equal(decode_reader_next(&reader, &frame), DECODE_BROKEN);
        assert_string_equal(reader.problem, CASES[i].problem);
    }
}

static void impossible_lengths(void **state)
{
    (void)state;
    static made m;
    decode_frame frame;
    static const uint32_t LENGTHS[] = {0, 8, 13, 0xfffffffe};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0]; i++) {
        m = (made){.big = false};
        put_section(&m);
        put_number(&m, 5, 4);
        put_number(&m, LENGTHS[i], 4);
        put_bytes(&m, "abcdefgh", 8);
        begin(&m);
        assert_int_equal(decode_reader_next(&reader, &frame), DECODE_BROKEN);
        assert_string_equal(reader.problem, "a block has an impossible length");
    }
    m = (made){.big = false};
    put_classic(&m, 0xa1b2c3d4, 1);
    put_number(&m, 0, 8);
    put_number(&m, 0x1000001, 4);
    put_number(&m, 0x1000001, 4);
    begin(&m);
    assert_int_equal(decode_reader_next(&reader, &frame), DECODE_BROKEN);
}

static void no_captures(void **state)
{
    (void)state;
    assert_false(decode_reader_begin(&reader, (hf_span){NULL, 0}));
    assert_false(decode_reader_begin(&reader, BYTES("\xd4\xc3\xb2\xa1 too short")));
    assert_false(decode_reader_begin(&reader, BYTES("neither one nor the other of them")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classic_of_both_orders_and_units),
        cmocka_unit_test(times_of_pcapng),
        cmocka_unit_test(sections),
        cmocka_unit_test(too_many_interfaces),
        cmocka_unit_test(broken_blocks),
        cmocka_unit_test(impossible_lengths),
        cmocka_unit_test(no_captures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
