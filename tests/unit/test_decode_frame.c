/* handfast decode: frames of each link type, key logs. */
#include "unit/decode_rig.h"

static decode_kind read_frame(uint16_t link, const made *m, decode_segment *segment)
{
    /* in memory of exactly its length */
    uint8_t *copy = malloc(m->len > 0 ? m->len : 1);
    assert_non_null(copy);
    if (m->len > 0) {
        memcpy(copy, m->bytes, m->len);
    }
    const decode_frame frame = {.bytes = {copy, m->len}, .wire = (uint32_t)m->len, .link = link};
    decode_kind kind = decode_frame_read(&frame, segment);
    if (kind == DECODE_TCP && segment->data.len > 0) {
        assert_true(segment->data.ptr >= copy &&
                    segment->data.ptr + segment->data.len <= copy + m->len);
    }
    free(copy);
    return kind;
}

/* Every link type, cut at every place: never more than there is. */
static void links_and_cuts(void **state)
{
    (void)state;
    static const struct {
        uint16_t link;
        hf_span head;
    } CASES[] = {
        {DECODE_LINK_ETHERNET, {(const uint8_t *)"ddddddssssss\x08\0", 14}},
        {DECODE_LINK_ETHERNET, {(const uint8_t *)"ddddddssssss\x88\xa8\0\1\x81\0\0\2\x08\0", 22}},
        {DECODE_LINK_ETHERNET, {(const uint8_t *)"ddddddssssss\x88\x64\x11\0\0\1\0\x99\0\x21", 22}},
        {DECODE_LINK_RAW, {(const uint8_t *)"", 0}},
        {DECODE_LINK_IPV4, {(const uint8_t *)"", 0}},
        {DECODE_LINK_NULL, {(const uint8_t *)"\2\0\0\0", 4}},
        {DECODE_LINK_LOOP, {(const uint8_t *)"\0\0\0\2", 4}},
        {DECODE_LINK_SLL, {(const uint8_t *)"\0\0\0\1\0\6ssssss\0\0\x08\0", 16}},
        {DECODE_LINK_SLL2, {(const uint8_t *)"\x08\0\0\0\0\0\0\1\0\1\0\6ssssss\0\0", 20}},
        {DECODE_LINK_PPP, {(const uint8_t *)"\xff\3\0\x21", 4}},
        {DECODE_LINK_PPP, {(const uint8_t *)"\x21", 1}},
        {DECODE_LINK_WIFI,
         {(const uint8_t *)"\x08\1\0\0aaaaaabbbbbbcccccc\0\0\xaa\xaa\3\0\0\0\x08\0", 32}},
        {DECODE_LINK_WIFI,
         {(const uint8_t *)"\x88\3\0\0aaaaaabbbbbbcccccc\0\0dddddd\0\0\xaa\xaa\3\0\0\0\x08\0", 40}},
        {DECODE_LINK_RADIOTAP,
         {(const uint8_t *)"\0\0\x0a\0flagsx\x08\1\0\0aaaaaabbbbbbcccccc\0\0\xaa\xaa\3\0\0\0\x08\0",
          42}},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        static made m;
        decode_segment segment;
        m = (made){.big = true};
        put_bytes(&m, CASES[i].head.ptr, CASES[i].head.len);
        (void)ip_packet(&m, 0, DECODE_ACK, 7, 9, BYTES("payload"));
        assert_int_equal(read_frame(CASES[i].link, &m, &segment), DECODE_TCP);
        assert_int_equal(segment.from.port, 1000);
        assert_int_equal(segment.to.port, 8883);
        assert_int_equal(segment.sequence, 7);
        assert_int_equal(segment.acknowledged, 9);
        assert_int_equal(segment.data.len, 7);
        size_t whole = m.len;
        for (size_t len = 0; len < whole; len++) {
            m.len = len;
            decode_kind kind = read_frame(CASES[i].link, &m, &segment);
            bool headers = len >= whole - 7;
            assert_true(headers ? kind == DECODE_TCP : kind == DECODE_SHORT);
            assert_true(!headers || segment.total == 7);
            assert_true(!headers || segment.data.len == 7 - (whole - len));
        }
    }
}

/* Padding of short frames is no data; what a packet does not say is taken from the frame. */
static void lengths_of_packets(void **state)
{
    (void)state;
    static made m;
    decode_segment segment;
    m = (made){.big = true};
    (void)ip_packet(&m, 0, DECODE_ACK, 7, 9, BYTES(""));
    put_bytes(&m, "\0\0\0\0\0\0", 6);
    assert_int_equal(read_frame(DECODE_LINK_RAW, &m, &segment), DECODE_TCP);
    assert_int_equal(segment.data.len, 0);
    m.bytes[2] = m.bytes[3] = 0; /* as the kernel hands large packets to a capture */
    assert_int_equal(read_frame(DECODE_LINK_RAW, &m, &segment), DECODE_TCP);
    assert_int_equal(segment.data.len, 6);
    m.bytes[3] = 19;
    assert_int_equal(read_frame(DECODE_LINK_RAW, &m, &segment), DECODE_SHORT);
    m.bytes[3] = 39;
    assert_int_equal(read_frame(DECODE_LINK_RAW, &m, &segment), DECODE_SHORT);
    m.bytes[3] = 40;
    m.bytes[0] = 0x44;
    assert_int_equal(read_frame(DECODE_LINK_RAW, &m, &segment), DECODE_SHORT);
    m.bytes[0] = 0x45;
    m.bytes[32] = 0x40; /* TCP's header is shorter than it can be */
    assert_int_equal(read_frame(DECODE_LINK_RAW, &m, &segment), DECODE_SHORT);
}

