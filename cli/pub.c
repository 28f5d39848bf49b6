/* handfast pub: one message to a broker. At QoS 1 it is done when PUBACK has come. */
#include "command.h"
#include "report.h"
#include "session.h"

#include <inttypes.h>
#include <string.h>

typedef struct message {
    cli_file file;
    hf_span payload;
} message;

static cli_exit load(const mqtt_options *options, message *out)
{
    cli_exit result = CLI_OK;
    switch (options->source) {
    case MQTT_FROM_TEXT:
        out->payload = hf_mqtt_text(options->message);
        break;
    case MQTT_FROM_FILE:
        result = cli_file_read(options->message, MQTT_PAYLOAD_MAX, &out->file);
        out->payload = (hf_span){out->file.bytes, out->file.len};
        break;
    case MQTT_FROM_STDIN:
        result = cli_file_read(NULL, MQTT_PAYLOAD_MAX, &out->file);
        out->payload = (hf_span){out->file.bytes, out->file.len};
        break;
    default:
        out->payload = (hf_span){NULL, 0};
        break;
    }
    return result;
}

/* Gives as much of the payload to the engine as it takes now. */
static hf_code give(session *s, hf_span *left)
{
    size_t room = 0;
    uint8_t *space = hf_mqtt_body(&s->link.mqtt, &room);
    hf_code code = HF_OK;
    while (code == HF_OK && left->len > 0 && room > 0) {
        size_t n = left->len < room ? left->len : room;
        memcpy(space, left->ptr, n);
        code = hf_mqtt_body_done(&s->link.mqtt, n);
        left->ptr += n;
        left->len -= n;
        if (code == HF_OK) {
            code = hf_link_step(&s->link);
        }
        space = hf_mqtt_body(&s->link.mqtt, &room);
    }
    return code;
}

static bool is_sent(const session *s)
{
    return ((hf_mqtt_wants(&s->link.mqtt) | hf_conn_wants(&s->link.conn)) & HF_WANT_OUTPUT) == 0;
}

/* Takes what comes; true when the acknowledgement of `id` was there. */
static bool take_events(session *s, uint16_t id)
{
    hf_mqtt_event event;
    bool acknowledged = false;
    while (hf_mqtt_get_event(&s->link.mqtt, &event)) {
        acknowledged = acknowledged || (event.kind == HF_MQTT_EVENT_PUBLISHED && event.id == id);
    }
    hf_mqtt_message other; /* of a session that the broker has kept: not wanted here */
    while (hf_mqtt_get_message(&s->link.mqtt, &other)) {
        (void)hf_mqtt_message_done(&s->link.mqtt);
    }
    return acknowledged;
}

/* Sends the message on the open link. HF_PENDING: stopped by a signal. HF_E_TIMEOUT: for so long no
 * byte went out. */
static hf_code publish(session *s, hf_span payload)
{
    const mqtt_options *options = s->options;
    const hf_mqtt_publication publication = {
        .topic = hf_mqtt_text(options->topics[0]), .qos = options->qos, .retain = options->retain};
    uint16_t id = 0;
    hf_code code = hf_mqtt_publish_begin(&s->link.mqtt, &publication, payload.len, &id);
    uint64_t sent = 0;
    uint64_t until = session_now() + options->tls.timeout_ms;
    bool done = false;
    s->awaiting = options->topics[0];
    session_say(s, "publishing %zu bytes to %s with QoS %u", payload.len, options->topics[0],
                options->qos);
    while (code == HF_OK) {
        code = give(s, &payload); /* first, so that a small message is one record */
        code = code == HF_OK ? hf_link_step(&s->link) : code;
        done = take_events(s, id) || (id == 0 && payload.len == 0 && is_sent(s));
        if (code != HF_OK || done) {
            break;
        }
        if (s->link.conn.stats.bytes_out != sent) {
            sent = s->link.conn.stats.bytes_out;
            until = session_now() + options->tls.timeout_ms;
        }
        if (s->stopped || session_now() >= until) {
            return s->stopped ? HF_PENDING : HF_E_TIMEOUT;
        }
        session_wait(s, until);
    }
    return done ? HF_OK : code;
}

static cli_exit explain(const session *s, hf_code code)
{
    if (code == HF_PENDING) {
        return cli_fail(CLI_LOCAL, "The command was interrupted before the message was sent.",
                        "a signal", "Run it again.");
    }
    if (hf_link_error(&s->link)->code != HF_OK) {
        return session_failed(s);
    }
    hf_error error; /* of a request: the link itself is sound */
    hf_error_clear(&error);
    error.stage = HF_STAGE_MQTT;
    (void)hf_fail(&error, code == HF_E_TIMEOUT ? HF_E_MQTT_TIMEOUT : code);
    return cli_fail_record(&error, s->options->topics[0]);
}

static cli_exit run(session *s, hf_span payload)
{
    hf_code code = session_open(s);
    bool opened = code == HF_OK;
    code = opened ? publish(s, payload) : code;
    if (code != HF_OK) {
        cli_exit result = explain(s, code);
        (void)session_close(s);
        return result;
    }
    s->awaiting = s->options->qos == 0 ? s->awaiting : NULL;
    session_say(s, s->options->qos == 0 ? "sent" : "the broker has acknowledged it");
    code = session_close(s);
    /* At QoS 0 an error at the end is the only sign that the message did not arrive. */
    if (code != HF_OK && code != HF_E_TIMEOUT && hf_link_error(&s->link)->code != HF_OK) {
        return session_failed(s);
    }
    return CLI_OK;
}

cli_exit cli_pub(int argc, char **argv)
{
    mqtt_options options;
    message text = {.payload = {NULL, 0}};
    cli_exit result = mqtt_options_read(&options, false, argc, argv);
    if (result != CLI_OK || options.help) {
        return result == CLI_OK ? mqtt_print_help(false) : result;
    }
    result = load(&options, &text);
    if (result == CLI_OK) {
        session *s = session_make(&options, &result);
        if (s != NULL) {
            result = run(s, text.payload);
            result = session_release(s, result);
        }
    }
    cli_file_release(&text.file);
    return result;
}
