/* Inside of the MQTT engine: states and the calls between its files.
 *
 * engine.c    life of a connection, lent input, wants()
 * output.c    the output buffer; packets that the engine owes (PUBACK, PINGREQ, DISCONNECT)
 * receive.c   packets from the broker: what may stand here, messages, events
 * request.c   publish, subscribe, unsubscribe
 * window.c    unanswered requests
 * timer.c     keep-alive and time-outs
 *
 * Invariants: in_at <= in_len <= input.cap, the same for output. Taking packets from the input
 * rests while a message, an event or a PUBACK is waiting, so one of each is enough. Output is
 * written in whole packets; only while body_left > 0 the last one is unfinished.
 */
#ifndef HF_MQTT_ENGINE_H
#define HF_MQTT_ENGINE_H

#include "mqtt/packet.h"

enum engine_state {
    ENGINE_IDLE = 0,
    ENGINE_CONNECTING, /* CONNECT is written, CONNACK is not read */
    ENGINE_OPEN,
    ENGINE_CLOSING, /* DISCONNECT is owed or not sent yet */
    ENGINE_CLOSED,
    ENGINE_FAILED,
};

enum engine_rx {
    RX_PACKET = 0, /* in_at is where a packet begins */
    RX_PUBLISH,    /* in_at is a PUBLISH whose head is read; payload goes out in pieces */
    RX_SUBACK,     /* in_at is a SUBACK whose codes go out as events */
};

enum engine_ping {
    PING_NONE = 0,
    PING_OWED, /* to be written as soon as there is room */
    PING_WRITTEN,
};

enum slot_state {
    SLOT_FREE = 0,
    SLOT_BODY, /* a PUBLISH whose body is being written */
    SLOT_PUBLISH,
    SLOT_SUBSCRIBE,
    SLOT_UNSUBSCRIBE,
    SLOT_LOST,         /* of a connection before; to be reported, then free */
    SLOT_LOST_PUBLISH, /* the same; may be sent again */
    SLOT_REPORTED,     /* reported; waits for publish `again` or forget */
};

/* Ends the connection with an error; the first one sticks. Returns the code that stands. */
hf_code hf_mqtt_fail(hf_mqtt *m, hf_code code, uint32_t detail, uint32_t offset);
hf_code hf_mqtt_misused(const hf_mqtt *m); /* the error that stands, else HF_E_USAGE */
bool hf_mqtt_alive(const hf_mqtt *m); /* between CONNECT and the end, DISCONNECT not asked for */

/* ---- output.c */
size_t hf_mqtt_output_free(const hf_mqtt *m);
/* A writer over the free output. Commit returns `code`, or HF_PENDING when the packet only has to
 * wait for room; it notes what it needs. */
hf_writer hf_mqtt_output_writer(hf_mqtt *m);
hf_code hf_mqtt_output_commit(hf_mqtt *m, const hf_writer *w, hf_code code);
bool hf_mqtt_output_owed(const hf_mqtt *m); /* something of the engine's own waits for room */
void hf_mqtt_output_pay(hf_mqtt *m);        /* writes what is owed as far as it fits */
void hf_mqtt_output_wipe(hf_mqtt *m);       /* when it holds a password */

/* ---- receive.c */
hf_code hf_mqtt_receive(hf_mqtt *m); /* takes packets until something waits or input runs out */
size_t hf_mqtt_piece_len(const hf_mqtt *m);
bool hf_mqtt_message_waits(const hf_mqtt *m);
bool hf_mqtt_event_waits(const hf_mqtt *m);

/* ---- request.c */
bool hf_mqtt_may_request(const hf_mqtt *m);

/* ---- window.c */
hf_mqtt_slot *hf_mqtt_window_next(hf_mqtt *m, hf_mqtt_slot *slot); /* behind NULL: the first */
/* The oldest slot in one of `states` (1 << SLOT_...), with `id` unless that is 0. NULL: none. */
hf_mqtt_slot *hf_mqtt_window_find(hf_mqtt *m, uint16_t id, unsigned states);
/* A free slot, with an identifier that is not in use; NULL: the window is full. */
hf_mqtt_slot *hf_mqtt_window_new(hf_mqtt *m);
void hf_mqtt_window_take(hf_mqtt *m, hf_mqtt_slot *slot, uint8_t state, uint8_t count);
void hf_mqtt_window_lose(hf_mqtt *m); /* a new connection begins */

#endif
