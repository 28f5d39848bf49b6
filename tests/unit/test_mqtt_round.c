/* MQTT codec: what one direction writes the other reads; writers refuse what may not be sent. */
#include "mqtt/packet.h"
#include "unit/cmocka_all.h"

#include <string.h>

#define T hf_mqtt_text

static void assert_span(hf_span span, const char *text)
{
    assert_int_equal(span.len, strlen(text));
    assert_memory_equal(span.ptr, text, span.len);
}

static hf_reader body_of(const uint8_t *out, size_t len, uint8_t type, uint8_t flags)
{
    hf_reader r = hf_read_from(out, len);
    hf_mqtt_header header;
    assert_int_equal(hf_mqtt_parse_header(&r, &header), HF_OK);
    assert_int_equal(header.type, type);
    assert_int_equal(header.flags, flags);
    assert_int_equal(header.length, hf_read_left(&r));
    return r;
}

static void connect_goes_round(void **state)
{
    (void)state;
    const hf_mqtt_will will = {
        .topic = T("dev/1/gone"), .payload = T("bye"), .qos = 1, .retain = true};
    hf_mqtt_options in = {
        .client_id = T("dev-1"),
        .user_name = T("us\xc3\xa9r"),
        .password = {.ptr = (const uint8_t *)"\x00\xff", .len = 2},
        .will = &will,
        .keep_alive = 1200,
    };
    uint8_t out[128];
    hf_writer w = hf_write_to(out, sizeof out);
    assert_int_equal(hf_mqtt_write_connect(&w, &in), HF_OK);
    assert_int_equal(out[9], 0x80 | 0x40 | 0x20 | 0x08 | 0x04 | 0x02);
    hf_reader r = body_of(out, w.len, HF_MQTT_CONNECT, 0);
    hf_mqtt_packet_connect got;
    assert_int_equal(hf_mqtt_parse_connect(&r, &got), HF_OK);
    assert_span(got.client_id, "dev-1");
    assert_span(got.user_name, "us\xc3\xa9r");
    assert_int_equal(got.password.len, 2);
    assert_memory_equal(got.password.ptr, "\x00\xff", 2);
    assert_span(got.will.topic, "dev/1/gone");
    assert_span(got.will.payload, "bye");
    assert_int_equal(got.will.qos, 1);
    assert_true(got.will.retain && got.clean_session);
    assert_int_equal(got.keep_alive, 1200);
    assert_int_equal(got.level, 4);

    in = (hf_mqtt_options){.keep_session = false};
    w = hf_write_to(out, sizeof out);
    assert_int_equal(hf_mqtt_write_connect(&w, &in), HF_OK);
    assert_int_equal(w.len, 14);
    r = body_of(out, w.len, HF_MQTT_CONNECT, 0);
    assert_int_equal(hf_mqtt_parse_connect(&r, &got), HF_OK);
    assert_null(got.user_name.ptr);
    assert_null(got.password.ptr);
    assert_null(got.will.topic.ptr);
}

