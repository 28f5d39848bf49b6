/* hf_mqtt: an MQTT 3.1.1 client without I/O and without heap (OASIS standard of 29 October 2014).
 *
 * Bytes of the connection go in and out through lent space, as with hf_tls; requests are written
 * into the output buffer at once or not at all; their results come back as events, received
 * messages as spans into the input buffer. The engine has no clock: hf_mqtt_tick() brings the time.
 *
 * Round of a caller's loop: tick; send output; receive input; take messages and events; make
 * requests. Nothing in an hf_mqtt points into itself, so it may be moved; its buffers may not while
 * it is in use. One hf_mqtt must not be used from two threads at once.
 */
#ifndef HANDFAST_MQTT_H
#define HANDFAST_MQTT_H

#include <handfast/bytes.h>
#include <handfast/error.h>
#include <handfast/want.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_MQTT_BUFFER_MIN  64   /* bytes of input and of output that are needed at least */
#define HF_MQTT_BUFFER_SIZE 1024 /* a safe size for either */
#define HF_MQTT_WINDOW      8    /* unanswered requests when no slots are given */

#define HF_MQTT_ANSWER_MS  30000u     /* default of answer_timeout_ms */
#define HF_MQTT_PING_MS    10000u     /* default of ping_timeout_ms */
#define HF_MQTT_NO_TIMEOUT UINT32_MAX /* wait without end */
#define HF_MQTT_NO_TICK    UINT32_MAX /* hf_mqtt_next_tick(): nothing depends on time */

/* ---- topics (4.7) */

/* A span over the characters of a zero-terminated string; borrowed as long as that is. */
hf_span hf_mqtt_text(const char *text);

/* A topic name: 1 to 65535 bytes of UTF-8 without U+0000 and surrogates (1.5.3) and without
 * wildcards. A topic filter: the same with + as a whole level and # as the whole last level. */
bool hf_mqtt_topic_name_valid(hf_span name);
bool hf_mqtt_topic_filter_valid(hf_span filter);

/* Whether messages with topic `name` belong to a subscription with `filter`; both must be valid.
 * A filter that begins with a wildcard does not match a name that begins with $ (4.7.2-1), and a
 * level followed by # matches that level itself (4.7.1.2). */
bool hf_mqtt_topic_matches(hf_span filter, hf_span name);

/* ---- requests */

/* What the broker publishes for a client that goes without DISCONNECT (3.1.2.5). */
typedef struct hf_mqtt_will {
    hf_span topic;   /* a topic name */
    hf_span payload; /* at most 65535 bytes */
    uint8_t qos;     /* 0, 1 or 2 */
    bool retain;
} hf_mqtt_will;

/* All zero is a clean session without name, keep-alive and will. Spans are only read during
 * hf_mqtt_connect(). */
typedef struct hf_mqtt_options {
    hf_span client_id;          /* may be empty unless keep_session is set (3.1.3-7) */
    hf_span user_name;          /* ptr NULL: none */
    hf_span password;           /* ptr NULL: none; needs a user name (3.1.2-22) */
    const hf_mqtt_will *will;   /* NULL: none */
    uint16_t keep_alive;        /* seconds, 0 = off; on AWS 30 to 1200 */
    bool keep_session;          /* clean session 0: broker and engine go on where they stood */
    bool pipeline;              /* allow requests before CONNACK; not on AWS */
    uint32_t answer_timeout_ms; /* for CONNACK, PUBACK, SUBACK, UNSUBACK; 0 = HF_MQTT_ANSWER_MS */
    uint32_t ping_timeout_ms;   /* for PINGRESP; 0 = HF_MQTT_PING_MS */
} hf_mqtt_options;

typedef struct hf_mqtt_filter {
    hf_span filter;
    uint8_t qos; /* SUBSCRIBE: most that is wanted, 0 or 1; UNSUBSCRIBE: not read */
} hf_mqtt_filter;

typedef struct hf_mqtt_publication {
    hf_span topic;
    uint8_t qos; /* 0 or 1 */
    bool retain;
    uint16_t again; /* 0: a new message. Else the id that an HF_MQTT_EVENT_UNACKNOWLEDGED event with
                       `resend` named: the message is sent again under it, marked DUP (4.4.0-1) */
} hf_mqtt_publication;

/* ---- what comes back */

/* A received message, or a piece of one that is larger than the input buffer. All pieces of a
 * message come in order, each with the topic; the last has offset + payload.len == total. A message
 * that fits into the input buffer always comes in one piece. */
typedef struct hf_mqtt_message {
    hf_span topic;   /* borrowed until hf_mqtt_message_done() */
    hf_span payload; /* of this piece; borrowed likewise; empty only when total is 0 */
    uint32_t offset; /* of this piece within the whole payload */
    uint32_t total;  /* length of the whole payload */
    uint16_t id;     /* packet identifier; 0 with QoS 0 */
    uint8_t qos;     /* 0 or 1 */
    bool dup;        /* the broker may have sent it before (3.3.1.1) */
    bool retain;     /* it was stored by the broker before the subscription (3.3.1.3) */
} hf_mqtt_message;

