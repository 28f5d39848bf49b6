/* Handshake messages: types, parsed forms, writers. One .c file for each message; a parser is pure
 * (bytes to a struct of spans), decisions stand in src/tls.
 *
 * All parsers take a reader over the message's body (without the 4-byte header), which stands at
 * what was wrong when they return HF_E_DECODE. Those of messages with extensions may also return
 * HF_E_EXTENSION_TWICE, with the type in *detail.
 */
#ifndef HF_TLS_MESSAGE_MESSAGE_H
#define HF_TLS_MESSAGE_MESSAGE_H

#include "tls/message/extension.h"
#include "wire/reader.h"
#include "wire/writer.h"

#include <handfast/config.h>

enum hf_message_type {
    HF_HELLO_REQUEST = 0,
    HF_CLIENT_HELLO = 1,
    HF_SERVER_HELLO = 2,
    HF_NEW_SESSION_TICKET = 4,
    HF_END_OF_EARLY_DATA = 5,
    HF_ENCRYPTED_EXTENSIONS = 8,
    HF_CERTIFICATE = 11,
    HF_SERVER_KEY_EXCHANGE = 12,
    HF_CERTIFICATE_REQUEST = 13,
    HF_SERVER_HELLO_DONE = 14,
    HF_CERTIFICATE_VERIFY = 15,
    HF_CLIENT_KEY_EXCHANGE = 16,
    HF_FINISHED = 20,
    HF_CERTIFICATE_STATUS = 22,
    HF_KEY_UPDATE = 24,
    /* Not message types: rows of the flow tables that are told apart by other means. */
    HF_HELLO_RETRY_REQUEST = 128, /* a server_hello with a special random (RFC 8446 4.1.3) */
    HF_CCS = 129,                 /* TLS 1.2: a change_cipher_spec record */
};

#define HF_MESSAGE_HEADER 4u

/* ---- hello_request, server_hello_done: empty bodies. */

/* ---- answers.c: a server's answers to extensions, in EncryptedExtensions, or in the ServerHello
 * of TLS 1.2. Those of `set` are written, in the order of the matrix. */
typedef struct hf_answers_out {
    uint16_t version;
    hf_extension_set set;
    hf_span alpn;
    uint16_t record_size_limit;
    uint8_t max_fragment_length;
    uint8_t client_type; /* certificate types, RFC 7250 */
    uint8_t server_type;
} hf_answers_out;
void hf_answers_write(hf_writer *w, const hf_answers_out *answers);

/* IANA "TLS Certificate Types" */
enum hf_certificate_type {
    HF_TYPE_X509 = 0,
    HF_TYPE_RAW_PUBLIC_KEY = 2,
};

/* ---- client_hello.c (RFC 8446 4.1.2, RFC 5246 7.4.1.2) */
/* What a ClientHello of ours says; src/tls/offer.c fills it from the configuration. */
typedef struct hf_client_hello_out {
    uint16_t version_min, version_max;
    const uint8_t *random;
    hf_span session_id;
    const uint16_t *suites;
    size_t suites_count;
    hf_span server_name; /* empty: none */
    const uint16_t *groups;
    size_t groups_count;
    const uint16_t *schemes;
    size_t schemes_count;
    const char *const *alpn;
    size_t alpn_count;
    hf_span shares;              /* KeyShareEntry list, encoded */
    hf_span cookie;              /* empty: none */
    uint16_t record_size_limit;  /* 0: not offered */
    uint8_t max_fragment_length; /* code 1..4; 0: not offered */
    hf_span client_types;        /* RFC 7250; empty: not offered */
    hf_span server_types;
    bool wants_status;   /* status_request */
    bool wants_ticket12; /* session_ticket, RFC 5077 3.2 */
    hf_span ticket12;    /* its ticket; empty: none */
    hf_span psk_modes;   /* psk_key_exchange_modes; empty: not offered */
    hf_span identity;    /* of a PSK: pre_shared_key is offered, with this one alone; empty: none */
    const hf_psk *external; /* the same of the configuration's PSK; NULL: none */
    uint32_t age;           /* obfuscated_ticket_age */
    size_t binder_len;      /* its place stays empty: see hf_hello_marks */
    bool apart; /* the bytes of ticket12 or identity are not written: they stay where they
                   are, and only their lengths count */
} hf_client_hello_out;

/* Where things stand in what was written. */
typedef struct hf_hello_marks {
    size_t shares;  /* end of the key shares */
    size_t apart;   /* where the bytes that stand apart belong; 0: none do */
    size_t binders; /* pre_shared_key: PskBinderEntry list, with its length */
} hf_hello_marks;
void hf_client_hello_write(hf_writer *w, const hf_client_hello_out *hello, hf_hello_marks *marks);

