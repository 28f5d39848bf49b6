/* The link keeper against a broker of a few lines: CONNECT's place, answers, ends, deadlines. */
#define _GNU_SOURCE
#include "unit/net_bench.h"

#include <handfast/link.h>

static uint8_t link_bytes[2][512];
static const hf_link_memory link_memory = {
    .tls = {.input = {bench_bytes, 2048}, .output = {bench_bytes + 2048, 1024}},
    .mqtt = {.input = {link_bytes[0], 512}, .output = {link_bytes[1], 512}},
};
static hf_mqtt_options greeting;

#define CONNECT_DEV   "D\021\x10\x0f\0\4MQTT\4\2\0\0\0\3dev"
#define SAY(fd, text) peer_say(fd, "D" text, sizeof("D" text) - 1)
#define CONNACK       "\4\x20\2\0\0"

static int setup(void **state)
{
    greeting = (hf_mqtt_options){.client_id = hf_mqtt_text("dev")};
    return bench_setup(state);
}

/* Reads until `len` bytes behind the last flight are there; they must be `bytes`. */
static bool expect_bytes(peer *p, int fd, const char *bytes, size_t len)
{
    for (;;) {
        if (memmem(p->seen, p->seen_len, bytes, len) != NULL) {
            return true;
        }
        ssize_t n = recv(fd, p->seen + p->seen_len, sizeof p->seen - 1 - p->seen_len, 0);
        if (n <= 0) {
            return false;
        }
        p->seen_len += (size_t)n;
    }
}

static bool broker_greets(peer *p, int fd)
{
    return peer_hello(p, fd) && expect_bytes(p, fd, CONNECT_DEV, sizeof CONNECT_DEV - 1);
}

#define PUBLISH_1  "D\012\x32\x08\0\1t\0\1hey"
#define SUBSCRIBE  "D\010\x82\6\0\2\0\1c\1"
#define DISCONNECT "D\2\xe0\0"

static void broker_script(peer *p, int fd)
{
    if (broker_greets(p, fd)) {
        SAY(fd, CONNACK);
    }
    if (expect_bytes(p, fd, PUBLISH_1, sizeof PUBLISH_1 - 1)) {
        SAY(fd, "\4\x40\2\0\1");
    }
    if (expect_bytes(p, fd, SUBSCRIBE, sizeof SUBSCRIBE - 1)) {
        SAY(fd, "\5\x90\3\0\2\1");
        SAY(fd, "\012\x32\x08\0\1c\0\7cmd");
    }
    if (expect_bytes(p, fd, "\x40\2\0\7", 4) &&
        expect_bytes(p, fd, DISCONNECT, sizeof DISCONNECT - 1)) {
        peer_say(fd, "C", 1);
    }
    peer_drain(p, fd);
}

static hf_code open_link(hf_link *link, uint16_t port, uint32_t timeout_ms)
{
    assert_int_equal(hf_link_init(link, &link_memory), HF_OK);
    return hf_link_open(link, &bench_config, at("127.0.0.1", port), &greeting, timeout_ms);
}

/* What is too small is known before anything is dialled, and so is the size that would do. */
static void buffers(void **state)
{
    (void)state;
    static const char at_nobody[] = "127.0.0.1:1";
    hf_link link;
    hf_link_memory memory = link_memory;
    memory.mqtt.input.cap = HF_MQTT_BUFFER_MIN - 1;
    assert_int_equal(hf_link_init(&link, &memory), HF_E_MEMORY_TOO_SMALL);
    assert_int_equal(hf_link_error(&link)->code, HF_E_MEMORY_TOO_SMALL);
    assert_int_equal(hf_link_error(&link)->detail, HF_MQTT_BUFFER_MIN);
    assert_int_equal(hf_link_open(&link, &bench_config, at_nobody, &greeting, LONG_MS),
                     HF_E_MEMORY_TOO_SMALL);
    assert_int_equal(hf_link_error(&link)->detail, HF_MQTT_BUFFER_MIN);
    memory = link_memory;
    static const char name[] = "sixty letters sixty letters sixty letters sixty letters sixty";
    greeting.client_id = hf_mqtt_text(name);
    const size_t needed = 14 + sizeof name - 1;
    for (memory.mqtt.output.cap = needed - 1; memory.mqtt.output.cap <= needed;
         memory.mqtt.output.cap++) {
        bool fits = memory.mqtt.output.cap == needed;
        assert_int_equal(hf_link_init(&link, &memory), HF_OK);
        assert_int_equal(hf_link_start(&link, &bench_config, at_nobody, NULL, &greeting, LONG_MS),
                         fits ? HF_PENDING : HF_E_MQTT_TOO_LARGE);
        assert_int_equal(hf_link_error(&link)->detail, fits ? 0 : needed);
        (void)hf_link_close(&link, 0);
    }
}

