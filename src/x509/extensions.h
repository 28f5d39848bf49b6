/* The extensions of a version 3 certificate (RFC 5280 4.2) into the fields of hf_certificate. */
#ifndef HF_X509_EXTENSIONS_H
#define HF_X509_EXTENSIONS_H

#include "wire/reader.h"

#include <handfast/x509.h>

/* Certificates in the field have 6 to 12 extensions. The limit bounds the search for doubles. */
#define HF_X509_EXTENSIONS_MAX 40

/* Reads the Extensions SEQUENCE. When `r` is bad then, what is returned says why:
 * HF_E_CERT_EXTENSION_TWICE, with `r` bad at the second, or HF_E_CERT_SYNTAX. */
hf_code hf_extensions_read(hf_reader *r, hf_certificate *certificate);

#endif
