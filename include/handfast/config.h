/* hf_config: everything that connections of one kind have in common.
 *
 * Life: hf_config_init(), set fields and load credentials, hf_config_build() once; from then on it
 * must not change or move, may be shared by any number of connections and threads, and is given
 * back with hf_config_release() after the last of them. Safe by default: a field whose name begins
 * with insecure_ switches a check off, nothing else does.
 */
#ifndef HANDFAST_CONFIG_H
#define HANDFAST_CONFIG_H

#include <handfast/bytes.h>
#include <handfast/crypto.h>
#include <handfast/error.h>
#include <handfast/peer.h>
#include <handfast/psk.h>
#include <handfast/session.h>
#include <handfast/trace.h>
#include <handfast/x509.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_TLS12 0x0303u
#define HF_TLS13 0x0304u

#define HF_CHAIN_MAX   4 /* certificates of our own identity, leaf first */
#define HF_SCHEMES_MAX 8

typedef enum hf_role {
    HF_CLIENT = 0,
    HF_SERVER,
} hf_role;

/* A private key that is somewhere else: a secure element, a token, another process.
 *
 * `sign` gets the hash value to sign and writes the signature (ECDSA as DER) to `signature`. It
 * returns HF_OK, or HF_E_SIGNER_TIMEOUT, HF_E_SIGNER_GONE, HF_E_SIGNER_KEY (it holds another key
 * than the certificate's; the engine does not look), with which the handshake ends, or another
 * error (it ends with HF_E_SIGNER, the code as error.system), or HF_PENDING: then it is done
 * elsewhere, the engine's wants() says HF_WANT_SIGN, and hf_tls_sign_done() brings the answer. The
 * request (hash included) may be copied. */
typedef struct hf_signer {
    hf_code (*sign)(void *ctx, uint16_t scheme, hf_span hash, hf_space signature, size_t *len);
    void *ctx;
} hf_signer;

/* One identity of ours: certificates or a raw public key, and the private key. A client has one, a
 * server one for each kind of key and each name. hf_config_identity() and hf_config_add_identity()
 * fill it; or set chain (or raw_key) and signer, and zero the rest. */
typedef struct hf_identity {
    hf_span chain[HF_CHAIN_MAX]; /* DER, leaf first, the root left out; borrowed */
    size_t chain_count;
    hf_span raw_key; /* SubjectPublicKeyInfo, DER, to be sent where raw public keys are agreed
                        (RFC 7250); empty: that of the leaf */
    hf_signer signer;
    hf_span staple; /* server: OCSP response (DER) for the leaf, given to clients that ask;
                       borrowed. Empty: none */
    /* Server: the host names this identity is for, wildcards as in certificates; borrowed. None:
     * those in the leaf's subjectAltName; and a leaf without any, or a raw key, is for every
     * name. */
    const char *const *names;
    size_t names_count;
    /* ---- read only: filled by the calls below */
    hf_key key;
    hf_private_key key_parts; /* as loaded */
    hf_public_key leaf_key;   /* of chain[0], or of raw_key */
    hf_span alt_names;        /* of chain[0]: its subjectAltName; ptr NULL: none */
    uint8_t sha256[32];       /* of chain[0], or of raw_key */
    struct hf_identity *next;
} hf_identity;

/* Does a peer have to show a certificate? Servers decide; clients always require one. */
typedef enum hf_client_auth {
    HF_CLIENT_AUTH_NONE = 0, /* not asked for */
    HF_CLIENT_AUTH_REQUEST,  /* asked for; one that is shown must be right */
    HF_CLIENT_AUTH_REQUIRE,  /* without one: HF_E_NO_CLIENT_CERTIFICATE */
} hf_client_auth;

/* Raw public keys instead of certificates (RFC 7250). */
typedef enum hf_raw_keys {
    HF_RAW_KEYS_NEVER = 0,
    HF_RAW_KEYS_ALLOWED, /* preferred, certificates do as well */
    HF_RAW_KEYS_ONLY,
} hf_raw_keys;

