/* One stapled OCSP response (RFC 6960) for a leaf whose path is verified.
 *
 * Flow: the subject (whose status is asked: the leaf, and who issued it), start, then run until it
 * no longer returns HF_PENDING. Whatever costs little is checked first; the certificate's status
 * counts only once the signature is verified. The signer is the issuer itself, or a responder that
 * the issuer appointed by a certificate in the response (4.2.2.2).
 * Nothing is kept of the response but where it lies: it is read again in each call. Invariant: no
 * call verifies more than one signature; work and memory are bounded by the response's length.
 */
#ifndef HF_X509_OCSP_H
#define HF_X509_OCSP_H

#include "x509/whole.h"

#define HF_OCSP_ANSWERS_MAX      32  /* a stapled response holds one; some responders add others */
#define HF_OCSP_CERTIFICATES_MAX 4   /* the responder's own, and a few of its chain */
#define HF_OCSP_TOLERANCE        300 /* seconds that the responder's clock may be ahead */
#define HF_OCSP_AGE_MAX          86400 /* how long a response without nextUpdate is good for */

/* Whose status is asked. */
typedef struct hf_ocsp_subject {
    hf_span serial;      /* content of the leaf's INTEGER */
    hf_span issuer_name; /* as it stands in the leaf: Name, header included */
    hf_public_key issuer_key;
} hf_ocsp_subject;

typedef enum hf_ocsp_state {
    HF_OCSP_NEW,
    HF_OCSP_DELEGATED, /* the responder's certificate is verified, its signature comes next */
    HF_OCSP_GOOD,
    HF_OCSP_FAILED,
} hf_ocsp_state;

typedef struct hf_ocsp {
    const hf_crypto *crypto;
    hf_span response;
    hf_ocsp_subject subject;
    hf_time now;
    uint8_t state;   /* hf_ocsp_state */
    uint32_t offset; /* facts about an error, for the error record */
    uint32_t detail;
} hf_ocsp;

/* False in a build without OCSP (HF_OCSP=OFF), where run refuses with HF_E_UNSUPPORTED. */
bool hf_ocsp_available(void);

/* The subject out of a leaf and its issuer, which is a certificate or an anchor. Spans borrow from
 * what the certificates and the anchor borrow from. */
hf_ocsp_subject hf_ocsp_subject_of_certificate(const hf_certificate *leaf,
                                               const hf_certificate *issuer);
hf_ocsp_subject hf_ocsp_subject_of_anchor(const hf_certificate *leaf, const hf_anchor *anchor);

/* The subject of a whole walk that ended with HF_OK; spans borrow from its certificates and from
 * the anchor, which its source may give up at the next lookup. False when the path has no issuer:
 * the leaf is an anchor itself, or any certificate would do. */
bool hf_ocsp_subject_of_whole(hf_ocsp_subject *subject, const hf_whole *whole);

/* `response` is the DER of an OCSPResponse. It and what `subject` points at are borrowed until run
 * has ended. */
void hf_ocsp_start(hf_ocsp *ocsp, const hf_crypto *crypto, hf_span response,
                   const hf_ocsp_subject *subject, hf_time now);

/* HF_PENDING: call again (one signature was verified); HF_OK: the certificate's status is good.
 * Errors, with offset and detail set: HF_E_OCSP_UNREADABLE, HF_E_OCSP_CRITICAL, HF_E_OCSP_STATUS,
 * HF_E_OCSP_OTHER, HF_E_OCSP_STALE, HF_E_OCSP_RESPONDER, HF_E_OCSP_SIGNATURE, HF_E_CERT_REVOKED,
 * HF_E_NO_CLOCK, HF_E_CLOCK_IMPLAUSIBLE, HF_E_BACKEND, HF_E_UNSUPPORTED; HF_E_USAGE after an error.
 */
hf_code hf_ocsp_run(hf_ocsp *ocsp);

#endif
