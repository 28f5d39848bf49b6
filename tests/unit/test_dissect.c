/* Messages of TLS 1.3 taken apart: RFC 8448, and a ClientHello with everything that one may have.
 */
#include "unit/dissect_rig.h"
#include "unit/dissect_samples.h"

static dissection d;

static const hf_dissect_as AS13 = {.version = HF_TLS13};

/* The body of one message of RFC 8448, without its header. */
static void take_traced(const char *section, const char *name)
{
    vectors v;
    vectors_open(&v, "rfc8448.txt");
    vectors_section(&v, section);
    hf_span all = vectors_get(&v, name);
    static uint8_t kept[4096];
    assert_in_range(all.len, 4, sizeof kept);
    memcpy(kept, all.ptr, all.len);
    vectors_close(&v);
    take_message(&d, kept[0], (hf_span){kept + 4, all.len - 4}, &AS13, true);
    is_whole(&d);
}

static void test_server_hello(void **state)
{
    (void)state;
    take_traced("simple", "server_hello");
    assert_int_equal(d.count, 12);
    means(&d, "legacy_version", "TLS 1.2");
    stands_at(&d, "legacy_version", 0, 2, 0);
    means(&d, "random", "32 bytes");
    stands_at(&d, "random", 2, 32, 0);
    means(&d, "legacy_session_id_echo", "0 bytes");
    stands_at(&d, "legacy_session_id_echo", 35, 0, 1);
    means(&d, "cipher_suite", "TLS_AES_128_GCM_SHA256");
    means(&d, "legacy_compression_method", "null");
    stands_at(&d, "extensions", 40, 46, 2);
    means(&d, "extensions/key_share", "extension 51, 36 bytes");
    stands_at(&d, "extensions/key_share", 44, 36, 4);
    means(&d, "extensions/key_share/server_share/group", "x25519");
    stands_at(&d, "extensions/key_share/server_share/key_exchange", 48, 32, 2);
    means(&d, "extensions/supported_versions/selected_version", "TLS 1.3");
}

static void test_retry(void **state)
{
    (void)state;
    take_traced("retry", "hello_retry_request");
    means(&d, "random", "the fixed value that marks a HelloRetryRequest");
    means(&d, "extensions/key_share/selected_group", "secp256r1");
    stands_at(&d, "extensions/cookie/cookie", 52, 114, 2);
    assert_null(find_field(&d, "extensions/key_share/server_share", 0));
}

static void test_resumption_offer(void **state)
{
    (void)state;
    take_traced("resumed", "client_hello");
    means(&d, "extensions/early_data", "extension 42, 0 bytes");
    means(&d, "extensions/pre_shared_key/identities/psk_identity/identity", "178 bytes");
    means(&d, "extensions/pre_shared_key/identities/psk_identity/obfuscated_ticket_age",
          "4208372427: the ticket's age in milliseconds plus its ticket_age_add");
    means(&d, "extensions/pre_shared_key/binders/psk_binder_entry", "32 bytes");
    take_traced("resumed", "server_hello");
    means(&d, "extensions/pre_shared_key/selected_identity", "0");
}

static void test_server_flight(void **state)
{
    (void)state;
    take_traced("simple", "encrypted_extensions");
    means(&d, "extensions/record_size_limit/record_size_limit", "16385 bytes");
    means(&d, "extensions/server_name", "extension 0, 0 bytes");
    take_traced("simple", "certificate");
    means(&d, "certificate_request_context", "0 bytes");
    means(&d, "certificate_list/certificate_entry/cert_data/subject", "CN=rsa");
    means(&d, "certificate_list/certificate_entry/cert_data/subjectPublicKeyInfo",
          "RSA, 1024 bits");
    means(&d, "certificate_list/certificate_entry/cert_data/notAfter", "2026-07-30T01:23:59Z");
    take_traced("simple", "certificate_verify");
    means(&d, "algorithm", "rsa_pss_rsae_sha256");
    stands_at(&d, "signature", 4, 128, 2);
    take_traced("simple", "server_finished");
    means(&d, "verify_data", "32 bytes: a MAC over all messages before");
}

