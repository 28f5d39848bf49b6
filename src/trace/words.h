/* Events in words: identifiers for programs that read them, sentences for people. The one place
 * where the numbers of include/handfast/trace.h become text; for names of the wire see dissect.h.
 */
#ifndef HF_TRACE_WORDS_H
#define HF_TRACE_WORDS_H

#include <handfast/trace.h>

/* Identifiers, as the enums have them: "suite", "peer_chose", "make_key", "handshake"; "unknown"
 * for numbers that there are not. */
const char *hf_decided_name(uint8_t decided);
const char *hf_reason_name(uint8_t reason);
const char *hf_work_name(uint8_t work);
const char *hf_epoch_name(uint8_t epoch);

/* Why, in plain words; "" for HF_REASON_NONE. */
const char *hf_reason_text(uint8_t reason);

/* "1.3", "1.2"; "0x0301" is put into `text`. */
#define HF_VERSION_TEXT 8
const char *hf_version_text(uint32_t version, char text[HF_VERSION_TEXT]);

/* What was decided, as one sentence: "The suite is TLS_AES_128_GCM_SHA256". */
#define HF_DECISION_TEXT 160
void hf_decision_text(const hf_event *event, char text[HF_DECISION_TEXT]);

/* "computing: a key pair for the key exchange, x25519" */
#define HF_WORK_TEXT 112
void hf_work_text(const hf_event *event, char text[HF_WORK_TEXT]);

#endif
