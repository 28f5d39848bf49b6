/* Fixed header: packet type, flags, remaining length (2.2), and the ends of parsers and writers.
 *
 * First code that sees a packet. The table states what each type allows, so that a wrong packet is
 * refused before a byte of it is waited for.
 */
#include "mqtt/packet.h"

/* What each packet type allows: the shortest remaining length, whether that is the only one, and
 * the reserved flags (table 2.2). 0: no packet has this type. */
#define EXACT 0x80u
#define FLAGS 0x40u /* 0010; else 0000 */
#define LEAST 0x3fu
static const uint8_t RULES[16] = {
    [HF_MQTT_CONNECT] = 12,         [HF_MQTT_CONNACK] = 2 | EXACT,
    [HF_MQTT_PUBLISH] = 3,          [HF_MQTT_PUBACK] = 2 | EXACT,
    [HF_MQTT_PUBREC] = 2 | EXACT,   [HF_MQTT_PUBREL] = 2 | EXACT | FLAGS,
    [HF_MQTT_PUBCOMP] = 2 | EXACT,  [HF_MQTT_SUBSCRIBE] = 6 | FLAGS,
    [HF_MQTT_SUBACK] = 3,           [HF_MQTT_UNSUBSCRIBE] = 5 | FLAGS,
    [HF_MQTT_UNSUBACK] = 2 | EXACT, [HF_MQTT_PINGREQ] = EXACT,
    [HF_MQTT_PINGRESP] = EXACT,     [HF_MQTT_DISCONNECT] = EXACT,
};

/* 2.2.2-2: wrong reserved flags are an error. 3.3.1-4: QoS 3; 3.3.1-2: DUP with QoS 0. */
bool hf_mqtt_flags_allowed(unsigned type, unsigned flags)
{
    unsigned rule = RULES[type];
    if (type != HF_MQTT_PUBLISH) {
        return rule != 0 && flags == ((rule & FLAGS) != 0 ? 2 : 0);
    }
    unsigned qos = HF_MQTT_QOS(flags);
    return qos != 3 && (qos != 0 || (flags & HF_MQTT_DUP) == 0);
}

hf_code hf_mqtt_parse_header(hf_reader *r, hf_mqtt_header *out)
{
    const uint8_t *packet = r->at;
    size_t left = hf_read_left(r);
    if (left == 0) {
        return HF_PENDING;
    }
    unsigned type = packet[0] >> 4;
    unsigned byte = packet[0] & 15u;
    out->type = type;
    out->flags = byte;
    uint32_t length = 0;
    size_t at = 0; /* the byte in work */
    if (hf_mqtt_flags_allowed(type, byte)) {
        /* Longer encodings than necessary are allowed in 3.1.1 (5.0 forbids them). */
        do {
            at++;
            if (at == left) {
                r->at = packet + at;
                return HF_PENDING;
            }
            byte = packet[at];
            length |= (byte & 0x7fu) << (7 * at - 7);
        } while (byte >= 0x80 && at < 4);
        unsigned least = RULES[type] & LEAST;
        bool fits = length >= least && (length == least || (RULES[type] & EXACT) == 0);
        if (byte < 0x80 && fits) {
            out->size = (unsigned)at + 1;
            out->length = length;
            r->at = packet + out->size;
            return HF_OK;
        }
        at = byte < 0x80 ? 1 : at; /* else a fifth byte of the length is announced */
    }
    hf_mqtt_spoil_at(r, packet + at);
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
