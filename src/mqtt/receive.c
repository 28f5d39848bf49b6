/* Packets from the broker: what may stand here, messages for the program, results as events.
 *
 * One packet at a time is taken from the input; taking rests while a message or an event waits, so
 * nothing is stored besides the bytes as they came. A PUBLISH is read head first: its payload goes
 * out whole when it fits behind the head, else in pieces as large as the buffer allows.
 */
#include "mqtt/engine.h"

#include <string.h>

static const uint8_t *packet_at(const hf_mqtt *m)
{
    return m->memory.input.ptr + m->in_at;
}

static hf_code fail_protocol(hf_mqtt *m, uint8_t type)
{
    return hf_mqtt_fail(m, HF_E_MQTT_PROTOCOL, type, 0);
}

/* 3.2.0-1: the first packet is CONNACK, and there is only one. The rest is for the other direction,
 * or belongs to QoS 2, which this engine neither sends nor subscribes to. */
static bool may_stand(const hf_mqtt *m, uint8_t type)
{
    if (m->state == ENGINE_CONNECTING) {
        return type == HF_MQTT_CONNACK;
    }
    return type == HF_MQTT_PUBLISH || type == HF_MQTT_PUBACK || type == HF_MQTT_SUBACK ||
           type == HF_MQTT_UNSUBACK || type == HF_MQTT_PINGRESP;
}

/* 3.2.2.3, and codes that the standard reserves. */
static hf_code refusal_of(uint8_t code)
{
    static const uint16_t CODES[] = {
        HF_OK,
        HF_E_MQTT_REFUSED_VERSION,
        HF_E_MQTT_REFUSED_CLIENT_ID,
        HF_E_MQTT_REFUSED_UNAVAILABLE,
        HF_E_MQTT_REFUSED_LOGIN,
        HF_E_MQTT_REFUSED_AUTHORITY,
    };
    return code < sizeof CODES / sizeof CODES[0] ? (hf_code)CODES[code] : HF_E_MQTT_REFUSED;
}

static hf_code take_connack(hf_mqtt *m, hf_reader *r)
{
    hf_mqtt_packet_connack connack;
    hf_code code = hf_mqtt_parse_connack(r, &connack);
    if (code != HF_OK) {
        return code;
    }
    if (connack.session_present && !m->keep_session) {
        return fail_protocol(m, HF_MQTT_CONNACK); /* 3.2.2-1 */
    }
    code = refusal_of(connack.code);
    m->event = (hf_mqtt_event){
        .kind = HF_MQTT_EVENT_CONNECTED, .session_present = connack.session_present, .code = code};
    if (code != HF_OK) {
        return hf_mqtt_fail(m, code, connack.code, 0);
    }
    m->state = ENGINE_OPEN;
    return HF_OK;
}

/* PUBACK, UNSUBACK: an answer to what was never asked is a violation (2.3.1-6, 2.3.1-7). */
static hf_code take_ack(hf_mqtt *m, hf_reader *r, uint8_t type)
{
    uint16_t id;
    hf_code code = hf_mqtt_parse_id(r, &id);
    if (code != HF_OK) {
        return code;
    }
    bool puback = type == HF_MQTT_PUBACK;
    hf_mqtt_slot *slot = hf_mqtt_window_find(m, id, puback ? SLOT_PUBLISH : SLOT_UNSUBSCRIBE);
    if (slot == NULL) {
        return fail_protocol(m, type);
    }
    slot->state = SLOT_FREE;
    unsigned kind = puback ? HF_MQTT_EVENT_PUBLISHED : HF_MQTT_EVENT_UNSUBSCRIBED;
    m->event = (hf_mqtt_event){.kind = (uint8_t)kind, .id = id};
    return HF_OK;
}

static hf_code take_suback(hf_mqtt *m, hf_reader *r)
{
    hf_mqtt_packet_suback suback;
    hf_code code = hf_mqtt_parse_suback(r, &suback);
    if (code != HF_OK) {
        return code;
    }
    hf_mqtt_slot *slot = hf_mqtt_window_find(m, suback.id, SLOT_SUBSCRIBE);
    bool fits = slot != NULL && slot->count == suback.codes.len;           /* 3.8.4-5 */
    bool too_much = memchr(suback.codes.ptr, 2, suback.codes.len) != NULL; /* 1 was asked at most */
    if (!fits || too_much) {
        return fail_protocol(m, HF_MQTT_SUBACK);
    }
    slot->state = SLOT_FREE;
    m->rx = RX_SUBACK;
    m->message_id = suback.id;
    m->head = (uint32_t)(suback.codes.ptr - packet_at(m));
    m->codes_count = (uint8_t)suback.codes.len;
    m->codes_read = 0;
    return HF_OK;
}

