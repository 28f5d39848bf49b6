/* Fixed header: packet type, flags, remaining length (2.2), and the ends of parsers and writers.
 *
 * First code that sees a packet. The table states what each type allows, so that a wrong packet is
 * refused before a byte of it is waited for.
 */
#include "mqtt/packet.h"

#define ANY HF_MQTT_LENGTH_MAX

/* Reserved flags (table 2.2) and the range of the remaining length, by packet type. */
static const struct {
    uint8_t flags;
    uint8_t min;
    uint32_t max;
} RULES[16] = {
    [HF_MQTT_CONNECT] = {0, 12, ANY}, [HF_MQTT_CONNACK] = {0, 2, 2},
    [HF_MQTT_PUBLISH] = {0, 3, ANY},  [HF_MQTT_PUBACK] = {0, 2, 2},
    [HF_MQTT_PUBREC] = {0, 2, 2},     [HF_MQTT_PUBREL] = {2, 2, 2},
    [HF_MQTT_PUBCOMP] = {0, 2, 2},    [HF_MQTT_SUBSCRIBE] = {2, 6, ANY},
    [HF_MQTT_SUBACK] = {0, 3, ANY},   [HF_MQTT_UNSUBSCRIBE] = {2, 5, ANY},
    [HF_MQTT_UNSUBACK] = {0, 2, 2},   [HF_MQTT_PINGREQ] = {0, 0, 0},
    [HF_MQTT_PINGRESP] = {0, 0, 0},   [HF_MQTT_DISCONNECT] = {0, 0, 0},
};

/* 2.2.2-2: wrong reserved flags are an error. 3.3.1-4: QoS 3; 3.3.1-2: DUP with QoS 0. */
static bool first_byte_allowed(uint8_t type, uint8_t flags)
{
    if (type < HF_MQTT_CONNECT || type > HF_MQTT_DISCONNECT) {
        return false;
    }
    if (type != HF_MQTT_PUBLISH) {
        return flags == RULES[type].flags;
    }
    unsigned qos = flags >> 1 & 3u;
    bool dup = (flags & 8u) != 0;
    return qos != 3 && (qos != 0 || !dup);
}

hf_code hf_mqtt_parse_header(hf_reader *r, hf_mqtt_header *out)
{
    *out = (hf_mqtt_header){0};
    if (hf_read_left(r) == 0) {
        return HF_PENDING;
    }
    const uint8_t *start = r->at;
    uint8_t first = hf_read_u8(r);
    out->type = first >> 4;
    out->flags = first & 15u;
    if (!first_byte_allowed(out->type, out->flags)) {
        hf_mqtt_spoil_at(r, start);
        return HF_E_MQTT_MALFORMED;
    }
    /* Longer encodings than necessary are allowed in 3.1.1 (5.0 forbids them). */
    for (unsigned i = 0; i < 4; i++) {
        if (hf_read_left(r) == 0) {
            return HF_PENDING;
        }
        uint8_t byte = hf_read_u8(r);
        out->length |= (uint32_t)(byte & 0x7fu) << (7 * i);
        if ((byte & 0x80u) == 0) {
            out->size = (uint8_t)(i + 2);
            bool good = out->length >= RULES[out->type].min && out->length <= RULES[out->type].max;
            if (!good) {
                hf_mqtt_spoil_at(r, start + 1);
            }
            return good ? HF_OK : HF_E_MQTT_MALFORMED;
        }
    }
    hf_mqtt_spoil_at(r, start + 4); /* a fifth byte is announced */
    return HF_E_MQTT_MALFORMED;
}

void hf_mqtt_write_header(hf_writer *w, uint8_t type, uint8_t flags, size_t length)
{
    hf_write_u8(w, (uint8_t)(type << 4 | flags));
    size_t left = length;
    do {
        uint8_t byte = left & 0x7fu;
        left >>= 7;
        hf_write_u8(w, (uint8_t)(byte | (left > 0 ? 0x80u : 0u)));
    } while (left > 0);
    if (length > HF_MQTT_LENGTH_MAX) {
        w->bad = true;
    }
}

void hf_mqtt_spoil_at(hf_reader *r, const uint8_t *at)
{
    if (!r->bad) {
        r->at = at;
        hf_read_spoil(r);
    }
}

hf_code hf_mqtt_read_end(const hf_reader *r)
{
    return hf_read_done(r) ? HF_OK : HF_E_MQTT_MALFORMED;
}

hf_code hf_mqtt_write_end(const hf_writer *w)
{
    return w->bad ? HF_E_MQTT_TOO_LARGE : HF_OK;
}
