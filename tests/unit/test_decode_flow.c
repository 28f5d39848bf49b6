/* handfast decode: TCP reassembly, records out of a stream with holes, MQTT packets. */
#include "unit/decode_rig.h"

static made packets;
static decode_flows flows;
static uint32_t number;

static void begin(void)
{
    decode_flows_release(&flows);
    packets = (made){.big = true};
    number = 0;
}

static void add(unsigned side, uint8_t flags, uint32_t sequence, uint32_t acknowledged,
                const char *data)
{
    decode_segment segment;
    number++;
    decode_frame frame = {.link = DECODE_LINK_RAW, .number = number, .time = 1000 * number};
    frame.bytes = ip_packet(&packets, side, flags, sequence, acknowledged,
                            (hf_span){(const uint8_t *)data, strlen(data)});
    frame.wire = (uint32_t)frame.bytes.len;
    assert_int_equal(decode_frame_read(&frame, &segment), DECODE_TCP);
    assert_int_equal(decode_flows_add(&flows, &frame, &segment), DECODE_ADDED);
}

/* The bytes of one direction, with "[n]" for a gap of n bytes. */
static void assert_stream(size_t flow, unsigned side, const char *want)
{
    char text[512] = "";
    const decode_half *half = &flows.list[flow].halves[side];
    uint32_t order = 0;
    int64_t time = 0;
    size_t len = 0;
    for (size_t i = 0; i < half->chunks_count; i++) {
        const decode_chunk *chunk = &half->chunks[i];
        assert_true(chunk->order >= order && chunk->time >= time && chunk->bytes.len > 0);
        order = chunk->order;
        time = chunk->time;
        if (chunk->lost > 0) {
            len += (size_t)snprintf(text + len, sizeof text - len, "[%u]", (unsigned)chunk->lost);
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s", (int)chunk->bytes.len,
                                (const char *)chunk->bytes.ptr);
    }
    assert_string_equal(text, want);
}

static void in_order_across_the_wrap(void **state)
{
    (void)state;
    begin();
    add(0, DECODE_SYN, 0xfffffffc, 0, "");
    add(1, DECODE_SYN | DECODE_ACK, 99, 0xfffffffd, "");
    add(0, DECODE_ACK, 0xfffffffd, 100, "abcdef");
    add(1, DECODE_ACK, 100, 3, "xyz");
    add(0, DECODE_ACK | DECODE_FIN, 3, 103, "gh");
    add(1, DECODE_ACK | DECODE_FIN, 103, 6, "");
    assert_true(decode_flows_order(&flows));
    assert_int_equal(flows.count, 1);
    assert_stream(0, 0, "abcdefgh");
    assert_stream(0, 1, "xyz");
    for (unsigned side = 0; side < 2; side++) {
        assert_int_equal(flows.list[0].halves[side].lost, 0);
        assert_true(flows.list[0].halves[side].fin);
    }
    assert_int_equal(flows.list[0].ends[0].port, 1000);
}

static void disorder_and_repetition(void **state)
{
    (void)state;
    begin();
    add(0, DECODE_SYN, 0, 0, "");
    add(0, DECODE_ACK, 4, 0, "def");
    add(0, DECODE_ACK, 1, 0, "abc");
    add(0, DECODE_ACK, 1, 0, "abc");    /* once more */
    add(0, DECODE_ACK, 3, 0, "cdefgh"); /* more than before */
    add(0, DECODE_ACK, 0, 0, "?");      /* a keep-alive */
    add(0, DECODE_ACK, 11, 0, "kl");
    add(0, DECODE_ACK, 8, 0, "hij");
    add(0, DECODE_SYN, 0, 0, ""); /* the SYN again: no new connection */
    assert_true(decode_flows_order(&flows));
    assert_int_equal(flows.count, 1);
    assert_stream(0, 0, "abcdefghijkl");
    assert_true(flows.list[0].resent >= 2);
    assert_int_equal(flows.list[0].halves[0].lost, 0);
}