static hf_code take_whole(hf_mqtt *m, uint8_t type, hf_reader *r)
{
    switch (type) {
    case HF_MQTT_CONNACK:
        return take_connack(m, r);
    case HF_MQTT_SUBACK:
        return take_suback(m, r);
    case HF_MQTT_PINGRESP: /* one that was not asked for does no harm */
        m->ping = m->ping == PING_WRITTEN ? PING_NONE : m->ping;
        return HF_OK;
    default:
        return take_ack(m, r, type);
    }
}

static hf_code take_small(hf_mqtt *m, const hf_mqtt_header *header, const hf_reader *rest)
{
    size_t total = (size_t)header->size + header->length;
    if (total > m->memory.input.cap) {
        return hf_mqtt_fail(m, HF_E_MQTT_TOO_LARGE, (uint32_t)total, 0);
    }
    if (m->in_len - m->in_at < total) {
        return HF_PENDING;
    }
    hf_reader body = hf_read_from(rest->at, header->length);
    hf_code code = take_whole(m, header->type, &body);
    if (code == HF_E_MQTT_MALFORMED) {
        return hf_mqtt_fail(m, code, 0, (uint32_t)(header->size + hf_read_offset(&body)));
    }
    if (m->rx != RX_SUBACK) {
        m->in_at += total;
    }
    return code;
}

/* Reads the head of a PUBLISH, once all of it is there. */
static hf_code take_publish(hf_mqtt *m, const hf_mqtt_header *header, const hf_reader *rest)
{
    unsigned qos = header->flags >> 1 & 3u;
    if (qos > 1) {
        return fail_protocol(m, HF_MQTT_PUBLISH);
    }
    if (hf_read_left(rest) < 2) {
        return HF_PENDING;
    }
    uint32_t topic_len = (uint32_t)rest->at[0] << 8 | rest->at[1];
    uint32_t variable = 2 + topic_len + (qos > 0 ? 2u : 0u);
    if (variable > header->length) {
        return hf_mqtt_fail(m, HF_E_MQTT_MALFORMED, 0, header->size);
    }
    uint32_t head = header->size + variable;
    uint32_t total = header->length - variable;
    uint32_t least = head + (total > 0 ? 1u : 0u);
    if (least > m->memory.input.cap) {
        return hf_mqtt_fail(m, HF_E_MQTT_TOO_LARGE, least, 0);
    }
    if (hf_read_left(rest) < variable) {
        return HF_PENDING;
    }
    hf_reader r = hf_read_from(rest->at, variable);
    hf_mqtt_packet_publish publish;
    hf_code code = hf_mqtt_parse_publish(&r, header->flags, &publish);
    if (code != HF_OK) {
        return hf_mqtt_fail(m, code, 0, (uint32_t)(header->size + hf_read_offset(&r)));
    }
    m->rx = RX_PUBLISH;
    m->packet_flags = header->flags;
    m->message_id = publish.id;
    m->topic_len = (uint16_t)topic_len;
    m->head = head;
    m->total = total;
    m->taken = 0;
    return HF_OK;
}

static hf_code take_packet(hf_mqtt *m)
{
    if (m->rx == RX_PUBLISH) {
        return HF_PENDING; /* no piece of it waits, so more has to come */
    }
    hf_reader r = hf_read_from(packet_at(m), m->in_len - m->in_at);
    hf_mqtt_header header;
    hf_code code = hf_mqtt_parse_header(&r, &header);
    if (code == HF_E_MQTT_MALFORMED) {
        return hf_mqtt_fail(m, code, 0, (uint32_t)hf_read_offset(&r));
    }
    if (code != HF_OK) {
        return code;
    }
    if (!may_stand(m, header.type)) {
        return fail_protocol(m, header.type);
    }
    bool publish = header.type == HF_MQTT_PUBLISH;
    return publish ? take_publish(m, &header, &r) : take_small(m, &header, &r);
}

hf_code hf_mqtt_receive(hf_mqtt *m)
{
    while (hf_mqtt_alive(m) && !hf_mqtt_message_waits(m) && m->event.kind == HF_MQTT_EVENT_NONE &&
           m->rx != RX_SUBACK && (m->ack_id == 0 || m->ended)) {
        hf_code code = take_packet(m);
        if (code == HF_PENDING) {
            return m->ended ? hf_mqtt_fail(m, HF_E_MQTT_CLOSED, 0, 0) : HF_OK;
        }
        if (code != HF_OK) {
            return code;
        }
    }
    return m->state == ENGINE_FAILED ? (hf_code)m->error.code : HF_OK;
}

