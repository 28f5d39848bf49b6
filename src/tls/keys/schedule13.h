/* The TLS 1.3 key schedule (RFC 8446 7): Early -> Handshake -> Master, each its own type.
 *
 * All secrets are as long as the suite's hash. The caller wipes what it no longer needs; the
 * functions wipe their own intermediate values. Record keys come out of a traffic secret last.
 */
#ifndef HF_TLS_KEYS_SCHEDULE13_H
#define HF_TLS_KEYS_SCHEDULE13_H

#include "tls/keys/suite.h"

#include <handfast/tls_state.h>

/* Longest label without "tls13 ": both together fill HkdfLabel's 255 bytes. */
#define HF_LABEL_MAX 249u

/* HKDF-Expand-Label (RFC 8446 7.1); `label` without "tls13 ", at most HF_LABEL_MAX bytes; `context`
 * at most 255, `len` at most 255 times the hash. */
void hf_expand_label(hf_hash_id hash, const uint8_t *secret, const char *label, hf_span context,
                     uint8_t *out, size_t len);

/* The three secrets in a row; `transcript` is a hash of hash-size bytes wherever it is asked for.
 */
void hf_early_without_psk(hf_hash_id hash, hf_early_secret *early);
void hf_handshake_from_early(hf_hash_id hash, const hf_early_secret *early, hf_span shared,
                             hf_handshake_secret *handshake);
/* The early secret of a PSK, hash-size bytes (RFC 8446 7.1). */
void hf_early_from_psk(hf_hash_id hash, const uint8_t *psk, hf_early_secret *early);
/* A PSK binder (RFC 8446 4.2.11.2): hash-size bytes. `transcript`: up to and including
 * PreSharedKeyExtension.identities, behind what a HelloRetryRequest makes of the hello before. */
typedef enum hf_psk_kind {
    HF_PSK_RESUMPTION, /* "res binder" */
    HF_PSK_EXTERNAL,   /* "ext binder" */
    HF_PSK_IMPORTED,   /* "imp binder", RFC 9258 */
} hf_psk_kind;
void hf_psk_binder(hf_hash_id hash, const hf_early_secret *early, hf_psk_kind kind,
                   const uint8_t *transcript, uint8_t out[HF_HASH_MAX]);
/* Both steps before at once, for a handshake without a PSK. */
void hf_handshake_without_psk(hf_hash_id hash, hf_span shared, hf_handshake_secret *handshake);
void hf_master_from_handshake(hf_hash_id hash, const hf_handshake_secret *handshake,
                              hf_master_secret *master);

/* c hs traffic and s hs traffic over ClientHello..ServerHello. */
void hf_handshake_traffic(hf_hash_id hash, const hf_handshake_secret *handshake,
                          const uint8_t *transcript, hf_traffic_secret *client,
                          hf_traffic_secret *server);

/* c ap traffic, s ap traffic and exp master over ClientHello..server Finished. */
void hf_application_traffic(hf_hash_id hash, const hf_master_secret *master,
                            const uint8_t *transcript, hf_traffic_secret *client,
                            hf_traffic_secret *server, hf_traffic_secret *exporter);

/* res master over ClientHello..client Finished. */
void hf_resumption_from_master(hf_hash_id hash, const hf_master_secret *master,
                               const uint8_t *transcript, hf_resumption_secret *resumption);

/* The PSK of a ticket (RFC 8446 4.6.1): hash-size bytes. */
void hf_ticket_psk(hf_hash_id hash, const hf_resumption_secret *resumption, hf_span nonce,
                   uint8_t *psk);

/* application_traffic_secret_N+1 (RFC 8446 7.2), in place. */
void hf_next_traffic(hf_hash_id hash, hf_traffic_secret *secret);

/* TLS-Exporter (RFC 8446 7.5); no context is the same as an empty one. Bounds of `label` and `len`
 * as for hf_expand_label(). */
void hf_export13(hf_hash_id hash, const hf_traffic_secret *exporter, const char *label,
                 hf_span context, uint8_t *out, size_t len);

/* verify_data of Finished (RFC 8446 4.4.4): hash-size bytes. */
void hf_finished13(hf_hash_id hash, const hf_traffic_secret *base, const uint8_t *transcript,
                   uint8_t out[HF_HASH_MAX]);

/* Record keys of one direction (RFC 8446 7.3). Errors: HF_E_BACKEND, HF_E_UNSUPPORTED. */
hf_code hf_record_keys13(hf_record_keys *keys, const hf_crypto *crypto, const hf_suite *suite,
                         const hf_traffic_secret *secret, bool sealing);

#endif
