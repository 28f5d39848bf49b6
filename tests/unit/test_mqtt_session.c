/* MQTT engine: the window of unanswered requests, and what of it lives over a reconnect. */
#include "unit/mqtt_rig.h"

static void window_is_bounded(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 256, 256, 4096);
    rig_open(&g, 0);
    hf_mqtt_publication p = {.topic = T("t"), .qos = 1};
    uint16_t ids[HF_MQTT_WINDOW], id = 0;
    uint8_t copy[64];
    hf_span payload;
    for (size_t i = 0; i < HF_MQTT_WINDOW; i++) {
        assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), &ids[i]), HF_OK);
        assert_int_equal(broker_got_publish(&g, copy, &payload).id, ids[i]);
    }
    const hf_mqtt_filter filter = {T("a"), 0};
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), &id), HF_E_MQTT_WINDOW_FULL);
    assert_int_equal(hf_mqtt_subscribe(&g.m, &filter, 1, &id), HF_E_MQTT_WINDOW_FULL);
    p.qos = 0;
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), &id), HF_OK);
    (void)broker_got_publish(&g, copy, &payload);
    broker_id(&g, HF_MQTT_PUBACK, ids[3]);
    assert_int_equal(rig_event(&g, HF_MQTT_EVENT_PUBLISHED).id, ids[3]);
    p.qos = 1;
    g.m.next_id = ids[7]; /* as after 65535 more: identifiers in use are skipped, 0 is none */
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), &id), HF_OK);
    assert_int_equal(id, ids[7] + 1);
    broker_id(&g, HF_MQTT_PUBACK, id);
    (void)rig_event(&g, HF_MQTT_EVENT_PUBLISHED);
    g.m.next_id = 65535;
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), &id), HF_OK);
    assert_int_equal(id, 65535);
    broker_id(&g, HF_MQTT_PUBACK, id);
    (void)rig_event(&g, HF_MQTT_EVENT_PUBLISHED);
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), &id), HF_OK);
    assert_int_equal(id, ids[3]); /* 1 to 8 but the fourth are in use */
}

static void more_slots_make_a_larger_window(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 256, 4096, 4096);
    static hf_mqtt_slot slots[20];
    memset(slots, 0xff, sizeof slots);
    hf_mqtt_memory memory = {{g.in, 256}, {g.out, 4096}, slots, 20};
    assert_int_equal(hf_mqtt_init(&g.m, &memory), HF_OK);
    rig_open(&g, 0);
    hf_mqtt_publication p = {.topic = T("t"), .qos = 1};
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), HF_OK);
    }
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), HF_E_MQTT_WINDOW_FULL);
}

/* Two PUBLISH and one SUBSCRIBE without answer, then the transport ends. */
static void lose(rig *g, bool keep, uint16_t *ids)
{
    rig_init(g, 256, 256, 4096);
    hf_mqtt_options options = {.client_id = T("dev"), .keep_session = keep};
    rig_open_with(g, &options, false);
    hf_mqtt_publication p = {.topic = T("t"), .qos = 1};
    const hf_mqtt_filter filter = {T("a"), 0};
    g->m.next_id = 65535; /* the order must hold over the wrap */
    assert_int_equal(hf_mqtt_publish(&g->m, &p, T("1"), &ids[0]), HF_OK);
    assert_int_equal(hf_mqtt_subscribe(&g->m, &filter, 1, &ids[1]), HF_OK);
    assert_int_equal(hf_mqtt_publish(&g->m, &p, T("2"), &ids[2]), HF_OK);
    rig_move(g);
    g->up_len = 0;
    assert_int_equal(hf_mqtt_input_end(&g->m), HF_E_MQTT_CLOSED);
}

static void unacknowledged_messages_are_sent_again(void **state)
{
    (void)state;
    static rig g;
    uint16_t ids[3];
    lose(&g, true, ids);
    hf_mqtt_options options = {.client_id = T("dev"), .keep_session = true};
    rig_open_with(&g, &options, true);
    assert_int_equal(g.m.error.code, HF_OK);
    for (size_t i = 0; i < 3; i++) {
        hf_mqtt_event event = rig_event(&g, HF_MQTT_EVENT_UNACKNOWLEDGED);
        assert_int_equal(event.id, ids[i]);
        assert_int_equal(event.resend, i != 1);
    }
    rig_no_event(&g);
    broker_got_nothing(&g);
    uint16_t id = 0;
    uint8_t copy[64];
    hf_span payload;
    hf_mqtt_publication p = {.topic = T("t"), .qos = 1, .again = ids[0]};
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("1"), &id), HF_OK);
    assert_int_equal(id, ids[0]);
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("1"), &id), HF_E_USAGE); /* once a connection */
    hf_mqtt_packet_publish publish = broker_got_publish(&g, copy, &payload);
    assert_int_equal(publish.id, ids[0]);
    assert_true((publish.flags & HF_MQTT_DUP) != 0);
    broker_id(&g, HF_MQTT_PUBACK, ids[0]);
    assert_int_equal(rig_event(&g, HF_MQTT_EVENT_PUBLISHED).id, ids[0]);
    assert_int_equal(hf_mqtt_forget(&g.m, ids[0]), HF_E_USAGE);
    assert_int_equal(hf_mqtt_forget(&g.m, ids[2]), HF_OK);
    assert_int_equal(hf_mqtt_forget(&g.m, ids[2]), HF_E_USAGE);
}

static void a_clean_session_frees_the_window(void **state)
{
    (void)state;
    for (int before = 0; before <= 1; before++) {
        for (int after = 0; after <= 1; after++) {
            static rig g;
            uint16_t ids[3];
            lose(&g, before == 1, ids);
            hf_mqtt_options options = {.client_id = T("dev"), .keep_session = after == 1};
            rig_open_with(&g, &options, false);
            for (size_t i = 0; i < 3; i++) {
                hf_mqtt_event event = rig_event(&g, HF_MQTT_EVENT_UNACKNOWLEDGED);
                assert_int_equal(event.id, ids[i]);
                assert_int_equal(event.resend, i != 1 && before == 1 && after == 1);
            }
            rig_no_event(&g);
        }
    }
}

static void what_is_not_sent_again_is_reported_again(void **state)
{
    (void)state;
    static rig g;
    uint16_t ids[3];
    lose(&g, true, ids);
    hf_mqtt_options options = {.client_id = T("dev"), .keep_session = true};
    rig_open_with(&g, &options, true);
    (void)rig_event(&g, HF_MQTT_EVENT_UNACKNOWLEDGED);
    assert_int_equal(hf_mqtt_input_end(&g.m), HF_E_MQTT_CLOSED);
    rig_open_with(&g, &options, true);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rig_event(&g, HF_MQTT_EVENT_UNACKNOWLEDGED).id, ids[i]);
    }
    rig_no_event(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(window_is_bounded),
        cmocka_unit_test(more_slots_make_a_larger_window),
        cmocka_unit_test(unacknowledged_messages_are_sent_again),
        cmocka_unit_test(a_clean_session_frees_the_window),
        cmocka_unit_test(what_is_not_sent_again_is_reported_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