typedef enum hf_mqtt_event_kind {
    HF_MQTT_EVENT_NONE = 0,
    HF_MQTT_EVENT_CONNECTED,    /* CONNACK: code HF_OK, or HF_E_MQTT_REFUSED...: then the engine has
                                   failed with the same code, the return code in error.detail */
    HF_MQTT_EVENT_PUBLISHED,    /* PUBACK for id */
    HF_MQTT_EVENT_SUBSCRIBED,   /* SUBACK for id, one event per filter: index, qos; or code
                                   HF_E_MQTT_SUBSCRIBE_REFUSED for that filter alone */
    HF_MQTT_EVENT_UNSUBSCRIBED, /* UNSUBACK for id */
    HF_MQTT_EVENT_UNACKNOWLEDGED, /* after a reconnect: the request `id` of the connection before
                                     was not answered. resend: a PUBLISH that keeps its id until it
                                     is published `again` (in the order of these events, 4.6.0-1) or
                                     forgotten. Else the id is free: make the request anew */
} hf_mqtt_event_kind;

typedef struct hf_mqtt_event {
    uint8_t kind;         /* hf_mqtt_event_kind */
    uint8_t index;        /* SUBSCRIBED: place of the filter in the request, from 0 */
    uint8_t qos;          /* SUBSCRIBED: granted, 0 or 1 */
    bool session_present; /* CONNECTED: the broker has kept the session (3.2.2.2) */
    bool resend;          /* UNACKNOWLEDGED */
    uint16_t id;
    hf_code code;
} hf_mqtt_event;

/* ---- the engine */

/* One unanswered request. Slots given by the program may be more than HF_MQTT_WINDOW (AWS allows
 * 100 unacknowledged messages); they are the engine's. */
typedef struct hf_mqtt_slot {
    uint16_t id;
    uint8_t state;
    uint8_t count;  /* filters in a SUBSCRIBE */
    uint32_t since; /* 0: not timed yet */
} hf_mqtt_slot;

/* Memory of the program's, borrowed until the engine is no longer used. */
typedef struct hf_mqtt_memory {
    hf_space input;      /* each at least HF_MQTT_BUFFER_MIN */
    hf_space output;     /* larger than CONNECT with all its strings */
    hf_mqtt_slot *slots; /* NULL: HF_MQTT_WINDOW slots inside the engine */
    uint16_t slots_count;
} hf_mqtt_memory;

/* All fields are the engine's own; `error` may be read. Small fields stand first, where the short
 * instructions of small processors reach them. */
typedef struct hf_mqtt {
    hf_mqtt_event event; /* the one that waits */
    uint8_t state;
    uint8_t rx;
    uint8_t packet_flags;
    uint8_t codes_read; /* of the SUBACK in work */
    uint8_t codes_count;
    uint8_t ping;
    bool keep_session;
    bool resume; /* unacknowledged messages may be sent again */
    bool pipeline;
    bool heard;
    bool ended;
    bool secret; /* the output buffer holds a password */
    bool goodbye;
    uint16_t next_id; /* outlives a connection, as what stands behind `ping_timeout` */
    uint16_t keep_alive;
    uint16_t ack_id; /* PUBACK that waits for room */
    uint16_t topic_len;
    uint16_t message_id;
    uint16_t lost; /* slots of a connection before that are not reported yet */
    size_t in_at;  /* start of the packet in work */
    size_t in_len;
    size_t out_at;
    size_t out_len;
    uint32_t total;     /* payload of the PUBLISH in work */
    uint32_t taken;     /* payload bytes of it that went to the application */
    uint32_t head;      /* its bytes before the payload */
    uint32_t body_left; /* of the PUBLISH that is being written */
    uint32_t needed;    /* room that the request needs that was put off */
    uint32_t too_large; /* output buffer that would have fitted the last request */
    uint32_t sent_at;
    uint32_t heard_at;
    uint32_t answer_since; /* CONNECT or PINGREQ has no answer yet */
    uint32_t answer_timeout;
    uint32_t ping_timeout;
    uint32_t now; /* of the last tick, made odd: 0 means "not timed yet" */
    hf_mqtt_memory memory;
    hf_mqtt_slot window[HF_MQTT_WINDOW];
    hf_error error;
} hf_mqtt;

/* Makes an engine that is not connected. HF_E_MEMORY_TOO_SMALL: error.detail is the size needed. */
hf_code hf_mqtt_init(hf_mqtt *m, const hf_mqtt_memory *memory);

/* Begins a connection: writes CONNECT. Also after the end of another one, failed or closed: then
 * bytes and error of that one are dropped and what it left unacknowledged is reported after
 * CONNACK. Errors, with the engine left as it was: HF_E_USAGE (connected already; client id, name
 * or password against 3.1.3), HF_E_MQTT_TOPIC (will), HF_E_MQTT_TOO_LARGE (see
 * hf_mqtt_needed_output()), HF_E_MEMORY_TOO_SMALL. */
hf_code hf_mqtt_connect(hf_mqtt *m, const hf_mqtt_options *options);

