/* MQTT engine against a broker that refuses, misbehaves, goes away, or sends noise. */
#include "unit/mqtt_rig.h"

static const size_t STEPS[] = {4096, 1};
#define STEP_COUNT (sizeof STEPS / sizeof STEPS[0])

static void connack_refusals_have_their_own_errors(void **state)
{
    (void)state;
    static const hf_code codes[] = {
        HF_E_MQTT_REFUSED_VERSION, HF_E_MQTT_REFUSED_CLIENT_ID, HF_E_MQTT_REFUSED_UNAVAILABLE,
        HF_E_MQTT_REFUSED_LOGIN,   HF_E_MQTT_REFUSED_AUTHORITY, HF_E_MQTT_REFUSED,
        HF_E_MQTT_REFUSED};
    for (uint8_t i = 0; i < 7; i++) {
        static rig g;
        rig_init(&g, 64, 64, 1);
        hf_mqtt_options options = {.client_id = T("dev")};
        assert_int_equal(hf_mqtt_connect(&g.m, &options), HF_OK);
        broker_connack(&g, false, (uint8_t)(i + 1));
        assert_failed(&g, codes[i], i + 1u, 0);
        hf_mqtt_event event = rig_event(&g, HF_MQTT_EVENT_CONNECTED);
        assert_int_equal(event.code, codes[i]);
        rig_no_event(&g);
        hf_mqtt_publication p = {.topic = T("t")};
        assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), codes[i]);
        assert_int_equal(hf_mqtt_disconnect(&g.m), codes[i]);
        assert_int_equal(hf_mqtt_tick(&g.m, 5), codes[i]);
        assert_int_equal(hf_mqtt_next_tick(&g.m), HF_MQTT_NO_TICK);
        rig_open(&g, 0); /* and a new connection is a new chance */
    }
}

#define P(text) text, sizeof(text) - 1

static const struct {
    const char *why;
    bool open;
    const char *bytes;
    size_t len;
    hf_code code;
    uint32_t detail, offset;
} WRONGS[] = {
    {"HTTP", false, P("HTTP/1.1 400"), HF_E_MQTT_MALFORMED, 0, 0},
    {"SSH", false, P("SSH-2.0"), HF_E_MQTT_MALFORMED, 0, 0},
    {"PUBLISH first", false, P("\x30\x03\x00\x01x"), HF_E_MQTT_PROTOCOL, 3, 0},
    {"PINGRESP first", false, P("\xd0\x00"), HF_E_MQTT_PROTOCOL, 13, 0},
    {"session of a clean one", false, P("\x20\x02\x01\x00"), HF_E_MQTT_PROTOCOL, 2, 0},
    {"CONNACK flags", false, P("\x20\x02\x80\x00"), HF_E_MQTT_MALFORMED, 0, 2},
    {"second CONNACK", true, P("\x20\x02\x00\x00"), HF_E_MQTT_PROTOCOL, 2, 0},
    {"CONNECT", true, P("\x10\x0c\x00"), HF_E_MQTT_PROTOCOL, 1, 0},
    {"SUBSCRIBE", true, P("\x82\x06"), HF_E_MQTT_PROTOCOL, 8, 0},
    {"UNSUBSCRIBE", true, P("\xa2\x06"), HF_E_MQTT_PROTOCOL, 10, 0},
    {"PINGREQ", true, P("\xc0\x00"), HF_E_MQTT_PROTOCOL, 12, 0},
    {"DISCONNECT", true, P("\xe0\x00"), HF_E_MQTT_PROTOCOL, 14, 0},
    {"PUBREC", true, P("\x50\x02\x00\x01"), HF_E_MQTT_PROTOCOL, 5, 0},
    {"PUBREL", true, P("\x62\x02\x00\x01"), HF_E_MQTT_PROTOCOL, 6, 0},
    {"PUBCOMP", true, P("\x70\x02\x00\x01"), HF_E_MQTT_PROTOCOL, 7, 0},
    {"PUBLISH QoS 2", true, P("\x34\x05\x00\x01x\x00\x01"), HF_E_MQTT_PROTOCOL, 3, 0},
    {"PUBACK of nothing", true, P("\x40\x02\x00\x09"), HF_E_MQTT_PROTOCOL, 4, 0},
    {"PUBACK of a SUBSCRIBE", true, P("\x40\x02\x00\x01"), HF_E_MQTT_PROTOCOL, 4, 0},
    {"SUBACK of nothing", true, P("\x90\x04\x00\x09\x00\x00"), HF_E_MQTT_PROTOCOL, 9, 0},
    {"SUBACK with too few codes", true, P("\x90\x03\x00\x01\x00"), HF_E_MQTT_PROTOCOL, 9, 0},
    {"SUBACK with too many", true, P("\x90\x05\x00\x01\x00\x00\x00"), HF_E_MQTT_PROTOCOL, 9, 0},
    {"SUBACK grants QoS 2", true, P("\x90\x04\x00\x01\x00\x02"), HF_E_MQTT_PROTOCOL, 9, 0},
    {"SUBACK code 3", true, P("\x90\x04\x00\x01\x00\x03"), HF_E_MQTT_MALFORMED, 0, 5},
    {"SUBACK too large", true, P("\x90\x3f"), HF_E_MQTT_TOO_LARGE, 65, 0},
    {"UNSUBACK of a SUBSCRIBE", true, P("\xb0\x02\x00\x01"), HF_E_MQTT_PROTOCOL, 11, 0},
    {"length of five bytes", true, P("\x30\x80\x80\x80\x80"), HF_E_MQTT_MALFORMED, 0, 4},
    {"topic longer than packet", true, P("\x30\x03\x00\x02"), HF_E_MQTT_MALFORMED, 0, 2},
    {"PUBACK id 0", true, P("\x40\x02\x00\x00"), HF_E_MQTT_MALFORMED, 0, 2},
    {"topic with wildcard", true, P("\x30\x04\x00\x01#x"), HF_E_MQTT_MALFORMED, 0, 2},
    {"id 0", true, P("\x32\x05\x00\x01x\x00\x00"), HF_E_MQTT_MALFORMED, 0, 5},
    {"topic fills the buffer", true, P("\x30\x3f\x00\x3c"), HF_E_MQTT_TOO_LARGE, 65, 0},
    {"topic too large", true, P("\x30\x80\x08\x02\x00"), HF_E_MQTT_TOO_LARGE, 518, 0},
};

