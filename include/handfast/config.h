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
#include <handfast/trace.h>
#include <handfast/x509.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_TLS12 0x0303u
#define HF_TLS13 0x0304u

#define HF_CHAIN_MAX   4 /* certificates of our own identity, leaf first */
#define HF_SCHEMES_MAX 8

/* A private key that is somewhere else: a secure element, a token, another process.
 *
 * `sign` gets the hash value to sign and writes the signature (ECDSA as DER) to `signature`. It
 * returns HF_OK, an error (the handshake ends with HF_E_SIGNER, the code as error.system), or
 * HF_PENDING: then it is done elsewhere, the engine's wants() says HF_WANT_SIGN, and
 * hf_tls_sign_done() brings the answer. The request (hash included) may be copied. */
typedef struct hf_signer {
    hf_code (*sign)(void *ctx, uint16_t scheme, hf_span hash, hf_space signature, size_t *len);
    void *ctx;
} hf_signer;

typedef struct hf_config {
    /* ---- set between init and build; 0, NULL and empty mean the default */
    uint16_t version_min; /* HF_TLS12 or HF_TLS13; default HF_TLS12 */
    uint16_t version_max; /* default HF_TLS13 */

    /* In order of preference; borrowed. Default: everything that the backend has, in this order:
     * AES-128-GCM, AES-128-CCM, ChaCha20-Poly1305, AES-256-GCM (1.2: the ECDHE forms of the GCM and
     * ChaCha20 suites, ECDSA before RSA); X25519, P-256, P-384; ecdsa_secp256r1_sha256, ... */
    const uint16_t *suites;
    size_t suites_count;
    const uint16_t *groups;
    size_t groups_count;
    const uint16_t *schemes;
    size_t schemes_count;
    uint8_t key_shares; /* how many of the groups, from the first on, get a key share in the first
                           ClientHello: 1 (default) or 2 */

    const char *const *alpn; /* protocol names in order of preference; borrowed */
    size_t alpn_count;

    /* Send a session id and change_cipher_spec for middleboxes (RFC 8446 D.4). Default off. */
    bool compatibility_mode;
    /* record_size_limit and max_fragment_length are offered when the input buffer is smaller than
     * the largest record; this switches both off for servers that choke on them. */
    bool no_record_limits;

    hf_clock clock;           /* no default; hf_clock_system() of conn.h where there is one */
    hf_random_source random;  /* default: the backend's own */
    hf_anchor_source anchors; /* hf_config_anchors() fills it; or set your own lookup */
    const hf_pin *pins;       /* the server's SPKI must be one of these, besides the path */
    size_t pins_count;
    uint8_t max_depth; /* most intermediates in the server's path; default 4 */

    /* Our identity: hf_config_identity() fills it; or set chain and signer. */
    hf_span chain[HF_CHAIN_MAX]; /* DER, leaf first, the root left out; borrowed */
    size_t chain_count;
    hf_signer signer;
    const char
        *server_name_indication; /* sent instead of the name to be verified; NULL: the same */

    bool insecure_skip_name_check;        /* any name will do */
    bool insecure_skip_certificate_check; /* any certificate will do: only for looking at servers */
    /* TLS 1.2: refuse servers without the extended master secret (RFC 7627). It is always offered;
     * a session without it is never resumed. */
    bool require_extended_master_secret;

    /* Largest amount of data under one key before KeyUpdate (1.3) or close (1.2); 0 = the limits of
     * RFC 8446 5.5. In records. */
    uint32_t key_limit;

    /* What happens, for logs and tools; see trace.h. Never carries a secret. */
    void (*trace)(void *ctx, const hf_event *event);
    void *trace_ctx;

    /* ---- read only: filled by the calls below */
    hf_error error; /* of init, loading and build; the first sticks */
    hf_crypto crypto;
    hf_key key;
    hf_private_key key_parts; /* as loaded */
    hf_public_key leaf_key;   /* of chain[0] */
    hf_space memory;
    size_t memory_used; /* from the front */
    size_t memory_end;  /* from here on there are anchors */
    hf_anchor_list anchor_list;
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

/* Our certificate chain (PEM, leaf first, or one DER) and private key (PEM or DER: SEC1, PKCS#8,
 * PKCS#1). `password` may be NULL; encrypted keys are opened where the backend can. `key` is NULL
 * when a signer holds it. DER is borrowed, PEM is decoded into the memory. Whether the two belong
 * together is checked by hf_config_build(). Errors: HF_E_PEM_..., HF_E_KEY_...,
 * HF_E_MEMORY_TOO_SMALL, HF_E_TOO_MANY. */
hf_code hf_config_identity(hf_config *config, const void *chain, size_t chain_len, const void *key,
                           size_t key_len, const char *password);

/* Checks that everything is there and consistent and fetches what connections share.
 * Errors: HF_E_NO_ANCHORS, HF_E_NO_CLOCK, HF_E_NO_RANDOM, HF_E_NOTHING_TO_OFFER,
 * HF_E_PROTOCOL_NAME, HF_E_CERT_UNREADABLE, HF_E_KEY_MISMATCH, and the first error of the calls
 * before. HF_E_USAGE, and nothing is changed, when it is built already. */
hf_code hf_config_build(hf_config *config);

/* Wipes keys and releases what build fetched. */
void hf_config_release(hf_config *config);

#ifdef __cplusplus
}
#endif
#endif
