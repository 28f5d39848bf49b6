/* SUBSCRIBE (3.8), SUBACK (3.9), UNSUBSCRIBE (3.10). */
#include "mqtt/packet.h"

/* 3.8.3-4: the upper six bits are reserved, QoS 3 does not exist. */
static uint8_t read_qos(hf_reader *r)
{
    const uint8_t *start = r->at;
    uint8_t qos = hf_read_u8(r);
    if (qos > 2) {
        hf_mqtt_spoil_at(r, start);
    }
    return qos;
}

static void read_filter(hf_reader *r, bool with_qos, hf_mqtt_filter *out)
{
    out->filter = hf_mqtt_read_topic_filter(r);
    out->qos = with_qos ? read_qos(r) : 0;
}

static hf_code parse_filters(hf_reader *r, bool with_qos, hf_mqtt_packet_filters *out)
{
    *out = (hf_mqtt_packet_filters){.with_qos = with_qos};
    out->id = hf_mqtt_read_id(r);
    out->filters = (hf_span){.ptr = r->at, .len = hf_read_left(r)};
    do { /* 3.8.3-3, 3.10.3-2: at least one */
        hf_mqtt_filter filter;
        read_filter(r, with_qos, &filter);
        out->count++;
    } while (hf_read_left(r) > 0);
    return hf_mqtt_read_end(r);
}

hf_code hf_mqtt_parse_subscribe(hf_reader *r, hf_mqtt_packet_filters *out)
{
    return parse_filters(r, true, out);
}

hf_code hf_mqtt_parse_unsubscribe(hf_reader *r, hf_mqtt_packet_filters *out)
{
    return parse_filters(r, false, out);
}

bool hf_mqtt_next_filter(hf_mqtt_packet_filters *packet, hf_mqtt_filter *out)
{
    hf_reader r = hf_read_span_of(packet->filters);
    if (hf_read_left(&r) == 0) {
        return false;
    }
    read_filter(&r, packet->with_qos, out);
    packet->filters = (hf_span){.ptr = r.at, .len = hf_read_left(&r)};
    return !r.bad;
}

hf_code hf_mqtt_write_filters(hf_writer *w, uint8_t type, uint16_t id,
                              const hf_mqtt_filter *filters, size_t count)
{
    const hf_mqtt_filter *end = filters + count;
    bool with_qos = type == HF_MQTT_SUBSCRIBE;
    size_t length = 2;
    for (const hf_mqtt_filter *f = filters; f < end; f++) {
        if (!hf_mqtt_topic_filter_valid(f->filter)) {
            return HF_E_MQTT_TOPIC;
        }
        if (with_qos && f->qos > 1) {
            return HF_E_USAGE; /* QoS 2 is not spoken here */
        }
        length += 2 + f->filter.len + with_qos;
    }
    if (id == 0 || count == 0) {
        return HF_E_USAGE;
    }
    hf_mqtt_write_header(w, type, 2, length); /* 3.8.1-1, 3.10.1-1 */
    hf_write_u16(w, id);
    for (const hf_mqtt_filter *f = filters; f < end; f++) {
        hf_write_vec(w, 2, f->filter);
        hf_write_bytes(w, &f->qos, with_qos);
    }
    return hf_mqtt_write_end(w);
}

/* 3.9.3-2: other return codes are reserved. */
static bool code_allowed(uint8_t code)
{
    return code <= 2 || code == HF_MQTT_REFUSED;
}

hf_code hf_mqtt_parse_suback(hf_reader *r, hf_mqtt_packet_suback *out)
{
    *out = (hf_mqtt_packet_suback){0};
    out->id = hf_mqtt_read_id(r);
    const uint8_t *codes = r->at;
    do {
        const uint8_t *start = r->at;
        if (!code_allowed(hf_read_u8(r))) {
            hf_mqtt_spoil_at(r, start);
        }
    } while (hf_read_left(r) > 0);
    out->codes = (hf_span){.ptr = codes, .len = (size_t)(r->at - codes)};
    return hf_mqtt_read_end(r);
}

hf_code hf_mqtt_write_suback(hf_writer *w, const hf_mqtt_packet_suback *packet)
{
    for (size_t i = 0; i < packet->codes.len; i++) {
        if (!code_allowed(packet->codes.ptr[i])) {
            return HF_E_USAGE;
        }
    }
    if (packet->id == 0 || packet->codes.len == 0) {
        return HF_E_USAGE;
    }
    hf_mqtt_write_header(w, HF_MQTT_SUBACK, 0, 2 + packet->codes.len);
    hf_write_u16(w, packet->id);
    hf_write_bytes(w, packet->codes.ptr, packet->codes.len);
    return hf_mqtt_write_end(w);
}
