/* The private parts of hf_tls, complete so that a program can place one anywhere.
 *
 * Programs must not touch these members: they change between releases. Grouped by the folder that
 * owns them: keys (src/tls/keys), record and handshake (src/tls), path (src/x509).
 */
#ifndef HANDFAST_TLS_STATE_H
#define HANDFAST_TLS_STATE_H

#include <handfast/config.h>
#include <handfast/crypto.h>
#include <handfast/path_state.h>

#ifdef __cplusplus
extern "C" {
#endif

struct hf_suite;

/* ---- keys: one struct type for each stage of the key schedule (RFC 8446 7.1), so that deriving
 * from the wrong one does not compile */
typedef struct hf_early_secret {
    uint8_t bytes[HF_SECRET_MAX];
} hf_early_secret;

typedef struct hf_handshake_secret {
    uint8_t bytes[HF_SECRET_MAX];
} hf_handshake_secret;

typedef struct hf_master_secret {
    uint8_t bytes[HF_SECRET_MAX];
} hf_master_secret;

/* client_handshake_traffic_secret and its kin: what record keys and Finished keys come from. */
typedef struct hf_traffic_secret {
    uint8_t bytes[HF_SECRET_MAX];
} hf_traffic_secret;

/* resumption_master_secret (RFC 8446 7.1): what PSKs of tickets come from. */
typedef struct hf_resumption_secret {
    uint8_t bytes[HF_SECRET_MAX];
} hf_resumption_secret;

/* TLS 1.2's master_secret (RFC 5246 8.1, RFC 7627). */
typedef struct hf_master_secret12 {
    uint8_t bytes[48];
} hf_master_secret12;

/* Keys of one direction. TLS 1.2 AES-GCM and AES-CCM: the first 4 bytes of iv are the salt. */
typedef struct hf_record_keys {
    bool active;
    bool explicit_nonce; /* 8 bytes of nonce stand in each record (RFC 5288 3) */
    uint8_t iv[HF_NONCE_SIZE];
    uint64_t sequence;
    hf_aead aead;
} hf_record_keys;

/* ---- record layer: receiving */
typedef struct hf_record_in {
    uint8_t state;
    uint8_t type;     /* content type of the record at work */
    uint8_t held;     /* pieces: the last byte that was not zero */
    uint8_t held_out; /* pieces: one held byte being handed on */
    uint8_t first[2]; /* pieces: the first two content bytes, for an alert */
    uint8_t empty;    /* empty records in a row */
    uint8_t empty_max;
    uint8_t dropped; /* change_cipher_spec records dropped */
    bool version13;
    bool pieces_sealed; /* sealed records may be opened in pieces: a client's handshake */
    bool plain_alerts;  /* server: a client that refuses us may not have its sending keys yet */
    bool drop_ccs;
    bool retried;    /* server: early data before the second ClientHello are known by their type */
    bool first_seen; /* the first record of the connection has been looked at */
    bool sealed;     /* the record at work is protected */
    uint16_t limit;  /* largest inner plaintext that we agreed to take; 0 = the protocol's */
    uint16_t released;  /* pieces: content bytes handed on so far */
    uint16_t inner_len; /* of the record at work: what record_size_limit counts */
    uint16_t zeros;     /* pieces: zeros held back behind `held` */
    uint16_t zeros_out; /* pieces: zeros being handed on */
    hf_space buffer;
    uint32_t start;   /* first byte of the record at work */
    uint32_t end;     /* end of what was received */
    uint32_t content; /* where the content that is not taken yet begins */
    uint32_t content_len;
    uint32_t body_left;         /* pieces: bytes of the record's body not yet in the buffer */
    uint32_t records;           /* received so far */
    uint32_t early;             /* server: bytes of refused early data that may still be skipped */
    const struct hf_tls *owner; /* that tells of records; NULL: nobody does */
    hf_record_keys keys;
    hf_aead_pieces pieces;
} hf_record_in;

/* ---- record layer: sending */
typedef struct hf_record_out {
    uint8_t open_type;
    bool version13;
    bool lent;          /* room for data is lent: cleared when a record is written or moved */
    bool first_written; /* false: the first record, which may name version 0x0301 */
    uint16_t limit;     /* largest inner plaintext that the peer takes */
    hf_space buffer;
    uint32_t sent;              /* bytes the program has taken */
    uint32_t end;               /* bytes that are ready */
    uint32_t open_len;          /* plaintext bytes of the record being filled; 0 = none open */
    uint32_t records;           /* written so far */
    const struct hf_tls *owner; /* as above */
    hf_record_keys keys;
} hf_record_out;

/* ---- handshake */
typedef struct hf_transcript {
    hf_hash hash; /* not started while the suite is unknown */
} hf_transcript;

/* What the two roles learn on the way; rows of the flow tables ask for them. */
enum hf_fact {
    HF_FACT_RETRY = 1,       /* HelloRetryRequest was sent */
    HF_FACT_FULL = 2,        /* not resumed: certificates are used */
    HF_FACT_CLIENT_AUTH = 4, /* the server asks for a client certificate */
    HF_FACT_CLIENT_CERT = 8, /* the client has one to send */
    HF_FACT_TICKET = 16,     /* TLS 1.2: the server announced a NewSessionTicket */
    HF_FACT_RESUMED = 32,
    HF_FACT_CLIENT_CCS = 64, /* TLS 1.3: a client in compatibility mode owes a change_cipher_spec */
    HF_FACT_SERVER_CCS = 128, /* and so does the server of such a client */
    HF_FACT_STATUS = 256,     /* TLS 1.2: the server announced a CertificateStatus */
};

/* A message being sent: cut into records as there is room. Most messages are one span; a
 * Certificate is a row of parts. */
typedef struct hf_outgoing {
    hf_span part;  /* the part at work: what is left of it */
    uint8_t index; /* of the next part */
    uint8_t scratch[16];
} hf_outgoing;

/* What only one of the two versions needs. */
typedef union hf_epoch {
    struct {
        hf_traffic_secret client; /* of the epoch at work */
        hf_traffic_secret server;
        union {
            hf_traffic_secret client_application; /* until the client's Finished is out */
            hf_resumption_secret resumption;      /* from then on */
        };
        hf_traffic_secret exporter;
    } tls13;
    struct {
        /* CertificateVerify signs all messages with the hash of its scheme, which need not be the
         * one of the suite (RFC 5246 7.4.8): so the other one runs along. */
        hf_transcript other;
    } tls12;
} hf_epoch;

/* Where the reading of a Certificate message stands. */
typedef struct hf_list_reader {
    uint32_t list_left;
    uint32_t left;  /* bytes of the certificate or of its extensions */
    uint32_t value; /* length field being read */
    uint8_t have;   /* bytes of it */
    uint8_t count;  /* certificates so far */
    uint8_t state;
    bool stapled; /* this entry's extensions have had a response */
} hf_list_reader;

/* A client's: the NewSessionTicket that is coming in, for which there is room in the session. */
typedef struct hf_ticket_reader {
    uint32_t lifetime;
    uint32_t age_add;
    uint32_t at;       /* in the session's memory: where the head goes */
    uint16_t len;      /* of the ticket */
    uint8_t nonce_len; /* it stands at the front of the slot */
    bool by_id;        /* 1.2: it is no ticket, but the server's session id */
    bool keep;         /* false: passed over */
    bool whole;        /* it waits until what brought it is authentic */
} hf_ticket_reader;

/* Who the peer is: while the path is walked one certificate at a time, and otherwise. */
typedef union hf_peer_state {
    hf_path path; /* forward walk */
    hf_peer peer; /* whole walk, raw public keys */
} hf_peer_state;

typedef struct hf_handshake {
    /* Small members first, and of each size the ones most often used: the instructions that reach
     * them are the shorter ones there. */
    uint8_t phase;
    uint8_t row;
    uint8_t header_have;
    uint8_t header[4];
    uint8_t step;   /* message type in work, for the error record */
    uint8_t role;   /* hf_role: ours */
    bool work;      /* this call may still do a public-key operation */
    bool tentative; /* the content at work is not authenticated yet */
    bool body_in_content;
    bool has_psk;         /* no certificates: a session's key, or one agreed beforehand, is used */
    bool psk_alone;       /* psk_ke: without a key exchange */
    bool peer_known;      /* peer.peer is filled */
    bool extended_master; /* TLS 1.2: the server has it (RFC 7627) */
    bool limit_agreed;    /* the server answered record_size_limit */
    bool authorise_due;   /* client, 1.3: before anything of ours is sent */
    uint8_t sign_state;
    uint8_t decision; /* enum hf_decision_state */
    uint8_t shares;   /* key shares made */
    uint8_t our_type; /* enum hf_certificate_type */
    uint8_t peer_type;
    uint8_t depth;         /* of the certificate an error is about */
    uint8_t signatures;    /* of the peer's path: verified, and known from before */
    uint8_t chain_step;    /* enum hf_chain_step: what is next with the peer's certificates */
    uint8_t alpn;          /* index + 1 in the configuration's list */
    uint8_t fragment_code; /* max_fragment_length that we asked for, 0 = none */
    bool spent;            /* client: what is offered has left, and will not be offered again */
    bool early_data;       /* server: the client announced some; the record layer is to skip them */
    bool tls12;            /* what `version` is, once it is chosen */
    bool certificate_kept_back; /* the server takes no signature that our key can make */
    uint16_t version;
    uint16_t facts;
    uint16_t effects;
    uint16_t group;
    uint16_t our_scheme;
    uint16_t peer_scheme;
    uint16_t our_limit;  /* record_size_limit that we told, 0 = none */
    uint16_t peer_limit; /* largest content the server takes, 0 = the protocol's */
    uint16_t messages;   /* received: before completion; after it, without data between */
    uint16_t hello_tail; /* client: bytes of the ClientHello in the slot behind its key shares */
    uint16_t shares_len;
    uint16_t cookie_len;
    uint16_t sign_len;
    uint16_t sign_at;      /* in the message being written */
    uint16_t answer;       /* hf_code: the decision that came */
    uint16_t selected_psk; /* server: which of the client's */
    const hf_config *config;
    const struct hf_suite *suite;
    uint32_t detail; /* facts about an error */
    uint32_t offset;
    hf_space slot;     /* certificates, and whole messages that are collected or written */
    uint32_t reserved; /* bytes at its front that are in use: ClientHello, or residue of the path */
    uint32_t body_len; /* of the incoming message, from its header */
    uint32_t body_have;
    uint32_t hello_len;   /* of the ClientHello sent last; with a long cookie over 2^16 */
    uint32_t offered_len; /* client: bytes of the session that is offered; 0: none */
    uint32_t shares_at;   /* in the slot: the encoded key shares */
    hf_session *session;  /* client: NULL: none is offered and none is kept */
    hf_list_reader list;
    hf_span body;                /* of the message at work, while a step is pending */
    const hf_identity *identity; /* of ours; a server's is chosen for its client */
    const char *name;
    uint32_t cookie_at; /* in the slot */
    uint32_t apart_at;  /* client: where the ticket, which stays in the session, belongs in the
                                 ClientHello; 0: there is none */
    uint32_t input_cap;
    uint32_t bytes;           /* of handshake messages received before completion */
    const struct hf_tls *tls; /* for hooks */
    hf_ticket_reader ticket;
    int32_t system; /* a fact about an error, too */
    hf_outgoing out;
    hf_transcript transcript;
    hf_exchange exchange[HF_KEY_SHARES];
    uint8_t client_random[32];
    union {
        uint8_t server_random[32]; /* TLS 1.2 */
        uint8_t hello_digest[32];  /* server, TLS 1.3: what a second ClientHello may not change */
    };
    union {
        hf_early_secret early; /* of a PSK, once it is chosen */
        hf_handshake_secret handshake;
        hf_master_secret master;
        hf_master_secret12 master12;
        uint8_t share[32]; /* client, 1.2: of our X25519 key share, until ClientKeyExchange */
        uint8_t first_hash[HF_SECRET_MAX]; /* server: of the first ClientHello, until the second */
    } secret;                              /* which one is known by where the flow stands */
    hf_epoch epoch;
    hf_space names;        /* of the certificates, for name constraints */
    int64_t authenticated; /* when the peer was: of the full handshake that this descends from */
    int64_t not_after;     /* of the peer's certificate */
    hf_span peer_point;    /* of the peer's key share; where it has to last, it is in the slot */
    hf_span session_id;    /* server: to be echoed; in the slot */
    hf_span server_name;   /* server: what the client asked for; in the slot */
    hf_span staple;        /* client: the OCSP response that came; in the slot */
    uint32_t answers;      /* server: hf_extension_set of what the client asked and gets */
    uint32_t chain_at;     /* in the slot: where the peer's certificates are collected */
    uint16_t no_identity;  /* server: hf_code: why none of ours would do for a client with a PSK */
    uint8_t updates;       /* KeyUpdates of `messages` */
    uint8_t tickets;       /* server, 1.3: how many are to be given */
    uint8_t signatures_saved;
    bool gives_id;      /* server, 1.2: the session is kept under the id that was sent */
    uint8_t untold[10]; /* messages and work in a record that is not authentic yet, for events */
    uint8_t untold_count;
    uint8_t told;            /* type of the message of ours that is being told */
    bool remembered_changed; /* the caller's hf_remembered is to be stored */
    hf_peer_state peer;
    hf_path_policy policy;
    hf_public_key peer_key;
} hf_handshake;

/* ---- the engine */
typedef struct hf_tls {
    const hf_config *config;
    uint16_t state; /* bits of enum hf_engine_state */
    uint8_t warnings;
    hf_handshake handshake;
    hf_record_in in;
    hf_record_out out;
    hf_error kept;  /* found inside a record whose tag is not checked yet */
    hf_error error; /* the last member: it outlives the connection (hf_tls_release()) */
} hf_tls;

#ifdef __cplusplus
}
#endif
#endif