static void test_later_messages(void **state)
{
    (void)state;
    take_traced("simple", "ticket");
    means(&d, "ticket_lifetime", "30 s: 30 seconds");
    means(&d, "ticket_age_add", "4208372421");
    stands_at(&d, "ticket_nonce", 9, 2, 1);
    stands_at(&d, "ticket", 13, 178, 2);
    means(&d, "extensions/early_data/max_early_data_size", "1024 bytes");
    take_traced("resumed", "end_of_early_data");
    assert_int_equal(d.count, 0);
    take_message(&d, 24, (hf_span){(const uint8_t *)"\x01", 1}, &AS13, true);
    means(&d, "request_update", "update_requested");
    take_message(&d, 24, (hf_span){(const uint8_t *)"\x07", 1}, &AS13, true);
    means(&d, "request_update", "unknown (0x07)");
    take_message(&d, 14, (hf_span){(const uint8_t *)"\x01", 1}, &AS13, true);
    is_malformed(&d, 0, "bytes stand behind the last field");
    take_message(&d, 77, (hf_span){(const uint8_t *)"\x01\x02", 2}, &AS13, true);
    means(&d, "body", "2 bytes");
}

static void lifetime_means(uint32_t seconds, const char *meaning)
{
    static message m;
    m.len = 0;
    add_number(&m, seconds, 4);
    add_number(&m, 0, 4);
    add_number(&m, 0, 1);
    add_text(&m, 2, "ticket");
    add_number(&m, 0, 2);
    take_message(&d, 4, (hf_span){m.at, m.len}, &AS13, true);
    is_whole(&d);
    means(&d, "ticket_lifetime", meaning);
}

static void test_lifetimes(void **state)
{
    (void)state;
    lifetime_means(0, "0 s: not to be used");
    lifetime_means(1, "1 s: 1 second");
    lifetime_means(7200, "7200 s: 2 hours");
    lifetime_means(10000, "10000 s: 2 hours 46 minutes");
    lifetime_means(86400, "86400 s: 1 day");
    lifetime_means(604800, "604800 s: 7 days");
    lifetime_means(604801, "604801 s: 7 days 1 second, more than the 7 days that are allowed");
}

/* ---- every extension of a ClientHello */

#define EXTENSION(name) "extensions/" name

static void take_made_hello(void)
{
    static message m;
    make_client_hello(&m);
    take_message(&d, 1, (hf_span){m.at, m.len}, &AS13, true);
    is_whole(&d);
}

