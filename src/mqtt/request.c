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
    if (m->state == ENGINE_FAILED) {
        return (hf_code)m->error.code;
    }
    if (!hf_mqtt_may_request(m)) {
        return HF_E_USAGE;
    }
    return hf_mqtt_output_owed(m) ? HF_PENDING : HF_OK;
}

static void give_id(uint16_t *id, uint16_t value)
{
    if (id != NULL) {
        *id = value;
    }
}

/* The identifier for a message: none, a new one, or the one it had before. */
static hf_code choose_id(hf_mqtt *m, const hf_mqtt_publication *publication, uint16_t *id)
{
    *id = publication->again;
    if (publication->qos == 0) {
        return publication->again == 0 ? HF_OK : HF_E_USAGE;
    }
    if (publication->again != 0) {
        bool known = hf_mqtt_window_find(m, publication->again, SLOT_REPORTED) != NULL;
        return known ? HF_OK : HF_E_USAGE;
    }
    *id = hf_mqtt_window_new_id(m);
    return *id != 0 ? HF_OK : HF_E_MQTT_WINDOW_FULL;
}

/* Writes PUBLISH with the `first` bytes of a payload of `total`. */
static hf_code begin(hf_mqtt *m, const hf_mqtt_publication *publication, hf_span first,
                     size_t total, uint16_t *id)
{
    hf_mqtt_packet_publish packet = {.topic = publication->topic,
                                     .qos = publication->qos,
                                     .dup = publication->again != 0,
                                     .retain = publication->retain};
    hf_code code = publication->qos <= 1 ? ready(m) : HF_E_USAGE;
    if (code == HF_OK) {
        code = choose_id(m, publication, &packet.id);
    }
    if (code != HF_OK) {
        return code;
    }
    hf_writer w = hf_mqtt_output_writer(m);
    code = hf_mqtt_write_publish(&w, &packet, total);
    if (code == HF_OK || code == HF_E_MQTT_TOO_LARGE) {
        hf_write_bytes(&w, first.ptr, first.len);
        code = hf_mqtt_write_end(&w);
    }
    code = hf_mqtt_output_commit(m, &w, code);
    if (code != HF_OK) {
        return code;
    }
    m->body_left = (uint32_t)(total - first.len);
    if (packet.id != 0) {
        hf_mqtt_window_take(m, packet.id, m->body_left > 0 ? SLOT_BODY : SLOT_PUBLISH, 0);
    }
    give_id(id, packet.id);
    return HF_OK;
}

hf_code hf_mqtt_publish(hf_mqtt *m, const hf_mqtt_publication *publication, hf_span payload,
                        uint16_t *id)
{
    return begin(m, publication, payload, payload.len, id);
}

hf_code hf_mqtt_publish_begin(hf_mqtt *m, const hf_mqtt_publication *publication, size_t total,
                              uint16_t *id)
{
    return begin(m, publication, (hf_span){.ptr = NULL, .len = 0}, total, id);
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
    if (m->state == ENGINE_FAILED) {
        return (hf_code)m->error.code;
    }
    if (!hf_mqtt_alive(m) || len > m->body_left || len > m->memory.output.cap - m->out_len) {
        return HF_E_USAGE;
    }
    bool ends = len > 0 && len == m->body_left;
    m->out_len += len;
    m->body_left -= (uint32_t)len;
    if (!ends) {
        return HF_OK;
    }
    hf_mqtt_slot *slot = hf_mqtt_window_oldest(m, SLOT_BODY, SLOT_BODY);
    if (slot != NULL) {
        slot->state = SLOT_PUBLISH;
    }
    bool waited = m->ack_id != 0;
    hf_mqtt_output_pay(m);
    return waited ? hf_mqtt_receive(m) : HF_OK;
}

static hf_code check_filters(const hf_mqtt *m, const hf_mqtt_filter *filters, size_t count)
{
    if (count == 0 || count > FILTERS_MAX) {
        return HF_E_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        if (filters[i].qos > 1) {
            return HF_E_USAGE;
        }
    }
    return ready(m);
}

static hf_code ask(hf_mqtt *m, uint8_t state, const hf_mqtt_filter *filters, size_t count,
                   uint16_t *id)
{
    uint16_t new_id = hf_mqtt_window_new_id(m);
    if (new_id == 0) {
        return HF_E_MQTT_WINDOW_FULL;
    }
    hf_writer w = hf_mqtt_output_writer(m);
    hf_code code = state == SLOT_SUBSCRIBE ? hf_mqtt_write_subscribe(&w, new_id, filters, count)
                                           : hf_mqtt_write_unsubscribe(&w, new_id, filters, count);
    code = hf_mqtt_output_commit(m, &w, code);
    if (code != HF_OK) {
        return code;
    }
    hf_mqtt_window_take(m, new_id, state, (uint8_t)count);
    give_id(id, new_id);
    return HF_OK;
}

hf_code hf_mqtt_subscribe(hf_mqtt *m, const hf_mqtt_filter *filters, size_t count, uint16_t *id)
{
    hf_code code = check_filters(m, filters, count);
    if (code != HF_OK) {
        return code;
    }
    /* SUBACK: fixed header, identifier, one code per filter. */
    size_t suback = (2 + count > 127 ? 3u : 2u) + 2 + count;
    if (suback > m->memory.input.cap) {
        m->too_large = (uint32_t)suback;
        return HF_E_MQTT_TOO_LARGE;
    }
    return ask(m, SLOT_SUBSCRIBE, filters, count, id);
}

hf_code hf_mqtt_unsubscribe(hf_mqtt *m, const hf_mqtt_filter *filters, size_t count, uint16_t *id)
{
    hf_code code = count > 0 && count <= FILTERS_MAX ? ready(m) : HF_E_USAGE;
    return code == HF_OK ? ask(m, SLOT_UNSUBSCRIBE, filters, count, id) : code;
}
