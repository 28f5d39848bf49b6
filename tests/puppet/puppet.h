/* A scripted TLS server for tests: plays TLS 1.3 and 1.2 from memory to memory.
 *
 * It shares with the library only primitives (src/crypto) and key schedules (src/tls/keys), which
 * have vectors of their own; messages, records, order and checks are written here once more. By
 * default it plays a correct handshake. A test alters it through `change` (each message before it
 * is said), `on_record` (each record before it is sealed) and the calls below.
 *
 * The puppet checks what the client says (order, signature, Finished) and reads its alerts.
 */
#ifndef HF_TESTS_PUPPET_H
#define HF_TESTS_PUPPET_H

#include "crypto/crypto.h"
#include "puppet/session.h"

#define PUPPET_BODY_MAX 80000u
#define PUPPET_OUT_MAX  600000u
#define PUPPET_SEEN_MAX 64u

/* Handshake types once more, from RFC 8446 B.3 and RFC 5246 7.4. */
enum {
    M_HELLO_REQUEST = 0,
    M_CLIENT_HELLO = 1,
    M_SERVER_HELLO = 2,
    M_NEW_SESSION_TICKET = 4,
    M_END_OF_EARLY_DATA = 5,
    M_ENCRYPTED_EXTENSIONS = 8,
    M_CERTIFICATE = 11,
    M_SERVER_KEY_EXCHANGE = 12,
    M_CERTIFICATE_REQUEST = 13,
    M_SERVER_HELLO_DONE = 14,
    M_CERTIFICATE_VERIFY = 15,
    M_CLIENT_KEY_EXCHANGE = 16,
    M_FINISHED = 20,
    M_CERTIFICATE_STATUS = 22,
    M_KEY_UPDATE = 24,
    M_CCS = 0x100,          /* not a message: a change_cipher_spec record */
    M_RETRY = 0x101,        /* a server_hello with the special random */
    M_AFTER = 0x102,        /* nothing is said: the handshake is complete for this end */
    M_FLIGHT_SAID = 0x103,  /* TLS 1.3: nothing is said; the server may send data now */
    M_SECOND_HELLO = 0x104, /* a client_hello that answers a HelloRetryRequest */
};

enum { R_CCS = 20, R_ALERT = 21, R_HANDSHAKE = 22, R_DATA = 23 };

typedef struct puppet_message {
    uint8_t type;
    size_t len;
    uint8_t body[PUPPET_BODY_MAX];
} puppet_message;

/* A record about to be made; what a test may change of it. */
typedef struct puppet_out {
    uint8_t outer; /* type on the outside */
    uint8_t inner; /* TLS 1.3: type inside */
    uint16_t version;
    size_t pad;   /* TLS 1.3: zeros behind the type */
    bool seal;    /* under the keys of now */
    bool corrupt; /* flip a bit of the tag */
    bool drop;
    const uint8_t *content;
    size_t len;
} puppet_out;

typedef struct puppet puppet;
typedef struct puppet_role puppet_role;
struct puppet {
    const puppet_role *role;

    /* ---- what to play; set before the first byte */
    uint16_t version; /* HF_TLS13 */
    uint16_t suite;   /* 0: the first of the client's that is of the version */
    uint16_t group;   /* 0: the client's first share (1.3), HF_SECP256R1 (1.2) */
    bool retry;       /* ask for `group`, and for a cookie of cookie_len bytes */
    size_t cookie_len;
    bool request;            /* ask for a certificate */
    uint16_t request_scheme; /* 0: ecdsa_secp256r1_sha256 */
    bool compatible;         /* 1.3: change_cipher_spec behind the first message */
    uint16_t scheme;         /* of the server's signature; 0: ecdsa_secp256r1_sha256 */
    hf_span chain[5];
    size_t chain_count;
    bool raw_key;  /* chain[0] is a SubjectPublicKeyInfo (RFC 7250) */
    bool peer_raw; /* and so is what the client shows */
    hf_key *key;
    uint16_t limit;          /* record_size_limit to answer; 0: none */
    uint8_t fragment;        /* max_fragment_length to answer; 0: none */
    const char *alpn;        /* to answer */
    bool legacy;             /* 1.2: without the extended master secret */
    size_t cut;              /* most content of a record; 0: 2^14 */
    bool join;               /* messages of a flight share records */
    size_t pad;              /* zeros in each sealed record */
    uint16_t record_version; /* 0: 0x0303 */
    bool mute;               /* nothing goes out any more */
    /* A hello that offers one of these sessions resumes it; of several, the client's first. */
    const puppet_session *known[PUPPET_KNOWN_MAX];
    bool psk_ke;      /* 1.3: resume without key exchange where the client lets us */
    unsigned tickets; /* to give; 1.2: one, if the client asks */
    bool give_id;     /* 1.2: a session id for the next time */
    /* What puppet_begin() sets to what a plain server says: */
    size_t ticket_len;   /* random bytes; */
    hf_span ticket_is;   /* or these, when there are any */
    uint32_t lifetime;   /* seconds */
    uint32_t age_add;    /* of the first; the next ones have one more */
    size_t nonce_len;    /* its first byte counts */
    hf_span ticket_more; /* content of a ticket's extensions */
    /* False: the message is not said. `step` is a message type or M_CCS and following. */
    bool (*change)(puppet *p, int step, puppet_message *m);
    void (*on_record)(puppet *p, puppet_out *record);
    int arg;
    const void *ctx;

