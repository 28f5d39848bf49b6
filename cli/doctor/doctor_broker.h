/* One MQTT connection of the doctor: CONNECT, a ping, and staying for a while. */
#ifndef HF_CLI_DOCTOR_BROKER_H
#define HF_CLI_DOCTOR_BROKER_H

#include "doctor.h"

#define BROKER_TEXT 160

enum {
    MQTT_311 = 4, /* protocol level (MQTT 3.1.1, 3.1.2.2) */
    MQTT_5 = 5,
};

typedef enum broker_end {
    BROKER_NO_LOGIN = 0, /* the TLS connection was not made: `code` */
    BROKER_SILENT,       /* no CONNACK in time */
    BROKER_CLOSED,       /* no CONNACK: the broker ended the connection */
    BROKER_OTHER,        /* what came is not MQTT */
    BROKER_REFUSED,      /* CONNACK with a code */
    BROKER_ENDED,        /* let in, and then ended while we stayed */
    BROKER_KEPT,
} broker_end;

typedef struct broker_try {
    uint8_t level;
    const char *client_id; /* borrowed */
    hf_span user;          /* ptr NULL: none */
    hf_span password;
    uint16_t keep_alive;
    uint32_t hold_ms;
    /* ---- what came of it */
    uint8_t end;    /* broker_end */
    uint8_t reason; /* CONNACK's code */
    uint8_t first;  /* the first byte that came */
    uint8_t bye;    /* MQTT 5: DISCONNECT's reason code; 0: none came */
    bool pinged;    /* PINGREQ was answered */
    bool has_server_keep_alive;
    uint16_t server_keep_alive;
    char text[BROKER_TEXT];     /* MQTT 5: Reason String */
    char assigned[BROKER_TEXT]; /* MQTT 5: Assigned Client Identifier */
    hf_code code;               /* of the connection, when it ended */
    uint32_t connack_ms;
    uint32_t ping_ms;
    uint32_t held_ms;
    size_t out; /* bytes of CONNECT */
    size_t in;  /* of CONNACK */
} broker_try;

/* Not sooner than a second after the one before: brokers limit how often a client may CONNECT. */
void doctor_broker(doctor *d, broker_try *attempt);

#endif
