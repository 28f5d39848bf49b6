/* General names and name constraints (RFC 5280 4.2.1.6, 4.2.1.10).
 *
 * In the forward walk a CA that constrains names arrives after the certificates it binds. So the
 * names of every certificate go into a caller-sized area as records, and are checked there when
 * constraints turn up. A record: GeneralName tag number, depth of its certificate, length (3
 * bytes), content. Of kinds that are not understood only the fact that one stands is kept.
 */
#ifndef HF_X509_CONSTRAINTS_H
#define HF_X509_CONSTRAINTS_H

#include "wire/reader.h"
#include "wire/writer.h"

#include <handfast/x509.h>

typedef enum hf_general_kind {
    HF_NAME_OTHER = 0,
    HF_NAME_EMAIL = 1, /* rfc822Name */
    HF_NAME_DNS = 2,
    HF_NAME_X400 = 3,
    HF_NAME_DIRECTORY = 4,
    HF_NAME_EDI = 5,
    HF_NAME_URI = 6,
    HF_NAME_ADDRESS = 7, /* iPAddress */
    HF_NAME_REGISTERED = 8,
} hf_general_kind;

typedef struct hf_general_name {
    hf_general_kind kind;
    hf_span value; /* content; for a directoryName the Name, header included */
} hf_general_name;

/* Reads one GeneralName of a subjectAltName and checks its form: IA5 text without zero bytes,
 * addresses of 4 or 16 bytes. */
hf_general_name hf_general_name_read(hf_reader *r);

/* Reads a NameConstraints value and checks its form; gives its content. */
hf_span hf_constraints_read(hf_reader *r);

/* Adds the names of a certificate: its subject and alternative names. */
void hf_constraints_collect(hf_writer *names, const hf_certificate *certificate, uint8_t depth);

/* Checks all records in `names` against the content of a NameConstraints.
 * HF_E_CERT_NAME_CONSTRAINTS: `depth` is that of the certificate with the forbidden name (or where
 * an absurd number of comparisons, 200,000, was given up). */
hf_code hf_constraints_check(hf_span constraints, hf_span names, uint8_t *depth);

#endif
