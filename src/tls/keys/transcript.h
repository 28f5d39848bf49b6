/* The running hash over all handshake messages (RFC 8446 4.4.1, RFC 5246 7.4.9).
 *
 * It starts when the hash of the suite is known; the messages before that moment are kept by their
 * sender and added then.
 */
#ifndef HF_TLS_KEYS_TRANSCRIPT_H
#define HF_TLS_KEYS_TRANSCRIPT_H

#include <handfast/tls_state.h>

void hf_transcript_start(hf_transcript *transcript, hf_hash_id hash);
void hf_transcript_add(hf_transcript *transcript, const uint8_t *ptr, size_t len);
bool hf_transcript_started(const hf_transcript *transcript);

/* The hash of all messages so far; the transcript goes on. */
void hf_transcript_now(const hf_transcript *transcript, uint8_t out[HF_HASH_MAX]);

/* Replaces what was hashed by the synthetic message_hash (RFC 8446 4.4.1). */
void hf_transcript_retry(hf_transcript *transcript);

/* Starts with that message_hash, for a server that has only the hash of the first ClientHello. */
void hf_transcript_from_hash(hf_transcript *transcript, hf_hash_id hash, const uint8_t *first);

#endif
