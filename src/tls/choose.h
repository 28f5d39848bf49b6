/* What is chosen out of a peer's offer, by our own order of preference: a server's choices from a
 * ClientHello, and the identity that answers a request for certificates, for both roles.
 *
 * Pure decisions over parsed messages and the configuration; what follows from them is the steps'.
 * offer.h is the other side: what we offer ourselves, which also bounds what we choose.
 */
#ifndef HF_TLS_CHOOSE_H
#define HF_TLS_CHOOSE_H

#include "tls/keys/suite.h"
#include "tls/message/message.h"

#include <handfast/config.h>

/* RFC 8446 4.2.1, appendix D. Errors: HF_E_VERSION, HF_E_FALLBACK (RFC 7507). */
hf_code hf_choose_version(const hf_config *config, const hf_client_hello *hello, uint16_t *version,
                          uint32_t *detail);

/* The group of the key exchange; in TLS 1.3 `point` is the client's share for it, empty when a
 * HelloRetryRequest has to ask for one. Errors: HF_E_NO_COMMON_GROUP, HF_E_KEY_SHARES. */
hf_code hf_choose_group(const hf_config *config, const hf_client_hello *hello, uint16_t version,
                        uint16_t *group, hf_span *point, uint32_t *detail);

/* Our first protocol that the client has, too; *index is its place + 1, 0 when none is spoken of.
 * Error: HF_E_NO_COMMON_PROTOCOL. */
hf_code hf_choose_alpn(const hf_config *config, const hf_client_hello *hello, uint8_t *index);

/* A certificate type (RFC 7250) for one direction: `offered` empty means X.509. Error:
 * HF_E_CERTIFICATE_TYPE. */
hf_code hf_choose_type(uint8_t raw_keys, hf_span offered, uint8_t *type);

/* What a peer says of the certificates it takes. */
typedef struct hf_request {
    uint16_t version;
    uint8_t type;                 /* enum hf_certificate_type, of ours */
    uint8_t key_kinds;            /* HF_REQUEST_... */
    hf_span schemes;              /* for the handshake's signature */
    bool any_scheme;              /* nothing is said of them, and perhaps nothing will be signed */
    hf_span schemes_cert;         /* for those in certificates; empty: the same */
    hf_span authorities;          /* names of CAs, a hint; may be empty */
    const hf_client_hello *hello; /* server: name and suites count too; NULL for a client */
} hf_request;

typedef struct hf_answer {
    const hf_identity *identity;
    const hf_scheme_info *scheme;
    const hf_suite *suite; /* server */
} hf_answer;

/* The identity that fits best: for the name (servers), with a key that can sign for the peer, and
 * then, each weighing more than the next: issued by a CA that it named, a chain with signatures
 * that it can verify, ECDSA before RSA, the order of the configuration. Errors, with which `answer`
 * is not filled: HF_E_UNKNOWN_NAME, HF_E_CERTIFICATE_TYPE, HF_E_NO_COMMON_SCHEME,
 * HF_E_NO_COMMON_SUITE. */
hf_code hf_choose_identity(const hf_config *config, const hf_request *request, hf_answer *answer);

/* How well one of several fits: hf_config.weigh, which a configuration with one identity has not.
 */
unsigned hf_weigh_identity(const hf_request *request, const hf_identity *it);

/* Whether its names have the one that a client asks for. */
bool hf_identity_is_for(const hf_identity *it, hf_span name);

#endif
