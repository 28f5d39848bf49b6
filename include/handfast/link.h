/* hf_link: an MQTT session over a secure connection: hf_mqtt on hf_conn, under the same deadline.
 *
 * In TLS 1.3 CONNECT travels with the client's last handshake flight, in one send; in TLS 1.2 it
 * waits for the server's Finished.
 *
 *     blocking      hf_link_init() once; hf_link_open(); publish, subscribe, receive; close. After
 *                   a failure hf_link_close(), and hf_link_open() again when it pleases.
 *     non-blocking  hf_link_start(); hf_link_step() whenever hf_link_fd() is readable or
 *                   hf_link_timeout() has passed, and after every call of hf_mqtt_...() on
 *                   link->mqtt, with which requests are made and messages and events are taken.
 *
 * Ownership: as hf_conn: the link and its memory must not move before hf_link_close(). The config
 * needs a clock: see hf_clock_system() in conn.h.
 */
#ifndef HANDFAST_LINK_H
#define HANDFAST_LINK_H

#include <handfast/conn.h>
#include <handfast/mqtt.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_link_memory {
    hf_tls_memory tls;
    hf_mqtt_memory mqtt;
} hf_link_memory;

enum hf_link_state {
    HF_LINK_CLOSED = 0,
    HF_LINK_OPENING,  /* the connection */
    HF_LINK_GREETING, /* CONNECT is under way */
    HF_LINK_OPEN,
    HF_LINK_FAILED,
};

/* Private: where the packets of one direction stand, for events. */
enum hf_passing_state {
    HF_PASSING_FIRST = 0, /* the first byte is next */
    HF_PASSING_LENGTH,
    HF_PASSING_BODY,
    HF_PASSING_LOST, /* a length that is none */
};
typedef struct hf_passing {
    uint32_t left; /* bytes of the body */
    uint8_t first;
    uint8_t digits; /* of the length, so far */
    uint8_t state;  /* enum hf_passing_state */
} hf_passing;

typedef struct hf_link {
    hf_conn conn; /* ask it for stats and hf_conn_error(); conn.tls for what was agreed */
    hf_mqtt mqtt;
    bool session_present; /* the broker has kept the session */
    uint8_t refused;      /* after HF_E_MQTT_SUBSCRIBE_REFUSED: place of the first refused filter */
    /* ---- private */
    hf_passing passing[2]; /* received, sent */
    uint32_t told;         /* bytes to be sent whose packets were told */
    hf_error error;
    hf_tls_memory tls_memory;
    uint64_t greeting_began;
    uint32_t ticked;  /* time of the last tick */
    uint16_t awaited; /* id of the request that a blocking call waits for */
    uint8_t awaiting; /* hf_mqtt_event_kind; NONE: nothing */
    uint8_t answers;  /* events still to come */
    uint16_t outcome; /* hf_code of the request */
    uint8_t state;    /* enum hf_link_state */
    bool lent;        /* hf_link_receive() has given out a message */
} hf_link;

/* Once for each link, not for each connection: what was not acknowledged outlives a connection.
 * Errors: HF_E_MEMORY_TOO_SMALL. */
hf_code hf_link_init(hf_link *link, const hf_link_memory *memory);

/* Connects and waits for CONNACK, at most `timeout_ms` for everything together.
 * Errors: those of hf_conn_open() and hf_mqtt_connect(), HF_E_MQTT_TIMEOUT, HF_E_MQTT_REFUSED...,
 * HF_E_MQTT_CLOSED. hf_link_error() tells more; hf_link_close() must still be called. */
hf_code hf_link_open(hf_link *link, const hf_config *config, const char *address,
                     const hf_mqtt_options *mqtt, uint32_t timeout_ms);

/* Begins the same: HF_PENDING, or an error. `options` (of the connection) may be NULL. */
hf_code hf_link_start(hf_link *link, const hf_config *config, const char *address,
                      const hf_conn_options *options, const hf_mqtt_options *mqtt,
                      uint32_t timeout_ms);

/* The same over a connected socket or a serial line, as hf_conn_attach(). The socket stays the
 * program's when the result is HF_E_USAGE or an error of hf_mqtt_connect(). */
hf_code hf_link_attach(hf_link *link, const hf_config *config, hf_socket socket, const char *name,
                       const hf_conn_options *options, const hf_mqtt_options *mqtt,
                       uint32_t timeout_ms);

/* Moves everything that can move without waiting, and tells the MQTT engine the time. HF_PENDING:
 * CONNACK has not come; HF_OK: open; or the error. The CONNECTED event is taken here; all others
 * are the program's. Calling it for no reason does no harm. */
hf_code hf_link_step(hf_link *link);
hf_code hf_link_wait(hf_link *link); /* steps and waits until it is open or has failed */

/* As hf_conn_fd() and hf_conn_timeout(). Take all messages and events before polling. */
int hf_link_fd(const hf_link *link);
int hf_link_timeout(const hf_link *link);

/* ---- blocking calls. They take all events: an answer that no call waits for is dropped, and a
 * message whose publishing failed on an earlier connection is not sent again by itself.
 *
 * A message of the broker may stand before the answer: then publish, subscribe and unsubscribe
 * return HF_PENDING; take it with hf_link_receive(), then call hf_link_finish().
 * HF_E_MQTT_TIMEOUT: no answer within timeout_ms; the link goes on, hf_link_finish() may be called.
 */

/* QoS 0: until it is handed to the system; QoS 1: until PUBACK. */
hf_code hf_link_publish(hf_link *link, const hf_mqtt_publication *publication, hf_span payload,
                        uint32_t timeout_ms);
/* Until SUBACK. HF_E_MQTT_SUBSCRIBE_REFUSED: at least one filter; link->refused is the first. */
hf_code hf_link_subscribe(hf_link *link, const hf_mqtt_filter *filters, size_t count,
                          uint32_t timeout_ms);
hf_code hf_link_unsubscribe(hf_link *link, const hf_mqtt_filter *filters, size_t count,
                            uint32_t timeout_ms);
/* Waits on for the answer of the last request. */
hf_code hf_link_finish(hf_link *link, uint32_t timeout_ms);

/* The next message or piece of one, borrowed until the next call with this link (which acknowledges
 * it). HF_E_TIMEOUT: none within timeout_ms (HF_PENDING when that is 0); the link goes on. */
hf_code hf_link_receive(hf_link *link, hf_mqtt_message *message, uint32_t timeout_ms);

/* DISCONNECT and close_notify, waits for the broker's end at most timeout_ms, and gives everything
 * back; the link may be opened again. HF_OK when the end was orderly; what went wrong else. */
hf_code hf_link_close(hf_link *link, uint32_t timeout_ms);

/* The first thing that went wrong on this connection; code HF_OK while nothing has. Never NULL. */
const hf_error *hf_link_error(const hf_link *link);

#ifdef __cplusplus
}
#endif
#endif