static void whole_session(void **state)
{
    (void)state;
    peer p;
    hf_link link;
    hf_mqtt_message message;
    peer_start(&p, broker_script);
    assert_int_equal(open_link(&link, p.port, LONG_MS), HF_OK);
    /* HELLO; FIN and CONNECT together */
    assert_int_equal(link.conn.stats.writes, 2);
    assert_true(link.conn.stats.mqtt_us > 0);
    assert_int_equal(link.conn.stats.round_trips, 3);
    const hf_mqtt_publication news = {.topic = hf_mqtt_text("t"), .qos = 1};
    assert_int_equal(hf_link_publish(&link, &news, hf_mqtt_text("hey"), LONG_MS), HF_OK);
    const hf_mqtt_filter filter = {.filter = hf_mqtt_text("c"), .qos = 1};
    assert_int_equal(hf_link_subscribe(&link, &filter, 1, LONG_MS), HF_OK);
    assert_int_equal(hf_link_receive(&link, &message, LONG_MS), HF_OK);
    assert_memory_equal(message.payload.ptr, "cmd", 3);
    assert_int_equal(message.id, 7);
    assert_int_equal(hf_link_receive(&link, &message, 0), HF_PENDING);
    assert_int_equal(hf_link_receive(&link, &message, 10), HF_E_TIMEOUT);
    assert_int_equal(hf_link_close(&link, LONG_MS), HF_OK);
    assert_int_equal(hf_link_error(&link)->code, HF_OK);
    peer_join(&p);
}

static void step_form(void **state)
{
    (void)state;
    peer p;
    hf_link link;
    hf_mqtt_event event = {0};
    peer_start(&p, broker_script);
    hf_link_init(&link, &link_memory);
    assert_int_equal(
        hf_link_start(&link, &bench_config, at("127.0.0.1", p.port), NULL, &greeting, LONG_MS),
        HF_PENDING);
    uint16_t id = 0;
    bool asked = false;
    while (event.kind != HF_MQTT_EVENT_PUBLISHED) {
        hf_code code = hf_link_step(&link);
        assert_true(code == HF_PENDING || code == HF_OK);
        if (code == HF_OK && !asked) {
            const hf_mqtt_publication news = {.topic = hf_mqtt_text("t"), .qos = 1};
            asked = true;
            assert_int_equal(hf_mqtt_publish(&link.mqtt, &news, hf_mqtt_text("hey"), &id), HF_OK);
            assert_int_equal(hf_link_step(&link), HF_OK);
        }
        if (!hf_mqtt_get_event(&link.mqtt, &event)) {
            struct pollfd entry = {.fd = hf_link_fd(&link), .events = POLLIN};
            int ms = hf_link_timeout(&link);
            (void)poll(&entry, 1, ms < 0 || ms > 10000 ? 10000 : ms);
        }
    }
    assert_int_equal(event.id, id);
    hf_link_close(&link, 0);
    peer_join(&p);
}

static void crossing_script(peer *p, int fd)
{
    if (broker_greets(p, fd)) {
        SAY(fd, CONNACK);
    }
    if (expect_bytes(p, fd, PUBLISH_1, sizeof PUBLISH_1 - 1)) {
        SAY(fd, "\x0c\x30\x06\0\1c"
                "cmd"
                "\x40\2\0\1");
    }
    peer_drain(p, fd);
}

/* A message that stands before the PUBACK is given to the program first. */
static void message_before_answer(void **state)
{
    (void)state;
    peer p;
    hf_link link;
    hf_mqtt_message message;
    peer_start(&p, crossing_script);
    assert_int_equal(open_link(&link, p.port, LONG_MS), HF_OK);
    const hf_mqtt_publication news = {.topic = hf_mqtt_text("t"), .qos = 1};
    assert_int_equal(hf_link_publish(&link, &news, hf_mqtt_text("hey"), LONG_MS), HF_PENDING);
    assert_int_equal(hf_link_receive(&link, &message, LONG_MS), HF_OK);
    assert_memory_equal(message.payload.ptr, "cmd", 3);
    assert_int_equal(hf_link_finish(&link, LONG_MS), HF_OK);
    hf_link_close(&link, 0);
    peer_join(&p);
}

