/* Name constraints (RFC 5280 4.2.1.10).
 *
 * In the forward walk a CA that constrains names arrives after the certificates it binds. So the
 * names of every certificate go into a caller-sized area as records, and are checked there when
 * constraints turn up. A record: GeneralName tag number, depth of its certificate, length (3
 * bytes), content. Of kinds that are not understood only the fact that one stands is kept.
 *
 * In builds without them (HF_CERTIFICATES=POCKET) constraints_none.c stands here: a CA that
 * constrains names is refused with HF_E_CONSTRAINTS_LEFT_OUT.
 */
#ifndef HF_X509_CONSTRAINTS_H
#define HF_X509_CONSTRAINTS_H

#include "x509/general_name.h"

#include <handfast/x509.h>

/* Reads a NameConstraints value and checks its form; gives its content. */
hf_span hf_constraints_read(hf_reader *r);

/* Adds the names of a certificate, its subject and alternative names, to the `len` bytes that are
 * in `area`. More than its cap: they did not fit. */
void hf_constraints_collect(const hf_space *area, uint32_t *len, const hf_certificate *certificate,
                            uint8_t depth);

/* Checks all records in `names` against the content of a NameConstraints.
 * HF_E_CERT_NAME_CONSTRAINTS: `depth` is that of the certificate with the forbidden name (or where
 * an absurd number of comparisons, 200,000, was given up). */
hf_code hf_constraints_check(hf_span constraints, hf_span names, uint8_t *depth);

#endif