/* A client's. Lists are checked for their form, not for their content; an extension that is not
 * there leaves its field empty. */
typedef struct hf_client_hello {
    uint16_t legacy_version;
    const uint8_t *random; /* 32 bytes */
    hf_span session_id;
    hf_span suites; /* u16 list */
    hf_span compressions;
    hf_span block; /* of all extensions: for hf_client_hello_digest() */
    hf_extension_set present;
    hf_span server_name;  /* host_name */
    hf_span versions;     /* supported_versions: u16 list */
    hf_span groups;       /* u16 list */
    hf_span schemes;      /* signature_algorithms: u16 list */
    hf_span schemes_cert; /* signature_algorithms_cert: u16 list */
    hf_span shares;       /* KeyShareEntry list */
    hf_span cookie;
    hf_span alpn;  /* ProtocolName list */
    hf_span names; /* certificate_authorities */
    hf_span psk_modes;
    hf_span psk_identities; /* PskIdentity list */
    hf_span psk_binders;    /* PskBinderEntry list, one for each identity if `psk_even` */
    hf_span ticket12;       /* session_ticket; may be empty */
    hf_span client_types;   /* client_certificate_type, RFC 7250 */
    hf_span server_types;
    hf_span renegotiated;
    uint16_t record_size_limit;
    bool psk_even;
    uint16_t last; /* type of the last extension */
    uint8_t max_fragment_length;
    bool bad_point_formats; /* ec_point_formats without "uncompressed" */
    bool wants_status;      /* status_request of type ocsp */
} hf_client_hello;
#define HF_HELLO_EXTENSIONS_MAX 128u
static inline bool hf_client_hello_has(const hf_client_hello *hello, hf_extension_set any)
{
    return (hello->present & any) != 0;
}
/* Errors besides: HF_E_EXTENSION_NOT_ALLOWED with the type in *detail; HF_E_TOO_MANY_EXTENSIONS
 * with the limit. */
hf_code hf_client_hello_parse(hf_reader *r, hf_client_hello *hello, uint32_t *detail);
/* A digest of everything that a second ClientHello must repeat (RFC 8446 4.1.2), its extensions in
 * any order. */
void hf_client_hello_digest(const hf_client_hello *hello, uint8_t out[32]);
/* The key share for `group`, empty when there is none. HF_E_KEY_SHARES: two for one group, or for a
 * group that supported_groups lacks (RFC 8446 4.2.8), which is then in *detail. */
hf_code hf_client_hello_share(const hf_client_hello *hello, uint16_t group, hf_span *point,
                              uint32_t *detail);
bool hf_numbers_have(hf_span numbers, uint16_t number); /* in a u16 list */
/* The index-th PSK that the client offers: false past the end. */
bool hf_client_hello_psk(const hf_client_hello *hello, unsigned index, hf_span *identity,
                         hf_span *binder);

/* ---- server_hello.c: ServerHello and HelloRetryRequest (RFC 8446 4.1.3, 4.1.4) */
typedef struct hf_server_hello {
    uint16_t legacy_version;
    const uint8_t *random; /* 32 bytes */
    hf_span session_id;
    uint16_t suite;
    uint8_t compression;
    hf_extensions extensions;
} hf_server_hello;
bool hf_is_retry_random(const uint8_t random[32]);
hf_code hf_server_hello_parse(hf_reader *r, hf_server_hello *hello, uint32_t *detail);

/* A server's: ServerHello of both versions, or a HelloRetryRequest. */
typedef struct hf_server_hello_out {
    uint16_t version;
    const uint8_t *random; /* NULL: a HelloRetryRequest */
    hf_span session_id;
    uint16_t suite;
    uint16_t group;  /* 1.3 */
    hf_span point;   /* 1.3; empty in a HelloRetryRequest */
    bool with_share; /* 1.3: key_share is there */
    bool with_psk;   /* 1.3: pre_shared_key */
    uint16_t selected_psk;
    hf_span cookie;                /* HelloRetryRequest; empty: none */
    const hf_answers_out *answers; /* 1.2 */
} hf_server_hello_out;
void hf_server_hello_write(hf_writer *w, const hf_server_hello_out *hello);

/* ---- encrypted_extensions.c (RFC 8446 4.3.1) */
hf_code hf_encrypted_extensions_parse(hf_reader *r, hf_extensions *extensions, uint32_t *detail);
void hf_encrypted_extensions_write(hf_writer *w, const hf_answers_out *answers);

