/* What the parts of the certificate dissector share. */
#ifndef HF_TRACE_DISSECT_X509_H
#define HF_TRACE_DISSECT_X509_H

#include "trace/dissect_parts.h"

/* The [3] of a TBSCertificate, with which `tbs` begins. */
void hf_dissect_x509_extensions(hf_fields *f, hf_reader *tbs);
/* A Time, put with its date; nothing when there is no value. */
void hf_dissect_time(hf_fields *f, hf_reader *r, const char *name);

#endif
