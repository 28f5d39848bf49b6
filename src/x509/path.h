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
 * any signature, so that what its holder can mend is named first, at depth 0. A signature that is
 * remembered (remember.h) is not verified; then the walk goes on in the same call. Invariant: no
 * call verifies more than one signature; path->signatures tells whether it did.
 */
#ifndef HF_X509_PATH_H
#define HF_X509_PATH_H

#include "x509/link.h"
#include "x509/name.h"

#include <handfast/path_state.h>

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
