/* An OCSPResponse to spans (RFC 6960 4.2.1). Pure parser, strict DER: nothing is decided about
 * time, signer or status.
 */
#ifndef HF_X509_OCSP_READ_H
#define HF_X509_OCSP_READ_H

#include "wire/reader.h"

#include <handfast/x509.h>

#define HF_OCSP_KEY_HASH_SIZE 20 /* SHA-1 */

/* BasicOCSPResponse. */
typedef struct hf_ocsp_response {
    hf_span data;      /* ResponseData, header included: what is signed */
    hf_span responder; /* Name, header included, or the SHA-1 of its key */
    bool by_key;
    bool critical;   /* an extension is marked so, in the response or one of its answers */
    hf_span answers; /* content of the SEQUENCE OF SingleResponse */
    hf_signature_kind signature_kind; /* HF_SIGNATURE_NONE: unknown or too weak */
    hf_hash_id signature_hash;
    hf_span signature;
    hf_span certificates; /* content of the SEQUENCE OF Certificate; empty: none */
} hf_ocsp_response;

typedef enum hf_ocsp_status {
    HF_OCSP_STATUS_GOOD,
    HF_OCSP_STATUS_REVOKED,
    HF_OCSP_STATUS_UNKNOWN,
} hf_ocsp_status;

/* SingleResponse. */
typedef struct hf_ocsp_answer {
    hf_hash_id hash; /* of the two below; HF_HASH_NONE: an unknown one */
    hf_span name_hash;
    hf_span key_hash;
    hf_span serial; /* content of the INTEGER */
    hf_ocsp_status status;
    uint8_t reason; /* of a revocation: CRLReason; 0 unspecified */
    bool critical;
    bool has_next_update;
    int64_t this_update; /* seconds since 1970 */
    int64_t next_update;
} hf_ocsp_answer;

/* HF_E_OCSP_STATUS: the responder refused, `detail` is its OCSPResponseStatus.
 * HF_E_OCSP_UNREADABLE: `offset` is where. Of certificates only their number is checked. */
hf_code hf_ocsp_read(hf_ocsp_response *response, hf_span der, uint32_t *offset, uint32_t *detail);

/* The next of response->answers. */
hf_ocsp_answer hf_ocsp_read_answer(hf_reader *r);

#endif
