/* Somebody else's TLS connection, from the outside: records of both directions in the order in
 * which they came, opened where there are secrets, as the events of include/handfast/trace.h.
 *
 * The heart of `handfast decode`. Events are told from the client's point of view (`sent`: by the
 * client). What cannot be read is told as sealed records; what was found out, for the verdict,
 * stands in decode_tls afterwards. Nothing that a peer sent makes it fail.
 */
#ifndef HF_CLI_DECODE_TLS_H
#define HF_CLI_DECODE_TLS_H

#include "decode_chain.h"
#include "decode_mqtt.h"
#include "decode_open.h"

#include <handfast/trace.h>

#define DECODE_MESSAGE_MAX                                                                         \
    (1u << 18) /* bytes of a handshake message; longer ones are passed over */
#define DECODE_FLIGHTS_MAX 12u

enum decode_side_name {
    DECODE_CLIENT,
    DECODE_SERVER,
};

/* Where the results go; times are nanoseconds since 1970. */
typedef struct decode_sink {
    void (*event)(void *ctx, const hf_event *event, int64_t time);
    void (*note)(void *ctx, int64_t time, const char *text); /* a sentence about the capture */
    void *ctx;
} decode_sink;

typedef struct decode_alert {
    int64_t time;
    bool seen;
    bool readable; /* else it was sealed, and the two below are not known */
    uint8_t level;
    uint8_t description;
} decode_alert;

/* Records that one side sends without an answer in between. */
typedef struct decode_flight {
    int64_t first;
    int64_t last;
    uint64_t bytes;
    uint32_t records;
    uint8_t side;
} decode_flight;

/* One direction. */
typedef struct decode_side {
    decode_stream stream;
    decode_opener opener;
    decode_mqtt mqtt;
    decode_alert alert;  /* the first that is no close_notify */
    decode_alert closed; /* close_notify */
    uint8_t *message;    /* handshake bytes that wait for the rest of their message */
    size_t message_len;
    size_t message_room;
    uint64_t bytes; /* of records */
    uint64_t data;  /* of application data that was read */
    uint32_t records;
    uint32_t sealed;       /* of these; */
    uint32_t unread;       /* sealed and not opened */
    uint32_t early;        /* records of early data that were not read */
    uint32_t first_sealed; /* bytes of the first one; 0: none */
    uint32_t last_sealed;  /* and of the last one */
    uint32_t largest;      /* bytes of the longest record */
    uint32_t handshake12;  /* TLS 1.2: sealed handshake records */
    uint8_t told;          /* epoch of the last event about keys */
    uint8_t name;          /* decode_side_name */
    uint8_t last_message;  /* type of the last handshake message */
    bool finished;         /* its Finished was read */
    bool lost_track;       /* what follows is no TLS */
    bool cut;              /* ends inside a record */
    bool wrong_keys;       /* a record did not open although there are keys */
    bool any_message;
    bool updated; /* a KeyUpdate has come; keys are to be told */
} decode_side;

typedef struct decode_tls {
    decode_side sides[2];
    const decode_secrets *secrets;
    const hf_crypto *crypto;
    decode_sink sink;
    decode_chain chain;
    decode_flight flights[DECODE_FLIGHTS_MAX];
    size_t flights_count;
    int64_t time; /* of the record at work */
    int64_t begun;
    int64_t completed; /* when the handshake was over */
    uint8_t client_random[32];
    uint8_t server_random[32];
    uint16_t version; /* 0: no ServerHello was seen */
    uint16_t suite;
    uint16_t connack; /* return code, with has_connack */
    uint8_t client_hellos;
    bool has_connack;
    bool retry; /* HelloRetryRequest */
    bool early_offered;
    bool resumed12; /* the server's Finished came first */
    bool complete;
    bool has_secrets; /* for this connection */
    bool is_mqtt;
    bool mqtt_open; /* CONNACK with code 0 */
    bool no_memory;
} decode_tls;

/* Zeroes `tls` and reads the whole connection; ends[client] of the flow is the client. False: no
 * memory. Release it in either case. */
bool decode_tls_run(decode_tls *tls, const decode_flow *flow, unsigned client,
                    const hf_crypto *crypto, const decode_secrets *secrets,
                    const decode_sink *sink);
void decode_tls_release(decode_tls *tls);

/* ---- decode_hello.c: what the handshake's messages mean for somebody who listens. */
void decode_take_message(decode_tls *tls, decode_side *side, uint8_t type, hf_span body);
/* Tells of keys that are in use from here on, if they are new. */
void decode_tell_keys(decode_tls *tls, decode_side *side);
void decode_tell(decode_tls *tls, const decode_side *side, hf_event event);
/* TLS 1.2: change_cipher_spec. */
void decode_take_ccs(decode_tls *tls, decode_side *side);

#endif
