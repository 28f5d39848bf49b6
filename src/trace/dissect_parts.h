/* The parts of the dissector: one function for each message, called by dissect.c with a reader over
 * the body. Each reads from its front; what it leaves is malformed.
 */
#ifndef HF_TRACE_DISSECT_PARTS_H
#define HF_TRACE_DISSECT_PARTS_H

#include "tls/message/extension.h"
#include "trace/dissect_fields.h"

/* ---- hellos */
void hf_dissect_client_hello(hf_fields *f, hf_reader *r);
void hf_dissect_server_hello(hf_fields *f, hf_reader *r);
void hf_dissect_encrypted_extensions(hf_fields *f, hf_reader *r);

/* ---- extensions: the block with its length. `place`: one of hf_extension_place, which gives
 * several of them their form. */
void hf_dissect_extensions(hf_fields *f, hf_reader *r, unsigned place);

/* Reads the content of one extension. */
typedef void hf_dissect_extension(hf_fields *f, hf_reader *r, unsigned place);
hf_dissect_extension hf_dissect_server_name;
hf_dissect_extension hf_dissect_alpn;
hf_dissect_extension hf_dissect_status_request;
hf_dissect_extension hf_dissect_authorities;
hf_dissect_extension hf_dissect_certificate_types;
hf_dissect_extension hf_dissect_versions;
hf_dissect_extension hf_dissect_key_share;
hf_dissect_extension hf_dissect_pre_shared_key;

/* ---- certificates */
void hf_dissect_certificate(hf_fields *f, hf_reader *r);
void hf_dissect_compressed_certificate(hf_fields *f, hf_reader *r);
void hf_dissect_certificate_request(hf_fields *f, hf_reader *r);
void hf_dissect_certificate_status(hf_fields *f, hf_reader *r);
/* CertificateStatus, which TLS 1.3 has in an extension (RFC 8446 4.4.2.1). */
void hf_dissect_status(hf_fields *f, hf_reader *r);
/* DistinguishedName certificate_authorities<..2^16-1>, with its length. */
void hf_dissect_names(hf_fields *f, hf_reader *r);
/* Inside of a field that holds one DER certificate, or one SubjectPublicKeyInfo. */
void hf_dissect_x509(hf_fields *f, hf_span der);
void hf_dissect_spki(hf_fields *f, hf_span der);
void hf_dissect_ocsp(hf_fields *f, hf_span der); /* an OCSPResponse */

/* ---- the rest of the handshake */
void hf_dissect_server_key_exchange(hf_fields *f, hf_reader *r);
void hf_dissect_client_key_exchange(hf_fields *f, hf_reader *r);
void hf_dissect_certificate_verify(hf_fields *f, hf_reader *r);
void hf_dissect_new_session_ticket(hf_fields *f, hf_reader *r);
/* A scheme and the signature made with it (RFC 5246 4.7). */
void hf_dissect_signed(hf_fields *f, hf_reader *r);

/* The version as it is known, else told by the form: `is12` says whether the body has that of TLS
 * 1.2. */
bool hf_dissect_is12(const hf_fields *f, bool is12);

/* ---- MQTT: properties of version 5 with their length */
void hf_dissect_properties(hf_fields *f, hf_reader *r, const char *name);

#endif