/* OCSP responses stapled to the server's certificate (RFC 6066 8, RFC 6960). */
typedef enum hf_stapling {
    HF_STAPLING_OFF = 0, /* not asked for */
    HF_STAPLING_CHECK,   /* asked for; one that comes is checked, and a certificate that demands one
                            (RFC 7633) must have it */
    HF_STAPLING_REQUIRE, /* without one: HF_E_OCSP_MISSING */
} hf_stapling;

/* How a key that both have already (a session's, or one agreed beforehand) is used (RFC 8446
 * 4.2.9). */
typedef enum hf_psk_modes {
    HF_PSK_DHE = 0, /* psk_dhe_ke: with a fresh key exchange, so with forward secrecy */
    HF_PSK_DHE_OR_KE,
    HF_PSK_KE_ONLY, /* psk_ke alone: no public-key operation, and no forward secrecy: who learns the
                       key later reads what was recorded before */
} hf_psk_modes;

/* What a server does with a client that asks for a name which no identity is for. */
typedef enum hf_unknown_name {
    HF_UNKNOWN_NAME_REFUSE = 0, /* unrecognized_name (RFC 6066 3; iot profile P-40) */
    HF_UNKNOWN_NAME_DEFAULT,    /* serves the first identity that fits the client otherwise */
} hf_unknown_name;

/* What a peer may cost before the connection ends; 0 means the default. */
typedef struct hf_limits {
    uint32_t message;     /* bytes of the longest handshake message; 65,536 */
    uint32_t bytes;       /* handshake bytes before completion; 262,144 */
    uint16_t records;     /* records before completion; 8,192 */
    uint16_t messages;    /* handshake messages before completion; 64 */
    uint16_t later;       /* messages after it without application data between; 128 */
    uint8_t key_updates;  /* of these, KeyUpdates; 32 */
    uint8_t empty;        /* empty records in a row; 32 */
    uint8_t warnings;     /* warning alerts; 4 */
    uint32_t early_data;  /* server: bytes of refused early data that are skipped; 16,384 */
    uint8_t certificates; /* whole chain: certificates looked at; 10, at most 16 */
    uint8_t signatures;   /* whole chain: signatures verified; 6 */
} hf_limits;

struct hf_request;
struct hf_tls;

/* A program's say about its peer. Both are optional, and called from inside the engine's calls.
 *
 * identify:  server, before the path is looked at: `sha256` is that of the exact DER of the
 * client's certificate. HF_OK: check its path as usual. HF_IDENTIFIED: it is known, and its path
 *            was checked when it was registered; only its dates, purpose and key are looked at. It
 *            cannot refuse: who copies a certificate must not learn from us whether it is
 *            registered.
 * authorise: both roles, once the peer has proved that it holds its key and its Finished is right,
 *            before any ticket or application byte (TLS 1.2: before the server's Finished). HF_OK,
 *            or an error to refuse, whose alert is sent: HF_E_PEER_UNKNOWN, HF_E_PEER_INACTIVE,
 *            HF_E_PEER_REVOKED, HF_E_PEER_DENIED. It is called for peers that showed no
 *            certificate too, where none is required.
 *
 * A resumed session asks `authorise` again: peer->resumed is set, and what there is to decide by
 * are the fingerprint and its kind; peer.h says more.
 *
 * Either may return HF_PENDING: then wants() says HF_WANT_DECISION, hf_tls_peer() says about whom,
 * and hf_tls_decided() brings the answer. */
typedef struct hf_hooks {
    hf_code (*identify)(void *ctx, const struct hf_tls *tls, const uint8_t sha256[32]);
    hf_code (*authorise)(void *ctx, const struct hf_tls *tls, const hf_peer *peer);
    void *ctx;
} hf_hooks;

