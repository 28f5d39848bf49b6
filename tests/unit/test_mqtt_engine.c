/* MQTT engine against a scripted broker: connect, requests, messages; whole and byte by byte.
 * Longer than usual: one scenario for each rule of the engine, all on the same rig. */
#include "unit/mqtt_rig.h"

static const size_t STEPS[] = {4096, 1, 3};
#define STEP_COUNT (sizeof STEPS / sizeof STEPS[0])

static void size_is_pinned(void **state)
{
    (void)state;
    assert_true(sizeof(hf_mqtt) <= (sizeof(void *) == 4 ? 216 : 256));
    assert_true(sizeof(hf_mqtt_slot) == 8);
}

static const hf_mqtt_filter FILTERS[] = {{{(const uint8_t *)"a/+", 3}, 1},
                                         {{(const uint8_t *)"b", 1}, 0},
                                         {{(const uint8_t *)"c/#", 3}, 1}};

static uint16_t do_subscribe(rig *g)
{
    uint16_t id;
    assert_int_equal(hf_mqtt_subscribe(&g->m, FILTERS, 3, &id), HF_OK);
    uint8_t copy[256];
    hf_mqtt_header header;
    hf_reader r = broker_got(g, HF_MQTT_SUBSCRIBE, &header, copy);
    hf_mqtt_packet_filters got;
    assert_int_equal(hf_mqtt_parse_subscribe(&r, &got), HF_OK);
    assert_int_equal(got.id, id);
    assert_int_equal(got.count, 3);
    broker_suback(g, id, "\x01\x80\x00", 3);
    static const uint8_t qos[] = {1, 0, 0};
    for (uint8_t k = 0; k < 3; k++) {
        hf_mqtt_event event = rig_event(g, HF_MQTT_EVENT_SUBSCRIBED);
        assert_int_equal(event.id, id);
        assert_int_equal(event.index, k);
        assert_int_equal(event.qos, qos[k]);
        assert_int_equal(event.code, k == 1 ? HF_E_MQTT_SUBSCRIBE_REFUSED : HF_OK);
    }
    rig_no_event(g);
    return id;
}

static uint16_t do_publish(rig *g)
{
    uint16_t id, none;
    uint8_t copy[256];
    hf_mqtt_publication p = {.topic = T("up/1"), .qos = 1, .retain = true};
    assert_int_equal(hf_mqtt_publish(&g->m, &p, T("21.5"), &id), HF_OK);
    hf_span payload;
    hf_mqtt_packet_publish publish = broker_got_publish(g, copy, &payload);
    assert_int_equal(publish.id, id);
    assert_int_equal(publish.flags & (HF_MQTT_RETAIN | HF_MQTT_DUP), HF_MQTT_RETAIN);
    assert_int_equal(payload.len, 4);
    assert_memory_equal(payload.ptr, "21.5", 4);
    broker_id(g, HF_MQTT_PUBACK, id);
    assert_int_equal(rig_event(g, HF_MQTT_EVENT_PUBLISHED).id, id);

    p = (hf_mqtt_publication){.topic = T("up/0")};
    assert_int_equal(hf_mqtt_publish(&g->m, &p, (hf_span){NULL, 0}, &none), HF_OK);
    assert_int_equal(none, 0);
    assert_int_equal(HF_MQTT_QOS(broker_got_publish(g, copy, &payload).flags), 0);
    return id;
}

static uint16_t do_unsubscribe(rig *g)
{
    uint16_t id;
    uint8_t copy[256];
    hf_mqtt_header header;
    hf_mqtt_packet_filters got;
    assert_int_equal(hf_mqtt_unsubscribe(&g->m, FILTERS, 2, &id), HF_OK);
    hf_reader r = broker_got(g, HF_MQTT_UNSUBSCRIBE, &header, copy);
    assert_int_equal(hf_mqtt_parse_unsubscribe(&r, &got), HF_OK);
    assert_int_equal(got.count, 2);
    broker_id(g, HF_MQTT_UNSUBACK, id);
    assert_int_equal(rig_event(g, HF_MQTT_EVENT_UNSUBSCRIBED).id, id);
    return id;
}

