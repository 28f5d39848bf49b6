/* Names of numbers on the wire, for people: IANA's registries, as far as they are met. */
#include "trace/dissect_names.h"

#include <handfast/tls.h>

#include <string.h>

const char *hf_names_find(const hf_names *names, uint16_t number)
{
    size_t low = 0;
    size_t high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (names->list[middle].number == number) {
            return names->list[middle].name;
        }
        if (names->list[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return "unknown";
}

bool hf_is_grease(uint16_t number)
{
    return (number & 0x0f0fu) == 0x0a0au && number >> 8 == (number & 0xffu);
}

/* The library's own name first, then the table's. */
static const char *find_any(const char *ours, const hf_names *names, uint16_t number)
{
    if (strcmp(ours, "unknown") != 0) {
        return ours;
    }
    return hf_is_grease(number) ? "GREASE" : hf_names_find(names, number);
}

static const hf_named MESSAGES[] = {
    {0, "hello_request"},           {1, "client_hello"},       {2, "server_hello"},
    {3, "hello_verify_request"},    {4, "new_session_ticket"}, {5, "end_of_early_data"},
    {8, "encrypted_extensions"},    {11, "certificate"},       {12, "server_key_exchange"},
    {13, "certificate_request"},    {14, "server_hello_done"}, {15, "certificate_verify"},
    {16, "client_key_exchange"},    {20, "finished"},          {21, "certificate_url"},
    {22, "certificate_status"},     {23, "supplemental_data"}, {24, "key_update"},
    {25, "compressed_certificate"}, {254, "message_hash"},
};
const hf_names HF_MESSAGE_NAMES = HF_NAMES(MESSAGES);

static const hf_named CONTENTS[] = {
    {20, "change_cipher_spec"}, {21, "alert"},     {22, "handshake"}, {23, "application_data"},
    {24, "heartbeat"},          {25, "tls12_cid"}, {26, "ack"},
};
const hf_names HF_CONTENT_NAMES = HF_NAMES(CONTENTS);

static const hf_named EXTENSIONS[] = {
    {0, "server_name"},
    {1, "max_fragment_length"},
    {2, "client_certificate_url"},
    {3, "trusted_ca_keys"},
    {4, "truncated_hmac"},
    {5, "status_request"},
    {6, "user_mapping"},
    {7, "client_authz"},
    {8, "server_authz"},
    {9, "cert_type"},
    {10, "supported_groups"},
    {11, "ec_point_formats"},
    {12, "srp"},
    {13, "signature_algorithms"},
    {14, "use_srtp"},
    {15, "heartbeat"},
    {16, "application_layer_protocol_negotiation"},
    {17, "status_request_v2"},
    {18, "signed_certificate_timestamp"},
    {19, "client_certificate_type"},
    {20, "server_certificate_type"},
    {21, "padding"},
    {22, "encrypt_then_mac"},
    {23, "extended_master_secret"},
    {24, "token_binding"},
    {25, "cached_info"},
    {26, "tls_lts"},
    {27, "compress_certificate"},
    {28, "record_size_limit"},
    {29, "pwd_protect"},
    {30, "pwd_clear"},
    {31, "password_salt"},
    {32, "ticket_pinning"},
    {33, "tls_cert_with_extern_psk"},
    {34, "delegated_credential"},
    {35, "session_ticket"},
    {36, "TLMSP"},
    {37, "TLMSP_proxying"},
    {38, "TLMSP_delegate"},
    {39, "supported_ekt_ciphers"},
    {41, "pre_shared_key"},
    {42, "early_data"},
    {43, "supported_versions"},
    {44, "cookie"},
    {45, "psk_key_exchange_modes"},
    {47, "certificate_authorities"},
    {48, "oid_filters"},
    {49, "post_handshake_auth"},
    {50, "signature_algorithms_cert"},
    {51, "key_share"},
    {52, "transparency_info"},
    {53, "connection_id_deprecated"},
    {54, "connection_id"},
    {55, "external_id_hash"},
    {56, "external_session_id"},
    {57, "quic_transport_parameters"},
    {58, "ticket_request"},
    {59, "dnssec_chain"},
    {60, "sequence_number_encryption_algorithms"},
    {61, "rrc"},
    {62, "tls_flags"},
    {13172, "next_protocol_negotiation"},
    {17513, "application_settings_old"},
    {17613, "application_settings"},
    {30032, "channel_id"},
    {64768, "ech_outer_extensions"},
    {65037, "encrypted_client_hello"},
    {65281, "renegotiation_info"},
};
const hf_names HF_EXTENSION_NAMES = HF_NAMES(EXTENSIONS);

/* Without secp256r1, secp384r1, x25519. */
static const hf_named GROUPS[] = {
    {1, "sect163k1"},
    {2, "sect163r1"},
    {3, "sect163r2"},
    {4, "sect193r1"},
    {5, "sect193r2"},
    {6, "sect233k1"},
    {7, "sect233r1"},
    {8, "sect239k1"},
    {9, "sect283k1"},
    {10, "sect283r1"},
    {11, "sect409k1"},
    {12, "sect409r1"},
    {13, "sect571k1"},
    {14, "sect571r1"},
    {15, "secp160k1"},
    {16, "secp160r1"},
    {17, "secp160r2"},
    {18, "secp192k1"},
    {19, "secp192r1"},
    {20, "secp224k1"},
    {21, "secp224r1"},
    {22, "secp256k1"},
    {25, "secp521r1"},
    {26, "brainpoolP256r1"},
    {27, "brainpoolP384r1"},
    {28, "brainpoolP512r1"},
    {30, "x448"},
    {31, "brainpoolP256r1tls13"},
    {32, "brainpoolP384r1tls13"},
    {33, "brainpoolP512r1tls13"},
    {34, "GC256A"},
    {35, "GC256B"},
    {36, "GC256C"},
    {37, "GC256D"},
    {38, "GC512A"},
    {39, "GC512B"},
    {40, "GC512C"},
    {41, "curveSM2"},
    {256, "ffdhe2048"},
    {257, "ffdhe3072"},
    {258, "ffdhe4096"},
    {259, "ffdhe6144"},
    {260, "ffdhe8192"},
    {512, "MLKEM512"},
    {513, "MLKEM768"},
    {514, "MLKEM1024"},
    {4587, "SecP256r1MLKEM768"},
    {4588, "X25519MLKEM768"},
    {4589, "SecP384r1MLKEM1024"},
    {25497, "X25519Kyber768Draft00"},
    {25498, "SecP256r1Kyber768Draft00"},
    {65281, "arbitrary_explicit_prime_curves"},
    {65282, "arbitrary_explicit_char2_curves"},
};
const hf_names HF_GROUP_NAMES = HF_NAMES(GROUPS);

/* Without those that the library signs or verifies with. The numbers of TLS 1.2 pairs (RFC 5246
 * 7.4.1.4.1) that have no name in TLS 1.3 are named by hash and signature. */
static const hf_named SCHEMES[] = {
    {0x0101, "rsa_md5"},
    {0x0201, "rsa_pkcs1_sha1"},
    {0x0202, "dsa_sha1"},
    {0x0203, "ecdsa_sha1"},
    {0x0301, "rsa_sha224"},
    {0x0302, "dsa_sha224"},
    {0x0303, "ecdsa_sha224"},
    {0x0402, "dsa_sha256"},
    {0x0420, "rsa_pkcs1_sha256_legacy"},
    {0x0502, "dsa_sha384"},
    {0x0520, "rsa_pkcs1_sha384_legacy"},
    {0x0601, "rsa_pkcs1_sha512"},
    {0x0602, "dsa_sha512"},
    {0x0603, "ecdsa_secp521r1_sha512"},
    {0x0620, "rsa_pkcs1_sha512_legacy"},
    {0x0708, "sm2sig_sm3"},
    {0x0709, "gostr34102012_256a"},
    {0x070a, "gostr34102012_256b"},
    {0x070b, "gostr34102012_256c"},
    {0x070c, "gostr34102012_256d"},
    {0x070d, "gostr34102012_512a"},
    {0x070e, "gostr34102012_512b"},
    {0x070f, "gostr34102012_512c"},
    {0x0806, "rsa_pss_rsae_sha512"},
    {0x0807, "ed25519"},
    {0x0808, "ed448"},
    {0x0809, "rsa_pss_pss_sha256"},
    {0x080a, "rsa_pss_pss_sha384"},
    {0x080b, "rsa_pss_pss_sha512"},
    {0x081a, "ecdsa_brainpoolP256r1tls13_sha256"},
    {0x081b, "ecdsa_brainpoolP384r1tls13_sha384"},
    {0x081c, "ecdsa_brainpoolP512r1tls13_sha512"},
    {0x0904, "mldsa44"},
    {0x0905, "mldsa65"},
    {0x0906, "mldsa87"},
};
const hf_names HF_SCHEME_NAMES = HF_NAMES(SCHEMES);

const char *hf_message_name(uint8_t type)
{
    return hf_names_find(&HF_MESSAGE_NAMES, type);
}

const char *hf_content_name(uint8_t type)
{
    return hf_names_find(&HF_CONTENT_NAMES, type);
}

const char *hf_extension_name(uint16_t type)
{
    return find_any("unknown", &HF_EXTENSION_NAMES, type);
}

const char *hf_any_group_name(uint16_t group)
{
    return find_any(hf_tls_group_name(group), &HF_GROUP_NAMES, group);
}

const char *hf_any_scheme_name(uint16_t scheme)
{
    return find_any(hf_tls_scheme_name(scheme), &HF_SCHEME_NAMES, scheme);
}

const char *hf_any_suite_name(uint16_t suite)
{
    return find_any(hf_tls_suite_name(suite), &HF_SUITE_NAMES, suite);
}
