/* A pcapng file out of events: what crossed the socket as TCP packets with made-up headers, with
 * comments that say what is in them, and with the secrets that are handed in.
 *
 * In the flow: a watcher hands every event in, and secrets before the event that tells of the keys;
 * blocks leave through the sink. What is received waits in `held` until something else crosses: by
 * then the engine has read it, so that its packet stands behind the secrets it needs and carries
 * comments. No heap, no clock, no I/O.
 *
 * Each address that is dialled is a connection of its own in the file, with its own client port.
 */
#ifndef HF_TRACE_CAPTURE_H
#define HF_TRACE_CAPTURE_H

#include "trace/sink.h"
#include "trace/tcp.h"

#include <handfast/trace.h>

#define HF_CAPTURE_DIALS    8u     /* addresses dialled side by side: as many as hf_conn tries */
#define HF_CAPTURE_NOTES    2048u  /* bytes of comments on one packet; more are left out */
#define HF_CAPTURE_PORT_MIN 49152u /* ports of ours: RFC 6335 6 */

/* How the TCP connection ended, as far as it is known. */
typedef enum hf_capture_ending {
    HF_CAPTURE_WE_CLOSED,
    HF_CAPTURE_PEER_CLOSED,
    HF_CAPTURE_PEER_RESET,
} hf_capture_ending;

typedef struct hf_capture_notes {
    char text[HF_CAPTURE_NOTES]; /* lines */
    size_t len;
    bool full; /* and no more fit */
} hf_capture_notes;

typedef struct hf_capture {
    /* What events do not tell; may be changed before an address is dialled. Our addresses, [0] IPv4
     * and [1] IPv6, are documentation's own (RFC 5737, RFC 3849) unless they are; our port, a
     * client's next one, is from HF_CAPTURE_PORT_MIN on. */
    uint8_t local[2][16];
    uint16_t port;
    bool server; /* we are: the peer opens, and `port` stays */
    /* ---- private */
    hf_sink sink;
    hf_space held;
    size_t held_len;
    uint64_t held_ns;
    uint64_t last_ns; /* time never goes back */
    hf_capture_notes notes[2];
    hf_tcp dials[HF_CAPTURE_DIALS]; /* family 0: over */
    hf_tcp *live;                   /* the one whose handshake is done; NULL: none */
    unsigned dialled;
    bool goodbye;   /* somebody has said close_notify */
    uint8_t ending; /* hf_capture_ending */
} hf_capture;

/* Writes the beginning of the file. `held`: room for what one receive call brings, else the first
 * part of it is written at once; borrowed. `application`: who writes, for example "handfast 1.0".
 */
void hf_capture_begin(hf_capture *capture, const hf_sink *sink, hf_space held,
                      const char *application);

/* An event at `now_ns`, nanoseconds since 1970. A server's connection begins with an event
 * HF_EVENT_ADDRESS of the client's address and port, number = HF_OK. */
void hf_capture_event(hf_capture *capture, const hf_event *event, uint64_t now_ns);

/* Lines of a TLS key log, before the event about these keys. */
void hf_capture_secrets(hf_capture *capture, hf_span lines);

/* Ends the connection, if there is one. */
void hf_capture_end(hf_capture *capture, uint64_t now_ns);

#endif
