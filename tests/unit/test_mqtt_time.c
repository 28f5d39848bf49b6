/* MQTT engine over time: keep-alive and time-outs by a made-up clock. */
#include "unit/mqtt_rig.h"

static void silence_leads_to_a_ping(void **state)
{
    (void)state;
    static const uint32_t starts[] = {0, 1000, UINT32_MAX - 20000}; /* the last one wraps */
    for (size_t i = 0; i < 3; i++) {
        static rig g;
        uint32_t t = starts[i];
        rig_init(&g, 64, 64, 1);
        assert_int_equal(hf_mqtt_tick(&g.m, t), HF_OK);
        rig_open(&g, 60);
        for (int round = 0; round < 3; round++) {
            assert_int_equal(hf_mqtt_tick(&g.m, t), HF_OK);
            assert_in_range(hf_mqtt_next_tick(&g.m), 52490, 52510);
            assert_int_equal(hf_mqtt_tick(&g.m, t + 52000), HF_OK);
            broker_got_nothing(&g);
            t += 52510;
            assert_int_equal(hf_mqtt_tick(&g.m, t), HF_OK);
            broker_got_empty(&g, HF_MQTT_PINGREQ);
            assert_in_range(hf_mqtt_next_tick(&g.m), 9990, 10010);
            assert_int_equal(hf_mqtt_tick(&g.m, t + 9000), HF_OK);
            broker_got_nothing(&g); /* one ping at a time */
            t += 9000;
            broker_empty(&g, HF_MQTT_PINGRESP);
            rig_move(&g);
            assert_int_equal(hf_mqtt_tick(&g.m, t), HF_OK);
            t -= 9000; /* the interval runs from what was sent */
        }
    }
}

static void a_missing_pingresp_ends_the_connection(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    assert_int_equal(hf_mqtt_tick(&g.m, 0), HF_OK);
    hf_mqtt_options options = {.client_id = T("d"), .keep_alive = 60, .ping_timeout_ms = 3000};
    rig_open_with(&g, &options, false);
    assert_int_equal(hf_mqtt_tick(&g.m, 55000), HF_OK);
    broker_got_empty(&g, HF_MQTT_PINGREQ);
    assert_int_equal(hf_mqtt_tick(&g.m, 57990), HF_OK);
    assert_int_equal(hf_mqtt_tick(&g.m, 58010), HF_E_MQTT_NO_PINGRESP);
    assert_failed(&g, HF_E_MQTT_NO_PINGRESP, 0, 0);
}

static void a_link_that_takes_nothing_is_noticed(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    assert_int_equal(hf_mqtt_tick(&g.m, 0), HF_OK);
    rig_open(&g, 60);
    static uint8_t text[59];
    hf_mqtt_publication p = {.topic = T("t")};
    assert_int_equal(hf_mqtt_publish(&g.m, &p, (hf_span){text, 59}, NULL), HF_OK);
    assert_int_equal(hf_mqtt_tick(&g.m, 55000), HF_OK); /* no room for PINGREQ */
    assert_int_equal(hf_mqtt_tick(&g.m, 64000), HF_OK);
    assert_int_equal(hf_mqtt_tick(&g.m, 65100), HF_E_MQTT_NO_PINGRESP);
}

static void sending_puts_the_ping_off_but_not_for_ever(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    assert_int_equal(hf_mqtt_tick(&g.m, 0), HF_OK);
    rig_open(&g, 60);
    assert_int_equal(hf_mqtt_tick(&g.m, 0), HF_OK);
    hf_mqtt_publication p = {.topic = T("t")};
    uint8_t copy[64];
    hf_span payload;
    assert_int_equal(hf_mqtt_tick(&g.m, 40000), HF_OK);
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), HF_OK);
    (void)broker_got_publish(&g, copy, &payload);
    broker_publish(&g, "a", 0, T("x"));
    rig_move(&g);
    assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK);
    assert_int_equal(hf_mqtt_tick(&g.m, 60000), HF_OK);
    broker_got_nothing(&g);
    assert_int_equal(hf_mqtt_tick(&g.m, 92000), HF_OK);
    assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), HF_OK);
    (void)broker_got_publish(&g, copy, &payload);
    assert_int_equal(hf_mqtt_tick(&g.m, 113000), HF_OK); /* heard nothing since 60000 */
    broker_got_empty(&g, HF_MQTT_PINGREQ);
}

static void without_keep_alive_there_is_no_ping(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    rig_open(&g, 0);
    assert_int_equal(hf_mqtt_next_tick(&g.m), HF_MQTT_NO_TICK);
    assert_int_equal(hf_mqtt_tick(&g.m, 2000000000), HF_OK);
    broker_got_nothing(&g);
}

