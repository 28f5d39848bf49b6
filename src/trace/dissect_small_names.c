/* Names of the small enumerations inside of handshake messages, each by its RFC. */
#include "trace/dissect_names.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* `names` by number from 0. */
static const char *at(const char *const *names, size_t count, uint16_t number)
{
    return number < count && names[number] != NULL ? names[number] : "unknown";
}

const char *hf_version_name(uint16_t version)
{
    static const hf_named VERSIONS[] = {
        {0x0002, "SSL 2.0"},          {0x0300, "SSL 3.0"},          {0x0301, "TLS 1.0"},
        {0x0302, "TLS 1.1"},          {0x0303, "TLS 1.2"},          {0x0304, "TLS 1.3"},
        {0x7f17, "TLS 1.3 draft 23"}, {0x7f1a, "TLS 1.3 draft 26"}, {0x7f1b, "TLS 1.3 draft 27"},
        {0x7f1c, "TLS 1.3 draft 28"}, {0xfefc, "DTLS 1.3"},         {0xfefd, "DTLS 1.2"},
        {0xfeff, "DTLS 1.0"},
    };
    static const hf_names NAMES = HF_NAMES(VERSIONS);
    return hf_is_grease(version) ? "GREASE" : hf_names_find(&NAMES, version);
}

const char *hf_alert_level_name(uint16_t level)
{
    static const char *const NAMES[] = {NULL, "warning", "fatal"};
    return at(NAMES, COUNT(NAMES), level);
}

/* RFC 6091 3.1, RFC 7250 3, RFC 8902 3. */
const char *hf_certificate_type_name(uint16_t type)
{
    static const char *const NAMES[] = {"X509", "OpenPGP", "RawPublicKey", "1609Dot2"};
    return at(NAMES, COUNT(NAMES), type);
}

/* ClientCertificateType: RFC 5246 7.4.4, RFC 8422 5.5. */
const char *hf_client_key_type_name(uint16_t type)
{
    static const hf_named TYPES[] = {
        {1, "rsa_sign"},          {2, "dss_sign"},         {3, "rsa_fixed_dh"},
        {4, "dss_fixed_dh"},      {5, "rsa_ephemeral_dh"}, {6, "dss_ephemeral_dh"},
        {20, "fortezza_dms"},     {64, "ecdsa_sign"},      {65, "rsa_fixed_ecdh"},
        {66, "ecdsa_fixed_ecdh"}, {67, "gost_sign256"},    {68, "gost_sign512"},
    };
    static const hf_names NAMES = HF_NAMES(TYPES);
    return hf_names_find(&NAMES, type);
}

const char *hf_compression_name(uint16_t method)
{
    static const char *const NAMES[] = {"null", "DEFLATE"};
    return method == 64 ? "LZS" : at(NAMES, COUNT(NAMES), method);
}

const char *hf_squeezer_name(uint16_t algorithm)
{
    static const char *const NAMES[] = {NULL, "zlib", "brotli", "zstd"};
    return at(NAMES, COUNT(NAMES), algorithm);
}

const char *hf_curve_type_name(uint16_t type)
{
    static const char *const NAMES[] = {NULL, "explicit_prime", "explicit_char2", "named_curve"};
    return at(NAMES, COUNT(NAMES), type);
}

const char *hf_fragment_name(uint16_t code)
{
    static const char *const NAMES[] = {NULL, "512 bytes", "1024 bytes", "2048 bytes",
                                        "4096 bytes"};
    return at(NAMES, COUNT(NAMES), code);
}

const char *hf_heartbeat_mode_name(uint16_t mode)
{
    static const char *const NAMES[] = {NULL, "peer_allowed_to_send", "peer_not_allowed_to_send"};
    return at(NAMES, COUNT(NAMES), mode);
}

const char *hf_key_update_name(uint16_t request)
{
    static const char *const NAMES[] = {"update_not_requested", "update_requested"};
    return at(NAMES, COUNT(NAMES), request);
}

const char *hf_name_type_name(uint16_t type)
{
    return type == 0 ? "host_name" : "unknown";
}

const char *hf_point_format_name(uint16_t format)
{
    static const char *const NAMES[] = {"uncompressed", "ansiX962_compressed_prime",
                                        "ansiX962_compressed_char2"};
    return at(NAMES, COUNT(NAMES), format);
}

/* RFC 8446 4.2.9; RFC 8701 2 has other numbers here: 0b and every 1f from there on. */
const char *hf_psk_mode_name(uint16_t mode)
{
    static const char *const NAMES[] = {"psk_ke", "psk_dhe_ke"};
    bool grease = mode >= 0x0b && mode <= 0xe4 && (mode - 0x0b) % 0x1f == 0;
    return grease ? "GREASE" : at(NAMES, COUNT(NAMES), mode);
}

const char *hf_status_type_name(uint16_t type)
{
    static const char *const NAMES[] = {NULL, "ocsp", "ocsp_multi"};
    return at(NAMES, COUNT(NAMES), type);
}