static void connect_publish_subscribe_disconnect(void **state)
{
    (void)state;
    for (size_t i = 0; i < STEP_COUNT; i++) {
        static rig g;
        rig_init(&g, 256, 256, STEPS[i]);
        assert_int_equal(hf_mqtt_wants(&g.m), 0);
        rig_open(&g, 60);
        assert_int_equal(do_subscribe(&g), 1);
        assert_int_equal(do_publish(&g), 2);
        assert_int_equal(do_unsubscribe(&g), 3);
        assert_int_equal(hf_mqtt_disconnect(&g.m), HF_OK);
        assert_int_equal(hf_mqtt_wants(&g.m), HF_WANT_OUTPUT);
        broker_got_empty(&g, HF_MQTT_DISCONNECT);
        assert_int_equal(hf_mqtt_wants(&g.m), HF_IS_CLOSED);
        assert_int_equal(hf_mqtt_input_end(&g.m), HF_OK);
        rig_open(&g, 0); /* the same engine connects again */
    }
}

static void an_end_while_disconnecting_is_no_error(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    rig_open(&g, 0);
    assert_int_equal(hf_mqtt_disconnect(&g.m), HF_OK);
    assert_int_equal(hf_mqtt_output_done(&g.m, 0), HF_OK);
    assert_int_equal(hf_mqtt_input_end(&g.m), HF_OK);
    assert_int_equal(hf_mqtt_wants(&g.m), HF_IS_CLOSED);
}

static void an_end_ends_a_begun_message(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    rig_open(&g, 0);
    hf_mqtt_publication p = {.topic = T("t"), .qos = 1};
    assert_int_equal(hf_mqtt_publish_begin(&g.m, &p, 100, NULL), HF_OK);
    assert_int_equal(hf_mqtt_input_end(&g.m), HF_E_MQTT_CLOSED);
    size_t room;
    assert_null(hf_mqtt_body(&g.m, &room));
    assert_int_equal(hf_mqtt_body_done(&g.m, 1), HF_E_MQTT_CLOSED);
}

static void messages_are_lent_and_then_acknowledged(void **state)
{
    (void)state;
    for (size_t i = 0; i < STEP_COUNT; i++) {
        static rig g;
        rig_init(&g, 64, 64, STEPS[i]);
        rig_open(&g, 0);
        broker_publish(&g, "a", 0, T("zero"));
        broker_publish(&g, "b/c", 77, T("one"));
        broker_publish(&g, "d", 78, (hf_span){NULL, 0});
        static const char *const topics[] = {"a", "b/c", "d"};
        static const char *const payloads[] = {"zero", "one", ""};
        static const uint16_t ids[] = {0, 77, 78};
        for (size_t k = 0; k < 3; k++) {
            rig_move(&g);
            assert_true((hf_mqtt_wants(&g.m) & HF_HAS_DATA) != 0);
            hf_mqtt_message message;
            assert_true(hf_mqtt_get_message(&g.m, &message));
            assert_int_equal(message.topic.len, strlen(topics[k]));
            assert_memory_equal(message.topic.ptr, topics[k], message.topic.len);
            assert_int_equal(message.payload.len, strlen(payloads[k]));
            assert_memory_equal(message.payload.ptr, payloads[k], message.payload.len);
            assert_int_equal(message.total, message.payload.len);
            assert_int_equal(message.id, ids[k]);
            assert_int_equal(message.qos, ids[k] != 0 ? 1 : 0);
            broker_got_nothing(&g); /* no PUBACK before the program is done */
            assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK);
            if (ids[k] != 0) {
                assert_int_equal(broker_got_id(&g, HF_MQTT_PUBACK), ids[k]);
            }
            broker_got_nothing(&g);
        }
        assert_int_equal(hf_mqtt_message_done(&g.m), HF_E_USAGE);
    }
}

