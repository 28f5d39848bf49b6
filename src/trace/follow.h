/* What is known of a connection from its events so far: as much as is needed to read its messages
 * and to name its keys.
 *
 * In the flow: each consumer of events that shows messages has one and gives it every event first.
 * What was agreed is taken from the messages themselves, so that recorded bytes do as well as a
 * live connection.
 */
#ifndef HF_TRACE_FOLLOW_H
#define HF_TRACE_FOLLOW_H

#include "trace/dissect.h"
#include "trace/gather.h"

/* All zero but for `gather.memory` and `server` is a connection that has not begun. */
typedef struct hf_follow {
    hf_gather gather;
    bool server;      /* the events are a server's */
    uint16_t version; /* 0 while it is not known */
    uint16_t suite;
    uint16_t group;       /* 0: none yet, or no key exchange */
    bool extended_secret; /* TLS 1.2: extended_master_secret was agreed */
    bool psk;             /* TLS 1.3: the server took one */
    bool full;            /* the server has shown a certificate */
    bool raw_keys[2];     /* of the client, of the server (RFC 7250) */
    uint16_t changes[2];  /* of keys, by `sent` */
} hf_follow;

/* Takes any event, first of all. True: it completes a message, and *body is the message without its
 * header: borrowed until the next event. Shorter than it should be where the message was told
 * without its body, or did not fit. */
bool hf_follow_event(hf_follow *follow, const hf_event *event, hf_span *body);

/* How a message of this event is to be read. */
hf_dissect_as hf_follow_as(const hf_follow *follow, const hf_event *event);

/* hf_message_name(), but for a server_hello that is a hello_retry_request. */
const char *hf_follow_message(const hf_event *event, hf_span body);

/* The secret that the keys of one direction come from, as its RFC names it:
 * "client_handshake_traffic_secret", TLS 1.2: "client_write_key"; "" before there are keys. */
#define HF_SECRET_TEXT 56
void hf_follow_secret(const hf_follow *follow, bool sent, char text[HF_SECRET_TEXT]);

#endif
