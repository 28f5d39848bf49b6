/* A scripted TLS client for tests of the server role: the mirror image of puppet.h, out of the same
 * parts. It plays TLS 1.3 and 1.2 from memory to memory.
 *
 * By default it plays a correct client; a test alters what it offers by the settings, each message
 * by `p.change`, each record by `p.on_record`, and may say anything at any point with the puppet_
 * calls on `&g->p`. Hooks get the puppet; guest_of() leads back.
 *
 * It checks what the server says: order, answers that were not asked for, choices that were not
 * offered, signature, Finished. At the first fault it stops answering (`p.fault` says why). Policy
 * it has none: certificates are parsed for their key, nothing else. What only some tests look at
 * (downgrade sentinel, raw bodies, limits) is noted, not judged.
 */
#ifndef HF_TESTS_GUEST_H
#define HF_TESTS_GUEST_H

#include "puppet/puppet.h"

#define GUEST_LIST_MAX   24u
#define GUEST_SHARES_MAX 4u
#define GUEST_RAW_MAX    4096u

/* For `omit`: the extension is not sent. */
#define GUEST_WITHOUT(type) (UINT64_C(1) << (type))

/* Extension types (IANA). */
enum {
    X_SERVER_NAME = 0,
    X_MAX_FRAGMENT_LENGTH = 1,
    X_STATUS_REQUEST = 5,
    X_SUPPORTED_GROUPS = 10,
    X_EC_POINT_FORMATS = 11,
    X_SIGNATURE_ALGORITHMS = 13,
    X_ALPN = 16,
    X_CLIENT_CERTIFICATE_TYPE = 19,
    X_SERVER_CERTIFICATE_TYPE = 20,
    X_PADDING = 21,
    X_EXTENDED_MASTER_SECRET = 23,
    X_RECORD_SIZE_LIMIT = 28,
    X_SESSION_TICKET = 35,
    X_PRE_SHARED_KEY = 41,
    X_EARLY_DATA = 42,
    X_SUPPORTED_VERSIONS = 43,
    X_COOKIE = 44,
    X_PSK_KEY_EXCHANGE_MODES = 45,
    X_CERTIFICATE_AUTHORITIES = 47,
    X_SIGNATURE_ALGORITHMS_CERT = 50,
    X_KEY_SHARE = 51,
    X_RENEGOTIATION_INFO = 0xff01,
};

typedef enum guest_renegotiation {
    GUEST_INFO = 0, /* the extension, empty */
    GUEST_SCSV,     /* the suite value instead (RFC 5746 3.3) */
    GUEST_BOTH,
    GUEST_NEITHER,
} guest_renegotiation;

/* The last 8 bytes of the server's random (RFC 8446 4.1.3). */
typedef enum guest_sentinel {
    GUEST_NO_SENTINEL = 0,
    GUEST_SENTINEL_11, /* DOWNGRD 00 */
    GUEST_SENTINEL_12, /* DOWNGRD 01 */
} guest_sentinel;

typedef struct guest_raw { /* bytes as they came */
    uint8_t bytes[GUEST_RAW_MAX];
    size_t len;
    bool present;
} guest_raw;