static void wrong_packets_end_the_connection(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof WRONGS / sizeof WRONGS[0]; i++) {
        for (size_t k = 0; k < STEP_COUNT; k++) {
            static rig g;
            rig_init(&g, 64, 64, STEPS[k]);
            if (WRONGS[i].open) {
                rig_open(&g, 0);
                const hf_mqtt_filter filters[] = {{T("a"), 1}, {T("b"), 1}};
                uint16_t id;
                assert_int_equal(hf_mqtt_subscribe(&g.m, filters, 2, &id), HF_OK);
                assert_int_equal(id, 1);
            } else {
                hf_mqtt_options options = {.client_id = T("dev")};
                assert_int_equal(hf_mqtt_connect(&g.m, &options), HF_OK);
            }
            rig_move(&g);
            broker_raw(&g, WRONGS[i].bytes, WRONGS[i].len);
            rig_move(&g);
            if (g.m.error.code != WRONGS[i].code) {
                print_error("%s: %s\n", WRONGS[i].why, hf_error_name((hf_code)g.m.error.code));
            }
            assert_failed(&g, WRONGS[i].code, WRONGS[i].detail, WRONGS[i].offset);
            assert_int_equal(g.last, WRONGS[i].code);
            size_t room;
            assert_null(hf_mqtt_input(&g.m, &room));
            assert_int_equal(room, 0);
        }
    }
}

static void sizes_that_just_fit_are_taken(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    rig_open(&g, 0);
    hf_mqtt_filter filters[60];
    for (size_t i = 0; i < 60; i++) {
        filters[i] = (hf_mqtt_filter){T("a"), 0};
    }
    uint16_t id;
    assert_int_equal(hf_mqtt_subscribe(&g.m, filters, 60, NULL), HF_E_MQTT_TOO_LARGE);
    assert_int_equal(hf_mqtt_needed_output(&g.m), 3 + 2 + 60 * 4); /* not its SUBACK: 64 fits */
    assert_int_equal(hf_mqtt_subscribe(&g.m, filters, 15, &id), HF_OK); /* 2 + 2 + 15 * 4 = 64 */
    hf_mqtt_publication p = {.topic = T("t")};
    static const uint8_t text[60];
    assert_int_equal(hf_mqtt_publish(&g.m, &p, (hf_span){text, 59}, NULL), HF_PENDING);
    assert_int_equal(hf_mqtt_publish(&g.m, &p, (hf_span){text, 60}, NULL), HF_E_MQTT_TOO_LARGE);
    assert_int_equal(hf_mqtt_output_done(&g.m, 63), HF_OK);
    assert_false((hf_mqtt_wants(&g.m) & HF_HAS_ROOM) != 0);
    assert_int_equal(hf_mqtt_output_done(&g.m, 1), HF_OK);
    assert_true((hf_mqtt_wants(&g.m) & HF_HAS_ROOM) != 0);
    assert_int_equal(hf_mqtt_publish(&g.m, &p, (hf_span){text, 59}, NULL), HF_OK);

    rig_init(&g, 64, 1200, 4096);
    rig_open(&g, 0);
    assert_int_equal(hf_mqtt_subscribe(&g.m, filters, 60, &id), HF_OK);
    char codes[60] = {0};
    broker_suback(&g, id, codes, 60);
    for (uint8_t i = 0; i < 60; i++) {
        assert_int_equal(rig_event(&g, HF_MQTT_EVENT_SUBSCRIBED).index, i);
    }
    rig_no_event(&g);
}

