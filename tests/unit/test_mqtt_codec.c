/* MQTT codec: malformed packets with the exact place, remaining lengths, mutations. */
#include "mqtt/packet.h"
#include "unit/cmocka_all.h"

#include <string.h>

/* Parses a whole packet with the parser of its type; *offset is where the reader stands. */
static hf_code parse(const uint8_t *bytes, size_t len, size_t *offset)
{
    hf_reader r = hf_read_from(bytes, len);
    hf_mqtt_header header;
    hf_code code = hf_mqtt_parse_header(&r, &header);
    *offset = hf_read_offset(&r);
    if (code != HF_OK) {
        return code;
    }
    assert_int_equal(*offset, header.size);
    if (hf_read_left(&r) != header.length) {
        return HF_PENDING;
    }
    hf_mqtt_packet_connect connect;
    hf_mqtt_packet_connack connack;
    hf_mqtt_packet_publish publish;
    hf_mqtt_packet_filters filters;
    hf_mqtt_packet_suback suback;
    uint16_t id;
    switch (header.type) {
    case HF_MQTT_CONNECT:
        code = hf_mqtt_parse_connect(&r, &connect);
        break;
    case HF_MQTT_CONNACK:
        code = hf_mqtt_parse_connack(&r, &connack);
        break;
    case HF_MQTT_PUBLISH:
        code = hf_mqtt_parse_publish(&r, header.flags, &publish);
        break;
    case HF_MQTT_SUBSCRIBE:
        code = hf_mqtt_parse_subscribe(&r, &filters);
        break;
    case HF_MQTT_UNSUBSCRIBE:
        code = hf_mqtt_parse_unsubscribe(&r, &filters);
        break;
    case HF_MQTT_SUBACK:
        code = hf_mqtt_parse_suback(&r, &suback);
        break;
    case HF_MQTT_PINGREQ:
    case HF_MQTT_PINGRESP:
    case HF_MQTT_DISCONNECT:
        code = hf_mqtt_read_end(&r);
        break;
    default:
        code = hf_mqtt_parse_id(&r, &id);
    }
    *offset = hf_read_offset(&r);
    return code;
}

#define P(text)       text, sizeof(text) - 1
#define CONNECT_START "\x00\x04MQTT\x04"

