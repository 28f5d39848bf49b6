/* The whole walk: all certificates of a peer at once, in any order behind the leaf, with extras and
 * duplicates. For servers and for clients on hosts; devices use the forward walk (path.h).
 *
 * First a candidate path is built by names alone, from the leaf up to an anchor, over certificates
 * that pass their own checks. Then its signatures are verified from the anchor down, so no key is
 * ever used that a trusted one has not vouched for. A candidate that fails is given up where it
 * failed and the next one is built; a link once verified, or refused, is not verified again.
 * What a stranger can make this cost is bounded: certificates looked at, depth, steps of the
 * search, signatures verified in total. A signature that is remembered (remember.h) counts as
 * verified before. Invariant: no call verifies more than one signature.
 */
#ifndef HF_X509_WHOLE_H
#define HF_X509_WHOLE_H

#include "x509/link.h"

#include <handfast/path_state.h>

#define HF_WHOLE_CERTIFICATES_MAX 16 /* bits of the masks below */
#define HF_WHOLE_STEPS_MAX        4096

/* What the search needs to know of a certificate. Bit i of a mask is the i-th certificate, or the
 * i-th anchor of the issuer's name. */
typedef struct hf_whole_entry {
    hf_span issuer;
    uint16_t issuers; /* by name; none for one that is passed over */
    uint16_t good;    /* of these: verified */
    uint16_t bad;     /* of these: it is not this one's signature */
    uint16_t anchors_good;
    uint16_t anchors_bad;
    uint16_t anchors_end; /* how many anchors have the issuer's name; UINT16_MAX: not known */
    uint16_t refusal;     /* hf_code: why it may not issue */
    uint8_t key_kind;     /* hf_key_kind */
    uint8_t signature_kind;
    bool self_issued;
    int32_t path_length;
} hf_whole_entry;

typedef enum hf_whole_state {
    HF_WHOLE_NEW,
    HF_WHOLE_SEARCHING,
    HF_WHOLE_CHECKING, /* the path reaches an anchor: signatures from there down */
    HF_WHOLE_TRUSTED,
    HF_WHOLE_FAILED,
} hf_whole_state;

/* The state of one walk; about 1 KB, placed by the caller. */
typedef struct hf_whole {
    const hf_path_policy *policy;
    const hf_span *certificates;
    hf_space names;
    hf_public_key leaf;
    hf_whole_entry entries[HF_WHOLE_CERTIFICATES_MAX];
    uint8_t path[HF_WHOLE_CERTIFICATES_MAX];         /* indices, leaf first */
    uint8_t next_issuer[HF_WHOLE_CERTIFICATES_MAX];  /* of path[i] */
    uint16_t next_anchor[HF_WHOLE_CERTIFICATES_MAX]; /* of path[i] */
    uint8_t path_len;
    uint8_t count;      /* certificates looked at */
    uint8_t state;      /* hf_whole_state */
    uint8_t at;         /* which of the path is verified next */
    uint8_t signatures; /* verified so far */
    uint32_t steps;     /* of the search; constraints count by their size */
    uint16_t refusal;   /* hf_code: the best reason so far why there is no path */
    uint8_t depth;      /* where: 0 = leaf; the place in the list for one that does not parse */
    uint32_t offset;
    uint32_t detail;
} hf_whole;

/* The leaf is certificates[0]. The list, all bytes in it and `policy` are borrowed until the leaf's
 * key is no longer used. `names` has to hold the names of one certificate when a CA constrains
 * names. Certificates beyond policy->max_certificates are not looked at. */
void hf_whole_start(hf_whole *whole, const hf_path_policy *policy, const hf_span *certificates,
                    size_t count, hf_space names);

/* HF_PENDING: call again (one signature was verified); HF_OK: the leaf is trusted; an error
 * otherwise, with depth, offset and detail set. Errors are those of the forward walk but for order
 * and size, and HF_E_CERT_TOO_COSTLY where a bound was reached. Where several paths failed, the
 * reason is the one that says most; an anchor of the right name and another key is only "not this
 * one". HF_E_USAGE: no certificates, or called after its end. */
hf_code hf_whole_run(hf_whole *whole);

/* The leaf's key, after HF_OK of run; HF_E_USAGE before. whole->path is the way to the anchor. */
hf_code hf_whole_end(const hf_whole *whole, hf_public_key *leaf);

#endif
