/* Internals of the engine that its files share. The public calls are in engine.c, engine_io.c and
 * engine_info.c; alerts in alert.c.
 */
#ifndef HF_TLS_ENGINE_H
#define HF_TLS_ENGINE_H

#include "tls/handshake.h"

#include <handfast/tls.h>

enum hf_engine_state {
    HF_STATE_WORK = 1, /* a step waits for a call that may do work */
    HF_STATE_OPEN = 2, /* our handshake is complete */
    HF_STATE_FAILED = 4,
    HF_STATE_PEER_CLOSED = 8,    /* close_notify was received */
    HF_STATE_CLOSED = 16,        /* close_notify was sent */
    HF_STATE_UPDATE_DUE = 32,    /* a KeyUpdate of ours waits for room */
    HF_STATE_UPDATE_ASKS = 64,   /* it asks the peer to update too */
    HF_STATE_UPDATE_ASKED = 128, /* one such request is open */
    HF_STATE_DRAINING = 256,     /* the rest of a bad record is only authenticated */
    HF_STATE_ENDED = 512,        /* the transport has ended */
    HF_STATE_REFUSAL_DUE = 1024, /* TLS 1.2: no_renegotiation waits for room */
};

/* Goes on until bytes, room or work are missing. */
hf_code hf_engine_advance(hf_tls *tls);

/* An answer from outside is due: of a signer, or a decision. */
bool hf_engine_waits(const hf_tls *tls);

/* Records `code` with the facts of the handshake, sends its alert, ends the connection. HF_OK: does
 * nothing. */
hf_code hf_engine_fail(hf_tls *tls, hf_code code);

/* Application data waits to be taken. */
bool hf_engine_has_data(const hf_tls *tls);
/* Application data may be sent: open on our side, no keys or limits in the way. */
bool hf_engine_sends(const hf_tls *tls);

/* Carries out what steps left to do (engine_keys.c). */
hf_code hf_engine_effects(hf_tls *tls);
/* Changes keys when they are due, before application data (engine_keys.c). */
hf_code hf_engine_before_data(hf_tls *tls);
hf_code hf_engine_update_keys(hf_tls *tls, bool ask);

/* Installs the keys of both directions as they were, for an engine that goes on (engine_keys.c). */
hf_code hf_engine_keys_again(hf_tls *tls, uint64_t received, uint64_t sent);

/* Whether the buffers have their least sizes; else error.detail says one (engine_io.c). */
hf_code hf_engine_check_memory(hf_tls *tls, const hf_tls_memory *memory);

/* An alert record arrived (alert.c). */
hf_code hf_engine_alert(hf_tls *tls, const uint8_t *content, size_t len);

#endif