    /* ---- state */
    hf_crypto crypto;
    const hf_suite *chosen;
    hf_exchange exchange;
    uint8_t client_random[32], server_random[32];
    uint8_t session_id[32];
    size_t session_id_len;
    uint8_t said[250000]; /* the transcript */
    size_t said_len;
    uint8_t flight[PUPPET_BODY_MAX + 40000]; /* content that waits for its record */
    size_t flight_len;
    hf_record_keys tx, rx;
    hf_traffic_secret client_secret, server_secret; /* of the epoch at work */
    hf_traffic_secret client_application, server_application;
    hf_traffic_secret exporter;
    hf_master_secret12 master;
    uint8_t shared[HF_SHARED_MAX];
    const puppet_session *session; /* that is resumed; NULL: a full handshake */
    unsigned selected;             /* 1.3: its place in the client's list */
    bool ke;                       /* 1.3: without key exchange */
    bool ticket_due;               /* 1.2: promised in ServerHello */
    uint8_t given_id[32];
    hf_master_secret master13;
    hf_resumption_secret resumption; /* 1.3: once the client's Finished is known */
    unsigned hellos;
    bool skipping; /* records that do not open are early data */
    bool wire13;   /* sealed records have the form of TLS 1.3 */
    bool peer_finished;
    uint8_t message[PUPPET_BODY_MAX]; /* of the client, being collected */
    size_t message_len;
    uint8_t in[40000]; /* bytes of the client, being collected */
    size_t in_len;
    uint8_t out[PUPPET_OUT_MAX]; /* for the client */
    size_t out_len, out_at;
    uint8_t peer_leaf[4096];
    size_t peer_leaf_len;
    unsigned peer_chain_count;

    /* ---- what the client did */
    uint8_t hello[8192]; /* its last ClientHello, header included */
    size_t hello_len;
    int seen[PUPPET_SEEN_MAX]; /* its messages in order; M_CCS as well */
    size_t seen_count;
    bool certificate_verified;
    uint8_t alert_level, alert;
    unsigned alerts;
    unsigned records;         /* received */
    size_t largest, smallest; /* content of the handshake's sealed or plain records */
    size_t largest_inner;     /* sealed records: content, and in TLS 1.3 type and padding */
    uint32_t came_cut;        /* bit per type of handshake message: it came in several records */
    uint64_t first_nonce, last_nonce; /* TLS 1.2: explicit */
    uint8_t data[40000];
    size_t data_len;
    unsigned updates;        /* KeyUpdates of the client */
    unsigned updates_asking; /* of which ask for ours */
    unsigned psk_offered;    /* identities in its last hello */
    unsigned psk_modes;      /* bit 0: psk_ke, bit 1: psk_dhe_ke */
    uint32_t psk_age;        /* of the first identity, as it stands there */
    bool ticket_asked;       /* session_ticket was there */
    size_t ticket_offered;   /* bytes of a ticket in it */
    bool early_offered;      /* early_data was there, in any hello */
    unsigned skipped;        /* records of early data */
    puppet_session given[PUPPET_GIVEN_MAX];
    unsigned given_count;
    const char *fault; /* what was wrong with its words; NULL: nothing */
};

/* `p` comes zeroed, out of calloc(): most of its megabyte is never touched. */
void puppet_init(puppet *p);
void puppet_release(puppet *p);

/* Bytes of the client. */
void puppet_receive(puppet *p, const uint8_t *bytes, size_t len);

/* ---- for tests and hooks */
void puppet_say(puppet *p, uint8_t type, const uint8_t *body, size_t len); /* a message */
void puppet_content(puppet *p, const uint8_t *bytes, size_t len); /* handshake content, unhashed */
void puppet_flush(puppet *p);
void puppet_record(puppet *p, uint8_t type, const uint8_t *content, size_t len); /* keys of now */
void puppet_plain(puppet *p, uint8_t type, const uint8_t *content, size_t len);  /* never sealed */
void puppet_raw(puppet *p, const uint8_t *bytes, size_t len);
void puppet_ccs(puppet *p);
void puppet_alert(puppet *p, uint8_t level, uint8_t description);
void puppet_update(puppet *p, uint8_t request); /* KeyUpdate, then the next keys */
void puppet_next_tx(puppet *p);
void puppet_ticket(puppet *p, size_t ticket_len); /* of nothing, for a client that keeps none */
/* 1.3: one more ticket, as the settings are now; it is in `given`. */
void puppet_give_ticket(puppet *p);
void puppet_hash(const puppet *p, uint8_t out[HF_HASH_MAX]); /* of the transcript */

/* Appends a scheme and its signature over `parts`. */
void puppet_sign(puppet *p, puppet_message *m, uint16_t scheme, const hf_span *parts, size_t count);
/* What CertificateVerify of TLS 1.3 signs now, with `context`. */
size_t puppet_signed13(const puppet *p, const char *context, uint8_t out[200]);

/* Message bodies as the puppet would say them now. */
void puppet_make(puppet *p, int step, puppet_message *m);

/* Place of the extension of `type` in a block that begins at body[at]; its body's offset, or 0. */
size_t puppet_extension(const puppet_message *m, size_t at, uint16_t type, size_t *len);
/* Where the extension block of a ServerHello begins. */
size_t puppet_hello_extensions(const puppet_message *m);
/* Appends an extension to the block at `at` (which must end the body), or takes one out. */
void puppet_add_extension(puppet_message *m, size_t at, uint16_t type, const uint8_t *body,
                          size_t len);
void puppet_cut_extension(puppet_message *m, size_t at, uint16_t type);

#endif
