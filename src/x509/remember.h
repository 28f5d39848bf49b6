/* What the walks know of a path that was validated before: see handfast/remembered.h.
 *
 * A walk notes each certificate in policy->seen, asks whether a signature is known, and at the
 * anchor completes what it has noted. Whether that is ever kept is the caller's to decide, when the
 * peer has proved that it holds the leaf's key. policy->seen NULL: nothing is noted, nothing is
 * known.
 *
 * Invariant: only a signature is ever left out, and only one that was verified over the very same
 * bytes, with the key in the very same bytes of its issuer. It holds or it does not, whoever is
 * trusted today, so that a link stays known when the path leads to another anchor this time; that
 * anchor's own signature is verified.
 */
#ifndef HF_X509_REMEMBER_H
#define HF_X509_REMEMBER_H

#include <handfast/path_state.h>

#ifndef HF_HAS_REMEMBERED /* 0: remember_none.c stands here (HF_CERTIFICATES=POCKET) */
#define HF_HAS_REMEMBERED 1
#endif

/* The certificate at `position` of the path, the leaf at 0. Those past the last are passed over. */
void hf_remember_certificate(const hf_path_policy *policy, unsigned position, hf_span der);

/* The path ends at `anchor`, behind the certificate at `position`. */
void hf_remember_anchor(const hf_path_policy *policy, unsigned position, const hf_anchor *anchor);

/* Is the signature of the certificate at `position` known, with the issuer noted above it? */
bool hf_remembers_link(const hf_path_policy *policy, unsigned position);

/* Likewise with an anchor; the first only says whether one is known at all for this certificate. */
bool hf_remembers_top(const hf_path_policy *policy, unsigned position);
bool hf_remembers_anchor(const hf_path_policy *policy, unsigned position, const hf_anchor *anchor);

/* How many signatures of the path that was seen were known. */
unsigned hf_remembered_links(const hf_path_policy *policy);

#endif
