/* A scripted broker and the client engine it talks to, joined by memory.
 *
 * The broker side is made from the codec's other direction. rig_move() carries bytes both ways in
 * steps of rig->step bytes, so every scenario runs whole and one byte at a time.
 */
#ifndef HF_TESTS_MQTT_RIG_H
#define HF_TESTS_MQTT_RIG_H

#include "mqtt/packet.h"
#include "unit/cmocka_all.h"

#include <string.h>

#define T hf_mqtt_text

typedef struct rig {
    hf_mqtt m;
    uint8_t in[4096], out[4096];
    uint8_t up[8192]; /* what the client has sent and the broker has not read */
    size_t up_len;
    uint8_t down[8192]; /* what the broker has sent and the client has not read */
    size_t down_len;
    size_t step;
    hf_code last; /* of the last input_done */
} rig;

static inline void rig_init(rig *g, size_t in_cap, size_t out_cap, size_t step)
{
    memset(g, 0, sizeof *g);
    g->step = step;
    hf_mqtt_memory memory = {.input = {g->in, in_cap}, .output = {g->out, out_cap}};
    assert_int_equal(hf_mqtt_init(&g->m, &memory), HF_OK);
}

static inline bool rig_up(rig *g)
{
    size_t len;
    const uint8_t *bytes = hf_mqtt_output(&g->m, &len);
    assert_int_equal(bytes != NULL, (hf_mqtt_wants(&g->m) & HF_WANT_OUTPUT) != 0);
    len = len < g->step ? len : g->step;
    assert_true(len <= sizeof g->up - g->up_len);
    if (len > 0) {
        memcpy(g->up + g->up_len, bytes, len);
        g->up_len += len;
        (void)hf_mqtt_output_done(&g->m, len);
    }
    return len > 0;
}

static inline bool rig_down(rig *g)
{
    size_t room;
    uint8_t *space = g->down_len > 0 ? hf_mqtt_input(&g->m, &room) : NULL;
    if (space == NULL) {
        return false;
    }
    size_t len = g->down_len < g->step ? g->down_len : g->step;
    len = len < room ? len : room;
    memcpy(space, g->down, len);
    memmove(g->down, g->down + len, g->down_len - len);
    g->down_len -= len;
    g->last = hf_mqtt_input_done(&g->m, len);
    return true;
}

static inline void rig_move(rig *g)
{
    bool moved = true;
    while (moved) {
        bool up = rig_up(g);
        bool down = rig_down(g);
        moved = up || down;
    }
}

/* ---- the broker's hands */
static inline hf_writer broker_writer(rig *g)
{
    return hf_write_to(g->down + g->down_len, sizeof g->down - g->down_len);
}

static inline void broker_sent(rig *g, const hf_writer *w)
{
    assert_false(w->bad);
    g->down_len += w->len;
}

static inline void broker_raw(rig *g, const char *bytes, size_t len)
{
    hf_writer w = broker_writer(g);
    hf_write_bytes(&w, (const uint8_t *)bytes, len);
    broker_sent(g, &w);
}

static inline void broker_connack(rig *g, bool present, uint8_t code)
{
    hf_writer w = broker_writer(g);
    hf_mqtt_packet_connack packet = {.session_present = present, .code = code};
    assert_int_equal(hf_mqtt_write_connack(&w, &packet), HF_OK);
    broker_sent(g, &w);
}

static inline void broker_id(rig *g, uint8_t type, uint16_t id)
{
    hf_writer w = broker_writer(g);
    assert_int_equal(hf_mqtt_write_id(&w, type, id), HF_OK);
    broker_sent(g, &w);
}

static inline void broker_empty(rig *g, uint8_t type)
{
    hf_writer w = broker_writer(g);
    assert_int_equal(hf_mqtt_write_id(&w, type, 0), HF_OK);
    broker_sent(g, &w);
}

static inline void broker_suback(rig *g, uint16_t id, const char *codes, size_t count)
{
    hf_writer w = broker_writer(g);
    hf_mqtt_packet_suback packet = {.id = id, .codes = {(const uint8_t *)codes, count}};
    assert_int_equal(hf_mqtt_write_suback(&w, &packet), HF_OK);
    broker_sent(g, &w);
}

