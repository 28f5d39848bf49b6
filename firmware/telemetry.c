/* MQTT over the connection: subscribes to commands, publishes one message, waits for a command,
 * says goodbye. */
#include "device.h"

#include <string.h>

hf_mqtt device_mqtt;
uint8_t device_mqtt_input[256], device_mqtt_output[256];

static const char TELEMETRY[] = "{\"temperature\":21.5}";

/* What MQTT has to say goes into TLS; false when that has failed. */
static bool push(void)
{
    size_t len = 0;
    const uint8_t *bytes = hf_mqtt_output(&device_mqtt, &len);
    bool sent = len == 0 || device_send(bytes, len);
    (void)hf_mqtt_output_done(&device_mqtt, sent ? len : 0);
    return sent;
}

/* Data of TLS go to MQTT. */
static void pull(void)
{
    size_t len = 0;
    size_t room = 0;
    const uint8_t *data = hf_tls_data(&device_tls, &len);
    uint8_t *space = hf_mqtt_input(&device_mqtt, &room);
    size_t part = len < room ? len : room;
    memcpy(space, data, part);
    (void)hf_tls_data_done(&device_tls, part);
    (void)hf_mqtt_input_done(&device_mqtt, part);
}

/* One step of both engines. False: one of them has ended. */
static bool step(void)
{
    (void)hf_mqtt_tick(&device_mqtt, board_milliseconds());
    if (!push() || (hf_mqtt_wants(&device_mqtt) & HF_IS_FAILED) != 0) {
        return false;
    }
    if (!device_wait_for(HF_HAS_DATA)) {
        (void)hf_mqtt_input_end(&device_mqtt);
        return false;
    }
    pull();
    return true;
}

/* Goes on until the answer `kind` is there; `id`: of the request that it answers. */
static hf_code wait_event(uint8_t kind, uint16_t id)
{
    hf_mqtt_event event = {.kind = HF_MQTT_EVENT_NONE};
    while (event.kind != kind || event.id != id) {
        if (!hf_mqtt_get_event(&device_mqtt, &event) && !step()) {
            hf_code code = (hf_code)device_mqtt.error.code;
            return code == HF_OK ? HF_E_MQTT_CLOSED : code;
        }
    }
    return event.code;
}

static hf_code connect_broker(const char *device)
{
    const hf_mqtt_memory memory = {.input = {device_mqtt_input, sizeof device_mqtt_input},
                                   .output = {device_mqtt_output, sizeof device_mqtt_output}};
    const hf_mqtt_options options = {.client_id = hf_mqtt_text(device), .keep_alive = 60};
    hf_code code = hf_mqtt_init(&device_mqtt, &memory);
    code = code == HF_OK ? hf_mqtt_connect(&device_mqtt, &options) : code;
    return code == HF_OK ? wait_event(HF_MQTT_EVENT_CONNECTED, 0) : code;
}

static hf_code subscribe(void)
{
    const hf_mqtt_filter filter = {.filter = hf_mqtt_text("device/commands"), .qos = 1};
    uint16_t id = 0;
    hf_code code = hf_mqtt_subscribe(&device_mqtt, &filter, 1, &id);
    return code == HF_OK ? wait_event(HF_MQTT_EVENT_SUBSCRIBED, id) : code;
}

static hf_code publish(void)
{
    const hf_mqtt_publication publication = {.topic = hf_mqtt_text("device/telemetry"), .qos = 1};
    uint16_t id = 0;
    hf_code code = hf_mqtt_publish(&device_mqtt, &publication, hf_mqtt_text(TELEMETRY), &id);
    return code == HF_OK ? wait_event(HF_MQTT_EVENT_PUBLISHED, id) : code;
}

/* Prints the payload of one command. */
static hf_code wait_command(void)
{
    hf_mqtt_message message;
    char text[64];
    while (!hf_mqtt_get_message(&device_mqtt, &message)) {
        if (!step()) {
            return HF_E_MQTT_CLOSED;
        }
    }
    size_t len = message.payload.len < sizeof text - 1 ? message.payload.len : sizeof text - 1;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = message.payload.ptr[i];
        text[i] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    }
    text[len] = 0;
    board_put("mqtt: command ");
    board_put(text);
    board_put("\n");
    return hf_mqtt_message_done(&device_mqtt);
}

hf_code device_telemetry(const char *device)
{
    hf_code code = connect_broker(device);
    if (code == HF_OK) {
        board_put("mqtt: connected\n");
        code = subscribe();
    }
    if (code == HF_OK) {
        board_put("mqtt: subscribed\n");
        code = publish();
    }
    if (code == HF_OK) {
        board_put("mqtt: published\n");
        code = wait_command();
    }
    if (code == HF_OK) {
        (void)hf_mqtt_disconnect(&device_mqtt);
        (void)push();
    }
    return code;
}

void device_telemetry_explain(void)
{
    if (device_mqtt.error.code != HF_OK) {
        board_put_number("mqtt: error", device_mqtt.error.code);
    }
}
