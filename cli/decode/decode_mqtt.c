/* MQTT packets from a stream. See decode_mqtt.h. */
#include "decode_mqtt.h"

#include <string.h>

#define CONNECT       1u
#define PUBLISH       3u
#define AUTH          15u
#define DIGITS_MAX    4u /* MQTT 3.1.1 2.2.3 */
#define PASSWORD_FLAG 0x40u

bool decode_is_mqtt(hf_span data)
{
    size_t at = 1;
    if (data.len < 2 || data.ptr[0] != CONNECT << 4) {
        return false;
    }
    while (at < data.len && at <= DIGITS_MAX && (data.ptr[at] & 0x80) != 0) {
        at++;
    }
    at++;
    bool now = data.len >= at + 6 && memcmp(data.ptr + at, "\0\4MQTT", 6) == 0;
    bool old = data.len >= at + 8 && memcmp(data.ptr + at, "\0\6MQIsdp", 8) == 0;
    return now || old;
}

/* Flags of a CONNECT stand behind the protocol's name and level. */
static bool has_password(const uint8_t *body, uint32_t len)
{
    uint32_t at = len < 2 ? 0 : 2 + ((uint32_t)body[0] << 8 | body[1]) + 1;
    return len < 2 || at >= len || (body[at] & PASSWORD_FLAG) != 0;
}

static bool is_told(const decode_mqtt *mqtt)
{
    unsigned type = mqtt->first >> 4;
    bool secret = type == CONNECT && has_password(mqtt->body, mqtt->have);
    return type != PUBLISH && type != AUTH && !secret && mqtt->length <= DECODE_PACKET_MAX;
}

static void take_digit(decode_mqtt *mqtt, uint8_t byte)
{
    mqtt->length |= (uint32_t)(byte & 0x7fu) << (7u * mqtt->digits);
    mqtt->digits++;
    mqtt->in_body = (byte & 0x80u) == 0;
    mqtt->lost = !mqtt->in_body && mqtt->digits == DIGITS_MAX;
}

static size_t take_body(decode_mqtt *mqtt, hf_span data)
{
    size_t want = mqtt->length - mqtt->have;
    size_t n = data.len < want ? data.len : want;
    if (mqtt->length <= DECODE_PACKET_MAX && n > 0) {
        memcpy(mqtt->body + mqtt->have, data.ptr, n);
    }
    mqtt->have += (uint32_t)n;
    return n;
}

static void skip(hf_span *data, size_t n)
{
    data->ptr += n;
    data->len -= n;
}

bool decode_mqtt_next(decode_mqtt *mqtt, hf_span *data, decode_packet *packet)
{
    while (data->len > 0 && !mqtt->lost) {
        if (mqtt->in_body) {
            skip(data, take_body(mqtt, *data));
        } else if (mqtt->first == 0) {
            mqtt->first = data->ptr[0];
            mqtt->lost = mqtt->first >> 4 == 0; /* there is no such packet */
            skip(data, 1);
        } else {
            take_digit(mqtt, data->ptr[0]);
            skip(data, 1);
        }
        if (mqtt->in_body && mqtt->have == mqtt->length) {
            *packet = (decode_packet){mqtt->first,
                                      1u + mqtt->digits + mqtt->length,
                                      {mqtt->body, is_told(mqtt) ? mqtt->length : 0}};
            mqtt->length = mqtt->have = 0;
            mqtt->first = mqtt->digits = 0;
            mqtt->in_body = false;
            return true;
        }
    }
    return false;
}