static void what_is_not_tcp(void **state)
{
    (void)state;
    static made m;
    decode_segment segment;
    m = (made){.big = true};
    (void)ip_packet(&m, 0, DECODE_ACK, 7, 9, BYTES("abc"));
    assert_int_equal(read_frame(147, &m, &segment), DECODE_NO_LINK);
    m.bytes[9] = 17;
    assert_int_equal(read_frame(DECODE_LINK_RAW, &m, &segment), DECODE_OTHER);
    m.bytes[9] = 6;
    m.bytes[6] = 0x20; /* more fragments */
    assert_int_equal(read_frame(DECODE_LINK_RAW, &m, &segment), DECODE_FRAGMENT);
    m.bytes[6] = 0x40;
    m.bytes[7] = 1; /* not the first one */
    assert_int_equal(read_frame(DECODE_LINK_RAW, &m, &segment), DECODE_FRAGMENT);
    m.bytes[0] = 0x55;
    assert_int_equal(read_frame(DECODE_LINK_RAW, &m, &segment), DECODE_OTHER);
    m = (made){.big = true};
    put_bytes(&m, "ddddddssssss\x08\6 an ARP packet", 28);
    assert_int_equal(read_frame(DECODE_LINK_ETHERNET, &m, &segment), DECODE_OTHER);
    m = (made){.big = true};
    put_bytes(&m, "\x08\x41 encrypted by Wi-Fi, all of it", 32);
    assert_int_equal(read_frame(DECODE_LINK_WIFI, &m, &segment), DECODE_ENCRYPTED);
    m.bytes[0] = 0x80;
    assert_int_equal(read_frame(DECODE_LINK_WIFI, &m, &segment), DECODE_OTHER);
}

/* ---- key logs */

#define RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HASH   "202122232425262728292a2b2c2d2e2f303132333435363738393A3B3C3D3E3F"

static void key_logs(void **state)
{
    (void)state;
    uint8_t random[32];
    for (uint8_t i = 0; i < 32; i++) {
        random[i] = i;
    }
    decode_secrets secrets = {.list = NULL};
    assert_true(decode_secrets_add(
        &secrets, BYTES("# a comment\n\nRSA 0011 22\n"
                        "CLIENT_RANDOM " RANDOM " " RANDOM "00112233445566778899aabbccddeeff\r\n"
                        "SERVER_TRAFFIC_SECRET_0\t" RANDOM "  " HASH " \n"
                        "EXPORTER_SECRET " RANDOM " " HASH)));
    assert_int_equal(secrets.count, 2);
    assert_int_equal(secrets.bad, 0);
    const decode_secret *secret = decode_secrets_find(&secrets, DECODE_LABEL_MASTER, random);
    assert_non_null(secret);
    assert_int_equal(secret->len, 48);
    assert_int_equal(secret->bytes[47], 0xff);
    secret = decode_secrets_find(&secrets, DECODE_LABEL_SERVER_APPLICATION, random);
    assert_non_null(secret);
    assert_int_equal(secret->len, 32);
    assert_int_equal(secret->bytes[31], 0x3f);
    assert_null(decode_secrets_find(&secrets, DECODE_LABEL_EARLY, random));
    random[0] = 9;
    assert_null(decode_secrets_find(&secrets, DECODE_LABEL_MASTER, random));
    decode_secrets_release(&secrets);
}

static void key_logs_with_wrong_lines(void **state)
{
    (void)state;
    static const char *const LINES[] = {
        "CLIENT_RANDOM",
        "CLIENT_RANDOM " RANDOM,
        "CLIENT_RANDOM " RANDOM " " HASH, /* 32 bytes are no master secret */
        "CLIENT_TRAFFIC_SECRET_0 " RANDOM "00 " HASH,
        "CLIENT_TRAFFIC_SECRET_0 0" RANDOM " " HASH,
        "CLIENT_TRAFFIC_SECRET_0 " RANDOM " " HASH "0",
        "CLIENT_TRAFFIC_SECRET_0 " RANDOM " " HASH "00",
        "CLIENT_TRAFFIC_SECRET_0 " RANDOM " " HASH HASH,
        "CLIENT_TRAFFIC_SECRET_0 " RANDOM " " HASH " more",
        "CLIENT_TRAFFIC_SECRET_0 " RANDOM " x" HASH,
    };
    decode_secrets secrets = {.list = NULL};
    size_t count = sizeof LINES / sizeof LINES[0];
    for (size_t i = 0; i < count; i++) {
        assert_true(
            decode_secrets_add(&secrets, (hf_span){(const uint8_t *)LINES[i], strlen(LINES[i])}));
        assert_int_equal(secrets.bad, i + 1);
    }
    assert_int_equal(secrets.count, 0);
    decode_secrets_release(&secrets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_and_cuts),
        cmocka_unit_test(lengths_of_packets),
        cmocka_unit_test(what_is_not_tcp),
        cmocka_unit_test(key_logs),
        cmocka_unit_test(key_logs_with_wrong_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
