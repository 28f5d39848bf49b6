/* The private state of a certificate path walk: part of hf_tls, so it has to be complete here.
 * What it means stands in src/x509/path.h; programs must not touch it.
 */
#ifndef HANDFAST_PATH_STATE_H
#define HANDFAST_PATH_STATE_H

#include <handfast/x509.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hf_role_purpose {
    HF_FOR_SERVER_AUTH, /* the peer is a server */
    HF_FOR_CLIENT_AUTH, /* the peer is a client */
} hf_role_purpose;

/* What the path is checked against. Borrowed until hf_path_end() or the first error. */
typedef struct hf_path_policy {
    const hf_crypto *crypto;
    hf_anchor_source anchors;
    hf_time now;
    hf_role_purpose purpose;
    const char *name;    /* reference identity: host name, IPv4 or IPv6 text; NULL: not checked */
    const hf_pin *pins;  /* > 0 of them: the leaf's SPKI must be one, in addition to the path */
    size_t pins_count;
    uint8_t max_depth;   /* most intermediates between leaf and anchor; 4 when 0 */
    bool insecure_any_certificate; /* only syntax and the leaf's key are looked at */
} hf_path_policy;

typedef struct hf_path {
    const hf_path_policy *policy;
    hf_space slot;
    hf_space names;
    uint16_t kept;       /* bytes of residue at the front of the slot */
    uint16_t leaf_len;   /* of which the leaf's key (point or modulus, then exponent) */
    uint16_t exponent_len;
    uint16_t signature_len;
    uint32_t expected;   /* length of the certificate being collected */
    uint32_t collected;
    uint32_t names_len;  /* used of the names area; more than its cap: did not fit */
    uint16_t anchor_index; /* which candidate anchor is tried next */
    uint8_t state;
    uint8_t depth;       /* of the certificate at work: 0 = leaf */
    uint8_t non_self_issued; /* intermediates so far that count for path lengths */
    uint8_t leaf_kind;   /* hf_key_kind */
    uint8_t signature_kind;
    uint8_t signature_hash;
    uint8_t issuer_hash[32]; /* SHA-256 of the canonical issuer name of the last certificate */
    uint8_t tbs_hash[HF_HASH_MAX];
    uint32_t offset;     /* facts about an error, for the error record */
    uint32_t detail;
} hf_path;

#ifdef __cplusplus
}
#endif
#endif
