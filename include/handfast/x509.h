/* Certificates: anchors, clocks, parsed certificates, PEM.
 *
 * Nothing here owns memory: a parsed certificate is a set of spans into its DER, an anchor is a set
 * of spans into memory of the program's. RFC 5280 (certificates and paths), RFC 9525 (names).
 */
#ifndef HANDFAST_X509_H
#define HANDFAST_X509_H

#include <handfast/bytes.h>
#include <handfast/crypto.h>
#include <handfast/error.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- time */
typedef enum hf_time_kind {
    HF_TIME_NONE = 0, /* no idea: certificate paths are refused with HF_E_NO_CLOCK */
    HF_TIME_AT_LEAST, /* it is this time or later (build time, last time seen): only notAfter is
                         checked, so a certificate that is not valid yet passes */
    HF_TIME_EXACT,
} hf_time_kind;

typedef struct hf_time {
    int64_t seconds; /* since 1970-01-01T00:00:00Z */
    hf_time_kind kind;
} hf_time;

typedef struct hf_clock {
    hf_time (*now)(void *ctx); /* called once per handshake */
    void *ctx;
} hf_clock;

#define HF_TIME_NEVER                                                                              \
    INT64_C(253402300799) /* 99991231235959Z: does not expire (RFC 5280 4.1.2.5) */

/* ---- one certificate, parsed */
#define HF_KEY_USAGE_DIGITAL_SIGNATURE 0x8000u /* bit 0 of the BIT STRING is the highest bit */
#define HF_KEY_USAGE_NON_REPUDIATION   0x4000u
#define HF_KEY_USAGE_KEY_CERT_SIGN     0x0400u

#define HF_PURPOSE_SERVER_AUTH  0x01u
#define HF_PURPOSE_CLIENT_AUTH  0x02u
#define HF_PURPOSE_ANY          0x04u
#define HF_PURPOSE_OCSP_SIGNING 0x08u

typedef struct hf_certificate {
    uint8_t version;                  /* 1, 2 or 3; only 3 has extensions */
    uint8_t purposes;                 /* HF_PURPOSE_...; other purposes set no bit */
    uint16_t key_usage;               /* HF_KEY_USAGE_... */
    hf_signature_kind signature_kind; /* HF_SIGNATURE_NONE: unknown or too weak (MD5, SHA-1) */
    hf_hash_id signature_hash;
    bool has_basic_constraints;
    bool is_ca;
    bool has_key_usage;
    bool has_purposes;     /* extendedKeyUsage stands */
    bool must_staple;      /* TLS feature status_request (RFC 7633): an OCSP response has to come
                              with it, where one was asked for */
    bool unknown_critical; /* a critical extension that this library does not process;
                              policyConstraints counts as critical always */
    int32_t path_length;   /* -1: no limit */
    hf_span der;           /* the whole Certificate */
    hf_span tbs;           /* what is signed, header included */
    hf_span serial;        /* content of the INTEGER */
    hf_span issuer;        /* Name, header included */
    hf_span subject;       /* Name, header included */
    int64_t not_before;    /* seconds since 1970, inclusive */
    int64_t not_after;     /* seconds since 1970, inclusive */
    hf_span spki;          /* SubjectPublicKeyInfo, header included */
    hf_public_key key;     /* kind HF_KEY_NONE: an algorithm this library does not know */
    hf_span signature;     /* content of the BIT STRING */
    hf_span alt_names;     /* content of subjectAltName's SEQUENCE; ptr NULL: no such extension */
    hf_span constraints;   /* content of nameConstraints' SEQUENCE; ptr NULL: none */
} hf_certificate;

/* Parses one DER certificate; all spans borrow from `der`. On failure `offset` (may be NULL) says
 * where. Syntax only: nothing is decided about dates, purposes or trust.
 * Errors: HF_E_CERT_SYNTAX, HF_E_CERT_EXTENSION_TWICE. */
hf_code hf_x509_parse(hf_certificate *certificate, hf_span der, uint32_t *offset);

