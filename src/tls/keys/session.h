/* What a handshake leaves behind for the next one, and its two forms: a client's session (flat, for
 * flash) and a server's ticket (sealed). Bytes only; whether one may be used is decided in src/tls.
 */
#ifndef HF_TLS_KEYS_SESSION_H
#define HF_TLS_KEYS_SESSION_H

#include "tls/keys/suite.h"

#include <handfast/session.h>
#include <handfast/tls_state.h>

/* Times in seconds since 1970. */
typedef struct hf_session_state {
    const hf_suite *suite;         /* the version follows from it */
    uint8_t secret[HF_SECRET_MAX]; /* 1.3: the PSK, as long as the hash; 1.2: the master secret */
    uint8_t credential;            /* hf_credential and hf_verified of the peer */
    uint8_t verified;
    uint8_t peer_sha256[32];
    int64_t authenticated; /* when the peer was, in a full handshake */
    int64_t issued;        /* server: when the ticket was; client: when it came */
    int64_t not_after;     /* of the peer's certificate */
} hf_session_state;

/* Bytes of `secret` that count. */
size_t hf_session_secret_size(const hf_suite *suite);

/* ---- a client's: session.c. Behind the head the ticket, or a session id of TLS 1.2. */
typedef struct hf_session_head {
    hf_session_state state;
    uint32_t lifetime; /* seconds, as the server said */
    uint32_t age_add;  /* 1.3: RFC 8446 4.6.1 */
    bool by_id;        /* 1.2: what follows is a session id */
    uint8_t context[32];
    uint16_t ticket_len;
} hf_session_head;

size_t hf_session_head_size(const hf_suite *suite);
/* Writes the head in front of the ticket, which is there already. `blob` has room for both. */
void hf_session_write(uint8_t *blob, const hf_session_head *head);
/* One where it lies: what is needed of it often. */
typedef struct hf_session_view {
    const hf_suite *suite;
    const uint8_t *head;
    const uint8_t *secret;
    hf_span ticket; /* or session id */
    bool by_id;
} hf_session_view;
/* False: cut, or of another format. */
bool hf_session_look(hf_span blob, hf_session_view *view);
/* Looks for damage, which is needed once. */
bool hf_session_is_whole(const hf_session_view *view);
void hf_session_read(const hf_session_view *view, hf_session_head *head);

/* ---- a server's: ticket.c */
/* Seals `state` under `key`, bound to `context`. Errors: HF_E_NO_RANDOM, HF_E_BACKEND. */
hf_code hf_ticket_seal(const hf_ticket_key *key, const hf_crypto *crypto, const uint8_t context[32],
                       const hf_session_state *state, uint8_t ticket[HF_TICKET_MAX], size_t *len);
/* The id of the key that `ticket` names; NULL: it is none of ours. */
const uint8_t *hf_ticket_key_id(hf_span ticket, const hf_suite *suite);
/* False: altered, sealed with another key or for another context or suite. */
bool hf_ticket_open(const hf_ticket_key *key, const hf_crypto *crypto, const uint8_t context[32],
                    const hf_suite *suite, hf_span ticket, hf_session_state *state);
/* The same in the clear, for a store of the server's own, behind the context. */
size_t hf_stored_write(const hf_session_state *state, const uint8_t context[32],
                       uint8_t stored[HF_STORED_MAX]);
bool hf_stored_read(hf_span stored, const uint8_t context[32], const hf_suite *suite,
                    hf_session_state *state);

#endif
