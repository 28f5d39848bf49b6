/* Who is meant to be at the other end: reference identities (RFC 9525) and their comparison with
 * what a certificate presents. Only subjectAltName counts; a dNSName never stands for an address,
 * an address is compared as bytes.
 */
#ifndef HF_X509_HOST_H
#define HF_X509_HOST_H

#include <handfast/x509.h>

#define HF_HOST_NAME_MAX 253

typedef struct hf_host {
    hf_span name;        /* host name without a trailing dot, borrowed; empty for an address */
    uint8_t address[16]; /* else the address: 4 or 16 bytes */
    uint8_t address_len; /* 0: a host name */
} hf_host;

/* Parses a host name (A-labels, '_' allowed, one trailing dot), an IPv4 address (four decimal
 * numbers, nothing else), or an IPv6 address (RFC 4291 2.2), also in brackets and with a zone,
 * which says how to reach it and is not compared. Errors: HF_E_NAME_SYNTAX; HF_E_ADDRESS_LEFT_OUT
 * for what may be an address, in builds without them. */
hf_code hf_host_parse(hf_host *host, const char *text);

/* HF_OK; HF_E_CERT_NO_NAME when there is no subjectAltName; HF_E_CERT_NAME when none fits. */
hf_code hf_host_check(const hf_host *host, const hf_certificate *certificate);

/* A presented dNSName that can match anything: a host name, or "*." before one of two labels or
 * more. */
bool hf_host_is_pattern(hf_span text);

/* RFC 9525 6.3: a host name against a presented one, in which a star stands for exactly one whole
 * label, the left-most. */
bool hf_host_matches(hf_span name, hf_span pattern);

/* local@host with one host behind the last '@'. */
bool hf_host_is_mailbox(hf_span text);

/* Cuts `text` to what follows its last '@'; false, unchanged, when there is none. */
bool hf_host_after_at(hf_span *text);

/* Equality of ASCII texts, case ignored. */
bool hf_host_same_text(hf_span a, hf_span b);

#endif
