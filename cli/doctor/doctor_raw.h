/* Bytes to a server and back without TLS: what answers there, when no handshake comes about.
 *
 * A hello offers what this library never does (old versions, suites and groups), only to learn what
 * the server would take; it ends with the server's first answer, and no key is ever agreed.
 */
#ifndef HF_CLI_DOCTOR_RAW_H
#define HF_CLI_DOCTOR_RAW_H

#include "doctor.h"

#include <sys/socket.h>

#define DOCTOR_REPLY 4096

typedef enum doctor_end {
    RAW_SILENT, /* nothing more came in the time */
    RAW_ENOUGH, /* as much as was wanted, or as there is room for */
    RAW_CLOSED,
    RAW_RESET,
    RAW_NO_CONNECTION,
} doctor_end;

typedef struct doctor_reply {
    uint8_t end; /* doctor_end */
    size_t len;
    uint8_t bytes[DOCTOR_REPLY];
} doctor_reply;

/* Fills `to`; returns its length. */
socklen_t doctor_sockaddr(const hf_ip *ip, uint16_t port, struct sockaddr_storage *to);

/* Connects, sends, and reads for at most `ms` after that; until `enough` says so (may be NULL). */
void doctor_exchange(doctor *d, hf_span send, uint32_t ms, bool (*enough)(const doctor_reply *),
                     doctor_reply *reply);

/* The server's Date of HTTP, in seconds since 1970; false: there is none in this answer. */
bool doctor_http_date(hf_span answer, int64_t *date);

/* What a ClientHello asks for. */
typedef enum doctor_hello_kind {
    HELLO_TLS13, /* only TLS 1.3, every suite and group there is */
    HELLO_TLS12, /* at most TLS 1.2, with every suite and group */
    HELLO_TLS11,
} doctor_hello_kind;

typedef struct doctor_answer {
    uint8_t end;   /* doctor_end */
    uint8_t alert; /* valid when `alerted` */
    bool alerted;
    bool heard;       /* any byte came */
    uint16_t version; /* of a ServerHello; 0: none came */
    uint16_t suite;
    uint16_t group; /* of HelloRetryRequest, key share or ServerKeyExchange; 0: not seen */
} doctor_answer;

/* `name`: SNI; NULL: none. */
void doctor_hello(doctor *d, doctor_hello_kind kind, const char *name, doctor_answer *answer);

#endif
