/* CONNECT (3.1) and CONNACK (3.2). */
#include "mqtt/packet.h"

#include <string.h>

enum connect_flag {
    CLEAN_SESSION = 0x02,
    WILL = 0x04,
    WILL_QOS = 0x18,
    WILL_RETAIN = 0x20,
    PASSWORD = 0x40,
    USER_NAME = 0x80,
};

static const uint8_t MQTT_NAME[] = {'M', 'Q', 'T', 'T'};
static const uint8_t MQISDP_NAME[] = {'M', 'Q', 'I', 's', 'd', 'p'}; /* MQTT 3.1 */

static bool name_is(hf_span name, const uint8_t *expected, size_t len)
{
    return name.len == len && memcmp(name.ptr, expected, len) == 0;
}

/* Protocol name and level (3.1.2.1, 3.1.2.2). */
static hf_code parse_protocol(hf_reader *r, uint8_t *level)
{
    const uint8_t *start = r->at;
    hf_span name = hf_read_vec(r, 2, sizeof MQTT_NAME, sizeof MQISDP_NAME);
    *level = hf_read_u8(r);
    bool mqtt = !r->bad && name_is(name, MQTT_NAME, sizeof MQTT_NAME);
    bool mqisdp = !r->bad && name_is(name, MQISDP_NAME, sizeof MQISDP_NAME);
    if (!mqtt && !mqisdp) {
        hf_mqtt_spoil_at(r, start);
        return HF_E_MQTT_MALFORMED;
    }
    return mqtt && *level == HF_MQTT_LEVEL_311 ? HF_OK : HF_E_MQTT_REFUSED_VERSION;
}

/* 3.1.2-3: bit 0 is 0. 3.1.2-11, -13, -14, -15: will QoS and retain need a will, QoS is not 3.
 * 3.1.2-22: a password needs a user name. */
static bool flags_allowed(uint8_t flags)
{
    bool will_parts = (flags & (WILL_QOS | WILL_RETAIN)) != 0;
    return (flags & 1u) == 0 && (flags & WILL_QOS) != WILL_QOS &&
           ((flags & WILL) != 0 || !will_parts) &&
           ((flags & PASSWORD) == 0 || (flags & USER_NAME) != 0);
}

static void parse_will(hf_reader *r, uint8_t flags, hf_mqtt_will *will)
{
    will->topic = hf_mqtt_read_topic_name(r);
    will->payload = hf_read_vec(r, 2, 0, HF_MQTT_STRING_MAX);
    will->qos = flags >> 3 & 3u;
    will->retain = (flags & WILL_RETAIN) != 0;
}

hf_code hf_mqtt_parse_connect(hf_reader *r, hf_mqtt_packet_connect *out)
{
    *out = (hf_mqtt_packet_connect){0};
    hf_code code = parse_protocol(r, &out->level);
    if (code != HF_OK) {
        return code;
    }
    const uint8_t *flags_at = r->at;
    uint8_t flags = hf_read_u8(r);
    if (!flags_allowed(flags)) {
        hf_mqtt_spoil_at(r, flags_at);
    }
    out->clean_session = (flags & CLEAN_SESSION) != 0;
    out->keep_alive = hf_read_u16(r);
    out->client_id = hf_mqtt_read_text(r);
    if ((flags & WILL) != 0) {
        parse_will(r, flags, &out->will);
    }
    if ((flags & USER_NAME) != 0) {
        out->user_name = hf_mqtt_read_text(r);
    }
    if ((flags & PASSWORD) != 0) {
        out->password = hf_read_vec(r, 2, 0, HF_MQTT_STRING_MAX);
    }
    return hf_mqtt_read_end(r);
}

static hf_code check_will(const hf_mqtt_will *will)
{
    if (!hf_mqtt_topic_name_valid(will->topic)) {
        return HF_E_MQTT_TOPIC;
    }
    return will->qos <= 2 && will->payload.len <= HF_MQTT_STRING_MAX ? HF_OK : HF_E_USAGE;
}

static hf_code check_options(const hf_mqtt_options *options)
{
    if (!hf_mqtt_utf8_valid(options->client_id) || !hf_mqtt_utf8_valid(options->user_name) ||
        options->password.len > HF_MQTT_STRING_MAX) {
        return HF_E_USAGE;
    }
    if ((options->client_id.len == 0 && options->keep_session) ||            /* 3.1.3-7 */
        (options->user_name.ptr == NULL && options->password.ptr != NULL)) { /* 3.1.2-22 */
        return HF_E_USAGE;
    }
    return options->will != NULL ? check_will(options->will) : HF_OK;
}

static uint8_t flags_of(const hf_mqtt_options *options)
{
    unsigned flags = options->keep_session ? 0u : CLEAN_SESSION;
    flags |= options->user_name.ptr != NULL ? USER_NAME : 0u;
    flags |= options->password.ptr != NULL ? PASSWORD : 0u;
    if (options->will != NULL) {
        flags |= WILL | (unsigned)options->will->qos << 3;
        flags |= options->will->retain ? WILL_RETAIN : 0u;
    }
    return (uint8_t)flags;
}

static void write_optional(hf_writer *w, const hf_span *text)
{
    if (text->ptr != NULL) {
        hf_write_vec(w, 2, *text);
    }
}

static void write_body(hf_writer *w, const hf_mqtt_options *options)
{
    static const uint8_t protocol[] = {0, 4, 'M', 'Q', 'T', 'T', HF_MQTT_LEVEL_311};
    hf_write_bytes(w, protocol, sizeof protocol);
    hf_write_u8(w, flags_of(options));
    hf_write_u16(w, options->keep_alive);
    hf_write_vec(w, 2, options->client_id);
    if (options->will != NULL) {
        hf_write_vec(w, 2, options->will->topic);
        hf_write_vec(w, 2, options->will->payload);
    }
    write_optional(w, &options->user_name);
    write_optional(w, &options->password);
}

hf_code hf_mqtt_write_connect(hf_writer *w, const hf_mqtt_options *options)
{
    hf_code code = check_options(options);
    if (code != HF_OK) {
        return code;
    }
    hf_writer count = hf_write_to(NULL, 0);
    write_body(&count, options);
    hf_mqtt_write_header(w, HF_MQTT_CONNECT, 0, count.len);
    write_body(w, options);
    return hf_mqtt_write_end(w);
}

hf_code hf_mqtt_parse_connack(hf_reader *r, hf_mqtt_packet_connack *out)
{
    const uint8_t *flags_at = r->at;
    uint8_t flags = hf_read_u8(r);
    out->session_present = (flags & 1u) != 0;
    out->code = hf_read_u8(r);
    /* 3.2.2.1: bits 7 to 1 are reserved. 3.2.2-4: a refusal has no session. */
    if (flags > 1 || (out->session_present && out->code != 0)) {
        hf_mqtt_spoil_at(r, flags_at);
    }
    return hf_mqtt_read_end(r);
}

hf_code hf_mqtt_write_connack(hf_writer *w, const hf_mqtt_packet_connack *packet)
{
    if (packet->session_present && packet->code != 0) {
        return HF_E_USAGE;
    }
    hf_mqtt_write_header(w, HF_MQTT_CONNACK, 0, 2);
    hf_write_u8(w, packet->session_present ? 1 : 0);
    hf_write_u8(w, packet->code);
    return hf_mqtt_write_end(w);
}