typedef struct hf_config {
    /* ---- set between init and build; 0, NULL and empty mean the default */
    uint8_t role;         /* hf_role */
    uint16_t version_min; /* HF_TLS12 or HF_TLS13; default HF_TLS12 */
    uint16_t version_max; /* default HF_TLS13 */

    /* In order of preference; borrowed. Default: everything that the backend has, in this order:
     * AES-128-GCM, AES-128-CCM, ChaCha20-Poly1305, AES-256-GCM (1.2: the ECDHE forms of the GCM and
     * ChaCha20 suites, ECDSA before RSA); X25519, P-256, P-384; ecdsa_secp256r1_sha256, ...
     * A server chooses by its own order; of the groups, one that the client sent a key share for
     * goes first. */
    const uint16_t *suites;
    size_t suites_count;
    const uint16_t *groups;
    size_t groups_count;
    const uint16_t *schemes; /* that the peer may sign with */
    size_t schemes_count;
    const uint16_t *signing_schemes; /* that we sign with; default: all that fit our key */
    size_t signing_schemes_count;
    uint8_t key_shares; /* client: how many of the groups, from the first on, get a key share in the
                           first ClientHello: 1 (default) or 2, where
                           HF_SUITES=all */

    /* Protocol names in order of preference; borrowed. A server chooses its first that the client
     * has too; none in common: no_application_protocol. */
    const char *const *alpn;
    size_t alpn_count;

    /* Client: send a session id and change_cipher_spec for middleboxes (RFC 8446 D.4). Default off.
     * A server follows its client. */
    bool compatibility_mode;
    /* Client: record_size_limit and max_fragment_length are offered when the input buffer is
     * smaller than the largest record; this switches both off for servers that choke on them.
     * A server ignores both of a client's. */
    bool no_record_limits;

    hf_clock clock;           /* no default; hf_clock_system() of conn.h where there is one */
    hf_random_source random;  /* default: the backend's own */
    hf_anchor_source anchors; /* hf_config_anchors() fills it; or set your own lookup */
    const hf_pin *pins; /* the peer's SPKI must be one of these, besides the path; a raw public
                           key is bound by them */
    size_t pins_count;
    uint8_t max_depth; /* most intermediates in the peer's path; default 4 */
    /* Keep all certificates of the peer and find the path among them, in any order. Servers, and
     * connections with hooks or stapling, always do; it needs a larger certificate buffer
     * (HF_TLS_CERTIFICATE_WHOLE). Off: one certificate at a time, in order. */
    bool whole_chain;

    /* Our identity: hf_config_identity() fills it; a server may have more behind it. */
    hf_identity identity;
    uint8_t raw_keys;                   /* hf_raw_keys: what we send */
    uint8_t peer_raw_keys;              /* hf_raw_keys: what we take from the peer; needs pins or
                                           `authorise` */
    uint8_t stapling;                   /* client: hf_stapling */
    const char *server_name_indication; /* client: sent instead of the name to be verified; NULL:
                                           the same */

    /* ---- keys agreed beforehand (psk.h), TLS 1.3 */
    const hf_psk *psk;  /* client: instead of anchors, pins and raw public keys; borrowed. The
                           server needs no certificate, and connections no name; TLS 1.2 is not
                           offered, sessions are not kept */
    hf_psk_source psks; /* server: find = NULL: none. A PSK does for client_auth; without an
                           identity only clients with one of them are served */

    /* ---- server */
    uint8_t client_auth;       /* hf_client_auth */
    uint8_t unknown_name;      /* hf_unknown_name */
    bool send_authorities;     /* name the anchors of hf_config_anchors() in CertificateRequest */
    bool require_alpn;         /* refuse clients that offer no application protocol */
    const uint8_t *cookie_key; /* 32 secret bytes, borrowed: HelloRetryRequests carry a cookie, and
                                  whoever has the key can go on with the second ClientHello */

    /* ---- sessions (session.h) */
    uint8_t psk_modes;  /* hf_psk_modes */
    bool reuse_tickets; /* client: offer a ticket of TLS 1.3 more than once, which lets others
                           see that both connections are yours (RFC 8446 C.4) */
    hf_ticket_keys ticket_keys; /* server: find = NULL: no tickets */
    uint8_t tickets;            /* server: how many after a handshake of TLS 1.3; 0: 1 */
    uint32_t ticket_lifetime;   /* server: seconds, at most 604,800; 0: 86,400 */
    uint32_t session_lifetime;  /* seconds from a full handshake on, after which none that descends
                                   from it is resumed; 0: 604,800 */
    hf_session_store store;     /* server, TLS 1.2: put = NULL: none */
    /* Change it when what `anchors` or the hooks trust has changed in a way that the fields of this
     * struct do not show: sessions and remembered chains of before are forgotten. */
    uint32_t policy_epoch;

    hf_hooks hooks;
    hf_limits limits;

    bool insecure_skip_name_check;        /* any name will do */
    bool insecure_skip_certificate_check; /* any certificate will do: only for looking at peers */
    /* TLS 1.2: refuse peers without the extended master secret (RFC 7627). It is always offered;
     * a session without it is never resumed. */
    bool require_extended_master_secret;

    /* What happens, for logs and tools; see trace.h. Never carries a secret. */
    void (*trace)(void *ctx, const hf_event *event);
    void *trace_ctx;

    /* Largest amount of data under one key before KeyUpdate (1.3) or close (1.2); 0 = the limits of
     * RFC 8446 5.5. In records. */
    uint32_t key_limit;

    /* ---- read only: filled by the calls below */
    hf_error error; /* of init, loading and build; the first sticks */
    hf_crypto crypto;
    hf_space memory;
    size_t memory_used; /* from the front */
    size_t memory_end;  /* from here on there are anchors */
    hf_anchor_list anchor_list;
    unsigned (*weigh)(const struct hf_request *request, const hf_identity *it); /* with several */
    uint8_t policy[32]; /* digest of everything that decides whom to trust, and of our identity */
    bool built;
} hf_config;

