/* MQTT control packets, 3.1.1 and 5 (sections as in both standards). Passwords, payloads and what
 * authenticates are told by their length alone: their fields have no bytes, nor has anything
 * around them.
 */
#include "trace/dissect_names.h"
#include "trace/dissect_parts.h"

#include <string.h>

enum {
    CONNECT = 1,
    CONNACK,
    PUBLISH,
    PUBACK,
    PUBREC,
    PUBREL,
    PUBCOMP,
    SUBSCRIBE,
    SUBACK,
    UNSUBSCRIBE,
    UNSUBACK,
    PINGREQ,
    PINGRESP,
    DISCONNECT,
    AUTH
};

#define FLAG_USER  0x80u
#define FLAG_PASS  0x40u
#define FLAG_WILL  0x04u
#define FLAG_CLEAN 0x02u

/* A field with nothing to show but its length, which stands before it in two bytes. */
static void hidden(hf_fields *f, hf_reader *r, const char *name)
{
    hf_reader look = *r;
    hf_span secret = hf_read_vec(&look, 2, 0, 0xffff);
    if (look.bad) {
        hf_fields_tear(f, r->at, name, "is longer than what is left");
    }
    hf_fields_say(f, "%zu bytes, not shown", secret.len);
    hf_fields_put(f, name, (hf_span){secret.ptr, 0}, 2);
    *r = look;
}

static void text(hf_fields *f, hf_reader *r, const char *name)
{
    (void)hf_fields_text(f, r, name, 2, 0, 0xffff);
}

static void properties(hf_fields *f, hf_reader *r, uint8_t version)
{
    if (version == 5) {
        hf_dissect_properties(f, r, "properties");
    }
}

/* ---- CONNECT (3.1) */

static const char *level_name(uint16_t level)
{
    return level == 3 ? "MQTT 3.1" : level == 4 ? "MQTT 3.1.1" : level == 5 ? "MQTT 5" : "unknown";
}

static void say_connect_flags(hf_fields *f, uint32_t flags)
{
    hf_fields_say(f, (flags & FLAG_CLEAN) != 0 ? "clean start" : "session kept");
    if ((flags & FLAG_WILL) != 0) {
        hf_fields_say(f, ", will with QoS %u%s", (unsigned)(flags >> 3 & 3),
                      (flags & 0x20u) != 0 ? ", retained" : "");
    }
    hf_fields_say(f, "%s%s%s", (flags & FLAG_USER) != 0 ? ", user name" : "",
                  (flags & FLAG_PASS) != 0 ? ", password" : "",
                  (flags & 1u) != 0 ? ", reserved bit set" : "");
}

static void say_keep_alive(hf_fields *f, uint32_t seconds)
{
    hf_fields_say(f, seconds == 0 ? "off" : "%u s", (unsigned)seconds);
}

static void read_connect(hf_fields *f, hf_reader *r)
{
    text(f, r, "protocol_name");
    uint8_t version = (uint8_t)hf_fields_named(f, r, "protocol_level", 1, level_name);
    uint32_t flags = hf_fields_number(f, r, "connect_flags", 1, say_connect_flags);
    (void)hf_fields_number(f, r, "keep_alive", 2, say_keep_alive);
    properties(f, r, version);
    text(f, r, "client_identifier");
    if ((flags & FLAG_WILL) != 0) {
        if (version == 5) {
            hf_dissect_properties(f, r, "will_properties");
        }
        text(f, r, "will_topic");
        hidden(f, r, "will_payload");
    }
    if ((flags & FLAG_USER) != 0) {
        text(f, r, "user_name");
    }
    if ((flags & FLAG_PASS) != 0) {
        hidden(f, r, "password");
    }
}

/* ---- CONNACK (3.2) */

static void say_acknowledge(hf_fields *f, uint32_t flags)
{
    hf_fields_say(f,
                  flags == 0   ? "no session present"
                  : flags == 1 ? "session present"
                               : "reserved bits set (0x%02x)",
                  (unsigned)flags);
}

static void read_connack(hf_fields *f, hf_reader *r, uint8_t version)
{
    (void)hf_fields_number(f, r, "connect_acknowledge_flags", 1, say_acknowledge);
    (void)hf_fields_named(f, r, version == 5 ? "reason_code" : "return_code", 1,
                          version == 5 ? hf_reason_code_name : hf_connack_code_name);
    properties(f, r, version);
}

/* ---- PUBLISH (3.3) */

static void read_publish(hf_fields *f, hf_reader *r, uint8_t flags, uint8_t version)
{
    unsigned qos = flags >> 1 & 3u;
    hf_fields_say(f, "QoS %u%s%s%s", qos, qos == 3 ? " (not allowed)" : "",
                  (flags & 8u) != 0 ? ", DUP" : "", (flags & 1u) != 0 ? ", RETAIN" : "");
    hf_fields_put(f, "flags", (hf_span){r->at, 0}, 0);
    text(f, r, "topic_name");
    if (qos > 0) {
        (void)hf_fields_number(f, r, "packet_identifier", 2, NULL);
    }
    properties(f, r, version);
    if (!f->torn) {
        hf_fields_say(f, "%zu bytes, not shown", hf_read_left(r));
        hf_fields_put(f, "payload", (hf_span){r->at, 0}, 0);
        (void)hf_read_bytes(r, hf_read_left(r));
    }
}

