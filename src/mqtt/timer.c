/* Keep-alive and time-outs (3.1.2.10, 4.4), driven by the caller's clock.
 *
 * Times are 32-bit milliseconds that may wrap; bit 0 is set, so that 0 can mean "not timed yet". A
 * time-out is counted from the first tick after its cause, never from an older one: a caller that
 * ticks seldom gets late time-outs, not wrong ones. Keep-alive is counted from the tick before, so
 * that a ping comes early rather than late.
 */
#include "mqtt/engine.h"

static uint32_t elapsed(const hf_mqtt *m, uint32_t since)
{
    uint32_t ms = m->now - since;
    return ms <= INT32_MAX ? ms : 0; /* a clock that went back */
}

/* How long an answer is overdue: while a packet is on its way in, only silence counts. */
static uint32_t waited(const hf_mqtt *m, uint32_t since)
{
    uint32_t ms = elapsed(m, since);
    uint32_t silent = elapsed(m, m->heard_at);
    return m->in_len != m->in_at && silent < ms ? silent : ms;
}

/* Starts the timer at the first call. */
static bool overdue(const hf_mqtt *m, uint32_t *since, uint32_t limit)
{
    if (*since == 0) {
        *since = m->now;
    }
    return limit != HF_MQTT_NO_TIMEOUT && waited(m, *since) >= limit;
}

static uint32_t remaining(uint32_t ms, uint32_t limit)
{
    return ms < limit ? limit - ms : 0;
}

static uint32_t until(const hf_mqtt *m, uint32_t since, uint32_t limit)
{
    if (limit == HF_MQTT_NO_TIMEOUT) {
        return HF_MQTT_NO_TICK;
    }
    return since == 0 ? 0 : remaining(waited(m, since), limit);
}

static uint32_t sooner(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The packet type that a slot waits for an answer to, 0 when it does not wait. */
static uint8_t waits_for(const hf_mqtt_slot *slot)
{
    switch (slot->state) {
    case SLOT_PUBLISH:
        return HF_MQTT_PUBLISH;
    case SLOT_SUBSCRIBE:
        return HF_MQTT_SUBSCRIBE;
    case SLOT_UNSUBSCRIBE:
        return HF_MQTT_UNSUBSCRIBE;
    default:
        return 0;
    }
}

/* The answer may stand behind what the program does not take: then time does not count. */
static bool program_is_due(const hf_mqtt *m)
{
    return hf_mqtt_message_waits(m) || hf_mqtt_event_waits(m);
}

static void restart(hf_mqtt *m)
{
    hf_mqtt_slot *slot = hf_mqtt_window_next(m, NULL);
    for (; slot != NULL; slot = hf_mqtt_window_next(m, slot)) {
        slot->since = m->now;
    }
    m->answer_since = m->now;
}

/* The type of a packet whose answer is overdue; 0: none is. */
static uint8_t late_answer(hf_mqtt *m)
{
    if (m->state == ENGINE_CONNECTING) {
        return overdue(m, &m->answer_since, m->answer_timeout) ? HF_MQTT_CONNECT : 0;
    }
    hf_mqtt_slot *slot = hf_mqtt_window_next(m, NULL);
    for (; slot != NULL; slot = hf_mqtt_window_next(m, slot)) {
        uint8_t type = waits_for(slot);
        if (type != 0 && overdue(m, &slot->since, m->answer_timeout)) {
            return type;
        }
    }
    return 0;
}

/* 1/8 before the end of the interval, so that the ping arrives within it. */
static uint32_t ping_interval(const hf_mqtt *m)
{
    return (uint32_t)m->keep_alive * 875u;
}

/* 3.1.2-23: something is sent within the interval. A ping is also due when nothing was heard: a
 * client that only sends learns no other way that the link is dead. */
static uint32_t until_ping(const hf_mqtt *m)
{
    if (m->keep_alive == 0 || m->state != ENGINE_OPEN) {
        return HF_MQTT_NO_TICK;
    }
    uint32_t sent = elapsed(m, m->sent_at);
    uint32_t heard = elapsed(m, m->heard_at);
    return remaining(sent > heard ? sent : heard, ping_interval(m));
}

static hf_code check_ping(hf_mqtt *m)
{
    if (m->ping == PING_NONE) {
        if (until_ping(m) == 0) {
            m->ping = PING_OWED;
            hf_mqtt_output_pay(m);
            m->answer_since = m->now;
        }
        return HF_OK;
    }
    if (m->ping == PING_OWED && m->out_len == m->out_at) {
        m->answer_since = m->now; /* it waits for the program's message body, not for the link */
    }
    bool late = overdue(m, &m->answer_since, m->ping_timeout);
    return late ? hf_mqtt_fail(m, HF_E_MQTT_NO_PINGRESP, 0, 0) : HF_OK;
}

hf_code hf_mqtt_tick(hf_mqtt *m, uint32_t now_ms)
{
    bool first = m->now == 0;
    m->now = now_ms | 1u;
    if (first) {
        m->sent_at = m->now;
    }
    if (first || m->heard) {
        m->heard_at = m->now;
        m->heard = false;
    }
    if (!hf_mqtt_alive(m)) {
        return (hf_code)m->error.code;
    }
    if (program_is_due(m)) {
        restart(m);
    }
    uint8_t late = late_answer(m);
    if (late != 0) {
        return hf_mqtt_fail(m, HF_E_MQTT_TIMEOUT, late, 0);
    }
    return m->state == ENGINE_OPEN ? check_ping(m) : HF_OK;
}

uint32_t hf_mqtt_next_tick(const hf_mqtt *m)
{
    if (!hf_mqtt_alive(m)) {
        return HF_MQTT_NO_TICK;
    }
    if (m->state == ENGINE_CONNECTING) {
        return until(m, m->answer_since, m->answer_timeout);
    }
    uint32_t next =
        m->ping == PING_NONE ? until_ping(m) : until(m, m->answer_since, m->ping_timeout);
    hf_mqtt *all = (hf_mqtt *)m; /* only read here */
    const hf_mqtt_slot *slot = hf_mqtt_window_next(all, NULL);
    for (; slot != NULL; slot = hf_mqtt_window_next(all, (hf_mqtt_slot *)slot)) {
        if (waits_for(slot) != 0) {
            next = sooner(next, until(m, slot->since, m->answer_timeout));
        }
    }
    return next;
}
