/* The steps of the whole walk, shared by whole.c (run, check) and whole_search.c (load, search).
 *
 * Flow: load, then search and check in turns until one ends the walk. Each says through
 * whole->state what is next. `refusal`, `depth` and `detail` collect why there is no path, for the
 * case that none is found.
 */
#ifndef HF_X509_WHOLE_STEPS_H
#define HF_X509_WHOLE_STEPS_H

#include "x509/whole.h"

/* Parses all certificates and checks what concerns each alone. An error is about the leaf. */
hf_code hf_whole_load(hf_whole *whole);

/* Builds the next candidate path up to an anchor of the right name. */
hf_code hf_whole_search(hf_whole *whole);

/* A way that does not lead to an anchor, and why. The reason that says most stays. */
void hf_whole_note(hf_whole *whole, hf_code code, uint8_t depth, uint32_t detail);

/* The walk ends with an error; costly: with HF_E_CERT_TOO_COSTLY. Both return it. */
hf_code hf_whole_fail(hf_whole *whole, hf_code code, uint8_t depth);
hf_code hf_whole_costly(hf_whole *whole, uint8_t depth);

/* Certificates of path[0..end) that count for path lengths (RFC 5280 4.2.1.9: not self-issued). */
unsigned hf_whole_intermediates(const hf_whole *whole, unsigned end);

static inline uint8_t hf_whole_top(const hf_whole *whole)
{
    return (uint8_t)(whole->path_len - 1);
}

/* Its bit in a mask; none for an anchor beyond the 16th, of which nothing is remembered. */
static inline uint16_t hf_whole_bit(size_t index)
{
    return (uint16_t)(index < HF_WHOLE_CERTIFICATES_MAX ? 1U << index : 0U);
}

/* The index-th anchor that the source has for the issuer of `child`. */
static inline bool hf_whole_anchor(const hf_whole *whole, const hf_whole_entry *child, size_t index,
                                   hf_anchor *anchor)
{
    const hf_anchor_source *source = &whole->policy->anchors;
    return source->find(source->ctx, child->issuer, index, anchor);
}

#endif