static void holes(void **state)
{
    (void)state;
    begin();
    add(0, DECODE_SYN, 0, 0, "");
    add(0, DECODE_ACK, 3, 0, "cd"); /* the first two are missing */
    add(0, DECODE_ACK, 9, 0, "ij");
    add(1, DECODE_ACK, 50, 21, ""); /* and the last ten, which the other side has */
    assert_true(decode_flows_order(&flows));
    assert_stream(0, 0, "[2]cd[4]ij");
    assert_int_equal(flows.list[0].halves[0].lost, 16);
    assert_int_equal(flows.list[0].halves[0].lost_at_end, 10);
    begin(); /* nothing of what was acknowledged is there */
    add(0, DECODE_SYN, 0, 0, "");
    add(1, DECODE_ACK, 50, 21, "");
    assert_true(decode_flows_order(&flows));
    assert_int_equal(flows.list[0].halves[0].lost_at_end, 20);
    begin(); /* a segment from nowhere is left out */
    add(0, DECODE_SYN, 0, 0, "");
    add(0, DECODE_ACK, 1, 0, "ab");
    add(0, DECODE_ACK, 0x7fffffff, 0, "far");
    assert_true(decode_flows_order(&flows));
    assert_stream(0, 0, "ab");
}

static void without_the_beginning(void **state)
{
    (void)state;
    begin();
    add(1, DECODE_ACK, 500, 100, "two");
    add(1, DECODE_ACK, 497, 100, "one"); /* older than what came first */
    add(0, DECODE_ACK, 100, 503, "three");
    assert_true(decode_flows_order(&flows));
    assert_stream(0, 0, "onetwo");
    assert_stream(0, 1, "three");
    assert_int_equal(flows.list[0].ends[0].port, 8883); /* nobody is known to have opened it */
    begin();
    add(1, DECODE_ACK, 500, 100, "late");
    add(0, DECODE_SYN, 7, 0, ""); /* the ports are used again */
    add(1, DECODE_SYN | DECODE_ACK, 77, 8, "");
    add(0, DECODE_ACK, 8, 78, "anew");
    assert_true(decode_flows_order(&flows));
    assert_int_equal(flows.count, 2);
    assert_stream(1, 0, "anew");
    assert_int_equal(flows.list[1].ends[0].port, 1000);
    begin(); /* the SYN was missed, the answer to it was not */
    add(1, DECODE_SYN | DECODE_ACK, 77, 8, "");
    add(0, DECODE_ACK, 8, 78, "ab");
    assert_true(decode_flows_order(&flows));
    assert_stream(0, 0, "ab");
    assert_int_equal(flows.list[0].ends[0].port, 1000);
}

/* Segments of any order and cut give the same stream. */
static void any_order(void **state)
{
    (void)state;
    static const char WHOLE[] = "abcdefghijklmnopqrstuvwxyz";
    uint32_t seed = 1;
    for (unsigned round = 0; round < 500; round++) {
        begin();
        add(0, DECODE_SYN, 1000, 0, "");
        for (unsigned i = 0; i < 60; i++) {
            char piece[8];
            seed = seed * 1103515245u + 12345u;
            size_t at = (seed >> 16) % 26;
            size_t len = 1 + (seed >> 8) % 5;
            (void)snprintf(piece, sizeof piece, "%.*s", (int)len, WHOLE + at);
            add(0, DECODE_ACK, 1001 + (uint32_t)at, 0, piece);
        }
        for (unsigned i = 26; i > 0; i--) {
            const char letter[2] = {WHOLE[i - 1], 0};
            add(0, DECODE_ACK, 1000 + i, 0, letter);
        }
        assert_true(decode_flows_order(&flows));
        assert_stream(0, 0, WHOLE);
    }
}

static void too_many_connections(void **state)
{
    (void)state;
    static const decode_frame FRAME = {.link = DECODE_LINK_RAW, .number = 1};
    begin();
    decode_segment segment = {.from = {.family = 4, .port = 1}, .to = {.family = 4, .port = 2}};
    for (uint32_t i = 0; i <= DECODE_FLOWS_MAX; i++) {
        segment.from.address[0] = (uint8_t)i;
        segment.from.address[1] = (uint8_t)(i >> 8);
        segment.from.address[2] = (uint8_t)(i >> 16);
        assert_int_equal(decode_flows_add(&flows, &FRAME, &segment),
                         i < DECODE_FLOWS_MAX ? DECODE_ADDED : DECODE_TOO_MANY);
    }
    segment.from.address[0] = segment.from.address[1] = segment.from.address[2] = 0;
    assert_int_equal(decode_flows_add(&flows, &FRAME, &segment), DECODE_ADDED); /* known */
    assert_int_equal(flows.count, DECODE_FLOWS_MAX);
}

