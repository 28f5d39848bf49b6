/* Early data that a server has refused and passes over (RFC 8446 4.2.10). Used by record_in.c.
 *
 * Behind a HelloRetryRequest they are known by their type. Otherwise they come under keys that we
 * do not have, so whatever does not open is taken for early data, until the first record that does.
 * `in->early` is one more than what may still be passed over; 0: nothing is passed over (any more).
 */
#ifndef HF_TLS_RECORD_EARLY_H
#define HF_TLS_RECORD_EARLY_H

#include "tls/record.h"

/* May there still be some? A build without a server has no code behind it. */
static inline bool hf_early_expected(const hf_record_in *in)
{
    return HF_HAS_SERVER && in->early > 0;
}

/* Is a record of this type early data for certain? */
static inline bool hf_early_known(const hf_record_in *in, uint8_t type)
{
    return hf_early_expected(in) && in->retried && !in->keys.active && type == HF_CONTENT_DATA;
}

/* Takes a record of `len` bytes off what may be passed over. HF_E_EARLY_DATA: too much; the limit
 * is the caller's, who knows it, to report. */
hf_code hf_early_skip(hf_record_in *in, uint32_t len);

/* The first record that is none. Its size was not held against the agreed limit while it could have
 * been early data: HF_E_RECORD_OVERFLOW. */
hf_code hf_early_over(hf_record_in *in, uint32_t *detail);

/* Passes over a record without having it whole in the buffer. HF_PENDING. */
hf_code hf_early_begin(hf_record_in *in, uint32_t len);
bool hf_early_pass(hf_record_in *in); /* true when it is over */

#endif