static void connect_is_checked_before_it_is_written(void **state)
{
    (void)state;
    static uint8_t big[65536], out[70000];
    memset(big, 'x', sizeof big);
    const hf_span too_long = {.ptr = big, .len = sizeof big};
    const struct {
        hf_mqtt_options options;
        hf_code code;
    } cases[] = {
        {{.client_id = T(""), .keep_session = true}, HF_E_USAGE},
        {{.client_id = T("\xff")}, HF_E_USAGE},
        {{.client_id = too_long}, HF_E_USAGE},
        {{.client_id = T("a"), .password = T("p")}, HF_E_USAGE},
        {{.client_id = T("a"), .user_name = T("\xc0\x80")}, HF_E_USAGE},
        {{.client_id = T("a"), .user_name = T("u"), .password = too_long}, HF_E_USAGE},
        {{.client_id = T("a"), .will = &(hf_mqtt_will){.topic = T("a/+")}}, HF_E_MQTT_TOPIC},
        {{.client_id = T("a"), .will = &(hf_mqtt_will){.topic = T("")}}, HF_E_MQTT_TOPIC},
        {{.client_id = T("a"), .will = &(hf_mqtt_will){.topic = T("a"), .qos = 3}}, HF_E_USAGE},
        {{.client_id = T("a"), .will = &(hf_mqtt_will){.topic = T("a"), .payload = too_long}},
         HF_E_USAGE},
        {{.client_id = {.ptr = big, .len = 65535}}, HF_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hf_writer w = hf_write_to(out, sizeof out);
        assert_int_equal(hf_mqtt_write_connect(&w, &cases[i].options), cases[i].code);
    }
    hf_writer w = hf_write_to(out, 14);
    hf_mqtt_options options = {.client_id = T("a"), .keep_session = true};
    assert_int_equal(hf_mqtt_write_connect(&w, &options), HF_E_MQTT_TOO_LARGE);
    assert_int_equal(w.len, 15);
}

static void publish_goes_round(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        unsigned flags = i % 3 << 1 | (i / 3 & 1);
        flags |= i % 3 > 0 && i / 6 != 0 ? HF_MQTT_DUP : 0;
        hf_mqtt_packet_publish in = {.topic = T("a/b"), .flags = (uint8_t)flags};
        in.id = i % 3 > 0 ? 0xfffe : 0;
        uint8_t out[32];
        hf_writer w = hf_write_to(out, sizeof out);
        assert_int_equal(hf_mqtt_write_publish(&w, &in, 2), HF_OK);
        hf_write_bytes(&w, (const uint8_t *)"hi", 2);
        hf_reader r = hf_read_from(out, w.len);
        hf_mqtt_header header;
        assert_int_equal(hf_mqtt_parse_header(&r, &header), HF_OK);
        assert_int_equal(header.length, hf_read_left(&r));
        hf_mqtt_packet_publish got;
        assert_int_equal(hf_mqtt_parse_publish(&r, header.flags, &got), HF_OK);
        assert_span(got.topic, "a/b");
        assert_int_equal(got.id, in.id);
        assert_int_equal(header.flags, flags);
        assert_int_equal(got.flags, flags);
        assert_int_equal(hf_read_left(&r), 2);
    }
}

