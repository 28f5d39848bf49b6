/* hf_peer: who is at the other end, as far as a handshake has shown it.
 *
 * Hooks of hf_config get it; hf_tls_peer() gives it afterwards. Spans are borrowed from the
 * engine's certificate buffer: they are there while a hook runs or a decision is pending, and empty
 * once the handshake is over. Everything else stays until hf_tls_release().
 *
 * In a resumed session nothing of the peer is seen again: `sha256`, `verified`, `credential` and
 * `not_after` are what the full handshake found, `resumed` is set, and there are no names: a server
 * that authorises by names in certificates has to know them by the fingerprint, or give no tickets.
 */
#ifndef HANDFAST_PEER_H
#define HANDFAST_PEER_H

#include <handfast/bytes.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What stands behind the peer's identity. */
typedef enum hf_verified {
    HF_VERIFIED_NOTHING = 0, /* the peer showed nothing, or insecure_skip_certificate_check let
                                anything pass: the hashes say what it was */
    HF_VERIFIED_PATH,        /* its certificates lead to an anchor */
    HF_VERIFIED_KNOWN,       /* `identify` knew the certificate; its path was not looked at, its
                                dates and purpose were */
    HF_VERIFIED_PIN,         /* a raw public key that is one of the pins */
    HF_VERIFIED_KEY_ONLY,    /* a raw public key that no pin names: only `authorise` can bind it */
    HF_VERIFIED_PSK,         /* it holds the key that was agreed beforehand */
} hf_verified;

typedef enum hf_credential {
    HF_CREDENTIAL_NONE = 0,
    HF_CREDENTIAL_CERTIFICATE,
    HF_CREDENTIAL_RAW_PUBLIC_KEY, /* RFC 7250 */
    HF_CREDENTIAL_PSK,            /* an external one (RFC 8446 4.2.11), not a session's */
} hf_credential;

typedef struct hf_peer {
    uint8_t verified;        /* hf_verified */
    uint8_t credential;      /* hf_credential */
    bool resumed;            /* a session's key has spoken for it */
    uint8_t sha256[32];      /* of the exact DER of its certificate; raw key: of the SPKI; PSK: of
                                its identity */
    uint8_t spki_sha256[32]; /* of its SubjectPublicKeyInfo, as in hf_pin; PSK, resumed: zero */
    int64_t not_before;      /* seconds since 1970, inclusive; 0 and HF_TIME_NEVER for raw keys */
    int64_t not_after;
    hf_span certificate; /* DER; raw key: the SPKI */
    hf_span subject;     /* DER Name: hf_x509_name_text() puts it into words */
    hf_span alt_names;   /* content of subjectAltName; empty when there is none */
    hf_span server_name; /* server role: the host_name that the client asked for; may be empty */
} hf_peer;

#ifdef __cplusplus
}
#endif
#endif