/* ---- records */

static decode_stream stream;

static void half_of(decode_half *half, decode_chunk *chunks, size_t count)
{
    *half = (decode_half){.chunks = chunks, .chunks_count = count, .syn = true};
    decode_stream_begin(&stream, half);
}

static void assert_record(const char *want, size_t len, uint64_t lost)
{
    assert_int_equal(decode_stream_peek(&stream), DECODE_RECORD);
    assert_int_equal(decode_stream_peek(&stream), DECODE_RECORD); /* the same one */
    assert_int_equal(stream.record.len, len);
    assert_memory_equal(stream.record.bytes, want, len);
    assert_int_equal(stream.record.lost, lost);
    decode_stream_take(&stream);
}

#define ONE   "\x16\3\1\0\3abc"
#define TWO   "\x17\3\3\0\2de"
#define THREE "\x15\3\3\0\2\1\0"

/* One byte at a time, and all at once. */
static void records(void **state)
{
    (void)state;
    static const char ALL[] = ONE TWO THREE;
    decode_chunk chunks[sizeof ALL];
    decode_half half;
    for (size_t step = 1; step < sizeof ALL; step++) {
        size_t count = 0;
        for (size_t at = 0; at < sizeof ALL - 1; at += step) {
            size_t left = sizeof ALL - 1 - at;
            chunks[count] =
                (decode_chunk){.bytes = {(const uint8_t *)ALL + at, left < step ? left : step},
                               .order = (uint32_t)count,
                               .time = (int64_t)count};
            count++;
        }
        half_of(&half, chunks, count);
        assert_record(ONE, 8, 0);
        assert_int_equal(stream.record.order, 7 / step); /* that of its last byte */
        assert_record(TWO, 7, 0);
        assert_record(THREE, 7, 0);
        assert_int_equal(decode_stream_peek(&stream), DECODE_STREAM_END);
    }
}

static void ends_of_streams(void **state)
{
    (void)state;
    decode_half half;
    decode_chunk chunk = {.bytes = BYTES(ONE "\x17\3\3\0\2d")};
    half_of(&half, &chunk, 1);
    assert_record(ONE, 8, 0);
    assert_int_equal(decode_stream_peek(&stream), DECODE_STREAM_CUT);
    chunk.bytes = BYTES(ONE "\x17\3");
    half_of(&half, &chunk, 1);
    assert_record(ONE, 8, 0);
    assert_int_equal(decode_stream_peek(&stream), DECODE_STREAM_CUT);
    static const char *const WRONG[] = {"\x13\3\3\0\2de", "\x17\2\3\0\2de",   "\x17\3\5\0\2de",
                                        "\x17\3\3\0\0de", "\x17\3\3\x48\1de", "GET / "};
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        chunk.bytes = (hf_span){(const uint8_t *)WRONG[i], 6};
        half_of(&half, &chunk, 1);
        assert_int_equal(decode_stream_peek(&stream), DECODE_STREAM_LOST);
    }
    half_of(&half, NULL, 0);
    assert_int_equal(decode_stream_peek(&stream), DECODE_STREAM_END);
}

/* Behind a gap the next record is found, also where a byte looks like the beginning of one. */
static void records_behind_gaps(void **state)
{
    (void)state;
    decode_half half;
    decode_chunk chunks[3] = {
        {.bytes = BYTES(ONE "\x17\3\3\0\x20 begin")},
        {.bytes = BYTES("\x17\3\3\0\1 rest " TWO THREE), .lost = 100},
        {.bytes = BYTES(ONE), .lost = 7},
    };
    half_of(&half, chunks, 3);
    assert_record(ONE, 8, 0);
    assert_record(TWO, 7, 11 + 100 + 11);
    assert_record(THREE, 7, 0);
    assert_record(ONE, 8, 7);
    assert_int_equal(decode_stream_peek(&stream), DECODE_STREAM_END);
    chunks[1].bytes = BYTES("nothing that looks like a record");
    half_of(&half, chunks, 2);
    assert_record(ONE, 8, 0);
    assert_int_equal(decode_stream_peek(&stream), DECODE_STREAM_END);
    chunks[0].bytes = BYTES("lost from the first byte on" TWO);
    chunks[0].lost = 5;
    half_of(&half, chunks, 1);
    assert_record(TWO, 7, 5 + 27);
}

