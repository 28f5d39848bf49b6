/* The private state of a certificate path walk: part of hf_tls, so it has to be complete here.
 * What it means stands in src/x509/path.h; programs must not touch it.
 */
#ifndef HANDFAST_PATH_STATE_H
#define HANDFAST_PATH_STATE_H

#include <handfast/remembered.h>
#include <handfast/x509.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hf_role_purpose {
    HF_FOR_SERVER_AUTH, /* the peer is a server */
    HF_FOR_CLIENT_AUTH, /* the peer is a client */
} hf_role_purpose;

/* What the path is checked against. Borrowed until hf_path_end() or the first error. `anchors.find`
 * must be set, unless any certificate will do. */
typedef struct hf_path_policy {
    const hf_crypto *crypto;
    hf_anchor_source anchors;
    hf_time now;
    hf_role_purpose purpose;
    const char *name;   /* reference identity: host name, IPv4 or IPv6 text; NULL: not checked */
    const hf_pin *pins; /* > 0 of them: the leaf's SPKI must be one, in addition to the path */
    size_t pins_count;
    uint8_t max_depth;             /* most intermediates between leaf and anchor; 4 when 0 */
    uint8_t max_certificates;      /* whole walk: most that are looked at; 10 when 0, at most 16 */
    uint8_t max_signatures;        /* whole walk: most that are verified; 6 when 0 */
    bool insecure_any_certificate; /* only syntax and the leaf's key are looked at */
    bool remembered_holds;         /* `remembered` is whole, and of this policy */
    hf_remembered *remembered;     /* a path that was validated before; only read by the walks */
    hf_remembered *seen;           /* what this walk notes; NULL: nothing is remembered */
} hf_path_policy;

/* How far the path is. After an error it is of no more use. */
typedef enum hf_path_state {
    HF_PATH_READY,      /* for the next certificate, or the end of the list */
    HF_PATH_COLLECTING, /* the bytes of one */
    HF_PATH_CHECKED,    /* the certificate at work fits; anchors are being tried for it */
    HF_PATH_TRUSTED,    /* an anchor was reached: what follows is skipped */
    HF_PATH_FAILED,
} hf_path_state;

typedef struct hf_path {
    uint8_t state;          /* hf_path_state */
    uint8_t depth;          /* of the certificate at work, or of the one that an error is about:
                               0 = leaf */
    uint8_t intermediates;  /* so far, that count for path lengths: not self-issued */
    uint8_t leaf_kind;      /* hf_key_kind */
    uint8_t signature_kind; /* of the last certificate: hf_signature_kind, hf_hash_id */
    uint8_t signature_hash;
    uint8_t refusal_depth;
    uint8_t signatures;    /* verified so far, modulo 256 */
    uint16_t kept;         /* bytes of residue at the front of the slot */
    uint16_t leaf_len;     /* of which the leaf's key: point or modulus, then exponent */
    uint16_t exponent_len; /* of which the exponent */
    uint16_t anchor_index; /* which candidate anchor is tried next */
    uint16_t refusal;      /* hf_code: why an anchor whose signature fits was not enough */
    uint32_t expected;     /* length of the certificate being collected */
    uint32_t collected;
    uint32_t names_len; /* used of the names area; more than its cap: did not fit */
    uint32_t offset;    /* facts about an error, for the error record */
    uint32_t detail;
    const hf_path_policy *policy;
    hf_space slot;
    hf_space names;
    int64_t not_after;       /* of the leaf, once it was looked at */
    uint8_t issuer_hash[32]; /* of the last certificate's issuer */
    uint8_t tbs_hash[HF_HASH_MAX];
} hf_path;

#ifdef __cplusplus
}
#endif
#endif
