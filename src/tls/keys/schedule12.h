/* The TLS 1.2 key schedule (RFC 5246 5, 6.3, 8.1), with the extended master secret
 * (RFC 7627 4); without it only where the configuration asks for that.
 */
#ifndef HF_TLS_KEYS_SCHEDULE12_H
#define HF_TLS_KEYS_SCHEDULE12_H

#include "tls/keys/suite.h"

#include <handfast/tls_state.h>

/* session_hash: the transcript from ClientHello up to and including ClientKeyExchange. */
void hf_extended_master(hf_hash_id hash, hf_span premaster, const uint8_t *session_hash,
                        hf_master_secret12 *master);

/* RFC 5246 8.1, for servers without RFC 7627. */
void hf_legacy_master(hf_hash_id hash, hf_span premaster, const uint8_t client_random[32],
                      const uint8_t server_random[32], hf_master_secret12 *master);

/* verify_data (RFC 5246 7.4.9): 12 bytes. */
#define HF_VERIFY_DATA12 12u
void hf_finished12(hf_hash_id hash, const hf_master_secret12 *master, bool client,
                   const uint8_t *transcript, uint8_t out[HF_VERIFY_DATA12]);

/* Keying material (RFC 5705 4). `context` NULL: none, which is not the same as an empty one; at
 * most 65535 bytes. Only for a master secret of hf_extended_master() (RFC 7627 5.4). */
void hf_export12(hf_hash_id hash, const hf_master_secret12 *master, const char *label,
                 const uint8_t client_random[32], const uint8_t server_random[32],
                 const hf_span *context, uint8_t *out, size_t len);

/* Record keys of both directions out of the key block: for AES-128-GCM two 16-byte keys and two
 * 4-byte salts, 40 bytes in all, no MAC keys. `client`: we are it. Whether a direction uses them
 * already is the caller's to say. */
hf_code hf_record_keys12(hf_record_keys *sealing, hf_record_keys *opening, const hf_crypto *crypto,
                         const hf_suite *suite, const hf_master_secret12 *master,
                         const uint8_t client_random[32], const uint8_t server_random[32],
                         bool client);

#endif
