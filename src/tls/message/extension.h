/* Extensions: which may stand in which message, and the bodies of those that a server sends
 * (RFC 8446 4.2).
 */
#ifndef HF_TLS_MESSAGE_EXTENSION_H
#define HF_TLS_MESSAGE_EXTENSION_H

#include "wire/reader.h"
#include "wire/writer.h"

#include <handfast/error.h>

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

/* The extensions that this library knows: name, type, the messages it may stand in (the short names
 * of extension.c), the form of its body in a server's message and the member of hf_extensions that
 * gets it. The order is that of RFC 8446 4.2, behind it what other RFCs add: RFC 8422, 7366, 7627,
 * 8449, 5077, 5746. */
/* clang-format off */
#define HF_EXTENSIONS(X)                                                                           \
    X(SERVER_NAME, 0, CH | EE | S12, EMPTY, present)                                               \
    X(MAX_FRAGMENT_LENGTH, 1, CH | EE | S12, U8, max_fragment_length)                              \
    X(STATUS_REQUEST, 5, CH | CR | CT | S12, ANY, present)                                         \
    X(SUPPORTED_GROUPS, 10, CH | EE | S12, NUMBERS, groups)                                        \
    X(SIGNATURE_ALGORITHMS, 13, CH | CR, NUMBERS, schemes)                                         \
    X(USE_SRTP, 14, CH | EE | S12, ANY, present)                                                   \
    X(HEARTBEAT, 15, CH | EE | S12, ANY, present)                                                  \
    X(ALPN, 16, CH | EE | S12, NAME, alpn)                                                         \
    X(SIGNED_CERTIFICATE_TIMESTAMP, 18, CH | CR | CT | S12, ANY, present)                          \
    X(CLIENT_CERTIFICATE_TYPE, 19, CH | EE | S12, U8, client_type)                                 \
    X(SERVER_CERTIFICATE_TYPE, 20, CH | EE | S12, U8, server_type)                                 \
    X(PADDING, 21, CH, ANY, present)                                                               \
    X(KEY_SHARE, 51, CH | SH | HRR, SHARE, group)                                                  \
    X(PRE_SHARED_KEY, 41, CH | SH, U16, selected_psk)                                              \
    X(PSK_KEY_EXCHANGE_MODES, 45, CH, ANY, present)                                                \
    X(EARLY_DATA, 42, CH | EE | NST, ANY, present)                                                 \
    X(COOKIE, 44, CH | HRR, BYTES, cookie)                                                         \
    X(SUPPORTED_VERSIONS, 43, CH | SH | HRR, U16, selected_version)                                \
    X(CERTIFICATE_AUTHORITIES, 47, CH | CR, NAMES, names)                                          \
    X(OID_FILTERS, 48, CR, ANY, present)                                                           \
    X(POST_HANDSHAKE_AUTH, 49, CH, ANY, present)                                                   \
    X(SIGNATURE_ALGORITHMS_CERT, 50, CH | CR, NUMBERS, schemes_cert)                               \
    X(EC_POINT_FORMATS, 11, CH | S12, FORMATS, bad_point_formats)                                  \
    X(ENCRYPT_THEN_MAC, 22, CH | S12, ANY, present)                                                \
    X(EXTENDED_MASTER_SECRET, 23, CH | S12, EMPTY, present)                                        \
    X(RECORD_SIZE_LIMIT, 28, CH | EE | S12, U16, record_size_limit)                                \
    X(SESSION_TICKET, 35, CH | S12, EMPTY, present)                                                \
    X(RENEGOTIATION_INFO, 0xff01, CH | S12, SMALL, renegotiated)
/* clang-format on */

enum hf_extension_type {
#define HF_TYPE_OF(name, type, places, form, member) HF_EXT_##name = (type),
    HF_EXTENSIONS(HF_TYPE_OF)
#undef HF_TYPE_OF
};

enum hf_extension_row {
#define HF_ROW_OF(name, type, places, form, member) HF_EXT_ROW_##name,
    HF_EXTENSIONS(HF_ROW_OF)
#undef HF_ROW_OF
        HF_EXT_ROWS
};

/* A set of them, as bits by their place in the list. */
typedef uint32_t hf_extension_set;
#define HF_EXT_BIT(name) ((hf_extension_set)1 << HF_EXT_ROW_##name)
hf_extension_set hf_extension_bit(uint16_t type); /* of a type from the wire; 0: unknown */

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
    hf_span groups;       /* supported_groups: TLS 1.2 servers that send it are about */
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

static inline bool hf_extensions_have(const hf_extensions *extensions, hf_extension_set any)
{
    return (extensions->present & any) != 0;
}

/* Parses an extension block (RFC 8446 4.2: two bytes of length, then the list) of a message from a
 * server. `min`: least length of the block; `retry`: key_share has the form of HelloRetryRequest.
 * Errors: HF_E_DECODE; HF_E_EXTENSION_TWICE with its type in *detail. */
hf_code hf_extensions_parse(hf_reader *r, size_t min, bool retry, hf_extensions *extensions,
                            uint32_t *detail);

/* What every parser of a message with a block ends in: nothing is left (HF_E_DECODE), and nothing
 * else was wrong before. */
hf_code hf_message_end(const hf_reader *r, hf_code code);

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