static void a_program_that_waits_is_no_dead_link(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    assert_int_equal(hf_mqtt_tick(&g.m, 0), HF_OK);
    rig_open(&g, 60);
    broker_publish(&g, "a", 0, T("x"));
    rig_move(&g);
    assert_int_equal(hf_mqtt_tick(&g.m, 55000), HF_OK);
    assert_int_equal(hf_mqtt_tick(&g.m, 110000), HF_OK);
    broker_got_empty(&g, HF_MQTT_PINGREQ);
    broker_empty(&g, HF_MQTT_PINGRESP);
    assert_int_equal(hf_mqtt_tick(&g.m, 190000), HF_OK);
    assert_int_equal(hf_mqtt_message_done(&g.m), HF_OK);
    rig_move(&g);
    assert_int_equal(hf_mqtt_tick(&g.m, 190010), HF_OK);
    assert_true((hf_mqtt_wants(&g.m) & HF_IS_OPEN) != 0);
}

static void an_answer_behind_a_slow_packet_has_time(void **state)
{
    (void)state;
    static rig g;
    rig_init(&g, 64, 64, 4096);
    assert_int_equal(hf_mqtt_tick(&g.m, 0), HF_OK);
    rig_open(&g, 60);
    assert_int_equal(hf_mqtt_tick(&g.m, 0), HF_OK);
    assert_int_equal(hf_mqtt_tick(&g.m, 55000), HF_OK);
    broker_got_empty(&g, HF_MQTT_PINGREQ);
    broker_raw(&g, "\x30\x20\x00\x01x", 5);
    for (uint32_t i = 1; i < 20; i++) { /* one byte in 2 seconds: 38 s after the ping */
        rig_move(&g);
        assert_int_equal(hf_mqtt_tick(&g.m, 55000 + 2000 * i), HF_OK);
        broker_raw(&g, ".", 1);
    }
    rig_move(&g);
    assert_int_equal(hf_mqtt_tick(&g.m, 95000), HF_OK);
    assert_int_equal(hf_mqtt_tick(&g.m, 104990), HF_OK);
    assert_int_equal(hf_mqtt_tick(&g.m, 105010), HF_E_MQTT_NO_PINGRESP); /* silence */
}

static void answers_have_a_deadline(void **state)
{
    (void)state;
    hf_mqtt_options options = {.client_id = T("d"), .answer_timeout_ms = 5000};
    hf_mqtt_publication p = {.topic = T("t"), .qos = 1};
    const hf_mqtt_filter filter = {T("a"), 0};
    static const uint32_t types[] = {HF_MQTT_CONNECT, HF_MQTT_PUBLISH, HF_MQTT_SUBSCRIBE,
                                     HF_MQTT_UNSUBSCRIBE};
    for (size_t i = 0; i < 4; i++) {
        static rig g;
        rig_init(&g, 64, 64, 4096);
        if (i == 0) {
            assert_int_equal(hf_mqtt_connect(&g.m, &options), HF_OK);
        } else {
            rig_open_with(&g, &options, false);
        }
        if (i == 1) {
            assert_int_equal(hf_mqtt_publish(&g.m, &p, T("x"), NULL), HF_OK);
        } else if (i == 2) {
            assert_int_equal(hf_mqtt_subscribe(&g.m, &filter, 1, NULL), HF_OK);
        } else if (i == 3) {
            assert_int_equal(hf_mqtt_unsubscribe(&g.m, &filter, 1, NULL), HF_OK);
        }
        rig_move(&g);
        assert_int_equal(hf_mqtt_next_tick(&g.m), 0);
        assert_int_equal(hf_mqtt_tick(&g.m, 700000), HF_OK); /* counted from the first tick */
        assert_in_range(hf_mqtt_next_tick(&g.m), 4998, 5002);
        assert_int_equal(hf_mqtt_tick(&g.m, 704990), HF_OK);
        assert_int_equal(hf_mqtt_tick(&g.m, 705010), HF_E_MQTT_TIMEOUT);
        assert_failed(&g, HF_E_MQTT_TIMEOUT, types[i], 0);
    }
    static rig g;
    rig_init(&g, 64, 64, 4096);
    options.answer_timeout_ms = HF_MQTT_NO_TIMEOUT;
    assert_int_equal(hf_mqtt_connect(&g.m, &options), HF_OK);
    assert_int_equal(hf_mqtt_next_tick(&g.m), HF_MQTT_NO_TICK);
    assert_int_equal(hf_mqtt_tick(&g.m, 1), HF_OK);
    assert_int_equal(hf_mqtt_tick(&g.m, 2000000000), HF_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_leads_to_a_ping),
        cmocka_unit_test(a_missing_pingresp_ends_the_connection),
        cmocka_unit_test(a_link_that_takes_nothing_is_noticed),
        cmocka_unit_test(sending_puts_the_ping_off_but_not_for_ever),
        cmocka_unit_test(without_keep_alive_there_is_no_ping),
        cmocka_unit_test(a_program_that_waits_is_no_dead_link),
        cmocka_unit_test(an_answer_behind_a_slow_packet_has_time),
        cmocka_unit_test(answers_have_a_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
