/* Extensions: which may stand in which message, and the bodies of those that a server sends
 * (RFC 8446 4.2).
 */
#ifndef HF_TLS_MESSAGE_EXTENSION_H
#define HF_TLS_MESSAGE_EXTENSION_H

#include "wire/reader.h"
#include "wire/writer.h"

#include <handfast/error.h>

enum hf_extension_type {
    HF_EXT_SERVER_NAME = 0,
    HF_EXT_MAX_FRAGMENT_LENGTH = 1,
    HF_EXT_STATUS_REQUEST = 5,
    HF_EXT_SUPPORTED_GROUPS = 10,
    HF_EXT_EC_POINT_FORMATS = 11,
    HF_EXT_SIGNATURE_ALGORITHMS = 13,
    HF_EXT_USE_SRTP = 14,
    HF_EXT_HEARTBEAT = 15,
    HF_EXT_ALPN = 16,
    HF_EXT_SIGNED_CERTIFICATE_TIMESTAMP = 18,
    HF_EXT_CLIENT_CERTIFICATE_TYPE = 19,
    HF_EXT_SERVER_CERTIFICATE_TYPE = 20,
    HF_EXT_PADDING = 21,
    HF_EXT_ENCRYPT_THEN_MAC = 22,
    HF_EXT_EXTENDED_MASTER_SECRET = 23,
    HF_EXT_RECORD_SIZE_LIMIT = 28,
    HF_EXT_SESSION_TICKET = 35,
    HF_EXT_PRE_SHARED_KEY = 41,
    HF_EXT_EARLY_DATA = 42,
    HF_EXT_SUPPORTED_VERSIONS = 43,
    HF_EXT_COOKIE = 44,
    HF_EXT_PSK_KEY_EXCHANGE_MODES = 45,
    HF_EXT_CERTIFICATE_AUTHORITIES = 47,
    HF_EXT_OID_FILTERS = 48,
    HF_EXT_POST_HANDSHAKE_AUTH = 49,
    HF_EXT_SIGNATURE_ALGORITHMS_CERT = 50,
    HF_EXT_KEY_SHARE = 51,
    HF_EXT_RENEGOTIATION_INFO = 0xff01,
};

/* Messages an extension may stand in: bits of the permission matrix. */
enum hf_extension_place {
    HF_IN_CLIENT_HELLO = 1,
    HF_IN_SERVER_HELLO = 2, /* TLS 1.3 */
    HF_IN_HELLO_RETRY = 4,
    HF_IN_ENCRYPTED = 8,
    HF_IN_REQUEST = 16,
    HF_IN_CERTIFICATE = 32,
    HF_IN_TICKET = 64,
    HF_IN_SERVER_HELLO12 = 128, /* TLS 1.2 */
};

/* Set of extensions that this library knows, as bits by their place in the matrix. */
typedef uint32_t hf_extension_set;
hf_extension_set hf_extension_bit(uint16_t type); /* 0 for unknown types */

/* True for a known type that may stand in `place`. */
bool hf_extension_may_stand(uint16_t type, unsigned place);

/* The bodies, as far as a client has use for them. */
typedef struct hf_extensions {
    hf_extension_set present;
    bool unknown;              /* at least one type that is not in the matrix */
    uint16_t unknown_type;     /* the first of them */
    uint16_t selected_version; /* supported_versions */
    uint16_t selected_psk;     /* pre_shared_key: selected_identity */
    uint16_t group;            /* key_share */
    hf_span point;             /* key_share; empty in HelloRetryRequest */
    hf_span cookie;
    hf_span alpn;         /* the chosen name */
    hf_span schemes;      /* signature_algorithms */
    hf_span schemes_cert; /* signature_algorithms_cert */
    hf_span names;        /* certificate_authorities: list of names with 2-byte lengths */
    hf_span renegotiated; /* renegotiation_info: renegotiated_connection */
    uint16_t record_size_limit;
    uint8_t max_fragment_length;
    uint8_t client_type; /* client_certificate_type: the server's choice */
    uint8_t server_type;
    uint8_t bad_point_formats; /* ec_point_formats without "uncompressed" */
} hf_extensions;

bool hf_extensions_have(const hf_extensions *extensions, uint16_t type);

/* Parses an extension block (RFC 8446 4.2: two bytes of length, then the list) of a message from a
 * server. `min`: least length of the block; `retry`: key_share has the form of HelloRetryRequest.
 * Errors: HF_E_DECODE; HF_E_EXTENSION_TWICE with its type in *detail. */
hf_code hf_extensions_parse(hf_reader *r, size_t min, bool retry, hf_extensions *extensions,
                            uint32_t *detail);

/* Checks the block against the matrix and against what we asked for; unknown types are ignored in
 * CertificateRequest and NewSessionTicket (RFC 8446 4.3.2, 4.6.1).
 * Errors: HF_E_EXTENSION_NOT_ALLOWED, HF_E_EXTENSION_UNASKED, with the type in *detail. */
hf_code hf_extensions_check(const hf_extensions *extensions, unsigned place, hf_extension_set asked,
                            uint32_t *detail);

/* The same for one type, for blocks that are read as they come. */
hf_code hf_extension_allowed(uint16_t type, unsigned place, hf_extension_set asked);

/* The cookie extension (RFC 8446 4.2.2), which both ends write alike. */
void hf_cookie_write(hf_writer *w, hf_span cookie);

/* The body of certificate_authorities (RFC 8446 4.2.4). */
hf_span hf_authorities_read(hf_reader *body);

/* Form of a list of DER names: each with a 2-byte length of at least 1 (RFC 5246 7.4.4). */
bool hf_names_well_formed(hf_span names);

#endif
