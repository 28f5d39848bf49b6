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

static hf_code fail_malformed(hf_mqtt *m, size_t offset)
{
    return hf_mqtt_fail(m, HF_E_MQTT_MALFORMED, 0, (uint32_t)offset);
}

static hf_code fail_protocol(hf_mqtt *m, unsigned type)
{
    return hf_mqtt_fail(m, HF_E_MQTT_PROTOCOL, type, 0);
}

/* 3.2.0-1: the first packet is CONNACK, and there is only one. The rest is for the other direction,
 * or belongs to QoS 2, which this engine neither sends nor subscribes to. */
static bool may_stand(const hf_mqtt *m, unsigned type)
{
    if (m->state == ENGINE_CONNECTING) {
        return type == HF_MQTT_CONNACK;
    }
    return type == HF_MQTT_PUBLISH || type == HF_MQTT_PUBACK || type == HF_MQTT_SUBACK ||
           type == HF_MQTT_UNSUBACK || type == HF_MQTT_PINGRESP;
}

static hf_mqtt_event *raise_event(hf_mqtt *m, uint8_t kind, uint16_t id)
{
    m->event = (hf_mqtt_event){.kind = kind, .id = id};
    return &m->event;
}

/* 3.2.2.3, and codes that the standard reserves. */
_Static_assert(HF_E_MQTT_REFUSED == HF_E_MQTT_REFUSED_VERSION + 5, "in the order of the codes");

static hf_code refusal_of(uint8_t code)
{
    uint8_t known = code < 6 ? code : 6;
    return code == 0 ? HF_OK : (hf_code)(HF_E_MQTT_REFUSED_VERSION + known - 1);
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
    hf_mqtt_event *event = raise_event(m, HF_MQTT_EVENT_CONNECTED, 0);
    event->session_present = connack.session_present;
    event->code = code;
    if (code != HF_OK) {
        return hf_mqtt_fail(m, code, connack.code, 0);
    }
    m->state = ENGINE_OPEN;
    return HF_OK;
}

/* PUBACK, UNSUBACK: an answer to what was never asked is a violation (2.3.1-6, 2.3.1-7). */
static hf_code take_ack(hf_mqtt *m, hf_reader *r, unsigned type)
{
    uint16_t id;
    hf_code code = hf_mqtt_parse_id(r, &id);
    if (code != HF_OK) {
        return code;
    }
    bool puback = type == HF_MQTT_PUBACK;
    unsigned asked = puback ? SLOT_PUBLISH : SLOT_UNSUBSCRIBE;
    hf_mqtt_slot *slot = hf_mqtt_window_find(m, id, 1u << asked);
    if (slot == NULL) {
        return fail_protocol(m, type);
    }
    slot->state = SLOT_FREE;
    (void)raise_event(m, puback ? HF_MQTT_EVENT_PUBLISHED : HF_MQTT_EVENT_UNSUBSCRIBED, id);
    return HF_OK;
}

