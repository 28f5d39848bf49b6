/* PUBLISH (3.3) up to its payload, and the packets that only carry its identifier (3.4
 * to 3.7, 3.11) or nothing at all (3.12 to 3.14).
 *
 * The payload is left to the caller, who may send or take it in pieces.
 */
#include "mqtt/packet.h"

hf_code hf_mqtt_parse_publish(hf_reader *r, unsigned flags, hf_mqtt_packet_publish *out)
{
    out->flags = (uint8_t)flags;
    out->topic = hf_mqtt_read_topic_name(r);
    out->id = HF_MQTT_QOS(flags) > 0 ? hf_mqtt_read_id(r) : 0;
    return r->bad ? HF_E_MQTT_MALFORMED : HF_OK;
}

hf_code hf_mqtt_write_publish(hf_writer *w, const hf_mqtt_packet_publish *packet,
                              size_t payload_len)
{
    if (!hf_mqtt_topic_name_valid(packet->topic)) {
        return HF_E_MQTT_TOPIC;
    }
    /* 2.3.1-5: an identifier goes with QoS 1 and 2 only. */
    size_t id_len = packet->id != 0 ? 2 : 0;
    size_t head = 2 + packet->topic.len + id_len;
    if (!hf_mqtt_flags_allowed(HF_MQTT_PUBLISH, packet->flags) ||
        (id_len != 0) != (HF_MQTT_QOS(packet->flags) != 0) ||
        payload_len > HF_MQTT_LENGTH_MAX - head) {
        return HF_E_USAGE;
    }
    hf_mqtt_write_header(w, HF_MQTT_PUBLISH, packet->flags, head + payload_len);
    hf_write_vec(w, 2, packet->topic);
    if (id_len != 0) {
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
    size_t len = type < HF_MQTT_PINGREQ ? 2 : 0;
    if ((len != 0) != (id != 0)) {
        return HF_E_USAGE;
    }
    hf_mqtt_write_header(w, type, type == HF_MQTT_PUBREL ? 2 : 0, len); /* 3.6.1-1 */
    if (len != 0) {
        hf_write_u16(w, id);
    }
    return hf_mqtt_write_end(w);
}
