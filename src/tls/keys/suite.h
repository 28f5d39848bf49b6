/* Cipher suites and signature schemes: what their numbers mean (RFC 8446 B, RFC 5289, RFC 7251,
 * RFC 7905). Their names are in src/tls/names.c. Constant tables; which of them is offered is
 * decided in src/tls/offer.c.
 */
#ifndef HF_TLS_KEYS_SUITE_H
#define HF_TLS_KEYS_SUITE_H

#include <handfast/config.h>

typedef struct hf_suite {
    uint16_t id;
    uint16_t version; /* HF_TLS13 or HF_TLS12 */
    hf_aead_id aead;
    hf_hash_id hash;
    uint8_t key_kinds;   /* 1.2: bits HF_SUITE_ECDSA, HF_SUITE_RSA; 1.3: both */
    bool explicit_nonce; /* 1.2 with GCM or CCM */
} hf_suite;

#define HF_SUITE_ECDSA 1u
#define HF_SUITE_RSA   2u

/* All suites that this library knows, in the default order of preference. */
const hf_suite *hf_suite_at(size_t index); /* NULL past the end */
const hf_suite *hf_suite_find(uint16_t id);

typedef struct hf_scheme_info {
    uint16_t id;
    hf_signature_kind kind;
    hf_hash_id hash;
    hf_key_kind key;
    bool in_handshake13; /* allowed in TLS 1.3 CertificateVerify (RFC 8446 4.2.3) */
} hf_scheme_info;

const hf_scheme_info *hf_scheme_at(size_t index); /* NULL past the end */
const hf_scheme_info *hf_scheme_find(uint16_t id);

#endif
