/* The private parts of hf_conn, complete so that a program can place one anywhere.
 *
 * Programs must not touch these members: they change between releases.
 */
#ifndef HANDFAST_CONN_STATE_H
#define HANDFAST_CONN_STATE_H

#include <handfast/error.h>
#include <handfast/port.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_HOST_SIZE 256 /* host name of 253 letters, a trailing dot, a zero */
#define HF_ZONE_SIZE 16  /* interface name with its zero */

/* An address of the peer. */
typedef struct hf_ip {
    uint8_t bytes[16]; /* network order; IPv4: the first 4, the rest zero */
    uint32_t scope;    /* IPv6: index of the interface for link-local addresses, else 0 */
    uint8_t family;    /* 4 or 6 */
} hf_ip;

#if HF_PORT_DIALS
/* host, host:port, 1.2.3.4:port, [v6%zone]:port, taken apart */
typedef struct hf_address {
    char host[HF_HOST_SIZE]; /* without brackets and zone */
    char zone[HF_ZONE_SIZE]; /* "" when there is none */
    hf_ip ip;                /* family 0: the host is a name */
    uint16_t port;
} hf_address;

/* What the resolver has found so far, and what of it was tried. Index 0: IPv6, 1: IPv4. */
typedef struct hf_answers {
    hf_ip list[2][HF_ADDRESSES_MAX];
    uint8_t count[2];
    uint8_t next[2];
    uint8_t first; /* index of the family that is tried first */
} hf_answers;

struct hf_conn;

/* Which of the two questions an answer belongs to. */
typedef struct hf_question {
    struct hf_conn *conn;
    uint8_t family; /* index as in hf_answers */
} hf_question;

typedef struct hf_lookup {
    hf_port_lookup port;
    hf_question questions[2];
    uint64_t grace;  /* IPv4 is known; IPv6 may come until then (RFC 8305 3) */
    uint8_t running; /* questions without an answer */
    uint16_t code;   /* hf_code when nothing was found */
    bool hooked;     /* the program's own resolver is at work */
    bool asking;     /* the port is at work */
    uint64_t hook_at;
} hf_lookup;

typedef struct hf_dial {
    hf_channel attempts[HF_ADDRESSES_MAX];
    hf_ip to[HF_ADDRESSES_MAX];
    uint64_t next_at; /* when the next attempt begins */
    uint32_t ready;   /* bits: attempts with news */
    uint8_t count;    /* attempts made */
    uint8_t running;
    uint8_t last;  /* index of the family tried last */
    uint16_t code; /* best error so far */
    int32_t system;
} hf_dial;
#endif

enum hf_conn_state {
    HF_CONN_CLOSED = 0, /* never started, or closed: holds nothing of the system */
    HF_CONN_RESOLVE,
    HF_CONN_DIAL,
    HF_CONN_HANDSHAKE,
    HF_CONN_OPEN,
    HF_CONN_LINGER, /* failed: the alert is on its way */
    HF_CONN_FAILED,
};

#ifdef __cplusplus
}
#endif
#endif