static void puback_inside_a_begun_message_is_wrong(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    rig_open(&g, 0);
    hf_mqtt_publication p = {.topic = T("t"), .qos = 1};
    uint16_t id;
    size_t room;
    assert_int_equal(hf_mqtt_publish_begin(&g.m, &p, 100, &id), HF_OK);
    assert_non_null(hf_mqtt_body(&g.m, &room));
    assert_int_equal(hf_mqtt_body_done(&g.m, room), HF_OK);
    broker_id(&g, HF_MQTT_PUBACK, id);
    assert_failed(&g, HF_E_MQTT_PROTOCOL, HF_MQTT_PUBACK, 0);
}

static void topic_just_fits(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 1);
    rig_open(&g, 0);
    char topic[60];
    memset(topic, 't', sizeof topic);
    topic[59] = '\0'; /* 2 + 2 + 59 + one byte of payload at a time = 64 */
    broker_publish(&g, topic, 0, T("xyz"));
    for (uint32_t i = 0; i < 3; i++) {
        hf_mqtt_message message;
        rig_move(&g);
        assert_true(hf_mqtt_get_message(&g.m, &message));
        assert_int_equal(message.payload.len, 1);
        assert_int_equal(message.payload.ptr[0], "xyz"[i]);
        assert_int_equal(message.offset, i);
        assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK);
    }
}

static void what_arrived_before_the_end_is_not_lost(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 256, 64, 4096);
    rig_open(&g, 0);
    broker_publish(&g, "a", 3, T("1"));
    broker_publish(&g, "b", 4, T("2"));
    rig_move(&g);
    assert_int_equal(hf_mqtt_input_end(&g.m), HF_OK);
    assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK);
    assert_true((hf_mqtt_wants(&g.m) & HF_HAS_DATA) != 0);
    assert_int_equal(hf_mqtt_message_done(&g.m), HF_E_MQTT_CLOSED);
    assert_failed(&g, HF_E_MQTT_CLOSED, 0, 0);
}

static void an_end_in_mid_packet_is_an_error(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    rig_open(&g, 0);
    broker_raw(&g, P("\x30\x10\x00\x01xhalf"));
    rig_move(&g);
    assert_false((hf_mqtt_wants(&g.m) & HF_HAS_DATA) != 0);
    assert_int_equal(hf_mqtt_input_end(&g.m), HF_E_MQTT_CLOSED);
    assert_failed(&g, HF_E_MQTT_CLOSED, 0, 0);

    rig_init(&g, 64, 64, 4096);
    hf_mqtt_options options = {.client_id = T("dev")};
    assert_int_equal(hf_mqtt_connect(&g.m, &options), HF_OK);
    assert_int_equal(hf_mqtt_input_end(&g.m), HF_E_MQTT_CLOSED);
}

