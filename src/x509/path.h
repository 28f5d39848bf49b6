/* The forward walk: one certificate at a time, leaf first, in a caller-sized slot.
 *
 * Of each certificate only a residue stays when the next one arrives: the hash of its issuer's
 * name, the hash of its TBS part, its signature, and the leaf's key. The variable-size parts of the
 * residue (signature, leaf key) live at the front of the slot, the certificate at work behind
 * them. The names of certificates below a CA are kept in a second area for the case that a CA
 * further up constrains names (RFC 5280 4.2.1.10).
 *
 * Flow per Certificate message: start, then for each certificate: certificate, bytes..., run until
 * it no longer returns HF_PENDING; at the end of the list: end.
 * The leaf's own checks (key, dates, critical extensions, usage, purpose, name, pins) come before
 * any signature, so that what its holder can mend is named first, at depth 0. Invariant: no call
 * verifies more than one signature.
 */
#ifndef HF_X509_PATH_H
#define HF_X509_PATH_H

#include "x509/link.h"
#include "x509/name.h"

#include <handfast/x509.h>

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
    bool insecure_any_certificate; /* only syntax and the leaf's key are looked at */
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
    const hf_path_policy *policy;
    hf_space slot;
    hf_space names;
    uint16_t kept;         /* bytes of residue at the front of the slot */
    uint16_t leaf_len;     /* of which the leaf's key: point or modulus, then exponent */
    uint16_t exponent_len; /* of which the exponent */
    uint16_t anchor_index; /* which candidate anchor is tried next */
    uint16_t refusal;      /* hf_code: why an anchor whose signature fits was not enough */
    uint32_t expected;     /* length of the certificate being collected */
    uint32_t collected;
    uint32_t names_len;     /* used of the names area; more than its cap: did not fit */
    uint8_t state;          /* hf_path_state */
    uint8_t depth;          /* of the certificate at work, or of the one that an error is about:
                               0 = leaf */
    uint8_t intermediates;  /* so far, that count for path lengths: not self-issued */
    uint8_t leaf_kind;      /* hf_key_kind */
    uint8_t signature_kind; /* of the last certificate: hf_signature_kind, hf_hash_id */
    uint8_t signature_hash;
    uint8_t refusal_depth;
    uint8_t issuer_hash[HF_NAME_HASH_SIZE]; /* of the last certificate's issuer */
    uint8_t tbs_hash[HF_HASH_MAX];
    uint32_t offset; /* facts about an error, for the error record */
    uint32_t detail;
} hf_path;

void hf_path_start(hf_path *path, const hf_path_policy *policy, hf_space slot, hf_space names);

/* A certificate of `len` bytes follows. HF_E_CERT_TOO_LARGE: path->detail is the slot size that
 * would have fitted. After the path reached an anchor, further certificates are skipped. */
hf_code hf_path_certificate(hf_path *path, size_t len);

/* Its bytes, in pieces of any size. */
void hf_path_bytes(hf_path *path, const uint8_t *ptr, size_t len);

/* Once it is whole. HF_PENDING: call again (one signature was verified); HF_OK: ready for the next
 * certificate or the end; an HF_E_CERT_... error otherwise, with depth, offset and detail set. */
hf_code hf_path_run(hf_path *path);

/* The list is over. HF_OK: the path ends at an anchor and `leaf` is the leaf's key; its spans stay
 * valid until the slot is reused. Errors: HF_E_CERT_UNKNOWN_CA, with the depth of the last
 * certificate; when an anchor's signature fitted but its path length or name constraints refused,
 * that reason instead (its depth one beyond the last certificate, or that of the wrong name);
 * HF_E_USAGE when no certificate came, or one is not finished. */
hf_code hf_path_end(hf_path *path, hf_public_key *leaf);

/* The part of the slot that holds nothing of the residue: free for other use between messages. */
hf_space hf_path_spare(const hf_path *path);

#endif
