/* PUBLISH (3.3) up to its payload, and the packets that only carry its identifier (3.4
 * to 3.7, 3.11) or nothing at all (3.12 to 3.14).
 *
 * The payload is left to the caller, who may send or take it in pieces.
 */
#include "mqtt/packet.h"

hf_code hf_mqtt_parse_publish(hf_reader *r, uint8_t flags, hf_mqtt_packet_publish *out)
{
    *out = (hf_mqtt_packet_publish){0};
    out->qos = flags >> 1 & 3u;
    out->dup = (flags & 8u) != 0;
    out->retain = (flags & 1u) != 0;
    out->topic = hf_mqtt_read_topic_name(r);
    if (out->qos > 0) {
        out->id = hf_mqtt_read_id(r);
    }
    return r->bad ? HF_E_MQTT_MALFORMED : HF_OK;
}

hf_code hf_mqtt_write_publish(hf_writer *w, const hf_mqtt_packet_publish *packet,
                              size_t payload_len)
{
    if (!hf_mqtt_topic_name_valid(packet->topic)) {
        return HF_E_MQTT_TOPIC;
    }
    /* 2.3.1-5: an identifier goes with QoS 1 and 2 only. 3.3.1-2: so does DUP. */
    bool has_id = packet->id != 0;
    if (packet->qos > 2 || has_id != (packet->qos > 0) || (packet->dup && packet->qos == 0)) {
        return HF_E_USAGE;
    }
    unsigned flags = (unsigned)packet->qos << 1 | (packet->dup ? 8u : 0u);
    flags |= packet->retain ? 1u : 0u;
    size_t head = 2 + packet->topic.len + (has_id ? 2u : 0u);
    if (payload_len > HF_MQTT_LENGTH_MAX - head) {
        return HF_E_USAGE;
    }
    hf_mqtt_write_header(w, HF_MQTT_PUBLISH, (uint8_t)flags, head + payload_len);
    hf_write_vec(w, 2, packet->topic);
    if (has_id) {
        hf_write_u16(w, packet->id);
    }
    return hf_mqtt_write_end(w);
}

hf_code hf_mqtt_parse_id(hf_reader *r, uint16_t *id)
{
    *id = hf_mqtt_read_id(r);
    return hf_mqtt_read_end(r);
}

hf_code hf_mqtt_write_id(hf_writer *w, uint8_t type, uint16_t id)
{
    if (id == 0) {
        return HF_E_USAGE;
    }
    hf_mqtt_write_header(w, type, type == HF_MQTT_PUBREL ? 2 : 0, 2); /* 3.6.1-1 */
    hf_write_u16(w, id);
    return hf_mqtt_write_end(w);
}

hf_code hf_mqtt_write_empty(hf_writer *w, uint8_t type)
{
    hf_mqtt_write_header(w, type, 0, 0);
    return hf_mqtt_write_end(w);
}
