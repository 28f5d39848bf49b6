/* Tables of names: numbers in ascending order, each once, and the namers of fields.
 *
 * What the library has names for is not repeated here: tables hold the rest of what IANA lists and
 * peers are met with. Each namer gives "unknown" for what has no name, and "GREASE" for the numbers
 * that are kept free to be refused (RFC 8701).
 */
#ifndef HF_TRACE_DISSECT_NAMES_H
#define HF_TRACE_DISSECT_NAMES_H

#include "trace/dissect.h"

typedef struct hf_named {
    uint16_t number;
    const char *name;
} hf_named;

typedef struct hf_names {
    const hf_named *list;
    size_t count;
} hf_names;

#define HF_NAMES(list)                                                                             \
    {                                                                                              \
        (list), sizeof(list) / sizeof((list)[0])                                                   \
    }

const char *hf_names_find(const hf_names *names, uint16_t number);
/* RFC 8701 2: two equal bytes that end in a. */
bool hf_is_grease(uint16_t number);

extern const hf_names HF_MESSAGE_NAMES;
extern const hf_names HF_CONTENT_NAMES;
extern const hf_names HF_EXTENSION_NAMES;
extern const hf_names HF_GROUP_NAMES;
extern const hf_names HF_SCHEME_NAMES;
extern const hf_names HF_SUITE_NAMES;
extern const hf_names HF_PACKET_NAMES;
extern const hf_names HF_REASON_CODE_NAMES; /* MQTT 5 2.4 */
extern const hf_names HF_PROPERTY_NAMES;    /* MQTT 5 2.2.2.2 */

/* ---- namers for fields */
const char *hf_version_name(uint16_t version);       /* "TLS 1.3" */
const char *hf_alert_level_name(uint16_t level);     /* "fatal" */
const char *hf_certificate_type_name(uint16_t type); /* "X509" */
const char *hf_client_key_type_name(uint16_t type);  /* TLS 1.2 CertificateRequest: "rsa_sign" */
const char *hf_compression_name(uint16_t method);    /* of records: "null" */
const char *hf_squeezer_name(uint16_t algorithm);    /* of certificates (RFC 8879): "zlib" */
const char *hf_curve_type_name(uint16_t type);       /* "named_curve" */
const char *hf_fragment_name(uint16_t code);         /* max_fragment_length: "512 bytes" */
const char *hf_heartbeat_mode_name(uint16_t mode);   /* "peer_allowed_to_send" */
const char *hf_key_update_name(uint16_t request);    /* "update_requested" */
const char *hf_name_type_name(uint16_t type);        /* server_name: "host_name" */
const char *hf_point_format_name(uint16_t format);   /* "uncompressed" */
const char *hf_psk_mode_name(uint16_t mode);         /* "psk_dhe_ke" */
const char *hf_status_type_name(uint16_t type);      /* "ocsp" */
const char *hf_reason_code_name(uint16_t code);      /* MQTT 5: "Not authorized" */
const char *hf_connack_code_name(uint16_t code);     /* MQTT 3.1.1: "Connection Accepted" */
const char *hf_suback_code_name(uint16_t code);      /* both: "Granted QoS 1" */
const char *hf_property_name(uint16_t identifier);   /* MQTT 5: "session_expiry_interval" */
const char *hf_disconnect_code_name(uint16_t code);  /* MQTT 5: "Normal disconnection" */

#endif
