/* One link of a certificate path: what a certificate must be by itself, as an end entity, as an
 * issuer, and what an issuer (a CA certificate or an anchor) limits below it. RFC
 * 5280 6.1.3, 6.1.4.
 *
 * Shared by every walk over a path. Checks of names between links and the order of things are the
 * walk's. Nothing here keeps state.
 */
#ifndef HF_X509_LINK_H
#define HF_X509_LINK_H

#include "crypto/crypto.h"

#include <handfast/path_state.h>

/* The signed half of a link. */
typedef struct hf_link_child {
    hf_signature_kind kind;
    hf_hash_id hash;
    const uint8_t *tbs_hash;
    hf_span signature;
} hf_link_child;

/* What stands below an issuer: intermediates that count for path lengths, and all names. */
typedef struct hf_link_below {
    unsigned intermediates;
    hf_span names;       /* records of hf_constraints_collect() */
    size_t names_needed; /* more than names.len: they did not fit */
} hf_link_below;

/* Is there a time to go by? A kind that is none is that of a member nobody has set. */
static inline bool hf_time_is_known(const hf_time *now)
{
    return now->kind == HF_TIME_AT_LEAST || now->kind == HF_TIME_EXACT;
}

/* Any certificate of a path but the anchor: key, dates, critical extensions.
 * Errors: HF_E_CERT_WEAK_KEY, HF_E_NO_CLOCK, HF_E_CERT_EXPIRED, HF_E_CERT_NOT_YET_VALID,
 * HF_E_CLOCK_IMPLAUSIBLE, HF_E_CERT_CRITICAL. */
hf_code hf_link_certificate(const hf_certificate *certificate, const hf_time *now);

/* The peer's own certificate. Errors: HF_E_CERT_KEY_USAGE, HF_E_CERT_PURPOSE, HF_E_CERT_SYNTAX
 * (name constraints outside a CA). */
hf_code hf_link_end_entity(const hf_certificate *certificate, hf_role_purpose purpose);

/* A certificate that issued another. Errors: HF_E_CERT_NOT_CA, HF_E_CERT_PURPOSE. */
hf_code hf_link_issuer(const hf_certificate *certificate, hf_role_purpose purpose);

/* Path length (-1: none) and name constraints (ptr NULL: none) of a CA or an anchor. `depth` gets
 * the depth of the certificate with a forbidden name.
 * Errors: HF_E_CERT_PATH_LENGTH, HF_E_CERT_NAME_CONSTRAINTS, HF_E_CERT_NAMES_AREA. */
hf_code hf_link_limits(int32_t path_length, hf_span constraints, const hf_link_below *below,
                       uint8_t *depth);

/* True when subject and issuer are the same name. */
bool hf_link_self_issued(const hf_certificate *certificate);

/* True when one of the anchors is this very certificate. */
bool hf_link_is_anchor(const hf_path_policy *policy, const hf_certificate *certificate);

/* All that is asked of the peer's own certificate but its path: hf_link_certificate,
 * hf_link_end_entity, then the name (HF_E_CERT_NAME, HF_E_CERT_NO_NAME, HF_E_NAME_SYNTAX) and the
 * pins (HF_E_CERT_PIN). */
hf_code hf_link_leaf(const hf_path_policy *policy, const hf_certificate *leaf);

/* All that is asked of a certificate that the peer sent as an issuer, but its limits and
 * signature: hf_link_certificate, hf_link_issuer, HF_E_CERT_WEAK_SIGNATURE; HF_E_CERT_UNKNOWN_CA
 * for an old root that issues nothing by today's rules. */
hf_code hf_link_sent_issuer(const hf_path_policy *policy, const hf_certificate *issuer);

/* One signature verification. Errors: HF_E_CERT_SIGNATURE (also when `issuer` is a key of another
 * kind), HF_E_CERT_WEAK_SIGNATURE (not supported here), HF_E_CERT_WEAK_KEY, HF_E_BACKEND. */
hf_code hf_link_signature(const hf_crypto *crypto, const hf_public_key *issuer,
                          const hf_link_child *child);

#endif