/* hf_want bits: INPUT, OUTPUT, HAS_DATA, HAS_EVENT, HAS_ROOM, IS_OPEN, IS_CLOSED, IS_FAILED. */
unsigned hf_mqtt_wants(const hf_mqtt *m);

/* Bytes from the broker. The space is borrowed until hf_mqtt_input_done(), with no call but
 * hf_mqtt_output() and hf_mqtt_output_done() between; NULL with room 0 when none is wanted.
 * input_done: errors end the connection and stand in m->error: HF_E_MQTT_MALFORMED,
 * HF_E_MQTT_PROTOCOL, HF_E_MQTT_TOO_LARGE, HF_E_MQTT_REFUSED...; HF_E_USAGE: more than was lent. */
uint8_t *hf_mqtt_input(hf_mqtt *m, size_t *room);
hf_code hf_mqtt_input_done(hf_mqtt *m, size_t len);

/* The transport has ended. HF_E_MQTT_CLOSED once what has arrived is taken, HF_OK until then and
 * after hf_mqtt_disconnect(). */
hf_code hf_mqtt_input_end(hf_mqtt *m);

/* Bytes for the broker, borrowed until the next call with a non-const engine that is not
 * hf_mqtt_input() or hf_mqtt_input_done(). Any part may be acknowledged. Done: HF_E_USAGE: more
 * than was lent; and the errors of hf_mqtt_input_done(), because input that waited for room is
 * taken. */
const uint8_t *hf_mqtt_output(const hf_mqtt *m, size_t *len);
hf_code hf_mqtt_output_done(hf_mqtt *m, size_t len);

/* Time, from any steady clock; it may wrap. Sends PINGREQ when nothing was sent or heard for 7/8 of
 * the keep-alive time. Errors end the connection: HF_E_MQTT_NO_PINGRESP, HF_E_MQTT_TIMEOUT (detail:
 * the packet type that got no answer). Time-outs are counted from the first tick after their cause
 * and rest while a message or an event waits for the program. */
hf_code hf_mqtt_tick(hf_mqtt *m, uint32_t now_ms);

/* Milliseconds from the last tick's time to when the next is due; HF_MQTT_NO_TICK: none is. */
uint32_t hf_mqtt_next_tick(const hf_mqtt *m);

/* The message or piece that waits, if any. Done: gives its bytes back; with the last piece of a
 * QoS 1 message the PUBACK is sent. HF_E_USAGE: none waits. Errors as hf_mqtt_input_done(). */
bool hf_mqtt_get_message(const hf_mqtt *m, hf_mqtt_message *out);
hf_code hf_mqtt_message_done(hf_mqtt *m);

/* Takes the event that waits, if any; also after the engine has failed. */
bool hf_mqtt_get_event(hf_mqtt *m, hf_mqtt_event *out);

/* ---- requests: all of a request is written, or nothing.
 * HF_PENDING: no room in the output buffer now; call again when wants() says HF_HAS_ROOM.
 * Errors, with the connection left as it was: HF_E_USAGE (not open, or a message begun and not
 * ended; bad QoS or count), HF_E_MQTT_TOPIC, HF_E_MQTT_WINDOW_FULL, HF_E_MQTT_TOO_LARGE. On a
 * failed engine: its error. `id` may be NULL; it is 0 with QoS 0. */
hf_code hf_mqtt_publish(hf_mqtt *m, const hf_mqtt_publication *publication, hf_span payload,
                        uint16_t *id);
hf_code hf_mqtt_subscribe(hf_mqtt *m, const hf_mqtt_filter *filters, size_t count, uint16_t *id);
hf_code hf_mqtt_unsubscribe(hf_mqtt *m, const hf_mqtt_filter *filters, size_t count, uint16_t *id);

/* The same for a payload of `total` bytes that need not fit into the output buffer: its bytes
 * follow through lent space. Until all are there no other request is accepted, and PUBACK and
 * PINGREQ wait. The space is borrowed until hf_mqtt_body_done(), with no other call between; NULL
 * with room 0 when there is none now. Done: errors as hf_mqtt_output_done(). */
hf_code hf_mqtt_publish_begin(hf_mqtt *m, const hf_mqtt_publication *publication, size_t total,
                              uint16_t *id);
uint8_t *hf_mqtt_body(hf_mqtt *m, size_t *room);
hf_code hf_mqtt_body_done(hf_mqtt *m, size_t len);

/* Gives up an unacknowledged message that will not be sent again. HF_E_USAGE: no such id. */
hf_code hf_mqtt_forget(hf_mqtt *m, uint16_t id);

/* Sends DISCONNECT: the engine is closed when the output is drained. Messages and events that
 * still wait are lost. HF_E_USAGE: not connected, or a message is begun and not ended (then only
 * closing the transport is left). */
hf_code hf_mqtt_disconnect(hf_mqtt *m);

/* After HF_E_MQTT_TOO_LARGE from a request: the size of output buffer that would have fitted (for
 * SUBSCRIBE with very many filters: of input buffer, for its SUBACK). */
uint32_t hf_mqtt_needed_output(const hf_mqtt *m);

#ifdef __cplusplus
}
#endif
#endif
