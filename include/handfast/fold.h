/* hf_folded: an idle connection in 256 bytes, without buffers and without the backend's contexts.
 *
 *     if (hf_tls_is_idle(&tls)) { hf_tls_fold(&tls, &folded); }     the buffers are yours again
 *     ... bytes arrive, or there is something to say ...
 *     hf_tls_unfold(&tls, &folded, &memory);                        and all goes on
 *
 * Both versions, both roles, any number of times. Nothing is said to the peer. Kept is what the
 * connection needs to go on: the secrets (for KeyUpdate, hf_tls_export() and tickets that may still
 * come), sequence numbers, limits, counts, and what the hf_tls_... calls tell of what was agreed,
 * except hf_tls_peer(): note before what you need of it.
 *
 * A session that a server gives after its client has folded once (TLS 1.3: most servers give
 * theirs at once) is taken when the suite's hash is SHA-256 and hf_tls_peer() was NULL, since then
 * there is room for what it needs; else it is passed over, which is no error.
 *
 * A folded connection is secret: whoever reads it can read and forge what the two ends say. And it
 * goes on once: the keys and sequence numbers in it must not be used twice, because two records
 * under one nonce reveal plaintext and let others forge. hf_tls_unfold() wipes it for that reason;
 * it may be moved, but never unfold a copy too, store one across a restart, or fork() and unfold in
 * both processes.
 */
#ifndef HANDFAST_FOLD_H
#define HANDFAST_FOLD_H

#include <handfast/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A complete type that the caller may place anywhere; its members are private. At most 256 bytes,
 * whatever the version, suite and backend. */
typedef struct hf_folded {
    union {
        uint8_t tls13[4 * HF_SECRET_MAX]; /* client, server, exporter, resumption: in a row, each as
                                             long as the suite's hash */
        struct {
            uint8_t tls13[4 * 32]; /* SHA-256 leaves room for what later tickets need */
            uint8_t context[32];
            int64_t authenticated;
            int64_t not_after;
        } with_session;
        struct {
            hf_master_secret12 master;
            uint8_t client_random[32];
            uint8_t server_random[32];
        } tls12;
    } secret;
    const hf_config *config;
    uint64_t received; /* sequence numbers of the next records */
    uint64_t sent;
    uint32_t mark; /* tells a folded connection from anything else */
    uint32_t records_in;
    uint32_t records_out;
    uint16_t identity; /* server: which of the configuration's, 0 = the first */
    uint16_t suite;
    uint16_t group;
    uint16_t peer_scheme;
    uint16_t our_scheme;
    uint16_t facts;
    uint16_t in_limit;
    uint16_t out_limit;
    uint16_t messages;
    uint8_t updates;
    uint8_t empty;
    uint8_t warnings;
    uint8_t alpn;
    uint8_t flags;
    uint8_t signatures;
    uint8_t signatures_saved;
} hf_folded;

/* True when the connection can be folded: the handshake is over, nothing has failed or was closed
 * by either side, and nothing is under way: no part of a record or message was received, no data
 * wait to be taken, no output waits to be sent, and no KeyUpdate or refusal of a renegotiation is
 * due. So hf_tls_wants() says HF_IS_OPEN, HF_WANT_INPUT and mostly HF_HAS_ROOM, nothing else; the
 * reverse does not hold, since part of a record does not show there. */
bool hf_tls_is_idle(const hf_tls *tls);

/* Folds an idle connection: `tls` is released as by hf_tls_release(), and its memory is the
 * caller's again, wiped. The configuration must stay. Lent spaces end, like those of
 * hf_tls_room() that were not given back. Error: HF_E_USAGE when it is not idle; nothing is then
 * changed. */
hf_code hf_tls_fold(hf_tls *tls, hf_folded *folded);

/* Goes on with a folded connection, and wipes `folded`. `tls` is one that is not in use, the same
 * or another; `memory` may be other buffers of other sizes, within the bounds of hf_tls_client():
 * `certificate` now needs HF_TLS_CERTIFICATE_MIN in both roles, `names` nothing. Where a record
 * limit was agreed (record_size_limit, max_fragment_length), `input` must hold the largest record
 * within it; where none was, a larger record than fits ends the connection when it comes, as
 * always. `session` is where a client's next session goes, as in hf_tls_client(); what stands in
 * it is left alone. `remembered` has nothing to do any more.
 * Errors, after which `folded` is as it was and `tls` holds nothing but the error:
 * HF_E_MEMORY_TOO_SMALL (error.detail: the size that would do), HF_E_BACKEND. HF_E_USAGE when
 * `folded` is none, or was unfolded already. */
hf_code hf_tls_unfold(hf_tls *tls, hf_folded *folded, const hf_tls_memory *memory);

/* Gives a folded connection up: wipes it. Its peer gets no close_notify: for that, unfold it. */
void hf_folded_wipe(hf_folded *folded);

#ifdef __cplusplus
}
#endif
#endif