/* The longest record that there may be, many of them: the buffer comes round. */
static void long_records(void **state)
{
    (void)state;
    static uint8_t bytes[DECODE_RECORD_MAX];
    decode_chunk chunks[40];
    decode_half half;
    memcpy(bytes, "\x17\3\3\x48\0", 5);
    for (size_t i = 0; i < 40; i++) {
        chunks[i] = (decode_chunk){.bytes = {bytes, sizeof bytes}, .order = (uint32_t)i};
    }
    half_of(&half, chunks, 40);
    for (size_t i = 0; i < 40; i++) {
        assert_record((const char *)bytes, sizeof bytes, 0);
    }
    assert_int_equal(decode_stream_peek(&stream), DECODE_STREAM_END);
}

/* ---- MQTT */

static void mqtt_packets(void **state)
{
    (void)state;
    static const char ALL[] = "\x10\x11\0\4MQTT\4\2\0\x3c\0\5thing"
                              "\x10\x14\0\4MQTT\4\xc2\0\x3c\0\1t\0\1u\0\2pw"
                              "\x30\5\0\1tab"
                              "\xc0\0";
    static const struct {
        uint8_t first;
        uint32_t size;
        size_t body;
    } WANT[] = {{0x10, 19, 17}, {0x10, 22, 0}, {0x30, 7, 0}, {0xc0, 2, 0}};
    assert_true(decode_is_mqtt(BYTES(ALL)));
    assert_false(decode_is_mqtt(BYTES("\x10\x11\0\4MQTX\4")));
    assert_true(decode_is_mqtt(BYTES("\x10\x80\1\0\6MQIsdp\3")));
    for (size_t step = 1; step < sizeof ALL; step++) {
        static decode_mqtt mqtt;
        decode_packet packet;
        size_t found = 0;
        memset(&mqtt, 0, sizeof mqtt);
        for (size_t at = 0; at < sizeof ALL - 1; at += step) {
            size_t left = sizeof ALL - 1 - at;
            hf_span data = {(const uint8_t *)ALL + at, left < step ? left : step};
            while (decode_mqtt_next(&mqtt, &data, &packet)) {
                assert_true(found < 4);
                assert_int_equal(packet.first, WANT[found].first);
                assert_int_equal(packet.size, WANT[found].size);
                assert_int_equal(packet.body.len, WANT[found].body); /* no password, no payload */
                found++;
            }
        }
        assert_int_equal(found, 4);
    }
}

static void mqtt_lengths(void **state)
{
    (void)state;
    static decode_mqtt mqtt;
    decode_packet packet;
    memset(&mqtt, 0, sizeof mqtt);
    hf_span data = BYTES("\x20\xff\xff\xff\xff\1 more");
    assert_false(decode_mqtt_next(&mqtt, &data, &packet));
    assert_true(mqtt.lost);
    memset(&mqtt, 0, sizeof mqtt);
    data = BYTES("\x30\x81\x20"); /* 4097 bytes: more than is kept */
    assert_false(decode_mqtt_next(&mqtt, &data, &packet));
    static const uint8_t MANY[4097];
    data = (hf_span){MANY, sizeof MANY};
    assert_true(decode_mqtt_next(&mqtt, &data, &packet));
    assert_int_equal(packet.size, 4100);
    assert_int_equal(packet.body.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order_across_the_wrap),
        cmocka_unit_test(disorder_and_repetition),
        cmocka_unit_test(holes),
        cmocka_unit_test(without_the_beginning),
        cmocka_unit_test(any_order),
        cmocka_unit_test(too_many_connections),
        cmocka_unit_test(records),
        cmocka_unit_test(ends_of_streams),
        cmocka_unit_test(records_behind_gaps),
        cmocka_unit_test(long_records),
        cmocka_unit_test(mqtt_packets),
        cmocka_unit_test(mqtt_lengths),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    decode_flows_release(&flows);
    return failed;
}