static void lent_spans_stay_while_more_arrives(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    rig_open(&g, 0);
    broker_raw(&g,
               "\x30\x06\x00\x01"
               "aone\x31\x06\x00\x01"
               "btwo\x3b\x08\x00\x01"
               "c\x00\x09six",
               26);
    rig_move(&g);
    assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK);
    hf_mqtt_message before, after;
    assert_true(hf_mqtt_get_message(&g.m, &before));
    assert_true(before.retain && !before.dup);
    broker_publish(&g, "d", 0, T("more"));
    rig_move(&g);
    assert_true(hf_mqtt_get_message(&g.m, &after));
    assert_ptr_equal(before.payload.ptr, after.payload.ptr);
    assert_memory_equal(before.payload.ptr, "two", 3);
    assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK);
    assert_true(hf_mqtt_get_message(&g.m, &after));
    assert_true(after.retain && after.dup && after.qos == 1 && after.id == 9);
}

static void message_larger_than_the_buffer_comes_in_pieces(void **state)
{
    (void)state;
    static uint8_t big[3000];
    for (size_t i = 0; i < sizeof big; i++) {
        big[i] = (uint8_t)(i * 7 + i / 256);
    }
    for (size_t i = 0; i < STEP_COUNT; i++) {
        static rig g;
        rig_init(&g, 64, 64, STEPS[i]);
        rig_open(&g, 0);
        broker_publish(&g, "x", 1, T("before"));
        broker_publish(&g, "big/one", 2, (hf_span){big, sizeof big});
        broker_publish(&g, "y", 3, T("after"));
        rig_move(&g);
        assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK);
        assert_int_equal(broker_got_id(&g, HF_MQTT_PUBACK), 1);
        uint32_t at = 0;
        while (at < sizeof big) {
            hf_mqtt_message message;
            rig_move(&g);
            assert_true(hf_mqtt_get_message(&g.m, &message));
            assert_int_equal(message.topic.len, 7);
            assert_memory_equal(message.topic.ptr, "big/one", 7);
            assert_int_equal(message.offset, at);
            assert_int_equal(message.total, sizeof big);
            assert_memory_equal(message.payload.ptr, big + at, message.payload.len);
            at += (uint32_t)message.payload.len;
            broker_got_nothing(&g);
            assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK);
        }
        assert_int_equal(broker_got_id(&g, HF_MQTT_PUBACK), 2);
        hf_mqtt_message message;
        assert_true(hf_mqtt_get_message(&g.m, &message));
        assert_int_equal(message.total, 5);
        assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK);
        assert_int_equal(broker_got_id(&g, HF_MQTT_PUBACK), 3);
    }
}

static void payload_larger_than_the_output_is_written_in_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < STEP_COUNT; i++) {
        static rig g;
        rig_init(&g, 64, 64, STEPS[i]);
        rig_open(&g, 0);
        hf_mqtt_publication p = {.topic = T("big"), .qos = 1};
        static uint8_t copy[1100];
        memset(copy, 'x', sizeof copy);
        uint16_t id = 0;
        assert_int_equal(hf_mqtt_publish(&g.m, &p, (hf_span){copy, 1000}, &id),
                         HF_E_MQTT_TOO_LARGE);
        assert_int_equal(hf_mqtt_needed_output(&g.m), 3 + 5 + 2 + 1000);
        assert_int_equal(hf_mqtt_publish_begin(&g.m, &p, 1000, &id), HF_OK);
        assert_int_equal(hf_mqtt_publish(&g.m, &p, T("no"), NULL), HF_E_USAGE);
        assert_int_equal(hf_mqtt_disconnect(&g.m), HF_E_USAGE);
        broker_publish(&g, "in", 5, T("meanwhile"));
        size_t sent = 0;
        while (sent < 1000) {
            size_t room;
            uint8_t *space = hf_mqtt_body(&g.m, &room);
            assert_int_equal(space != NULL, (hf_mqtt_wants(&g.m) & HF_HAS_ROOM) != 0);
            if (space != NULL) {
                assert_int_equal(hf_mqtt_body_done(&g.m, 1001 - sent), HF_E_USAGE);
                memset(space, 'b', room);
                sent += room;
                assert_int_equal(hf_mqtt_body_done(&g.m, room), HF_OK);
            }
            rig_move(&g);
            if ((hf_mqtt_wants(&g.m) & HF_HAS_DATA) != 0) {
                assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK); /* its PUBACK must wait */
            }
        }
        hf_span payload;
        assert_int_equal(broker_got_publish(&g, copy, &payload).id, id);
        assert_int_equal(payload.len, 1000);
        for (size_t k = 0; k < 1000; k++) {
            assert_int_equal(payload.ptr[k], 'b');
        }
        assert_int_equal(broker_got_id(&g, HF_MQTT_PUBACK), 5);
        broker_id(&g, HF_MQTT_PUBACK, id);
        assert_int_equal(rig_event(&g, HF_MQTT_EVENT_PUBLISHED).id, id);
    }
}