/* Parses a SubjectPublicKeyInfo (RFC 5280 4.1.2.7), DER, exactly one; the key's spans borrow from
 * it. Errors: HF_E_CERT_SYNTAX; HF_E_CERT_WEAK_KEY: an algorithm or size that is not supported. */
hf_code hf_x509_public_key(hf_public_key *key, hf_span spki);

/* The subject or issuer in words ("CN=broker.example, O=Example"), escaped so that control
 * characters cannot reach a terminal; cut at `cap` with the terminating zero. Returns the length
 * that the whole text needs. */
size_t hf_x509_name_text(hf_span name, char *text, size_t cap);

/* Visits each subjectAltName. `kind` is the GeneralName tag number: 2 dNSName, 7 iPAddress, 1
 * rfc822Name, 6 URI...; returns false from `visit` to stop. */
void hf_x509_alt_names(const hf_certificate *certificate,
                       bool (*visit)(void *ctx, unsigned kind, hf_span value), void *ctx);

/* ---- trust anchors */
typedef struct hf_anchor {
    hf_span name; /* subject Name, DER, header included */
    hf_public_key key;
    hf_span certificate; /* DER when the anchor is given as a certificate; may be empty */
    hf_span constraints; /* its own nameConstraints content; ptr NULL: none */
    int32_t path_length; /* its own path length limit, -1: none */
    bool leaf_only;      /* may not issue: only the identical certificate at the peer matches */
} hf_anchor;

/* Where anchors come from. `find` gives the index-th (0, 1...) anchor whose name may equal
 * `issuer`, false when there are no more. It may give others too; the library compares itself. The
 * spans must stay valid until the next call of find or the end of the handshake, whichever is
 * first. */
typedef struct hf_anchor_source {
    bool (*find)(void *ctx, hf_span issuer, size_t index, hf_anchor *anchor);
    void *ctx;
} hf_anchor_source;

/* A list in memory or flash, as the ctx of hf_anchor_list_find. Borrowed. */
typedef struct hf_anchor_list {
    const hf_anchor *anchors;
    size_t count;
} hf_anchor_list;
bool hf_anchor_list_find(void *ctx, hf_span issuer, size_t index, hf_anchor *anchor);

/* Makes an anchor of a DER certificate, which it borrows. Any certificate may be an anchor, also
 * one that is no CA, may not sign certificates or has an unknown critical extension (`leaf_only`:
 * then only an identical leaf matches). Version 1 certificates count as CAs here. Dates and
 * signature of an anchor are not checked. Errors: HF_E_CERT_UNREADABLE, HF_E_CERT_WEAK_KEY (key
 * kind unknown). */
hf_code hf_anchor_from_der(hf_anchor *anchor, hf_span der, uint32_t *offset);

/* SHA-256 of a SubjectPublicKeyInfo (RFC 7469 2.4). */
typedef struct hf_pin {
    uint8_t sha256[32];
} hf_pin;

/* ---- PEM (RFC 7468) and keys */

/* Finds the next "-----BEGIN <label>-----" block at or after text[*at] and decodes it into `out`,
 * which must not overlap the text. `label` borrows from the text. *at moves past the block.
 * Text around blocks is skipped. Returns HF_OK; HF_E_PEM_EMPTY when there is no further block;
 * HF_E_PEM_UNREADABLE (*at is where); HF_E_PEM_LEFT_OUT in builds without PEM;
 * HF_E_MEMORY_TOO_SMALL (`der->len` is the room needed). */
hf_code hf_pem_next(hf_span text, size_t *at, hf_span *label, hf_space out, hf_span *der);

/* Parses a private key: SEC1 ECPrivateKey (RFC 5915), PKCS#8 (RFC 5958) or PKCS#1 (RFC 8017), DER,
 * recognised by itself. The spans borrow from `der`. An EC scalar must have its full length.
 * Errors: HF_E_KEY_UNREADABLE, HF_E_KEY_UNSUPPORTED, HF_E_KEY_ENCRYPTED. */
hf_code hf_key_parse(hf_private_key *key, hf_span der, uint32_t *offset);

#ifdef __cplusplus
}
#endif
#endif