static const struct {
    const char *why;
    const char *bytes;
    size_t len;
    hf_code code;
    size_t offset;
} PACKETS[] = {
    /* fixed header (2.2) */
    {"type 0", P("\x00\x00"), HF_E_MQTT_MALFORMED, 0},
    {"type 15", P("\xf0\x00"), HF_E_MQTT_MALFORMED, 0},
    {"CONNECT flags", P("\x11\x00"), HF_E_MQTT_MALFORMED, 0},
    {"CONNACK flags, found in one byte", P("\x28"), HF_E_MQTT_MALFORMED, 0},
    {"PUBREL flags 0", P("\x60\x02\x00\x01"), HF_E_MQTT_MALFORMED, 0},
    {"SUBSCRIBE flags 0", P("\x80\x06"), HF_E_MQTT_MALFORMED, 0},
    {"UNSUBSCRIBE flags 3", P("\xa3\x05"), HF_E_MQTT_MALFORMED, 0},
    {"PINGREQ flags", P("\xc1\x00"), HF_E_MQTT_MALFORMED, 0},
    {"PUBLISH QoS 3", P("\x36\x05"), HF_E_MQTT_MALFORMED, 0},
    {"PUBLISH DUP with QoS 0", P("\x38\x05"), HF_E_MQTT_MALFORMED, 0},
    {"length of five bytes", P("\x30\xff\xff\xff\xff\x01"), HF_E_MQTT_MALFORMED, 4},
    {"length unfinished", P("\x30\xff\xff\xff"), HF_PENDING, 4},
    {"nothing", P(""), HF_PENDING, 0},
    {"CONNACK of 3", P("\x20\x03"), HF_E_MQTT_MALFORMED, 1},
    {"PUBACK of 1", P("\x40\x01"), HF_E_MQTT_MALFORMED, 1},
    {"PINGRESP of 1", P("\xd0\x01"), HF_E_MQTT_MALFORMED, 1},
    {"DISCONNECT of 128", P("\xe0\x80\x01"), HF_E_MQTT_MALFORMED, 1},
    {"SUBACK without codes", P("\x90\x02"), HF_E_MQTT_MALFORMED, 1},
    {"length longer than necessary", P("\x20\x82\x80\x00\x00\x00"), HF_OK, 6},
    {"PINGRESP", P("\xd0\x00"), HF_OK, 2},
    /* CONNECT (3.1) */
    {"good", P("\x10\x0c" CONNECT_START "\x02\x00\x3c\x00\x00"), HF_OK, 14},
    {"protocol name", P("\x10\x0c\x00\x04mqtt\x04\x02\x00\x3c\x00\x00"), HF_E_MQTT_MALFORMED, 2},
    {"protocol name too long", P("\x10\x0c\x00\x07MQTTMQT\x04\x02\x00"), HF_E_MQTT_MALFORMED, 2},
    {"level 5", P("\x10\x0c\x00\x04MQTT\x05\x02\x00\x3c\x00\x00"), HF_E_MQTT_REFUSED_VERSION, 9},
    {"MQTT 3.1", P("\x10\x0e\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x00"), HF_E_MQTT_REFUSED_VERSION,
     11},
    {"reserved flag", P("\x10\x0c" CONNECT_START "\x03\x00\x3c\x00\x00"), HF_E_MQTT_MALFORMED, 9},
    {"will QoS without will", P("\x10\x0c" CONNECT_START "\x0a\x00\x3c\x00\x00"),
     HF_E_MQTT_MALFORMED, 9},
    {"will retain without will", P("\x10\x0c" CONNECT_START "\x22\x00\x3c\x00\x00"),
     HF_E_MQTT_MALFORMED, 9},
    {"will QoS 3", P("\x10\x11" CONNECT_START "\x1e\x00\x3c\x00\x00\x00\x01w\x00\x00"),
     HF_E_MQTT_MALFORMED, 9},
    {"password without user", P("\x10\x0f" CONNECT_START "\x42\x00\x3c\x00\x00\x00\x01p"),
     HF_E_MQTT_MALFORMED, 9},
    {"client id too long", P("\x10\x0c" CONNECT_START "\x02\x00\x3c\x00\x01"), HF_E_MQTT_MALFORMED,
     12},
    {"client id not UTF-8", P("\x10\x0d" CONNECT_START "\x02\x00\x3c\x00\x01\xff"),
     HF_E_MQTT_MALFORMED, 12},
    {"will topic with wildcard",
     P("\x10\x11" CONNECT_START "\x06\x00\x3c\x00\x00\x00\x01#\x00\x00"), HF_E_MQTT_MALFORMED, 14},
    {"user name missing", P("\x10\x0c" CONNECT_START "\x82\x00\x3c\x00\x00"), HF_E_MQTT_MALFORMED,
     14},
    {"trailing byte", P("\x10\x0d" CONNECT_START "\x02\x00\x3c\x00\x00\x00"), HF_E_MQTT_MALFORMED,
     14},
    {"empty client id, clean session 0", P("\x10\x0c" CONNECT_START "\x00\x00\x3c\x00\x00"), HF_OK,
     14},
    /* CONNACK (3.2) */
    {"reserved flags", P("\x20\x02\x02\x00"), HF_E_MQTT_MALFORMED, 2},
    {"session with a refusal", P("\x20\x02\x01\x05"), HF_E_MQTT_MALFORMED, 2},
    {"unknown code parses", P("\x20\x02\x00\x07"), HF_OK, 4},
    /* PUBLISH (3.3) */
    {"empty topic", P("\x30\x03\x00\x00x"), HF_E_MQTT_MALFORMED, 2},
    {"wildcard +", P("\x30\x05\x00\x03x/+"), HF_E_MQTT_MALFORMED, 2},
    {"wildcard #", P("\x30\x03\x00\x01#"), HF_E_MQTT_MALFORMED, 2},
    {"topic with U+0000", P("\x30\x05\x00\x03x\x00y"), HF_E_MQTT_MALFORMED, 2},
    {"topic with a surrogate", P("\x30\x05\x00\x03\xed\xa0\x80"), HF_E_MQTT_MALFORMED, 2},
    {"topic longer than packet", P("\x30\x03\x00\x02x"), HF_E_MQTT_MALFORMED, 2},
    {"packet id 0", P("\x32\x05\x00\x01x\x00\x00"), HF_E_MQTT_MALFORMED, 5},
    {"packet id missing", P("\x32\x04\x00\x01x\x00"), HF_E_MQTT_MALFORMED, 5},
    {"no payload", P("\x32\x05\x00\x01x\x00\x07"), HF_OK, 7},
    /* PUBACK and kin */
    {"PUBACK id 0", P("\x40\x02\x00\x00"), HF_E_MQTT_MALFORMED, 2},
    {"PUBREL", P("\x62\x02\x00\x01"), HF_OK, 4},
    {"UNSUBACK id 0", P("\xb0\x02\x00\x00"), HF_E_MQTT_MALFORMED, 2},
    /* SUBSCRIBE, UNSUBSCRIBE (3.8, 3.10) */
    {"id 0", P("\x82\x06\x00\x00\x00\x01x\x00"), HF_E_MQTT_MALFORMED, 2},
    {"no filter", P("\x82\x02\x00\x01"), HF_E_MQTT_MALFORMED, 1},
    {"empty filter", P("\x82\x06\x00\x01\x00\x00\x00\x00"), HF_E_MQTT_MALFORMED, 4},
    {"QoS 3", P("\x82\x06\x00\x01\x00\x01x\x03"), HF_E_MQTT_MALFORMED, 7},
    {"reserved QoS bits", P("\x82\x06\x00\x01\x00\x01x\x81"), HF_E_MQTT_MALFORMED, 7},
    {"second filter cut", P("\x82\x08\x00\x01\x00\x01x\x01\x00\x01"), HF_E_MQTT_MALFORMED, 8},
    {"second filter bad", P("\x82\x0b\x00\x01\x00\x01x\x01\x00\x02#x\x01"), HF_E_MQTT_MALFORMED, 8},
    {"QoS missing", P("\x82\x06\x00\x01\x00\x02xy"), HF_E_MQTT_MALFORMED, 8},
    {"unsubscribe bad filter", P("\xa2\x06\x00\x01\x00\x02x+"), HF_E_MQTT_MALFORMED, 4},
    {"unsubscribe good", P("\xa2\x05\x00\x01\x00\x01+"), HF_OK, 7},
    /* SUBACK (3.9) */
    {"code 3", P("\x90\x03\x00\x01\x03"), HF_E_MQTT_MALFORMED, 4},
    {"code 0x81", P("\x90\x04\x00\x01\x00\x81"), HF_E_MQTT_MALFORMED, 5},
    {"id 0", P("\x90\x03\x00\x00\x00"), HF_E_MQTT_MALFORMED, 2},
    {"good", P("\x90\x06\x00\x01\x00\x01\x02\x80"), HF_OK, 8},
};

