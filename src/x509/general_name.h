/* General names (RFC 5280 4.2.1.6): what a certificate is for, besides its subject. */
#ifndef HF_X509_GENERAL_NAME_H
#define HF_X509_GENERAL_NAME_H

#include "wire/reader.h"

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

/* The forms that subjectAltName and constraints share. */
hf_general_name hf_general_name_any(hf_reader *r);

#endif
