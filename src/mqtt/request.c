/* Requests of the program: publish whole or in pieces, subscribe, unsubscribe.
 *
 * A request is checked, written behind what the output holds, and only then given its slot in the
 * window, so that one that fails leaves no trace.
 */
#include "mqtt/engine.h"

#define FILTERS_MAX 255u /* in one request: what a slot can count */

bool hf_mqtt_may_request(const hf_mqtt *m)
{
    bool connected = m->state == ENGINE_OPEN || (m->state == ENGINE_CONNECTING && m->pipeline);
    return connected && !m->ended && m->body_left == 0;
}

static hf_code ready(const hf_mqtt *m)
{
    if (!hf_mqtt_may_request(m)) {
        return hf_mqtt_misused(m);
    }
    return hf_mqtt_output_owed(m) ? HF_PENDING : HF_OK;
}

static void give_id(uint16_t *id, uint16_t value)
{
    if (id != NULL) {
        *id = value;
    }
}

/* The slot for a message: none, a new one, or the one it had before. */
static hf_code choose_slot(hf_mqtt *m, const hf_mqtt_publication *publication, hf_mqtt_slot **slot)
{
    uint16_t again = publication->again;
    *slot = NULL;
    if (publication->qos == 0) {
        return again == 0 ? HF_OK : HF_E_USAGE;
    }
    *slot = again != 0 ? hf_mqtt_window_find(m, again, 1u << SLOT_REPORTED) : hf_mqtt_window_new(m);
    if (publication->qos > 1 || (*slot == NULL && again != 0)) {
        return HF_E_USAGE;
    }
    return *slot != NULL ? HF_OK : HF_E_MQTT_WINDOW_FULL;
}

/* Writes PUBLISH with the `first` bytes of a payload of `total`. */
static hf_code begin(hf_mqtt *m, const hf_mqtt_publication *publication, const hf_span *first,
                     size_t total, uint16_t *id)
{
    hf_mqtt_slot *slot;
    hf_code code = ready(m);
    code = code == HF_OK ? choose_slot(m, publication, &slot) : code;
    if (code != HF_OK) {
        return code;
    }
    unsigned flags = (unsigned)publication->qos << 1;
    flags |= publication->again != 0 ? HF_MQTT_DUP : 0;
    flags |= publication->retain ? HF_MQTT_RETAIN : 0;
    const hf_mqtt_packet_publish packet = {
        .topic = publication->topic, .id = slot != NULL ? slot->id : 0, .flags = (uint8_t)flags};
    hf_writer w = hf_mqtt_output_writer(m);
    code = hf_mqtt_write_publish(&w, &packet, total);
    hf_write_bytes(&w, first->ptr, first->len);
    code = code == HF_OK ? hf_mqtt_write_end(&w) : code;
    code = hf_mqtt_output_commit(m, &w, code);
    if (code != HF_OK) {
        return code;
    }
    m->body_left = (uint32_t)(total - first->len);
    if (slot != NULL) {
        hf_mqtt_window_take(m, slot, m->body_left > 0 ? SLOT_BODY : SLOT_PUBLISH, 0);
    }
    give_id(id, packet.id);
    return HF_OK;
}

hf_code hf_mqtt_publish(hf_mqtt *m, const hf_mqtt_publication *publication, hf_span payload,
                        uint16_t *id)
{
    return begin(m, publication, &payload, payload.len, id);
}

hf_code hf_mqtt_publish_begin(hf_mqtt *m, const hf_mqtt_publication *publication, size_t total,
                              uint16_t *id)
{
    const hf_span none = {.ptr = NULL, .len = 0};
    return begin(m, publication, &none, total, id);
}

uint8_t *hf_mqtt_body(hf_mqtt *m, size_t *room)
{
    *room = 0;
    if (!hf_mqtt_alive(m) || m->body_left == 0) {
        return NULL;
    }
    hf_writer w = hf_mqtt_output_writer(m);
    *room = w.cap < m->body_left ? w.cap : m->body_left;
    return *room > 0 ? w.ptr : NULL;
}

hf_code hf_mqtt_body_done(hf_mqtt *m, size_t len)
{
    if (!hf_mqtt_alive(m) || len > m->body_left || len > m->memory.output.cap - m->out_len) {
        return hf_mqtt_misused(m);
    }
    bool ends = len > 0 && len == m->body_left;
    m->out_len += len;
    m->body_left -= (uint32_t)len;
    if (!ends) {
        return HF_OK;
    }
    hf_mqtt_slot *slot = hf_mqtt_window_find(m, 0, 1u << SLOT_BODY);
    if (slot != NULL) {
        slot->state = SLOT_PUBLISH;
    }
    bool waited = m->ack_id != 0;
    hf_mqtt_output_pay(m);
    return waited ? hf_mqtt_receive(m) : HF_OK;
}

/* `type`: HF_MQTT_SUBSCRIBE or HF_MQTT_UNSUBSCRIBE. */
static hf_code ask(hf_mqtt *m, uint8_t type, const hf_mqtt_filter *filters, size_t count,
                   uint16_t *id)
{
    hf_code code = count <= FILTERS_MAX ? ready(m) : HF_E_USAGE;
    if (code != HF_OK) {
        return code;
    }
    hf_mqtt_slot *slot = hf_mqtt_window_new(m);
    if (slot == NULL) {
        return HF_E_MQTT_WINDOW_FULL;
    }
    hf_writer w = hf_mqtt_output_writer(m);
    code = hf_mqtt_write_filters(&w, type, slot->id, filters, count);
    code = hf_mqtt_output_commit(m, &w, code);
    if (code == HF_OK) {
        uint8_t state = type == HF_MQTT_SUBSCRIBE ? SLOT_SUBSCRIBE : SLOT_UNSUBSCRIBE;
        hf_mqtt_window_take(m, slot, state, (uint8_t)count);
        give_id(id, slot->id);
    }
    return code;
}

hf_code hf_mqtt_subscribe(hf_mqtt *m, const hf_mqtt_filter *filters, size_t count, uint16_t *id)
{
    /* SUBACK: fixed header, identifier, one code per filter. */
    size_t suback = (2 + count > 127 ? 3u : 2u) + 2 + count;
    if (count <= FILTERS_MAX && suback > m->memory.input.cap) {
        m->too_large = (uint32_t)suback;
        return HF_E_MQTT_TOO_LARGE;
    }
    return ask(m, HF_MQTT_SUBSCRIBE, filters, count, id);
}

hf_code hf_mqtt_unsubscribe(hf_mqtt *m, const hf_mqtt_filter *filters, size_t count, uint16_t *id)
{
    return ask(m, HF_MQTT_UNSUBSCRIBE, filters, count, id);
}
