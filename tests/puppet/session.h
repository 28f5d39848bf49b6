/* A session as a scripted end keeps it: given by a puppet or kept by a guest, and for the other one
 * to know or to offer. Written apart from the library's sessions and tickets (src/tls/keys).
 */
#ifndef HF_TESTS_SESSION_H
#define HF_TESTS_SESSION_H

#include "tls/keys/schedule12.h"
#include "tls/keys/schedule13.h"

#define PUPPET_TICKET_MAX 65535u
#define PUPPET_GIVEN_MAX  3u
#define PUPPET_KNOWN_MAX  4u

typedef struct puppet_session {
    uint16_t version;
    uint16_t suite;             /* of TLS 1.3: its hash counts */
    hf_psk_kind kind;           /* TLS 1.3: which label its binder has */
    uint8_t psk[HF_SECRET_MAX]; /* TLS 1.3 */
    hf_master_secret12 master;  /* TLS 1.2 */
    bool extended;              /* TLS 1.2: RFC 7627 */
    uint32_t lifetime, age_add; /* lifetime: seconds */
    uint8_t id[32];             /* TLS 1.2: a session id of the server's */
    size_t id_len;              /* 0: none */
    size_t ticket_len;          /* TLS 1.2: 0: none */
    uint8_t ticket[PUPPET_TICKET_MAX];
} puppet_session;

#endif