/* ---- certificate_request.c (RFC 8446 4.3.2, RFC 5246 7.4.4) */
#define HF_REQUEST_ECDSA 1u /* bits of `key_kinds` */
#define HF_REQUEST_RSA   2u
typedef struct hf_certificate_request {
    hf_span context;   /* 1.3 */
    hf_span schemes;   /* u16 list */
    hf_span names;     /* list of DER names, each with a 2-byte length; may be empty */
    uint8_t key_kinds; /* 1.2: certificate_types; 1.3: both */
    hf_extensions extensions;
} hf_certificate_request;
hf_code hf_certificate_request_parse13(hf_reader *r, hf_certificate_request *request,
                                       uint32_t *detail);
hf_code hf_certificate_request_parse12(hf_reader *r, hf_certificate_request *request);
typedef struct hf_certificate_request_out {
    uint16_t version;
    const uint16_t *schemes;
    size_t schemes_count;
    const hf_anchor *authorities; /* their names are sent */
    size_t authorities_count;
} hf_certificate_request_out;
void hf_certificate_request_write(hf_writer *w, const hf_certificate_request_out *request);

/* ---- certificate.c (RFC 8446 4.4.2, RFC 5246 7.4.2): too long for one span, so it is written as a
 * row of parts: index 0, 1, 2... False past the last one. */
typedef struct hf_certificate_out {
    uint16_t version;
    const hf_span *chain; /* certificates; or one SubjectPublicKeyInfo */
    size_t count;
    bool raw_key;   /* it is one: RFC 7250 3 */
    hf_span staple; /* 1.3: OCSP response for the first; empty: none */
} hf_certificate_out;
#define HF_PART_SCRATCH 16u
size_t hf_certificate_body_len(const hf_certificate_out *certificate);
bool hf_certificate_part(const hf_certificate_out *certificate, unsigned index,
                         uint8_t scratch[HF_PART_SCRATCH], hf_span *part);

/* ---- certificate_status.c: CertificateStatus of TLS 1.2, and the same struct in an entry of
 * TLS 1.3 (RFC 6066 8, RFC 8446 4.4.2.1). */
hf_code hf_certificate_status_parse(hf_reader *r, hf_span *response);
/* As parts, like Certificate. */
bool hf_certificate_status_part(hf_span response, unsigned index, uint8_t scratch[HF_PART_SCRATCH],
                                hf_span *part);

/* ---- certificate_verify.c (RFC 8446 4.4.3, RFC 5246 7.4.8) */
typedef struct hf_certificate_verify {
    uint16_t scheme;
    hf_span signature;
} hf_certificate_verify;
hf_code hf_certificate_verify_parse(hf_reader *r, hf_certificate_verify *verify);
void hf_certificate_verify_write(hf_writer *w, uint16_t scheme, hf_span signature);
/* What is signed in TLS 1.3: 64 spaces, the context string, 0, the transcript hash. Returns its
 * length: at most HF_SIGNED13_MAX. */
#define HF_SIGNED13_MAX (64u + 34u + HF_HASH_MAX)
size_t hf_certificate_verify_input(bool server, const uint8_t *transcript, size_t len,
                                   uint8_t out[HF_SIGNED13_MAX]);
/* And the hash of that. */
void hf_certificate_verify_value(bool server, const uint8_t *transcript, size_t len,
                                 hf_hash_id hash, uint8_t value[HF_HASH_MAX]);

/* ---- key_exchange12.c (RFC 8422 5.4, 5.7) */
typedef struct hf_server_key_exchange {
    uint16_t group;
    hf_span point;
    hf_span params; /* what is signed, besides the two randoms */
    uint16_t scheme;
    hf_span signature;
} hf_server_key_exchange;
hf_code hf_server_key_exchange_parse(hf_reader *r, hf_server_key_exchange *exchange);
/* ServerECDHParams: what is signed, besides the two randoms. */
void hf_server_ecdh_params_write(hf_writer *w, uint16_t group, hf_span point);
void hf_server_key_exchange_write(hf_writer *w, hf_span params, uint16_t scheme, hf_span signature);
void hf_client_key_exchange_write(hf_writer *w, hf_span point);
hf_code hf_client_key_exchange_parse(hf_reader *r, hf_span *point);

/* ---- new_session_ticket.c (RFC 8446 4.6.1, RFC 5077 3.3). Read as it comes, whatever its size:
 * src/tls/step_ticket.c. */
typedef struct hf_new_session_ticket_out {
    uint16_t version;
    uint32_t lifetime; /* seconds */
    uint32_t age_add;  /* 1.3 */
    hf_span nonce;     /* 1.3 */
    hf_span ticket;    /* 1.2: may be empty */
} hf_new_session_ticket_out;
void hf_new_session_ticket_write(hf_writer *w, const hf_new_session_ticket_out *ticket);

/* ---- key_update.c (RFC 8446 4.6.3) */
hf_code hf_key_update_parse(hf_reader *r, bool *requested);

#endif
