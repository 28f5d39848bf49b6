/* Packet codec of MQTT 3.1.1, both directions: one parser and one writer per packet family.
 *
 * A parser gets a reader over the bytes after the fixed header and yields spans into them. It
 * checks everything that the standard lets one packet alone violate; what depends on the connection
 * is the engine's to decide. It returns HF_OK or HF_E_MQTT_MALFORMED with the reader at the bad
 * field.
 *
 * A writer checks its arguments (HF_E_USAGE, HF_E_MQTT_TOPIC), writes fixed header and all, and
 * returns HF_E_MQTT_TOO_LARGE when that did not fit; w->len then tells how much room it needs.
 *
 * Strings that may be absent have ptr NULL then. MQTT 5 adds properties after the fixed parts of
 * the same packets: they become one more span in each struct, chosen by the protocol level.
 */
#ifndef HF_MQTT_PACKET_H
#define HF_MQTT_PACKET_H

#include <handfast/mqtt.h>

#include "wire/reader.h"
#include "wire/writer.h"

enum hf_mqtt_type {
    HF_MQTT_CONNECT = 1,
    HF_MQTT_CONNACK,
    HF_MQTT_PUBLISH,
    HF_MQTT_PUBACK,
    HF_MQTT_PUBREC,
    HF_MQTT_PUBREL,
    HF_MQTT_PUBCOMP,
    HF_MQTT_SUBSCRIBE,
    HF_MQTT_SUBACK,
    HF_MQTT_UNSUBSCRIBE,
    HF_MQTT_UNSUBACK,
    HF_MQTT_PINGREQ,
    HF_MQTT_PINGRESP,
    HF_MQTT_DISCONNECT,
};

#define HF_MQTT_LENGTH_MAX 268435455u /* largest remaining length (2.2.3) */
#define HF_MQTT_STRING_MAX 65535u     /* longest string (1.5.3) */
#define HF_MQTT_LEVEL_311  4
#define HF_MQTT_REFUSED    0x80 /* return code in SUBACK (3.9.3) */

/* ---- fixed header (2.2) */
typedef struct hf_mqtt_header {
    unsigned type;
    unsigned flags;
    unsigned size;   /* bytes of the fixed header itself, 2 to 5 */
    uint32_t length; /* bytes after it */
} hf_mqtt_header;

/* Whether the type exists and may have these flags. */
bool hf_mqtt_flags_allowed(unsigned type, unsigned flags);

/* HF_PENDING: more bytes are needed. Also checks flags and length against the packet's type. */
hf_code hf_mqtt_parse_header(hf_reader *r, hf_mqtt_header *out);
void hf_mqtt_write_header(hf_writer *w, uint8_t type, uint8_t flags, size_t length);

/* ---- strings (1.5.3) and helpers that parsers and writers share */
bool hf_mqtt_utf8_valid(hf_span text);
hf_span hf_mqtt_read_text(hf_reader *r);
hf_span hf_mqtt_read_topic_name(hf_reader *r);
hf_span hf_mqtt_read_topic_filter(hf_reader *r);
uint16_t hf_mqtt_read_id(hf_reader *r);                 /* not 0 (2.3.1-1) */
void hf_mqtt_spoil_at(hf_reader *r, const uint8_t *at); /* turn bad there */
hf_code hf_mqtt_read_end(const hf_reader *r);           /* HF_OK when all was read */
hf_code hf_mqtt_write_end(const hf_writer *w);          /* HF_OK when all did fit */

/* ---- CONNECT (3.1), CONNACK (3.2) */
typedef struct hf_mqtt_packet_connect {
    hf_span client_id;
    hf_span user_name; /* ptr NULL: absent */
    hf_span password;  /* ptr NULL: absent */
    hf_mqtt_will will; /* topic.ptr NULL: absent */
    uint16_t keep_alive;
    uint8_t level;
    bool clean_session;
} hf_mqtt_packet_connect;

/* HF_E_MQTT_REFUSED_VERSION: another level of MQTT, which stands in out->level; the right answer is
 * CONNACK with return code 1 (3.1.2-2). An empty client id with clean session 0 parses: the right
 * answer to it is CONNACK with return code 2 (3.1.3-8). */
hf_code hf_mqtt_parse_connect(hf_reader *r, hf_mqtt_packet_connect *out);
hf_code hf_mqtt_write_connect(hf_writer *w, const hf_mqtt_options *options);

typedef struct hf_mqtt_packet_connack {
    bool session_present;
    uint8_t code;
} hf_mqtt_packet_connack;

hf_code hf_mqtt_parse_connack(hf_reader *r, hf_mqtt_packet_connack *out);
hf_code hf_mqtt_write_connack(hf_writer *w, const hf_mqtt_packet_connack *packet);

/* ---- PUBLISH (3.3), without its payload */
#define HF_MQTT_DUP        8u
#define HF_MQTT_RETAIN     1u
#define HF_MQTT_QOS(flags) ((flags) >> 1 & 3u)

typedef struct hf_mqtt_packet_publish {
    hf_span topic;
    uint16_t id;   /* 0 with QoS 0 */
    uint8_t flags; /* of the fixed header: HF_MQTT_DUP, QoS, HF_MQTT_RETAIN */
} hf_mqtt_packet_publish;

/* Leaves the reader at the payload. */
hf_code hf_mqtt_parse_publish(hf_reader *r, unsigned flags, hf_mqtt_packet_publish *out);
hf_code hf_mqtt_write_publish(hf_writer *w, const hf_mqtt_packet_publish *packet,
                              size_t payload_len);

/* ---- PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK: a packet identifier (3.4 to 3.7, 3.11).
 * PINGREQ, PINGRESP, DISCONNECT: nothing after the fixed header (3.12 to 3.14); `id` is 0. */
hf_code hf_mqtt_parse_id(hf_reader *r, uint16_t *id);
hf_code hf_mqtt_write_id(hf_writer *w, uint8_t type, uint16_t id);

/* ---- SUBSCRIBE (3.8), UNSUBSCRIBE (3.10) */
typedef struct hf_mqtt_packet_filters {
    uint16_t id;
    hf_span filters; /* checked; read with hf_mqtt_next_filter() */
    size_t count;    /* at least 1 */
    bool with_qos;   /* SUBSCRIBE */
} hf_mqtt_packet_filters;

hf_code hf_mqtt_parse_subscribe(hf_reader *r, hf_mqtt_packet_filters *out);
hf_code hf_mqtt_parse_unsubscribe(hf_reader *r, hf_mqtt_packet_filters *out);

/* Takes the first filter off packet->filters; false when none is left. */
bool hf_mqtt_next_filter(hf_mqtt_packet_filters *packet, hf_mqtt_filter *out);

/* `type`: HF_MQTT_SUBSCRIBE or HF_MQTT_UNSUBSCRIBE, which does not send the filters' QoS. */
hf_code hf_mqtt_write_filters(hf_writer *w, uint8_t type, uint16_t id,
                              const hf_mqtt_filter *filters, size_t count);

/* ---- SUBACK (3.9) */
typedef struct hf_mqtt_packet_suback {
    uint16_t id;
    hf_span codes; /* one per filter: granted QoS 0 to 2, or HF_MQTT_REFUSED */
} hf_mqtt_packet_suback;

hf_code hf_mqtt_parse_suback(hf_reader *r, hf_mqtt_packet_suback *out);
hf_code hf_mqtt_write_suback(hf_writer *w, const hf_mqtt_packet_suback *packet);

#endif
