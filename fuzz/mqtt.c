/* Fuzz target: the MQTT engine against a broker's bytes, and the topic rules.
 *
 * Input: options, size of the pieces, then what the broker sends. What must hold: each round of the
 * loop makes progress, payloads arrive whole and in order, an error ends the engine.
 */
#include "fuzz.h"

#include <handfast/mqtt.h>

#define ROUNDS_MAX 100000u

typedef struct payload {
    uint32_t next;
    uint32_t total;
} payload;

static void take_message(hf_mqtt *m, payload *p)
{
    hf_mqtt_message message;
    if (!hf_mqtt_get_message(m, &message)) {
        return;
    }
    REQUIRE(message.offset == 0 || message.offset == p->next);
    REQUIRE(message.offset + message.payload.len <= message.total);
    REQUIRE(hf_mqtt_topic_name_valid(message.topic));
    REQUIRE(message.qos <= 1 && (message.id != 0) == (message.qos == 1));
    p->total = message.total;
    p->next = message.offset + (uint32_t)message.payload.len;
    require_known(hf_mqtt_message_done(m));
}

static void drain(hf_mqtt *m, payload *p)
{
    const unsigned busy = HF_WANT_OUTPUT | HF_HAS_DATA | HF_HAS_EVENT;
    for (unsigned rounds = 0; (hf_mqtt_wants(m) & busy) != 0; rounds++) {
        size_t len = 0;
        hf_mqtt_event event;
        REQUIRE(rounds < ROUNDS_MAX);
        take_message(m, p);
        if (hf_mqtt_get_event(m, &event)) {
            require_known(event.code);
        }
        const uint8_t *out = hf_mqtt_output(m, &len);
        REQUIRE((out != NULL) == (len > 0));
        if (len > 0) {
            (void)hf_mqtt_output_done(m, len);
        }
    }
}

static void ask(hf_mqtt *m, uint8_t options)
{
    uint16_t id = 0;
    const hf_mqtt_filter filters[] = {{hf_mqtt_text("a/#"), 1}, {hf_mqtt_text("b"), 0}};
    const hf_mqtt_publication publication = {.topic = hf_mqtt_text("a/b"), .qos = 1};
    if ((options & 1) != 0) {
        require_known(hf_mqtt_subscribe(m, filters, 2, &id));
    }
    if ((options & 2) != 0) {
        require_known(hf_mqtt_publish(m, &publication, hf_mqtt_text("hello"), &id));
    }
    if ((options & 4) != 0) {
        require_known(hf_mqtt_unsubscribe(m, filters, 1, &id));
    }
}

static void talk(hf_mqtt *m, hf_span input, size_t piece, uint8_t options)
{
    payload p = {0, 0};
    uint32_t now = 0;
    drain(m, &p);
    while (input.len > 0 && (hf_mqtt_wants(m) & HF_WANT_INPUT) != 0) {
        size_t room = 0;
        uint8_t *to = hf_mqtt_input(m, &room);
        REQUIRE(to != NULL && room > 0);
        size_t len = input.len < piece ? input.len : piece;
        len = len < room ? len : room;
        memcpy(to, input.ptr, len);
        input.ptr += len;
        input.len -= len;
        require_known(hf_mqtt_input_done(m, len));
        drain(m, &p);
        require_known(hf_mqtt_tick(m, now += 10));
        ask(m, options);
        options = (uint8_t)(options & ~7u); /* once */
        drain(m, &p);
    }
    require_known(hf_mqtt_input_end(m));
}

static void topics(hf_span input)
{
    size_t half = input.len / 2;
    hf_span filter = take_bytes(&input, half);
    hf_span name = take_bytes(&input, input.len);
    bool good = hf_mqtt_topic_filter_valid(filter) && hf_mqtt_topic_name_valid(name);
    if (good) {
        (void)hf_mqtt_topic_matches(filter, name);
        REQUIRE(hf_mqtt_topic_matches(name, name));
    }
    give_back(filter);
    give_back(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    hf_span input = {data, len};
    uint8_t options = take_byte(&input);
    size_t piece = take_byte(&input);
    hf_mqtt m;
    uint8_t in[256];
    uint8_t out[256];
    memset(&m, 0, sizeof m);
    const hf_mqtt_memory memory = {.input = {in, sizeof in}, .output = {out, sizeof out}};
    const hf_mqtt_options connect = {
        .client_id = hf_mqtt_text("device"),
        .keep_alive = 30,
        .keep_session = (options & 8) != 0,
        .pipeline = (options & 16) != 0,
    };
    if ((options & 128) != 0) {
        topics(input);
        return 0;
    }
    REQUIRE(hf_mqtt_init(&m, &memory) == HF_OK);
    REQUIRE(hf_mqtt_connect(&m, &connect) == HF_OK);
    if ((options & 16) != 0) {
        ask(&m, options);
        options = (uint8_t)(options & ~7u);
    }
    talk(&m, input, piece == 0 ? 4096 : piece, options);
    return 0;
}