typedef struct guest {
    /* Of its settings, a client uses: scheme, chain, raw_key, key (its identity; without one an
     * empty Certificate is sent), compatible, limit, fragment, legacy (do not offer the extended
     * master secret), cut, join, pad, and the hooks. `version` and `group` are results. */
    puppet p;

    /* ---- what to offer; set before guest_start(). Lists end with 0; an empty one means the
     * default. */
    uint16_t only; /* one version: HF_TLS13, or HF_TLS12 without supported_versions; 0: both */
    uint16_t legacy_version;                      /* 0: 0x0303 */
    uint16_t versions[GUEST_LIST_MAX];            /* of supported_versions; then always sent */
    uint16_t suites[GUEST_LIST_MAX];              /* default: all of the backend for `only` */
    uint16_t groups[GUEST_LIST_MAX];              /* default: X25519, P-256, P-384 */
    uint16_t shares[GUEST_SHARES_MAX + 1];        /* default: the first of `groups` */
    bool no_shares;                               /* an empty list of them */
    uint16_t schemes[GUEST_LIST_MAX];             /* default: all that can be verified here */
    uint16_t certificate_schemes[GUEST_LIST_MAX]; /* default: no such extension */
    uint64_t omit;                                /* GUEST_WITHOUT(type) | ... */
    const char *sni;                              /* NULL: device.example.com */
    const char *alpn[8];                          /* default: none */
    size_t session_id; /* bytes of it; 0: 32 in compatibility mode, else none */
    guest_renegotiation renegotiation;
    bool fallback; /* TLS_FALLBACK_SCSV */
    bool status_request;
    bool ticket;             /* an empty session_ticket extension */
    uint8_t client_types[4]; /* client_certificate_type; default: not sent */
    size_t client_types_count;
    uint8_t server_types[4];
    size_t server_types_count;
    hf_span authorities[4]; /* distinguished names */
    bool early;             /* early_data; also behind the hello: */
    unsigned early_records; /* records under keys that nobody has */
    size_t early_len;       /* bytes of each */
    /* Sessions to offer. TLS 1.3: PSKs in this order, each with its binder; TLS 1.2: the first one
     * of that version, by its ticket and its id (by a random id when it has only a ticket). */
    const puppet_session *sessions[PUPPET_KNOWN_MAX];
    uint32_t ages[PUPPET_KNOWN_MAX]; /* TLS 1.3: milliseconds since each came */
    bool ticket_without_id;          /* RFC 5077 3.4: no session id beside a ticket */
    unsigned psk_count;              /* identities that no server knows, before those of sessions */
    unsigned psk_behind;             /* and behind them */
    size_t psk_len;                  /* bytes of each; 0: 32 */
    uint8_t psk_modes[4];            /* default with any identity: psk_dhe_ke */
    size_t psk_modes_count;
    size_t cookie_unasked; /* bytes of a cookie in the first hello */
    size_t padding;        /* bytes in a padding extension */
    bool grease;           /* RFC 8701: in all lists, and two extensions */
    struct {
        uint16_t type;
        hf_span body;
    } extra[8]; /* more extensions, whatever they are */
    size_t extra_count;
    uint16_t hello_record_version; /* of the first record; 0: 0x0301 */

    /* ---- state */
    hf_exchange exchanges[GUEST_SHARES_MAX];
    uint16_t exchange_groups[GUEST_SHARES_MAX];
    hf_handshake_secret handshake;
    size_t hello_at, hello_end; /* of the last ClientHello in p.said */
    int last;                   /* message of the server: what may come next follows from it */
    uint8_t server_point[HF_POINT_MAX];
    size_t server_point_len;
    hf_public_key server_key;
    uint8_t cookie[GUEST_RAW_MAX];
    size_t cookie_len;
    uint16_t retry_group, retry_suite;
    guest_raw first_shares; /* body of key_share in the first hello */
    bool ccs_said;
    const puppet_session *maybe; /* TLS 1.2: resumed, if no Certificate comes (RFC 5077 3.4) */
    size_t binders_at;           /* in the body of the last ClientHello: their list; 0: none */
    uint8_t own_finished[12];    /* TLS 1.2, for renegotiation */

    /* ---- what the server said; its messages in order stand in p.seen (M_RETRY, M_CCS as well) */
    bool open; /* the handshake is complete, and everything in it was right */
    bool retried;
    guest_sentinel sentinel;
    uint16_t server_scheme;
    bool id_echoed; /* the session id came back */
    size_t id_len;  /* of what stood there */
    bool safe;      /* renegotiation_info was answered */
    bool extended;  /* extended_master_secret was answered */
    bool name_acknowledged, ticket_promised, status_promised;
    char alpn_chosen[256];
    uint16_t server_limit;        /* record_size_limit; 0: none */
    uint8_t server_fragment;      /* max_fragment_length; 0: none */
    int client_type, server_type; /* answered certificate types; -1: no answer */
    bool asked;                   /* CertificateRequest */
    uint16_t request_schemes[GUEST_LIST_MAX];
    size_t request_schemes_count;
    guest_raw authorities_asked;                                   /* content of the list */
    guest_raw server_hello, encrypted_extensions, request, status; /* bodies */
    guest_raw entry_extensions; /* of the leaf in a Certificate of TLS 1.3: content of the block */
    unsigned tickets;
    puppet_session kept[PUPPET_KNOWN_MAX]; /* for the next time */
    unsigned kept_count;
    uint8_t server_id[32]; /* TLS 1.2: what stood in ServerHello */
    unsigned hello_requests;
} guest;

void guest_init(guest *g); /* comes zeroed, as a puppet does */
void guest_release(guest *g);

/* Says ClientHello; the rest follows from what puppet_receive(&g->p) brings. */
void guest_start(guest *g);

/* Says another ClientHello under the keys of now (TLS 1.2 renegotiation). */
void guest_renegotiate(guest *g);

/* Body of a message as the guest would say it now. */
void guest_make(puppet *p, int step, puppet_message *m);

/* Binders once more, for a hello that a hook has changed in front of them. */
void guest_bind(guest *g, puppet_message *m);

/* Where the extension block of a ClientHello begins. */
size_t guest_hello_extensions(const puppet_message *m);

static inline guest *guest_of(puppet *p)
{
    return (guest *)(void *)p;
}

#endif
