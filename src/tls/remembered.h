/* A client's remembered chain (handfast/remembered.h) in the engine: what a connection takes from
 * it, and when it is filled.
 *
 * What the path walk notes stands at the end of the certificate slot until the handshake is over,
 * so that nothing of it is the caller's before path, handshake signature and Finished are right and
 * the records that they came in are authentic.
 */
#ifndef HF_TLS_REMEMBERED_H
#define HF_TLS_REMEMBERED_H

#include "tls/handshake.h"

#include <handfast/tls.h>

/* Bytes of the certificate slot that it takes; 0 when nothing is remembered: not asked for, a
 * server, a PSK instead of certificates, or checks are switched off. */
size_t hf_remembered_room(const hf_config *config, const hf_tls_memory *memory);

/* Sets up hs->policy for it, and makes the slot smaller. */
void hf_remembered_begin(hf_handshake *hs, const hf_tls_memory *memory);

/* The handshake is over, or given up. Keeps what the walk has noted if it is `good`; the slot is
 * whole again. */
void hf_remembered_end(hf_handshake *hs, bool good);

/* What is to be added to an error's detail that says how large the slot should be. */
uint32_t hf_remembered_detail(const hf_handshake *hs, hf_code code);

#endif