static void small_buffers_are_refused(void **state)
{
    (void)state;
    uint8_t in[64], out[64];
    hf_mqtt m;
    hf_mqtt_memory memory = {.input = {in, 63}, .output = {out, 64}};
    assert_int_equal(hf_mqtt_init(&m, &memory), HF_E_MEMORY_TOO_SMALL);
    assert_int_equal(m.error.detail, HF_MQTT_BUFFER_MIN);
    hf_mqtt_options options = {.client_id = T("dev")};
    assert_int_equal(hf_mqtt_connect(&m, &options), HF_E_MEMORY_TOO_SMALL);
    memory = (hf_mqtt_memory){.input = {in, 64}, .output = {out, 63}};
    assert_int_equal(hf_mqtt_init(&m, &memory), HF_E_MEMORY_TOO_SMALL);
    memory = (hf_mqtt_memory){.input = {in, 64}, .output = {out, 64}};
    assert_int_equal(hf_mqtt_init(&m, &memory), HF_OK);
}

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void noise_request(rig *g, uint32_t chance)
{
    const hf_mqtt_publication p = {.topic = T("t"), .qos = 1};
    const hf_mqtt_filter filters[] = {{T("a"), 1}, {T("b"), 1}};
    hf_mqtt_event event;
    (void)hf_mqtt_get_event(&g->m, &event);
    switch (chance % 8) {
    case 0:
        (void)hf_mqtt_publish(&g->m, &p, T("payload"), NULL);
        break;
    case 1:
        (void)hf_mqtt_subscribe(&g->m, filters, 1 + chance / 8 % 2, NULL);
        break;
    case 2:
        (void)hf_mqtt_unsubscribe(&g->m, filters, 1, NULL);
        break;
    case 3:
        (void)hf_mqtt_publish_begin(&g->m, &p, chance / 8 % 200, NULL);
        break;
    default: {
        size_t room;
        if (hf_mqtt_body(&g->m, &room) != NULL) {
            hf_code code = hf_mqtt_body_done(&g->m, room); /* may take input that waited */
            assert_int_equal(code, g->m.error.code);
        }
    }
    }
}

/* A plausible stream of broker packets with a few bytes changed, in steps of any size, to a program
 * that does everything it can: whatever comes out, memory stays whole and the engine stops or goes
 * on. */
static void noise_round(uint32_t seed)
{
    static rig g;
    rig_init(&g, 64 + draw(&seed) % 64, 64 + draw(&seed) % 64, 1 + draw(&seed) % 40);
    hf_mqtt_options options = {.client_id = T("dev"), .keep_alive = 1};
    assert_int_equal(hf_mqtt_connect(&g.m, &options), HF_OK);
    broker_connack(&g, false, 0);
    static const uint8_t big[300] = {1, 2, 3};
    for (uint16_t i = 0; i < 4; i++) {
        broker_publish(&g, "a/b", i, (hf_span){big, draw(&seed) % sizeof big});
        broker_id(&g, draw(&seed) % 2 == 0 ? HF_MQTT_PUBACK : HF_MQTT_UNSUBACK, (uint16_t)(i + 1));
        broker_suback(&g, (uint16_t)(i + 1), "\x00\x80", 1 + draw(&seed) % 2);
        broker_empty(&g, HF_MQTT_PINGRESP);
    }
    for (unsigned i = draw(&seed) % 4; i > 0; i--) {
        g.down[draw(&seed) % g.down_len] = (uint8_t)draw(&seed);
    }
    uint32_t now = 0;
    for (unsigned i = 0; i < 60; i++) {
        g.up_len = 0;
        (void)rig_up(&g);
        (void)rig_down(&g);
        (void)hf_mqtt_tick(&g.m, now += draw(&seed) % 300);
        hf_mqtt_message message;
        if (hf_mqtt_get_message(&g.m, &message)) {
            assert_true(message.payload.ptr + message.payload.len <= g.in + g.m.in_len);
            assert_true(message.topic.ptr > g.in);
            assert_true(message.offset + message.payload.len <= message.total);
            (void)hf_mqtt_message_done(&g.m);
        }
        noise_request(&g, draw(&seed));
        assert_true(g.m.in_at <= g.m.in_len && g.m.in_len <= g.m.memory.input.cap);
        assert_true(g.m.out_at <= g.m.out_len && g.m.out_len <= g.m.memory.output.cap);
    }
}

static void noise_never_breaks_the_engine(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 20000; seed++) {
        noise_round(seed * 2654435761u);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connack_refusals_have_their_own_errors),
        cmocka_unit_test(wrong_packets_end_the_connection),
        cmocka_unit_test(sizes_that_just_fit_are_taken),
        cmocka_unit_test(puback_inside_a_begun_message_is_wrong),
        cmocka_unit_test(topic_just_fits),
        cmocka_unit_test(what_arrived_before_the_end_is_not_lost),
        cmocka_unit_test(an_end_in_mid_packet_is_an_error),
        cmocka_unit_test(small_buffers_are_refused),
        cmocka_unit_test(noise_never_breaks_the_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
