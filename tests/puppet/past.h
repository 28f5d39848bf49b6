/* What two ends know of each other after a full handshake, for any number of further connections
 * between ends that are set up in the same way.
 */
#ifndef HF_TESTS_PAST_H
#define HF_TESTS_PAST_H

#include "puppet/server_rig.h"

/* ---- a client engine and a puppet */

typedef struct client_past {
    uint8_t blob[HF_SESSION_HEAD + PUPPET_TICKET_MAX];
    size_t len;
    puppet_session given;
} client_past;

/* Plays a full handshake; `dress` sets it up (r->session_cap, r->p->tickets or give_id are set).
 * The engine must have a session then. */
void client_past_make(client_past *past, void (*dress)(rig *r, const void *ctx), const void *ctx);

/* `r`, not started, offers that session, and its puppet knows it. */
void client_past_use(const client_past *past, rig *r);

/* ---- a server engine and a guest */

/* The same; `kept` becomes what the guest keeps. */
void server_past_make(puppet_session *kept, void (*dress)(server_rig *s, const void *ctx),
                      const void *ctx);
void server_past_use(const puppet_session *kept, server_rig *s);

/* A ring with keys for a day around FIXTURES_NOW, always the same. */
hf_ticket_ring past_ring(void);

/* A store for some sessions of TLS 1.2. */
#define PAST_STORE_MAX 8u
typedef struct past_store {
    struct {
        uint8_t id[HF_SESSION_ID];
        uint8_t state[HF_STORED_MAX];
        size_t len;
    } kept[PAST_STORE_MAX];
    size_t count, most; /* most: 0: PAST_STORE_MAX */
    unsigned asked, refused;
} past_store;
hf_session_store past_store_of(past_store *store);

#endif