static void puback_waits_for_room(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    rig_open(&g, 0);
    uint8_t text[59] = {'x'};
    hf_mqtt_publication p = {.topic = T("t")}; /* 2 + 3 + 59 = 64: the output is full */
    assert_int_equal(hf_mqtt_publish(&g.m, &p, (hf_span){text, 59}, NULL), HF_OK);
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), HF_PENDING);
    assert_false((hf_mqtt_wants(&g.m) & HF_HAS_ROOM) != 0);
    broker_publish(&g, "a", 9, T("1"));
    broker_publish(&g, "a", 10, T("2"));
    while (rig_down(&g)) {
    }
    assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK);
    assert_false((hf_mqtt_wants(&g.m) & HF_HAS_DATA) != 0);
    assert_int_equal(hf_mqtt_output_done(&g.m, 65), HF_E_USAGE);
    assert_int_equal(hf_mqtt_output_done(&g.m, 3), HF_OK); /* too little */
    assert_false((hf_mqtt_wants(&g.m) & HF_HAS_DATA) != 0);
    assert_int_equal(hf_mqtt_output_done(&g.m, 1), HF_OK);
    assert_true((hf_mqtt_wants(&g.m) & HF_HAS_DATA) != 0);
    assert_int_equal(hf_mqtt_output_done(&g.m, 60), HF_OK);
    assert_int_equal(broker_got_id(&g, HF_MQTT_PUBACK), 9);
    assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK);
    assert_int_equal(broker_got_id(&g, HF_MQTT_PUBACK), 10);
}