static void publish_is_checked_before_it_is_written(void **state)
{
    (void)state;
    const struct {
        hf_mqtt_packet_publish packet;
        size_t payload;
        hf_code code;
    } cases[] = {
        {{.topic = T("")}, 0, HF_E_MQTT_TOPIC},
        {{.topic = T("a/#")}, 0, HF_E_MQTT_TOPIC},
        {{.topic = T("a"), .flags = 3 << 1, .id = 1}, 0, HF_E_USAGE},
        {{.topic = T("a"), .flags = 1 << 1}, 0, HF_E_USAGE},
        {{.topic = T("a"), .id = 1}, 0, HF_E_USAGE},
        {{.topic = T("a"), .flags = HF_MQTT_DUP}, 0, HF_E_USAGE},
        {{.topic = T("a")}, 268435455 - 3, HF_OK},
        {{.topic = T("a")}, 268435455 - 2, HF_E_USAGE},
        {{.topic = T("a")}, SIZE_MAX, HF_E_USAGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[32];
        hf_writer w = hf_write_to(out, sizeof out);
        assert_int_equal(hf_mqtt_write_publish(&w, &cases[i].packet, cases[i].payload),
                         cases[i].code);
    }
}

static void filters_go_round(void **state)
{
    (void)state;
    const hf_mqtt_filter in[] = {{T("a/+/c"), 1}, {T("#"), 0}, {T("$SYS/#"), 0}};
    uint8_t out[64];
    for (int with_qos = 0; with_qos <= 1; with_qos++) {
        hf_writer w = hf_write_to(out, sizeof out);
        hf_mqtt_packet_filters got;
        hf_reader r;
        if (with_qos == 1) {
            assert_int_equal(hf_mqtt_write_filters(&w, HF_MQTT_SUBSCRIBE, 9, in, 3), HF_OK);
            r = body_of(out, w.len, HF_MQTT_SUBSCRIBE, 2);
            assert_int_equal(hf_mqtt_parse_subscribe(&r, &got), HF_OK);
        } else {
            assert_int_equal(hf_mqtt_write_filters(&w, HF_MQTT_UNSUBSCRIBE, 9, in, 3), HF_OK);
            r = body_of(out, w.len, HF_MQTT_UNSUBSCRIBE, 2);
            assert_int_equal(hf_mqtt_parse_unsubscribe(&r, &got), HF_OK);
        }
        assert_int_equal(got.id, 9);
        assert_int_equal(got.count, 3);
        hf_mqtt_filter filter;
        for (size_t i = 0; i < 3; i++) {
            assert_true(hf_mqtt_next_filter(&got, &filter));
            assert_int_equal(filter.filter.len, in[i].filter.len);
            assert_memory_equal(filter.filter.ptr, in[i].filter.ptr, filter.filter.len);
            assert_int_equal(filter.qos, with_qos == 1 ? in[i].qos : 0);
        }
        assert_false(hf_mqtt_next_filter(&got, &filter));
    }
    hf_writer w = hf_write_to(out, sizeof out);
    assert_int_equal(hf_mqtt_write_filters(&w, HF_MQTT_SUBSCRIBE, 0, in, 3), HF_E_USAGE);
    assert_int_equal(hf_mqtt_write_filters(&w, HF_MQTT_SUBSCRIBE, 1, in, 0), HF_E_USAGE);
    const hf_mqtt_filter bad[] = {{T("a#"), 0}, {T("a"), 2}};
    assert_int_equal(hf_mqtt_write_filters(&w, HF_MQTT_SUBSCRIBE, 1, &bad[0], 1), HF_E_MQTT_TOPIC);
    assert_int_equal(hf_mqtt_write_filters(&w, HF_MQTT_SUBSCRIBE, 1, &bad[1], 1), HF_E_USAGE);
}

static void answers_go_round(void **state)
{
    (void)state;
    uint8_t out[16];
    static const uint8_t types[] = {HF_MQTT_PUBACK, HF_MQTT_PUBREC, HF_MQTT_PUBREL, HF_MQTT_PUBCOMP,
                                    HF_MQTT_UNSUBACK};
    for (size_t i = 0; i < sizeof types; i++) {
        hf_writer w = hf_write_to(out, sizeof out);
        assert_int_equal(hf_mqtt_write_id(&w, types[i], 0x1234), HF_OK);
        hf_reader r = body_of(out, w.len, types[i], types[i] == HF_MQTT_PUBREL ? 2 : 0);
        uint16_t id;
        assert_int_equal(hf_mqtt_parse_id(&r, &id), HF_OK);
        assert_int_equal(id, 0x1234);
        assert_int_equal(hf_mqtt_write_id(&w, types[i], 0), HF_E_USAGE);
    }
    const hf_mqtt_packet_suback in = {.id = 7, .codes = {(const uint8_t *)"\x01\x80", 2}};
    hf_writer w = hf_write_to(out, sizeof out);
    assert_int_equal(hf_mqtt_write_suback(&w, &in), HF_OK);
    hf_reader r = body_of(out, w.len, HF_MQTT_SUBACK, 0);
    hf_mqtt_packet_suback got;
    assert_int_equal(hf_mqtt_parse_suback(&r, &got), HF_OK);
    assert_int_equal(got.id, 7);
    assert_int_equal(got.codes.len, 2);
    assert_memory_equal(got.codes.ptr, "\x01\x80", 2);
    const hf_mqtt_packet_suback bad_subacks[] = {{.id = 7, .codes = {(const uint8_t *)"\x03", 1}},
                                                 {.id = 7, .codes = {(const uint8_t *)"", 0}},
                                                 {.id = 0, .codes = {(const uint8_t *)"\x01", 1}}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(hf_mqtt_write_suback(&w, &bad_subacks[i]), HF_E_USAGE);
    }
    const hf_mqtt_packet_connack bad = {.session_present = true, .code = 5};
    assert_int_equal(hf_mqtt_write_connack(&w, &bad), HF_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connect_goes_round),
        cmocka_unit_test(connect_is_checked_before_it_is_written),
        cmocka_unit_test(publish_goes_round),
        cmocka_unit_test(publish_is_checked_before_it_is_written),
        cmocka_unit_test(filters_go_round),
        cmocka_unit_test(answers_go_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