static void test_hello_lists(void **state)
{
    (void)state;
    take_made_hello();
    means(&d, "cipher_suites", "6 entries");
    nth_means(&d, "cipher_suites/cipher_suite", 0, "GREASE (0x0a0a)");
    nth_means(&d, "cipher_suites/cipher_suite", 2, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    nth_means(&d, "cipher_suites/cipher_suite", 3, "TLS_RSA_WITH_AES_128_CBC_SHA");
    nth_means(&d, "cipher_suites/cipher_suite", 4, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
    nth_means(&d, "cipher_suites/cipher_suite", 5, "unknown (0x4321)");
    means(&d, "legacy_compression_methods", "1 entry");
    nth_means(&d, EXTENSION("supported_groups/named_group_list/named_group"), 0, "GREASE (0x3a3a)");
    nth_means(&d, EXTENSION("supported_groups/named_group_list/named_group"), 1, "X25519MLKEM768");
    nth_means(&d, EXTENSION("supported_groups/named_group_list/named_group"), 5, "x448");
    nth_means(&d, EXTENSION("supported_groups/named_group_list/named_group"), 6,
              "unknown (0x4242)");
    nth_means(&d, EXTENSION("signature_algorithms/supported_signature_algorithms/signature_scheme"),
              1, "ed25519");
    means(&d,
          EXTENSION("signature_algorithms_cert/supported_signature_algorithms/signature_scheme"),
          "ecdsa_secp256r1_sha256");
    nth_means(&d, EXTENSION("supported_versions/versions/version"), 0, "GREASE (0x7a7a)");
    nth_means(&d, EXTENSION("supported_versions/versions/version"), 2, "TLS 1.2");
    nth_means(&d, EXTENSION("psk_key_exchange_modes/ke_modes/ke_mode"), 0, "psk_ke");
    nth_means(&d, EXTENSION("psk_key_exchange_modes/ke_modes/ke_mode"), 2, "GREASE (0x2a)");
    nth_means(&d, EXTENSION("compress_certificate/algorithms/algorithm"), 0, "brotli");
    means(&d, EXTENSION("ec_point_formats/ec_point_format_list/ec_point_format"), "uncompressed");
    nth_means(&d, EXTENSION("client_certificate_type/certificate_types/certificate_type"), 0,
              "RawPublicKey");
    means(&d, EXTENSION("server_certificate_type/certificate_types/certificate_type"),
          "RawPublicKey");
}

static void test_hello_values(void **state)
{
    (void)state;
    take_made_hello();
    means(&d, EXTENSION("GREASE"), "extension 6682, 0 bytes");
    means(&d, EXTENSION("server_name/server_name_list/name_type"), "host_name");
    means(&d, EXTENSION("server_name/server_name_list/host_name"), "\"a\\x1b\\x22b.example\"");
    means(&d, EXTENSION("max_fragment_length/max_fragment_length"), "2048 bytes");
    means(&d, EXTENSION("status_request/status_type"), "ocsp");
    means(&d, EXTENSION("heartbeat/heartbeat_mode"), "peer_allowed_to_send");
    nth_means(&d,
              EXTENSION("application_layer_protocol_negotiation/protocol_name_list/protocol_name"),
              0, "\"x-amzn-mqtt-ca\"");
    means(&d, EXTENSION("signed_certificate_timestamp"), "extension 18, 0 bytes");
    means(&d, EXTENSION("padding/padding"), "3 bytes");
    means(&d, EXTENSION("encrypt_then_mac"), "extension 22, 0 bytes");
    means(&d, EXTENSION("extended_master_secret"), "extension 23, 0 bytes");
    means(&d, EXTENSION("record_size_limit/record_size_limit"), "512 bytes");
    means(&d, EXTENSION("session_ticket"), "extension 35, 0 bytes");
    means(&d, EXTENSION("cookie/cookie"), "2 bytes");
    means(&d, EXTENSION("certificate_authorities/certificate_authorities/distinguished_name"),
          "O=Example");
    means(&d, EXTENSION("post_handshake_auth"), "extension 49, 0 bytes");
    means(&d, EXTENSION("renegotiation_info/renegotiated_connection"),
          "empty: the first handshake of a connection");
    means(&d, EXTENSION("unknown_extension"), "extension 60000, 3 bytes");
    means(&d, EXTENSION("unknown_extension/extension_data"), "3 bytes");
    means(&d, EXTENSION("pre_shared_key/identities/psk_identity/identity"), "\"device-7\"");
    nth_means(&d, EXTENSION("key_share/client_shares/key_share_entry"), 0, "GREASE (0x3a3a)");
    nth_means(&d, EXTENSION("key_share/client_shares/key_share_entry/key_exchange"), 1, "3 bytes");
}

/* ---- what does not parse */

static void hello_with(message *m, const char *extensions, size_t len)
{
    begin_carrier(m, IN_SH);
    size_t mark = open_vector(m, 2);
    add_bytes(m, extensions, len);
    close_vector(m, mark, 2);
    take_message(&d, 2, (hf_span){m->at, m->len}, &AS13, true);
}

static void test_faults(void **state)
{
    (void)state;
    static message m;
    hello_with(&m, "\x00\x2b\x00\x03\x03\x04\x05", 7);
    is_malformed(&d, 46, "bytes stand behind the last field of this part");
    means(&d, "extensions/supported_versions/selected_version", "TLS 1.3");
    hello_with(&m, "\x00\x2b\x00\x01\x03", 5);
    is_malformed(&d, 44, "selected_version is cut off");
    hello_with(&m, "\x00\x2b\x00\x05\x03\x04", 6);
    means(&d, "extensions/supported_versions", "extension 43, 5 bytes, 2 of them there");
    is_malformed(&d, 46, "the message is cut off here");
    hello_with(&m, "\x00\x33\x00\x06\x00\x1d\x00\x09\x01\x02", 10);
    is_malformed(&d, 46, "key_exchange is longer than what is left");
    hello_with(&m, "\x00\x33\x00\x04\x00\x1d\x00\x00", 8);
    is_malformed(&d, 46, "key_exchange is too short");
    hello_with(&m, "\x00\x33\x00", 3);
    is_malformed(&d, 40, "an extension is cut off in its header");
    hello_with(&m, "\x00\x17\x00\x01\x00", 5);
    is_malformed(&d, 44, "bytes stand behind the last field of this part");
}

/* A session identifier has at most 32 bytes. */
static void test_bound(void **state)
{
    (void)state;
    static message m;
    m.len = 0;
    add_number(&m, 0x0303, 2);
    add_fill(&m, 0, 32);
    add_number(&m, 33, 1);
    add_fill(&m, 0, 40);
    take_message(&d, 2, (hf_span){m.at, m.len}, &AS13, true);
    is_malformed(&d, 34, "legacy_session_id_echo is too long");
    m.at[34] = 32;
    take_message(&d, 2, (hf_span){m.at, m.len}, &AS13, true);
    means(&d, "legacy_session_id_echo", "32 bytes");
}

/* A meaning has an end, also where the text has none. */
static void test_long_text(void **state)
{
    (void)state;
    static message m;
    static char name[60001];
    memset(name, 'h', sizeof name - 1);
    begin_carrier(&m, IN_EE);
    size_t extensions = open_vector(&m, 2);
    size_t mark = open_extension(&m, 0);
    size_t list = open_vector(&m, 2);
    add_number(&m, 0, 1);
    add_text(&m, 2, name);
    close_vector(&m, list, 2);
    close_vector(&m, mark, 2);
    close_vector(&m, extensions, 2);
    take_message(&d, 8, (hf_span){m.at, m.len}, &AS13, true);
    is_whole(&d);
    const char *meaning =
        need_field(&d, EXTENSION("server_name/server_name_list/host_name"), 0)->meaning;
    assert_int_equal(strlen(meaning), MEANING_MAX - 1);
    assert_string_equal(meaning + MEANING_MAX - 6, "hh...");
}

static void test_records(void **state)
{
    (void)state;
    take_record(&d, 21, (hf_span){(const uint8_t *)"\x02\x28", 2});
    means(&d, "level", "fatal");
    assert_string_equal(need_field(&d, "description", 0)->meaning, "handshake_failure (40)");
    take_record(&d, 21, (hf_span){(const uint8_t *)"\x02", 1});
    is_malformed(&d, 1, "description is cut off");
    take_record(&d, 20, (hf_span){(const uint8_t *)"\x01", 1});
    means(&d, "type", "change_cipher_spec");
    take_record(&d, 24, (hf_span){(const uint8_t *)"abc", 3});
    means(&d, "content", "3 bytes");
    take_record(&d, 21, (hf_span){NULL, 0});
    assert_true(d.malformed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_hello),     cmocka_unit_test(test_retry),
        cmocka_unit_test(test_resumption_offer), cmocka_unit_test(test_server_flight),
        cmocka_unit_test(test_later_messages),   cmocka_unit_test(test_lifetimes),
        cmocka_unit_test(test_hello_lists),      cmocka_unit_test(test_hello_values),
        cmocka_unit_test(test_faults),           cmocka_unit_test(test_bound),
        cmocka_unit_test(test_long_text),        cmocka_unit_test(test_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