static inline void broker_publish(rig *g, const char *topic, uint16_t id, hf_span payload)
{
    hf_writer w = broker_writer(g);
    hf_mqtt_packet_publish packet = {.topic = T(topic), .id = id, .flags = id != 0 ? 1 << 1 : 0};
    assert_int_equal(hf_mqtt_write_publish(&w, &packet, payload.len), HF_OK);
    hf_write_bytes(&w, payload.ptr, payload.len);
    broker_sent(g, &w);
}

/* Moves bytes and gives the next packet that the client sent: its header, a reader over its body.
 * It must be there and be of that type. */
static inline hf_reader broker_got(rig *g, uint8_t type, hf_mqtt_header *header, uint8_t *copy)
{
    rig_move(g);
    hf_reader r = hf_read_from(g->up, g->up_len);
    assert_int_equal(hf_mqtt_parse_header(&r, header), HF_OK);
    assert_int_equal(header->type, type);
    size_t total = header->size + header->length;
    assert_true(total <= g->up_len);
    memcpy(copy, g->up + header->size, header->length);
    memmove(g->up, g->up + total, g->up_len - total);
    g->up_len -= total;
    return hf_read_from(copy, header->length);
}

static inline uint16_t broker_got_id(rig *g, uint8_t type)
{
    uint8_t copy[8];
    hf_mqtt_header header;
    hf_reader r = broker_got(g, type, &header, copy);
    uint16_t id;
    assert_int_equal(hf_mqtt_parse_id(&r, &id), HF_OK);
    return id;
}

static inline void broker_got_empty(rig *g, uint8_t type)
{
    uint8_t copy[8];
    hf_mqtt_header header;
    hf_reader r = broker_got(g, type, &header, copy);
    assert_true(hf_read_done(&r));
}

static inline hf_mqtt_packet_publish broker_got_publish(rig *g, uint8_t *copy, hf_span *payload)
{
    hf_mqtt_header header;
    hf_reader r = broker_got(g, HF_MQTT_PUBLISH, &header, copy);
    hf_mqtt_packet_publish publish;
    assert_int_equal(hf_mqtt_parse_publish(&r, header.flags, &publish), HF_OK);
    *payload = (hf_span){.ptr = r.at, .len = hf_read_left(&r)};
    return publish;
}

static inline void broker_got_nothing(rig *g)
{
    rig_move(g);
    assert_int_equal(g->up_len, 0);
}

/* ---- the program's hands */
static inline hf_mqtt_event rig_event(rig *g, uint8_t kind)
{
    rig_move(g);
    assert_true((hf_mqtt_wants(&g->m) & HF_HAS_EVENT) != 0);
    hf_mqtt_event event;
    assert_true(hf_mqtt_get_event(&g->m, &event));
    assert_int_equal(event.kind, kind);
    return event;
}

static inline void rig_no_event(rig *g)
{
    rig_move(g);
    hf_mqtt_event event;
    assert_false((hf_mqtt_wants(&g->m) & HF_HAS_EVENT) != 0);
    assert_false(hf_mqtt_get_event(&g->m, &event));
}

static inline void rig_open_with(rig *g, const hf_mqtt_options *options, bool present)
{
    uint8_t copy[256];
    hf_mqtt_header header;
    assert_int_equal(hf_mqtt_connect(&g->m, options), HF_OK);
    (void)broker_got(g, HF_MQTT_CONNECT, &header, copy);
    broker_connack(g, present, 0);
    hf_mqtt_event event = rig_event(g, HF_MQTT_EVENT_CONNECTED);
    assert_int_equal(event.session_present, present);
    assert_int_equal(event.code, HF_OK);
    assert_true((hf_mqtt_wants(&g->m) & HF_IS_OPEN) != 0);
}

static inline void rig_open(rig *g, uint16_t keep_alive)
{
    hf_mqtt_options options = {.client_id = T("dev"), .keep_alive = keep_alive};
    rig_open_with(g, &options, false);
}

static inline void assert_failed(rig *g, hf_code code, uint32_t detail, uint32_t offset)
{
    rig_move(g);
    assert_int_equal(g->m.error.code, code);
    assert_int_equal(g->m.error.detail, detail);
    assert_int_equal(g->m.error.offset, offset);
    assert_int_equal(g->m.error.stage, HF_STAGE_MQTT);
    unsigned rest = hf_mqtt_wants(&g->m) & ~(unsigned)HF_HAS_EVENT;
    assert_int_equal(rest, HF_IS_FAILED);
}

#endif