static void requests_are_checked(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    hf_mqtt_publication p = {.topic = T("t")};
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), HF_E_USAGE);
    assert_int_equal(hf_mqtt_disconnect(&g.m), HF_E_USAGE);
    hf_mqtt_options options = {.client_id = T("dev"), .keep_session = true};
    hf_mqtt_options empty = {.keep_session = true};
    const hf_mqtt_will no_topic = {.qos = 1};
    hf_mqtt_options willing = {.client_id = T("dev"), .will = &no_topic};
    assert_int_equal(hf_mqtt_connect(&g.m, &empty), HF_E_USAGE);
    assert_int_equal(hf_mqtt_connect(&g.m, &willing), HF_E_MQTT_TOPIC);
    hf_mqtt_options wordy = {.client_id = T("0123456789012345678901234567890123456789012345678")};
    assert_int_equal(hf_mqtt_connect(&g.m, &wordy), HF_OK);
    assert_int_equal(hf_mqtt_connect(&g.m, &options), HF_E_USAGE);
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), HF_E_USAGE); /* before CONNACK */
    assert_false((hf_mqtt_wants(&g.m) & HF_HAS_ROOM) != 0);

    rig_init(&g, 64, 64, 4096);
    wordy.user_name = T("user name");
    assert_int_equal(hf_mqtt_connect(&g.m, &wordy), HF_E_MQTT_TOO_LARGE);
    assert_int_equal(hf_mqtt_needed_output(&g.m), 14 + 49 + 11);
    assert_int_equal(hf_mqtt_wants(&g.m), 0);
    rig_open(&g, 0);
    const hf_mqtt_filter bad = {T("a#"), 1}, qos2 = {T("a"), 2};
    hf_mqtt_filter many[256];
    for (size_t i = 0; i < 256; i++) {
        many[i] = (hf_mqtt_filter){T("a"), 1};
    }
    assert_int_equal(hf_mqtt_subscribe(&g.m, &bad, 1, NULL), HF_E_MQTT_TOPIC);
    assert_int_equal(hf_mqtt_unsubscribe(&g.m, &bad, 1, NULL), HF_E_MQTT_TOPIC);
    assert_int_equal(hf_mqtt_subscribe(&g.m, &qos2, 1, NULL), HF_E_USAGE);
    assert_int_equal(hf_mqtt_subscribe(&g.m, many, 0, NULL), HF_E_USAGE);
    assert_int_equal(hf_mqtt_subscribe(&g.m, many, 256, NULL), HF_E_USAGE);
    assert_int_equal(hf_mqtt_unsubscribe(&g.m, many, 256, NULL), HF_E_USAGE);
    assert_int_equal(hf_mqtt_subscribe(&g.m, many, 61, NULL), HF_E_MQTT_TOO_LARGE);
    assert_int_equal(hf_mqtt_needed_output(&g.m), 65);
    p.topic = T("a/+");
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), HF_E_MQTT_TOPIC);
    p = (hf_mqtt_publication){.topic = T("a"), .qos = 2};
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), HF_E_USAGE);
    p = (hf_mqtt_publication){.topic = T("a"), .qos = 1, .again = 4};
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), HF_E_USAGE);
    p = (hf_mqtt_publication){.topic = T("a"), .again = 4};
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), HF_E_USAGE);
    assert_int_equal(hf_mqtt_forget(&g.m, 1), HF_E_USAGE);
    broker_got_nothing(&g);
    assert_int_equal(g.m.error.code, HF_OK);
    assert_int_equal(hf_mqtt_input_done(&g.m, 65), HF_E_USAGE);
}

static void pipelined_requests_follow_connect(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 256, 256, 4096);
    hf_mqtt_options options = {.client_id = T("dev"), .pipeline = true};
    hf_mqtt_publication p = {.topic = T("t"), .qos = 1};
    uint16_t id;
    assert_int_equal(hf_mqtt_connect(&g.m, &options), HF_OK);
    assert_true((hf_mqtt_wants(&g.m) & HF_HAS_ROOM) != 0);
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), &id), HF_OK);
    uint8_t copy[64];
    hf_mqtt_header header;
    hf_span payload;
    (void)broker_got(&g, HF_MQTT_CONNECT, &header, copy);
    (void)broker_got_publish(&g, copy, &payload);
    broker_connack(&g, false, 0);
    broker_id(&g, HF_MQTT_PUBACK, id);
    (void)rig_event(&g, HF_MQTT_EVENT_CONNECTED);
    assert_int_equal(rig_event(&g, HF_MQTT_EVENT_PUBLISHED).id, id);
}

static void password_does_not_stay_in_memory(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 256, 5);
    hf_mqtt_options options = {.client_id = T("d"), .user_name = T("u"), .password = T("hunter-2")};
    rig_open_with(&g, &options, false);
    for (size_t i = 0; i + 8 <= sizeof g.out; i++) {
        assert_memory_not_equal(g.out + i, "hunter-2", 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_is_pinned),
        cmocka_unit_test(connect_publish_subscribe_disconnect),
        cmocka_unit_test(an_end_while_disconnecting_is_no_error),
        cmocka_unit_test(an_end_ends_a_begun_message),
        cmocka_unit_test(messages_are_lent_and_then_acknowledged),
        cmocka_unit_test(lent_spans_stay_while_more_arrives),
        cmocka_unit_test(message_larger_than_the_buffer_comes_in_pieces),
        cmocka_unit_test(payload_larger_than_the_output_is_written_in_pieces),
        cmocka_unit_test(puback_waits_for_room),
        cmocka_unit_test(requests_are_checked),
        cmocka_unit_test(pipelined_requests_follow_connect),
        cmocka_unit_test(password_does_not_stay_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