/* ---- messages */
size_t hf_mqtt_piece_len(const hf_mqtt *m)
{
    size_t there = m->in_len - m->in_at - m->head;
    size_t left = m->total - m->taken;
    return there < left ? there : left;
}

bool hf_mqtt_message_waits(const hf_mqtt *m)
{
    if (!hf_mqtt_alive(m) || m->rx != RX_PUBLISH) {
        return false;
    }
    bool full = m->in_at == 0 && m->in_len == m->memory.input.cap;
    return full || hf_mqtt_piece_len(m) == m->total - m->taken;
}

bool hf_mqtt_get_message(const hf_mqtt *m, hf_mqtt_message *out)
{
    if (!hf_mqtt_message_waits(m)) {
        return false;
    }
    const uint8_t *payload = packet_at(m) + m->head;
    const uint8_t *topic = payload - (m->message_id != 0 ? 2 : 0) - m->topic_len;
    *out = (hf_mqtt_message){
        .topic = {.ptr = topic, .len = m->topic_len},
        .payload = {.ptr = payload, .len = hf_mqtt_piece_len(m)},
        .offset = m->taken,
        .total = m->total,
        .id = m->message_id,
        .qos = m->packet_flags >> 1 & 3u,
        .dup = (m->packet_flags & 8u) != 0,
        .retain = (m->packet_flags & 1u) != 0,
    };
    return true;
}

hf_code hf_mqtt_message_done(hf_mqtt *m)
{
    if (!hf_mqtt_message_waits(m)) {
        return m->state == ENGINE_FAILED ? (hf_code)m->error.code : HF_E_USAGE;
    }
    size_t piece = hf_mqtt_piece_len(m);
    m->taken += (uint32_t)piece;
    if (m->taken < m->total) {
        m->in_len =
            m->in_at + m->head; /* the buffer was full: all behind the head was this piece */
        return hf_mqtt_receive(m);
    }
    m->in_at += m->head + piece;
    m->rx = RX_PACKET;
    if (m->message_id != 0 && !m->ended) {
        m->ack_id = m->message_id; /* 4.3.2-2: acknowledged once the program has it */
        hf_mqtt_output_pay(m);
    }
    return hf_mqtt_receive(m);
}

/* ---- events */
bool hf_mqtt_event_waits(const hf_mqtt *m)
{
    bool lost = m->state == ENGINE_OPEN && m->lost > 0;
    bool suback = hf_mqtt_alive(m) && m->rx == RX_SUBACK;
    return m->event.kind != HF_MQTT_EVENT_NONE || lost || suback;
}

static hf_mqtt_event report_lost(hf_mqtt *m)
{
    hf_mqtt_slot *slot = hf_mqtt_window_oldest(m, SLOT_LOST, SLOT_LOST_PUBLISH);
    bool resend = slot->state == SLOT_LOST_PUBLISH;
    slot->state = resend ? SLOT_REPORTED : SLOT_FREE;
    m->lost--;
    return (hf_mqtt_event){.kind = HF_MQTT_EVENT_UNACKNOWLEDGED, .id = slot->id, .resend = resend};
}

static hf_mqtt_event report_suback(hf_mqtt *m)
{
    uint8_t code = packet_at(m)[m->head + m->codes_read];
    hf_mqtt_event event = {.kind = HF_MQTT_EVENT_SUBSCRIBED,
                           .index = m->codes_read,
                           .qos = code == HF_MQTT_REFUSED ? 0 : code,
                           .id = m->message_id,
                           .code = code == HF_MQTT_REFUSED ? HF_E_MQTT_SUBSCRIBE_REFUSED : HF_OK};
    m->codes_read++;
    if (m->codes_read == m->codes_count) {
        m->in_at += m->head + m->codes_count;
        m->rx = RX_PACKET;
    }
    return event;
}

bool hf_mqtt_get_event(hf_mqtt *m, hf_mqtt_event *out)
{
    if (!hf_mqtt_event_waits(m)) {
        return false;
    }
    bool connected = m->event.kind == HF_MQTT_EVENT_CONNECTED;
    if (m->state == ENGINE_OPEN && m->lost > 0 && !connected) {
        *out = report_lost(m);
        return true;
    }
    if (m->event.kind != HF_MQTT_EVENT_NONE) {
        *out = m->event;
        m->event = (hf_mqtt_event){0};
    } else {
        *out = report_suback(m);
    }
    (void)hf_mqtt_receive(m); /* an error stands in the record, and wants() tells */
    return true;
}