/* `memory` holds decoded certificates, keys and anchors: their DER plus 160 bytes for each anchor.
 * HF_E_MEMORY_TOO_SMALL of a call below says in error.detail what would do for everything up to and
 * including that call.
 * It must live as long as the config. */
void hf_config_init(hf_config *config, void *memory, size_t size);

/* Trust anchors from PEM (any number of CERTIFICATE blocks) or one DER certificate. May be called
 * several times. DER is borrowed, PEM is decoded into the memory.
 * Errors: HF_E_PEM_..., HF_E_CERT_UNREADABLE, HF_E_MEMORY_TOO_SMALL. */
hf_code hf_config_anchors(hf_config *config, const void *text, size_t len);

/* Our certificate chain (PEM, leaf first, or one DER; or a PEM PUBLIC KEY to be sent as raw public
 * key) and private key (PEM or DER: SEC1, PKCS#8,
 * PKCS#1). `password` may be NULL; encrypted keys are opened where the backend can. `key` is NULL
 * when a signer holds it. DER is borrowed, PEM is decoded into the memory. Whether the two belong
 * together is checked by hf_config_build(). Errors: HF_E_PEM_..., HF_E_KEY_...,
 * HF_E_MEMORY_TOO_SMALL, HF_E_TOO_MANY. */
hf_code hf_config_identity(hf_config *config, const void *chain, size_t chain_len, const void *key,
                           size_t key_len, const char *password);

/* Another identity for a server: another kind of key, or other names. `identity` is the caller's,
 * is zeroed except for what it holds of chain, raw_key, signer, staple and names, and must live as
 * long as the config. Text as in hf_config_identity(); `chain` may be NULL when identity->chain or
 * raw_key is set. */
hf_code hf_config_add_identity(hf_config *config, hf_identity *identity, const void *chain,
                               size_t chain_len, const void *key, size_t key_len,
                               const char *password);

/* Checks that everything is there and consistent and fetches what connections share.
 * Errors: HF_E_NO_ANCHORS, HF_E_NO_CLOCK, HF_E_NO_RANDOM, HF_E_NOTHING_TO_OFFER,
 * HF_E_PROTOCOL_NAME, HF_E_CERT_UNREADABLE, HF_E_KEY_MISMATCH, HF_E_PSK_..., and the first error
 * of the calls before. HF_E_USAGE, and nothing is changed, when it is built already. */
hf_code hf_config_build(hf_config *config);

/* Wipes keys and releases what build fetched. */
void hf_config_release(hf_config *config);

#ifdef __cplusplus
}
#endif
#endif