static void malformed_packets_are_named_with_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PACKETS / sizeof PACKETS[0]; i++) {
        size_t offset = 0;
        hf_code code = parse((const uint8_t *)PACKETS[i].bytes, PACKETS[i].len, &offset);
        if (code != PACKETS[i].code || offset != PACKETS[i].offset) {
            print_error("%zu %s: %s at %zu\n", i, PACKETS[i].why, hf_error_name(code), offset);
        }
        assert_int_equal(code, PACKETS[i].code);
        assert_int_equal(offset, PACKETS[i].offset);
    }
}

/* Every good packet with bytes missing, and with one too many, is refused. */
static void truncation_and_surplus_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PACKETS / sizeof PACKETS[0]; i++) {
        bool publish = (uint8_t)PACKETS[i].bytes[0] >> 4 == HF_MQTT_PUBLISH;
        if (PACKETS[i].code != HF_OK || publish || (PACKETS[i].bytes[1] & 0x80) != 0) {
            continue;
        }
        uint8_t bytes[64] = {0};
        memcpy(bytes, PACKETS[i].bytes, PACKETS[i].len);
        bytes[PACKETS[i].len] = 0x7f; /* no filter, no code, no string begins like this */
        for (size_t len = 2; len <= PACKETS[i].len + 1; len++) {
            size_t offset;
            bytes[1] = (uint8_t)(len - 2);
            bool good = len == PACKETS[i].len;
            bool suback = bytes[0] >> 4 == HF_MQTT_SUBACK && len > 4 && len < PACKETS[i].len;
            assert_int_equal(parse(bytes, len, &offset),
                             good || suback ? HF_OK : HF_E_MQTT_MALFORMED);
        }
    }
}

static void remaining_length_at_its_borders(void **state)
{
    (void)state;
    static const struct {
        size_t length;
        const char *bytes;
        size_t len;
    } cases[] = {
        {127, P("\x30\x7f")},
        {128, P("\x30\x80\x01")},
        {16383, P("\x30\xff\x7f")},
        {16384, P("\x30\x80\x80\x01")},
        {2097151, P("\x30\xff\xff\x7f")},
        {2097152, P("\x30\x80\x80\x80\x01")},
        {268435455, P("\x30\xff\xff\xff\x7f")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[8];
        hf_writer w = hf_write_to(out, sizeof out);
        hf_mqtt_write_header(&w, HF_MQTT_PUBLISH, 0, cases[i].length);
        assert_false(w.bad);
        assert_int_equal(w.len, cases[i].len);
        assert_memory_equal(out, cases[i].bytes, w.len);
        hf_reader r = hf_read_from(out, w.len);
        hf_mqtt_header header;
        assert_int_equal(hf_mqtt_parse_header(&r, &header), HF_OK);
        assert_int_equal(header.length, cases[i].length);
        assert_int_equal(header.size, cases[i].len);
    }
    uint8_t out[8];
    hf_writer w = hf_write_to(out, sizeof out);
    hf_mqtt_write_header(&w, HF_MQTT_PUBLISH, 0, 268435456);
    assert_true(w.bad);
}

/* Any bytes at all give an answer inside the packet; under ASan this also finds overreads. */
static void mutated_packets_never_lead_outside(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (unsigned round = 0; round < 200000; round++) {
        size_t which = round % (sizeof PACKETS / sizeof PACKETS[0]);
        size_t len = PACKETS[which].len;
        uint8_t bytes[64];
        memcpy(bytes, PACKETS[which].bytes, len);
        for (unsigned i = 0; i < 3 && len > 0; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[(seed >> 8) % len] = (uint8_t)(seed >> 24);
        }
        size_t offset;
        hf_code code = parse(bytes, len, &offset);
        assert_true(code == HF_OK || code == HF_PENDING || code == HF_E_MQTT_MALFORMED ||
                    code == HF_E_MQTT_REFUSED_VERSION);
        assert_true(offset <= len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_packets_are_named_with_their_place),
        cmocka_unit_test(truncation_and_surplus_are_refused),
        cmocka_unit_test(remaining_length_at_its_borders),
        cmocka_unit_test(mutated_packets_never_lead_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
