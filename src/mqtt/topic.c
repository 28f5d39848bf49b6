/* UTF-8 strings (1.5.3), topic names and filters (4.7), and whether a filter matches a name. */
#include "mqtt/packet.h"

#include <string.h>

/* Length of the well-formed character at `p`, 0 when there is none (RFC 3629 4: no overlong forms,
 * no surrogates, nothing above U+10FFFF) or when it is U+0000 (1.5.3-2). */
static size_t character_at(const uint8_t *p, size_t left)
{
    if (p[0] < 0x80) {
        return p[0] != 0 ? 1 : 0;
    }
    size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc0 || left < len) {
        return 0;
    }
    uint32_t number = p[0] & 0xffu >> len;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        number = number << 6 | (p[i] & 0x3fu);
    }
    bool overlong = number >> (len == 2 ? 7 : 5 * len - 4) == 0;
    bool surrogate = number >> 11 == 0xd800 >> 11;
    return overlong || surrogate || number > 0x10ffff ? 0 : len;
}

bool hf_mqtt_utf8_valid(hf_span text)
{
    size_t at = 0;
    while (at < text.len) {
        size_t len = character_at(text.ptr + at, text.len - at);
        if (len == 0) {
            return false;
        }
        at += len;
    }
    return text.len <= HF_MQTT_STRING_MAX;
}

hf_span hf_mqtt_text(const char *text)
{
    return (hf_span){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

bool hf_mqtt_topic_name_valid(hf_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '+' || name.ptr[i] == '#') {
            return false; /* 3.3.2-2 */
        }
    }
    return name.len > 0 && hf_mqtt_utf8_valid(name); /* 4.7.3-1 */
}

/* 4.7.1-2 and 4.7.1-3: a wildcard fills its level, # only the last one. */
bool hf_mqtt_topic_filter_valid(hf_span filter)
{
    bool begins = true; /* a level */
    for (size_t i = 0; i < filter.len; i++) {
        uint8_t c = filter.ptr[i];
        if (c == '+' || c == '#') {
            bool ends = i + 1 == filter.len || (c == '+' && filter.ptr[i + 1] == '/');
            if (!begins || !ends) {
                return false;
            }
        }
        begins = c == '/';
    }
    return filter.len > 0 && hf_mqtt_utf8_valid(filter);
}

bool hf_mqtt_topic_matches(hf_span filter, hf_span name)
{
    if (filter.len == 0 || name.len == 0) {
        return false;
    }
    bool wild = filter.ptr[0] == '+' || filter.ptr[0] == '#';
    if (wild && name.ptr[0] == '$') {
        return false; /* 4.7.2-1 */
    }
    size_t n = 0;
    for (size_t f = 0; f < filter.len; f++) {
        if (filter.ptr[f] == '#') {
            return true;
        }
        if (filter.ptr[f] == '+') {
            while (n < name.len && name.ptr[n] != '/') {
                n++;
            }
        } else if (n < name.len && filter.ptr[f] == name.ptr[n]) {
            n++;
        } else {
            /* 4.7.1.2: "a/#" matches "a" too. */
            return n == name.len && filter.len - f == 2 && filter.ptr[f] == '/' &&
                   filter.ptr[f + 1] == '#';
        }
    }
    return n == name.len;
}

/* Reads a string and turns bad at its length field when `valid` does not hold. */
static hf_span read_checked(hf_reader *r, bool (*valid)(hf_span))
{
    const uint8_t *start = r->at;
    hf_span text = hf_read_vec(r, 2, 0, HF_MQTT_STRING_MAX);
    if (!r->bad && !valid(text)) {
        hf_mqtt_spoil_at(r, start);
        text.len = 0;
    }
    return text;
}

hf_span hf_mqtt_read_text(hf_reader *r)
{
    return read_checked(r, hf_mqtt_utf8_valid);
}

hf_span hf_mqtt_read_topic_name(hf_reader *r)
{
    return read_checked(r, hf_mqtt_topic_name_valid);
}

hf_span hf_mqtt_read_topic_filter(hf_reader *r)
{
    return read_checked(r, hf_mqtt_topic_filter_valid);
}

uint16_t hf_mqtt_read_id(hf_reader *r)
{
    const uint8_t *start = r->at;
    uint16_t id = hf_read_u16(r);
    if (id == 0) {
        hf_mqtt_spoil_at(r, start);
    }
    return id;
}
