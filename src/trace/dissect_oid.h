/* Object identifiers by name, for people. */
#ifndef HF_TRACE_DISSECT_OID_H
#define HF_TRACE_DISSECT_OID_H

#include "trace/dissect_fields.h"

#define HF_OID_TEXT 64u /* room for the dotted form; longer ones are cut */

/* The content of an OBJECT IDENTIFIER as "1.2.840.10045.2.1"; "" when it is none. */
void hf_oid_text(hf_span oid, char text[HF_OID_TEXT]);
/* "id-ecPublicKey"; NULL when it has no name here. */
const char *hf_oid_name(hf_span oid);
/* Says the name, or else the dotted form. */
void hf_fields_say_oid(hf_fields *f, hf_span oid);

#endif