static hf_code take_suback(hf_mqtt *m, hf_reader *r)
{
    hf_mqtt_packet_suback suback;
    hf_code code = hf_mqtt_parse_suback(r, &suback);
    if (code != HF_OK) {
        return code;
    }
    hf_mqtt_slot *slot = hf_mqtt_window_find(m, suback.id, 1u << SLOT_SUBSCRIBE);
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

static hf_code take_whole(hf_mqtt *m, unsigned type, hf_reader *r)
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

/* `r` is over the packet, and its fixed header is read; so its offset is one in the packet. */
static hf_code take_small(hf_mqtt *m, const hf_mqtt_header *header, hf_reader *r)
{
    size_t total = (size_t)header->size + header->length;
    if (total > m->memory.input.cap) {
        return hf_mqtt_fail(m, HF_E_MQTT_TOO_LARGE, (uint32_t)total, 0);
    }
    if (hf_read_left(r) < header->length) {
        return HF_PENDING;
    }
    r->end = r->at + header->length;
    hf_code code = take_whole(m, header->type, r);
    if (code == HF_E_MQTT_MALFORMED) {
        return fail_malformed(m, hf_read_offset(r));
    }
    if (m->rx != RX_SUBACK) {
        m->in_at += total;
    }
    return code;
}

/* Reads the head of a PUBLISH, once all of it is there. */
static hf_code take_publish(hf_mqtt *m, const hf_mqtt_header *header, hf_reader *r)
{
    unsigned qos = HF_MQTT_QOS(header->flags);
    if (qos > 1) {
        return fail_protocol(m, HF_MQTT_PUBLISH);
    }
    if (hf_read_left(r) < 2) {
        return HF_PENDING;
    }
    m->topic_len = (uint16_t)(r->at[0] << 8 | r->at[1]);
    uint32_t variable = 2u + m->topic_len + (qos > 0 ? 2u : 0u);
    if (variable > header->length) {
        return fail_malformed(m, header->size);
    }
    m->head = header->size + variable;
    m->total = header->length - variable;
    m->taken = 0;
    uint32_t least = m->head + (m->total > 0 ? 1u : 0u);
    if (least > m->memory.input.cap) {
        return hf_mqtt_fail(m, HF_E_MQTT_TOO_LARGE, least, 0);
    }
    if (hf_read_left(r) < variable) {
        return HF_PENDING;
    }
    hf_mqtt_packet_publish publish;
    r->end = r->at + variable;
    if (hf_mqtt_parse_publish(r, header->flags, &publish) != HF_OK) {
        return fail_malformed(m, hf_read_offset(r));
    }
    m->rx = RX_PUBLISH;
    m->packet_flags = (uint8_t)header->flags;
    m->message_id = publish.id;
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
        return fail_malformed(m, hf_read_offset(&r));
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
    return (hf_code)m->error.code;
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
    unsigned qos = HF_MQTT_QOS(m->packet_flags); /* 1: the identifier stands between both */
    const uint8_t *topic = payload - 2 * qos - m->topic_len;
    *out = (hf_mqtt_message){
        .topic = {.ptr = topic, .len = m->topic_len},
        .payload = {.ptr = payload, .len = hf_mqtt_piece_len(m)},
        .offset = m->taken,
        .total = m->total,
        .id = m->message_id,
        .qos = (uint8_t)qos,
        .dup = (m->packet_flags & HF_MQTT_DUP) != 0,
        .retain = (m->packet_flags & HF_MQTT_RETAIN) != 0,
    };
    return true;
}

hf_code hf_mqtt_message_done(hf_mqtt *m)
{
    if (!hf_mqtt_message_waits(m)) {
        return hf_mqtt_misused(m);
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
static bool lost_waits(const hf_mqtt *m)
{
    return m->state == ENGINE_OPEN && m->lost > 0;
}

bool hf_mqtt_event_waits(const hf_mqtt *m)
{
    bool suback = hf_mqtt_alive(m) && m->rx == RX_SUBACK;
    return m->event.kind != HF_MQTT_EVENT_NONE || lost_waits(m) || suback;
}

static void report_lost(hf_mqtt *m, hf_mqtt_event *event)
{
    hf_mqtt_slot *slot = hf_mqtt_window_find(m, 0, 1u << SLOT_LOST | 1u << SLOT_LOST_PUBLISH);
    event->kind = HF_MQTT_EVENT_UNACKNOWLEDGED;
    event->id = slot->id;
    event->resend = slot->state == SLOT_LOST_PUBLISH;
    slot->state = event->resend ? SLOT_REPORTED : SLOT_FREE;
    m->lost--;
}

static void report_suback(hf_mqtt *m, hf_mqtt_event *event)
{
    event->kind = HF_MQTT_EVENT_SUBSCRIBED;
    event->index = m->codes_read;
    event->id = m->message_id;
    event->qos = packet_at(m)[m->head + m->codes_read];
    if (event->qos == HF_MQTT_REFUSED) {
        event->qos = 0;
        event->code = HF_E_MQTT_SUBSCRIBE_REFUSED;
    }
    m->codes_read++;
    if (m->codes_read == m->codes_count) {
        m->in_at += m->head + m->codes_count;
        m->rx = RX_PACKET;
    }
}

bool hf_mqtt_get_event(hf_mqtt *m, hf_mqtt_event *out)
{
    if (!hf_mqtt_event_waits(m)) {
        return false;
    }
    *out = (hf_mqtt_event){.kind = HF_MQTT_EVENT_NONE};
    if (lost_waits(m) && m->event.kind != HF_MQTT_EVENT_CONNECTED) {
        report_lost(m, out);
        return true;
    }
    if (m->event.kind != HF_MQTT_EVENT_NONE) {
        *out = m->event;
        m->event.kind = HF_MQTT_EVENT_NONE;
    } else {
        report_suback(m, out);
    }
    (void)hf_mqtt_receive(m); /* an error stands in the record, and wants() tells */
    return true;
}