static void refusing_script(peer *p, int fd)
{
    broker_greets(p, fd);
    SAY(fd, "\4\x20\2\0\5");
}

static void quiet_script(peer *p, int fd)
{
    broker_greets(p, fd);
    peer_drain(p, fd);
}

static void alert_script(peer *p, int fd)
{
    broker_greets(p, fd);
    peer_say(fd, "A\x74", 2);
}

static void leaving_script(peer *p, int fd)
{
    broker_greets(p, fd);
}

static void closing_script(peer *p, int fd)
{
    broker_greets(p, fd);
    peer_say(fd, "C", 1);
}

static void odd_script(peer *p, int fd)
{
    broker_greets(p, fd);
    SAY(fd, "\4HTTP");
    peer_drain(p, fd);
}

/* Each way not to be let in has its own error, all at the right stage. */
static void not_let_in(void **state)
{
    (void)state;
    static const struct {
        void (*script)(peer *, int);
        hf_code code;
        hf_stage stage;
        uint32_t timeout_ms;
    } cases[] = {
        {refusing_script, HF_E_MQTT_REFUSED_AUTHORITY, HF_STAGE_MQTT, LONG_MS},
        {quiet_script, HF_E_MQTT_TIMEOUT, HF_STAGE_MQTT, 200},
        {alert_script, HF_E_ALERT, HF_STAGE_TLS, LONG_MS},
        {leaving_script, HF_E_MQTT_CLOSED, HF_STAGE_MQTT, LONG_MS},
        {closing_script, HF_E_MQTT_CLOSED, HF_STAGE_MQTT, LONG_MS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        peer p;
        hf_link link;
        peer_start(&p, cases[i].script);
        assert_int_equal(open_link(&link, p.port, cases[i].timeout_ms), cases[i].code);
        assert_int_equal(hf_link_error(&link)->code, cases[i].code);
        assert_int_equal(hf_link_error(&link)->stage, cases[i].stage);
        assert_int_equal(hf_link_step(&link), cases[i].code);
        assert_int_equal(hf_link_close(&link, LONG_MS), cases[i].code);
        peer_join(&p);
    }
}

static void not_mqtt(void **state)
{
    (void)state;
    peer p;
    hf_link link;
    peer_start(&p, odd_script);
    hf_code code = open_link(&link, p.port, LONG_MS);
    assert_true(code == HF_E_MQTT_MALFORMED || code == HF_E_MQTT_PROTOCOL);
    assert_int_equal(hf_link_error(&link)->stage, HF_STAGE_MQTT);
    hf_link_close(&link, LONG_MS);
    peer_join(&p);
}

/* The same link opens again after a failure, and after an orderly end. */
static void opens_again(void **state)
{
    (void)state;
    peer p;
    hf_link link;
    uint16_t port = 0;
    int keeper = closed_port(&port);
    assert_int_equal(open_link(&link, port, LONG_MS), HF_E_CONNECT_REFUSED);
    assert_int_equal(hf_link_start(&link, &bench_config, "127.0.0.1", NULL, &greeting, 1),
                     HF_E_USAGE);
    assert_int_equal(hf_link_close(&link, LONG_MS), HF_E_CONNECT_REFUSED);
    close(keeper);
    for (int i = 0; i < 2; i++) {
        peer_start(&p, i == 0 ? leaving_script : broker_script);
        hf_code code =
            hf_link_open(&link, &bench_config, at("127.0.0.1", p.port), &greeting, LONG_MS);
        assert_int_equal(code, i == 0 ? HF_E_MQTT_CLOSED : HF_OK);
        assert_int_equal(hf_link_close(&link, LONG_MS), i == 0 ? HF_E_MQTT_CLOSED : HF_OK);
        peer_join(&p);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(buffers),    TEST(whole_session), TEST(step_form),   TEST(message_before_answer),
        TEST(not_let_in), TEST(not_mqtt),      TEST(opens_again),
    };
    return cmocka_run_group_tests_name("net link", tests, NULL, NULL);
}
