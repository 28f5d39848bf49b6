/* A message as a packet dissector shows it: every field with its name, its bytes and its meaning.
 *
 * In the flow: a consumer of events (transcript, JSON, report) hands in a whole message and gets
 * its fields, in the order in which they stand, each with its level in the tree. No heap, no output
 * of its own. A message that does not parse gives the fields up to there and, last, one of level 0
 * named "malformed" with the rest of the bytes and the reason; nothing a peer sends makes it fail.
 */
#ifndef HF_TRACE_DISSECT_H
#define HF_TRACE_DISSECT_H

#include <handfast/bytes.h>

#include <stdbool.h>
#include <stdint.h>

/* Spans and texts are borrowed for the time of the call. */
typedef struct hf_field {
    const char *name;    /* the RFC's: "legacy_version", "cipher_suites", "key_share" */
    const char *meaning; /* "TLS_AES_128_GCM_SHA256", "TLS 1.3", "32 bytes"; printable ASCII */
    hf_span bytes;       /* of the field, with everything below it, without its length */
    uint32_t offset;     /* of `bytes` in the body of the message */
    uint8_t level;       /* 0: a field of the message itself */
    uint8_t prefix;      /* bytes right before `bytes` that belong to the field: its length, and the
                            type of an extension or the identifier of an MQTT property */
    bool parent;         /* fields of level + 1 follow, which are parts of it */
} hf_field;

typedef struct hf_field_out {
    void (*put)(void *ctx, const hf_field *field);
    void *ctx;
} hf_field_out;

/* What is needed to read a message: some have another form in each version. */
typedef struct hf_dissect_as {
    uint16_t version; /* HF_TLS12, HF_TLS13; 0: not known yet */
    bool from_server; /* who sent it */
    bool raw_keys;    /* Certificate: raw public keys (RFC 7250) */
    uint16_t suite;   /* 0: not known yet; TLS 1.2 key exchange */
} hf_dissect_as;

/* A handshake message of `type` without its header. */
void hf_dissect_message(uint8_t type, hf_span body, const hf_dissect_as *as,
                        const hf_field_out *out);
/* The content of an alert or change_cipher_spec record. */
void hf_dissect_record(uint8_t content_type, hf_span content, const hf_field_out *out);
/* An MQTT control packet (version 3, 4 for 3.1.1, or 5; 0: as the bytes say, else 3.1.1): first
 * byte and what follows the fixed header. Passwords, payloads and authentication data are told by
 * their length alone: their fields have no bytes, nor have "malformed" and others around them. */
void hf_dissect_packet(uint8_t first, hf_span body, uint8_t mqtt_version, const hf_field_out *out);

/* Names for people, also of what this library does not implement; "GREASE" for numbers of RFC 8701,
 * "unknown" else. */
const char *hf_message_name(uint8_t type);     /* "client_hello" */
const char *hf_content_name(uint8_t type);     /* "handshake" */
const char *hf_extension_name(uint16_t type);  /* "supported_versions" */
const char *hf_any_suite_name(uint16_t suite); /* IANA's */
const char *hf_any_group_name(uint16_t group);
const char *hf_any_scheme_name(uint16_t scheme);
const char *hf_packet_name(uint8_t first); /* "CONNECT" */

/* A suite by its parts, for people. False, and "unknown" for what is not known, when the number has
 * no name here or is a signal (SCSV). */
typedef struct hf_suite_parts {
    const char *exchange;       /* "ECDHE (ephemeral)", "RSA (the server's key, ...)" */
    const char *authentication; /* "ECDSA", "by extension: certificate or PSK" (TLS 1.3) */
    const char *encryption;     /* "AES-128-GCM" */
    const char *hash;           /* "SHA-256" */
} hf_suite_parts;
bool hf_suite_by_parts(uint16_t suite, hf_suite_parts *parts);

#endif
