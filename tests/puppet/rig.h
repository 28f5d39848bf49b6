/* A client engine and a puppet server, joined by memory. Settings that are zero get defaults. */
#ifndef HF_TESTS_RIG_H
#define HF_TESTS_RIG_H

#include "puppet/puppet.h"

#include <handfast/tls.h>

typedef struct rig {
    /* ---- settings, before rig_start() */
    size_t input, output, certificate; /* buffers; HF_TLS_INPUT_MAX, 1024, 4096 */
    size_t feed, drain;                /* most bytes in one call; 0: all there are */
    size_t cut_at;                     /* a call of input ends exactly behind that many bytes */
    size_t hold_at;                    /* no byte from this one on is fed; 0: no such limit */
    bool lazy;                         /* output is taken only when nothing else can be done */
    bool identity;                     /* the client has a certificate: leaf under int, P-256 */
    bool identity384;                  /* or int-p384, P-384 */
    bool long_chain;                   /* and int behind its leaf */
    bool rsa;                          /* the server's chain is leaf-rsa, int-rsa */
    bool keep_data;                    /* received data stay in the engine */
    bool plain_ends;                   /* the transport ends when nothing moves any more */
    uint16_t version_min, version_max;
    const char *const *alpn;
    size_t alpn_count;
    const uint16_t *groups;
    size_t groups_count;
    const uint16_t *schemes;
    size_t schemes_count;
    uint8_t shares;
    bool compatibility;
    bool strict;    /* the extended master secret is required */
    bool no_limits; /* hf_config.no_record_limits */
    uint32_t key_limit;
    const char *name; /* that a client asks for; NULL: device.example.com */
    /* Sessions of a client: a buffer of session_cap bytes for them (0: none), and what stands in it
     * at first. */
    size_t session_cap;
    const uint8_t *session_blob;
    size_t session_len;
    uint8_t psk_modes;
    bool reuse_tickets;
    int64_t later; /* seconds between FIXTURES_NOW and the clock; may change at any time */
    uint8_t clock; /* hf_time_kind; 0: exact */
    hf_signer signer;
    hf_remembered *remembered;
    void (*trace)(void *ctx, const hf_event *event);
    void *trace_ctx;
    void (*before_call)(struct rig *rig); /* around each call that does work */
    void (*after_call)(struct rig *rig);

    /* ---- parts */
    hf_config config;
    hf_tls tls;
    puppet *p;
    hf_key key; /* the puppet's */
    hf_private_key key_parts;
    uint8_t *memory[6];
    hf_span files[16];
    size_t files_count;
    hf_session session;

    /* ---- results */
    uint8_t data[70000];
    size_t data_len;
    hf_code ended; /* of hf_tls_input_end() */
    unsigned runs;
    size_t fed; /* bytes */
} rig;

rig *rig_new(void);
void rig_start(rig *r);
void rig_run(rig *r); /* until nothing moves */
void rig_free(rig *r);
bool rig_step(rig *r); /* one call; false when nothing can be done */

/* ---- parts of it, for rigs of another kind (server_rig.h) */
hf_span rig_fixture(rig *r, const char *name); /* freed with the rig */
void rig_peer_key(rig *r, const char *name);   /* the puppet's */
void rig_config(rig *r);                       /* begun, with the settings of either role */
hf_tls_memory rig_memory(rig *r);              /* buffers as the settings say */
void rig_release(rig *r);                      /* all but the puppet and the rig itself */

/* Sends application data; false when it does not go at once. */
bool rig_send(rig *r, const void *bytes, size_t len);

/* Asserts: the handshake is complete on both sides, and the puppet found nothing wrong. */
void rig_expect_open_at(rig *r, const char *name, int line);
/* Asserts: failed with `code`; its alert was sent and arrived (none for HF_NO_ALERT). */
void rig_expect_failed_at(rig *r, hf_code code, const char *name, int line);
/* The same with another alert than the code's own. */
void rig_expect_alert_at(rig *r, hf_code code, uint8_t alert, const char *name, int line);
#define rig_expect_open(r, name)         rig_expect_open_at(r, name, __LINE__)
#define rig_expect_failed(r, code, name) rig_expect_failed_at(r, code, name, __LINE__)

#endif
