/* A server engine and a guest (scripted client), joined by memory: the mirror image of rig.h, whose
 * buffers, pump and checks it uses. Settings that are zero get defaults.
 */
#ifndef HF_TESTS_SERVER_RIG_H
#define HF_TESTS_SERVER_RIG_H

#include "puppet/guest.h"
#include "puppet/rig.h"

/* Certificates of tests/fixtures/x509, as the server's or the guest's own. */
typedef enum identity_kind {
    ID_DEFAULT = 0, /* server: ID_P256; guest: none */
    ID_P256,        /* leaf under int */
    ID_P384,        /* leaf-ec384 under int-p384 */
    ID_RSA,         /* leaf-rsa under int-rsa */
    ID_UNKNOWN,     /* leaf alone: nobody knows its issuer */
} identity_kind;

typedef struct server_rig {
    /* The engine with its buffers: r.input, r.output, r.certificate (HF_TLS_CERTIFICATE_WHOLE),
     * r.feed, r.drain, r.cut_at, r.hold_at, r.lazy, r.keep_data, r.plain_ends, versions, alpn,
     * groups, schemes, strict, no_limits, key_limit, signer, trace and the hooks around calls mean
     * the same for a server. r.p is &g->p. */
    rig r;
    guest *g; /* its settings may be changed before server_rig_start() */

    /* ---- settings, before server_rig_start() */
    identity_kind identity; /* the server's first one */
    identity_kind second;   /* another one; ID_DEFAULT: none */
    identity_kind shown;    /* the guest's, with its scheme; ID_DEFAULT: none */
    bool raw_shown;         /* the guest shows the key of that certificate raw (RFC 7250) */
    uint8_t auth;           /* hf_client_auth; anchors are the roots of all kinds */
    bool send_authorities, require_alpn;
    uint8_t unknown_name;
    const uint8_t *cookie_key;
    const uint16_t *suites;
    size_t suites_count;
    hf_hooks hooks;
    hf_ticket_ring *ring;   /* NULL: no tickets */
    hf_session_store store; /* of TLS 1.2 */
    uint8_t tickets;
    uint32_t ticket_lifetime, session_lifetime, policy_epoch;
    void (*configure)(struct server_rig *s, hf_config *config); /* anything else, before build */
    const void *ctx;

    /* ---- parts */
    hf_identity second_identity;
} server_rig;

server_rig *server_rig_new(void);
void server_rig_start(server_rig *s); /* the guest has said its first words */
void server_rig_run(server_rig *s);   /* until nothing moves */
void server_rig_free(server_rig *s);

/* Asserts: open on both sides, nothing wrong was seen, both have the same keying material. */
void server_expect_open_at(server_rig *s, const char *name, int line);
/* Asserts: the server failed with `code`, and its alert arrived (none for HF_NO_ALERT). */
void server_expect_failed_at(server_rig *s, hf_code code, const char *name, int line);
#define server_expect_open(s, name)         server_expect_open_at(s, name, __LINE__)
#define server_expect_failed(s, code, name) server_expect_failed_at(s, code, name, __LINE__)

/* Asserts: what each side sends arrives at the other. */
void server_expect_talk(server_rig *s, const char *name);

#endif
