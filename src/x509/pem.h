/* PEM and DER told apart: what files of certificates and keys are read with. */
#ifndef HF_X509_PEM_H
#define HF_X509_PEM_H

#include <handfast/x509.h>

/* As hf_pem_next(), but `text` may also be one DER value: that is given as it is, borrowed, with an
 * empty label, and needs no room in `out`. Same errors. */
hf_code hf_pem_or_der_next(hf_span text, size_t *at, hf_span *label, hf_space out, hf_span *der);

/* True when `label` is the text `name`; an empty label (DER) is everything. */
bool hf_pem_label_is(hf_span label, const char *name);

#endif
