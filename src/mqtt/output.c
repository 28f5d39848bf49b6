/* The output buffer of the engine, and the packets that it owes.
 *
 * PUBACK, PINGREQ and DISCONNECT are flags until there is room; they go before new requests, so
 * that a busy program cannot starve them.
 */
#include "mqtt/engine.h"
#include "wire/secret.h"

#include <string.h>

size_t hf_mqtt_output_free(const hf_mqtt *m)
{
    return m->memory.output.cap - (m->out_len - m->out_at);
}

hf_writer hf_mqtt_output_writer(hf_mqtt *m)
{
    if (m->out_at > 0) {
        memmove(m->memory.output.ptr, m->memory.output.ptr + m->out_at, m->out_len - m->out_at);
        m->out_len -= m->out_at;
        m->out_at = 0;
    }
    return hf_write_to(m->memory.output.ptr + m->out_len, m->memory.output.cap - m->out_len);
}

hf_code hf_mqtt_output_commit(hf_mqtt *m, const hf_writer *w, hf_code code)
{
    if (code == HF_OK) {
        m->out_len += w->len;
        m->needed = 0;
        return HF_OK;
    }
    if (code != HF_E_MQTT_TOO_LARGE) {
        return code;
    }
    if (w->len > m->memory.output.cap) {
        m->too_large = (uint32_t)w->len;
        return HF_E_MQTT_TOO_LARGE;
    }
    m->needed = (uint32_t)w->len;
    return HF_PENDING;
}

bool hf_mqtt_output_owed(const hf_mqtt *m)
{
    return m->ack_id != 0 || m->ping == PING_OWED || m->goodbye;
}

/* Writes a small packet of the engine's own; false when it does not fit yet. */
static bool pay_one(hf_mqtt *m, uint8_t type, uint16_t id)
{
    hf_writer w = hf_mqtt_output_writer(m);
    hf_code code = hf_mqtt_write_id(&w, type, id);
    if (code == HF_OK) {
        m->out_len += w.len;
    }
    return code == HF_OK;
}

void hf_mqtt_output_pay(hf_mqtt *m)
{
    if (m->body_left > 0) {
        return;
    }
    if (m->ack_id != 0 && pay_one(m, HF_MQTT_PUBACK, m->ack_id)) {
        m->ack_id = 0;
    }
    if (m->ping == PING_OWED && pay_one(m, HF_MQTT_PINGREQ, 0)) {
        m->ping = PING_WRITTEN;
        m->answer_since = 0;
    }
    /* Nothing may follow DISCONNECT (3.14.4-2), so it goes last. */
    bool alone = m->ack_id == 0 && m->ping != PING_OWED;
    if (m->goodbye && alone && pay_one(m, HF_MQTT_DISCONNECT, 0)) {
        m->goodbye = false;
    }
}

void hf_mqtt_output_wipe(hf_mqtt *m)
{
    if (m->secret) {
        hf_wipe(m->memory.output.ptr, m->memory.output.cap);
        m->secret = false;
    }
}

const uint8_t *hf_mqtt_output(const hf_mqtt *m, size_t *len)
{
    bool sends = hf_mqtt_alive(m) || m->state == ENGINE_CLOSING;
    *len = sends ? m->out_len - m->out_at : 0;
    return *len > 0 ? m->memory.output.ptr + m->out_at : NULL;
}

hf_code hf_mqtt_output_done(hf_mqtt *m, size_t len)
{
    size_t lent;
    (void)hf_mqtt_output(m, &lent);
    if (len > lent) {
        return HF_E_USAGE;
    }
    if (len == 0) {
        return HF_OK;
    }
    m->out_at += len;
    m->sent_at = m->now; /* of the last tick: rather too early, so a ping is never late */
    if (m->ping == PING_OWED) {
        m->answer_since = 0; /* the link moves: go on waiting for room */
    }
    if (m->out_at == m->out_len) {
        m->out_at = m->out_len = 0;
        hf_mqtt_output_wipe(m);
    }
    bool waited = m->ack_id != 0;
    hf_mqtt_output_pay(m);
    if (m->state == ENGINE_CLOSING && m->out_len == 0 && !hf_mqtt_output_owed(m)) {
        m->state = ENGINE_CLOSED;
    }
    return waited ? hf_mqtt_receive(m) : HF_OK;
}