/* What version 5 may have at the end: a reason code, and properties behind it. */
static void read_reason(hf_fields *f, hf_reader *r, uint8_t version, hf_namer namer)
{
    if (version == 5 && hf_fields_more(f, r)) {
        (void)hf_fields_named(f, r, "reason_code", 1, namer);
    }
    if (version == 5 && hf_fields_more(f, r)) {
        hf_dissect_properties(f, r, "properties");
    }
}

/* ---- PUBACK and its kind (3.4 to 3.7) */
static void read_acknowledgement(hf_fields *f, hf_reader *r, uint8_t version)
{
    (void)hf_fields_number(f, r, "packet_identifier", 2, NULL);
    read_reason(f, r, version, hf_reason_code_name);
}

/* ---- SUBSCRIBE, UNSUBSCRIBE (3.8, 3.10) */

static void say_options(hf_fields *f, uint32_t options)
{
    static const char *const HANDLING[] = {"", ", retained ones only if new", ", no retained ones",
                                           ", retain handling not allowed"};
    hf_fields_say(f, "QoS %u%s%s%s%s", (unsigned)(options & 3u),
                  (options & 3u) == 3 ? " (not allowed)" : "",
                  (options & 4u) != 0 ? ", no local" : "",
                  (options & 8u) != 0 ? ", retain as published" : "", HANDLING[options >> 4 & 3u]);
}

static void read_filters(hf_fields *f, hf_reader *r, uint8_t version, bool subscribe)
{
    (void)hf_fields_number(f, r, "packet_identifier", 2, NULL);
    properties(f, r, version);
    while (hf_fields_more(f, r)) {
        text(f, r, "topic_filter");
        if (subscribe) {
            (void)hf_fields_number(f, r, version == 5 ? "subscription_options" : "requested_qos", 1,
                                   say_options);
        }
    }
}

/* ---- SUBACK, UNSUBACK (3.9, 3.11) */
static void read_codes(hf_fields *f, hf_reader *r, uint8_t version, hf_namer namer)
{
    (void)hf_fields_number(f, r, "packet_identifier", 2, NULL);
    properties(f, r, version);
    while (hf_fields_more(f, r) && (version == 5 || namer == hf_suback_code_name)) {
        (void)hf_fields_named(f, r, version == 5 ? "reason_code" : "return_code", 1, namer);
    }
}

/* Where the version was not said: some packets of version 3.1.1 cannot be so long. */
static uint8_t version_of(uint8_t version, unsigned type, size_t len)
{
    bool two = type == CONNACK || type == UNSUBACK || (type >= PUBACK && type <= PUBCOMP);
    bool none = type == DISCONNECT || type == AUTH;
    if (version != 0) {
        return version;
    }
    return (two && len > 2) || (none && len > 0) ? 5 : 4;
}

/* 2.1.3: for all but PUBLISH the standard says what they are. */
static void check_flags(hf_fields *f, const hf_reader *r, uint8_t first)
{
    unsigned type = first >> 4;
    bool one = type == PUBREL || type == SUBSCRIBE || type == UNSUBSCRIBE;
    unsigned flags = first & 0x0fu;
    unsigned right = one ? 2 : 0;
    if (type != PUBLISH && flags != right) {
        hf_fields_say(f, "0x%x, which is reserved: it must be 0x%x", flags, right);
        hf_fields_put(f, "flags", (hf_span){r->at, 0}, 0);
    }
}

static void read_packet(hf_fields *f, hf_reader *r, uint8_t first, uint8_t version)
{
    switch (first >> 4) {
    case CONNECT:
        read_connect(f, r);
        break;
    case CONNACK:
        read_connack(f, r, version);
        break;
    case PUBLISH:
        read_publish(f, r, first & 0x0fu, version);
        break;
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
        read_acknowledgement(f, r, version);
        break;
    case SUBSCRIBE:
    case UNSUBSCRIBE:
        read_filters(f, r, version, first >> 4 == SUBSCRIBE);
        break;
    case SUBACK:
        read_codes(f, r, version, hf_suback_code_name);
        break;
    case UNSUBACK:
        read_codes(f, r, version, hf_reason_code_name);
        break;
    case DISCONNECT:
        read_reason(f, r, version, hf_disconnect_code_name);
        break;
    case AUTH:
        read_reason(f, r, version, hf_reason_code_name);
        break;
    default: /* PINGREQ and PINGRESP have nothing */
        break;
    }
}

void hf_dissect_packet(uint8_t first, hf_span body, uint8_t mqtt_version, const hf_field_out *out)
{
    static const hf_dissect_as any = {0};
    hf_fields f;
    hf_fields_begin(&f, body, &any, out);
    hf_reader r = hf_read_span_of(body);
    unsigned type = first >> 4;
    f.hides = type == CONNECT || type == CONNACK || type == PUBLISH || type == AUTH;
    check_flags(&f, &r, first);
    read_packet(&f, &r, first, version_of(mqtt_version, type, body.len));
    hf_fields_end(&f, &r);
}
