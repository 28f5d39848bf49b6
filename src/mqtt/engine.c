/* The engine's frame: begin and end of a connection, lent input, what is wanted.
 *
 * See engine.h for the files and the invariants.
 */
#include "mqtt/engine.h"

#include <string.h>

hf_code hf_mqtt_fail(hf_mqtt *m, hf_code code, uint32_t detail, uint32_t offset)
{
    if (m->error.code == HF_OK) {
        m->error.stage = HF_STAGE_MQTT;
        m->error.detail = detail;
        m->error.offset = offset;
    }
    m->state = ENGINE_FAILED;
    hf_mqtt_output_wipe(m);
    return hf_fail(&m->error, code);
}

hf_code hf_mqtt_misused(const hf_mqtt *m)
{
    return m->error.code != HF_OK ? (hf_code)m->error.code : HF_E_USAGE;
}

bool hf_mqtt_alive(const hf_mqtt *m)
{
    return m->state == ENGINE_CONNECTING || m->state == ENGINE_OPEN;
}

hf_code hf_mqtt_init(hf_mqtt *m, const hf_mqtt_memory *memory)
{
    memset(m, 0, sizeof *m);
    m->memory = *memory;
    m->next_id = 1;
    hf_error_clear(&m->error);
    if (memory->input.cap < HF_MQTT_BUFFER_MIN || memory->output.cap < HF_MQTT_BUFFER_MIN) {
        m->memory.input.cap = 0; /* keeps connect from using it */
        return hf_mqtt_fail(m, HF_E_MEMORY_TOO_SMALL, HF_MQTT_BUFFER_MIN, 0);
    }
    if (memory->slots != NULL) {
        memset(memory->slots, 0, memory->slots_count * sizeof *memory->slots);
    }
    return HF_OK;
}

/* Forgets the connection before: all but memory, window, identifiers and the time. Unacknowledged
 * messages live on only when neither this session nor the one before is a clean one (3.1.2-6). */
static void begin_anew(hf_mqtt *m, const hf_mqtt_options *options)
{
    bool resume = m->keep_session && options->keep_session;
    uint16_t next_id = m->next_id;
    memset(m, 0, offsetof(hf_mqtt, now));
    m->next_id = next_id;
    hf_error_clear(&m->error);
    m->resume = resume;
    m->keep_session = options->keep_session;
    m->keep_alive = options->keep_alive;
    m->pipeline = options->pipeline;
    m->secret = options->password.ptr != NULL;
    m->sent_at = m->now;
    m->heard_at = m->now;
    uint32_t ms = options->answer_timeout_ms;
    m->answer_timeout = ms != 0 ? ms : HF_MQTT_ANSWER_MS;
    ms = options->ping_timeout_ms;
    m->ping_timeout = ms != 0 ? ms : HF_MQTT_PING_MS;
    m->state = ENGINE_CONNECTING;
    hf_mqtt_window_lose(m);
}

hf_code hf_mqtt_connect(hf_mqtt *m, const hf_mqtt_options *options)
{
    if (hf_mqtt_alive(m) || m->state == ENGINE_CLOSING) {
        return HF_E_USAGE;
    }
    if (m->memory.input.cap == 0) {
        return HF_E_MEMORY_TOO_SMALL;
    }
    hf_writer w = hf_write_to(m->memory.output.ptr, m->memory.output.cap);
    hf_code code = hf_mqtt_write_connect(&w, options);
    if (code != HF_OK) {
        m->too_large = (uint32_t)w.len;
        return code;
    }
    begin_anew(m, options);
    m->out_len = w.len;
    return HF_OK;
}

hf_code hf_mqtt_disconnect(hf_mqtt *m)
{
    if (!hf_mqtt_alive(m) || m->body_left > 0) {
        return hf_mqtt_misused(m);
    }
    m->state = ENGINE_CLOSING; /* what has come in counts no more */
    m->event.kind = HF_MQTT_EVENT_NONE;
    m->ping = PING_NONE;
    m->goodbye = true;
    hf_mqtt_output_pay(m);
    return HF_OK;
}

/* While spans of a message are lent, what is in the buffer stays where it is. */
static size_t input_room(const hf_mqtt *m)
{
    if (!hf_mqtt_alive(m) || m->ended) {
        return 0;
    }
    size_t kept = hf_mqtt_message_waits(m) ? m->in_len : m->in_len - m->in_at;
    return m->memory.input.cap - kept;
}

uint8_t *hf_mqtt_input(hf_mqtt *m, size_t *room)
{
    *room = input_room(m);
    if (*room == 0) {
        return NULL;
    }
    if (m->in_at > 0 && !hf_mqtt_message_waits(m)) {
        memmove(m->memory.input.ptr, m->memory.input.ptr + m->in_at, m->in_len - m->in_at);
        m->in_len -= m->in_at;
        m->in_at = 0;
    }
    return m->memory.input.ptr + m->in_len;
}

hf_code hf_mqtt_input_done(hf_mqtt *m, size_t len)
{
    if (len > input_room(m) || len > m->memory.input.cap - m->in_len) {
        return HF_E_USAGE;
    }
    m->in_len += len;
    m->heard = m->heard || len > 0;
    return hf_mqtt_receive(m);
}

hf_code hf_mqtt_input_end(hf_mqtt *m)
{
    if (m->state == ENGINE_CLOSING) {
        m->state = ENGINE_CLOSED;
        hf_mqtt_output_wipe(m);
    }
    m->ended = true;
    return hf_mqtt_receive(m);
}

/* A request that was put off is accepted once its whole packet fits. */
static bool has_room(const hf_mqtt *m)
{
    size_t room = hf_mqtt_output_free(m);
    if (room == 0 || room < m->needed) {
        return false;
    }
    return m->body_left > 0 ? hf_mqtt_alive(m) : hf_mqtt_may_request(m) && !hf_mqtt_output_owed(m);
}

unsigned hf_mqtt_wants(const hf_mqtt *m)
{
    static const uint16_t BY_STATE[] = {
        [ENGINE_OPEN] = HF_IS_OPEN, [ENGINE_CLOSED] = HF_IS_CLOSED, [ENGINE_FAILED] = HF_IS_FAILED};
    unsigned wants = BY_STATE[m->state];
    size_t len;
    wants |= input_room(m) > 0 ? HF_WANT_INPUT : 0u;
    wants |= hf_mqtt_output(m, &len) != NULL ? HF_WANT_OUTPUT : 0u;
    wants |= hf_mqtt_message_waits(m) ? HF_HAS_DATA : 0u;
    wants |= hf_mqtt_event_waits(m) ? HF_HAS_EVENT : 0u;
    wants |= has_room(m) ? HF_HAS_ROOM : 0u;
    return wants;
}

uint32_t hf_mqtt_needed_output(const hf_mqtt *m)
{
    return m->too_large;
}
