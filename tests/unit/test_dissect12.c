/* Messages of TLS 1.2 taken apart, whose form depends on the suite. */
#include "unit/dissect_rig.h"
#include "unit/dissect_samples.h"

static dissection d;
static message m;

#define ECDHE_ECDSA 0xc02b
#define ECDHE_PSK   0xc037
#define DHE_RSA     0x009e
#define PLAIN_RSA   0x002f
#define PLAIN_PSK   0x008c

static void take12(uint8_t type, uint16_t suite)
{
    hf_dissect_as as = {.version = HF_TLS12, .suite = suite};
    take_message(&d, type, (hf_span){m.at, m.len}, &as, true);
}

static void take_unknown(uint8_t type)
{
    hf_dissect_as as = {0};
    take_message(&d, type, (hf_span){m.at, m.len}, &as, true);
}

static void test_server_hello(void **state)
{
    (void)state;
    make_server_hello12(&m, 0);
    take12(2, 0);
    is_whole(&d);
    means(&d, "server_version", "TLS 1.2");
    means(&d, "random", "32 bytes");
    means(&d, "session_id", "0 bytes");
    means(&d, "compression_method", "null");
    means(&d, "extensions/server_certificate_type/certificate_type", "RawPublicKey");
    means(&d, "extensions/application_layer_protocol_negotiation/protocol_name_list/protocol_name",
          "\"h2\"");
    means(&d, "extensions/status_request", "extension 5, 0 bytes");
    take_unknown(2);
    means(&d, "legacy_version", "TLS 1.2");
}

static void test_downgrade(void **state)
{
    (void)state;
    make_server_hello12(&m, 2);
    take12(2, 0);
    means(&d, "random",
          "32 bytes; ends in the downgrade mark for TLS 1.2: the server speaks TLS 1.3, but saw an "
          "offer of at most TLS 1.2");
    make_server_hello12(&m, 1);
    take12(2, 0);
    means(&d, "random",
          "32 bytes; ends in the downgrade mark for TLS 1.1 or below: the server speaks TLS 1.2 or "
          "above, but saw an offer of at most TLS 1.1");
}

static void test_request(void **state)
{
    (void)state;
    make_request12(&m);
    take12(13, 0);
    is_whole(&d);
    nth_means(&d, "certificate_types/client_certificate_type", 0, "ecdsa_sign");
    nth_means(&d, "certificate_types/client_certificate_type", 1, "rsa_sign");
    nth_means(&d, "supported_signature_algorithms/signature_scheme", 1, "rsa_pkcs1_sha256");
    means(&d, "certificate_authorities/distinguished_name", "O=Example");
    take_unknown(13);
    is_whole(&d);
    assert_non_null(find_field(&d, "certificate_types", 0));
}

static void test_ecdhe(void **state)
{
    (void)state;
    make_ecdhe(&m, NULL);
    take12(12, ECDHE_ECDSA);
    is_whole(&d);
    means(&d, "curve_type", "named_curve");
    means(&d, "namedcurve", "x25519");
    stands_at(&d, "public", 4, 32, 1);
    means(&d, "algorithm", "ecdsa_secp256r1_sha256");
    stands_at(&d, "signature", 40, 9, 2);
    take_unknown(12);
    is_whole(&d);
    means(&d, "namedcurve", "x25519");
    m.len = 36; /* without the signature */
    take12(12, ECDHE_ECDSA);
    is_malformed(&d, 36, "the signature is missing");
    take12(12, 0xc018); /* ECDH_anon has none */
    is_whole(&d);
}

static void test_psk(void **state)
{
    (void)state;
    make_ecdhe(&m, "hint");
    take12(12, ECDHE_PSK);
    is_whole(&d);
    means(&d, "psk_identity_hint", "\"hint\"");
    means(&d, "namedcurve", "x25519");
    m.len = 0;
    add_text(&m, 2, "device");
    take12(16, PLAIN_PSK);
    is_whole(&d);
    means(&d, "psk_identity", "\"device\"");
    add_text(&m, 1, "point");
    take12(16, PLAIN_PSK);
    is_malformed(&d, 8, "bytes stand behind the last field");
    take12(16, ECDHE_PSK);
    means(&d, "ecdh_Yc", "5 bytes");
}

static void test_dhe(void **state)
{
    (void)state;
    make_dhe(&m);
    take12(12, DHE_RSA);
    is_whole(&d);
    means(&d, "dh_p", "55 bits");
    means(&d, "dh_g", "2 bits");
    means(&d, "dh_Ys", "54 bits");
    means(&d, "algorithm", "rsa_pss_rsae_sha256");
    m.len = 0;
    add_text(&m, 2, "\x01\x01");
    take12(16, DHE_RSA);
    means(&d, "dh_Yc", "9 bits");
}

static void test_client_key_exchange(void **state)
{
    (void)state;
    m.len = 0;
    add_text(&m, 1, "point");
    take12(16, ECDHE_ECDSA);
    is_whole(&d);
    stands_at(&d, "ecdh_Yc", 1, 5, 1);
    take_unknown(16);
    stands_at(&d, "ecdh_Yc", 1, 5, 1);
    m.len = 0;
    add_text(&m, 2, "encrypted");
    take12(16, PLAIN_RSA);
    is_whole(&d);
    stands_at(&d, "encrypted_pre_master_secret", 2, 9, 2);
    take_unknown(16);
    means(&d, "exchange_keys", "11 bytes");
}

static void test_ticket(void **state)
{
    (void)state;
    m.len = 0;
    add_number(&m, 300, 4);
    add_text(&m, 2, "ticket");
    take12(4, 0);
    is_whole(&d);
    means(&d, "ticket_lifetime_hint", "300 s: 5 minutes");
    stands_at(&d, "ticket", 6, 6, 2);
    take_unknown(4);
    means(&d, "ticket_lifetime_hint", "300 s: 5 minutes");
    m.at[2] = m.at[3] = 0;
    take12(4, 0);
    means(&d, "ticket_lifetime_hint", "0 s: as long as the client likes");
}

static void test_end(void **state)
{
    (void)state;
    m.len = 0;
    take12(0, 0);
    assert_int_equal(d.count, 0);
    take12(14, 0);
    assert_int_equal(d.count, 0);
    add_fill(&m, 0, 12);
    take12(20, 0);
    means(&d, "verify_data", "12 bytes: a MAC over all messages before");
}

/* The version follows from the form, where nobody knows it. */
static void test_certificate_form(void **state)
{
    (void)state;
    make_certificate12(&m);
    take_unknown(11);
    is_whole(&d);
    means(&d, "certificate_list/certificate/subject", "CN=device, O=Handfast Test");
    make_certificate13(&m);
    take_unknown(11);
    is_whole(&d);
    means(&d, "certificate_request_context", "3 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_hello),
        cmocka_unit_test(test_downgrade),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_ecdhe),
        cmocka_unit_test(test_psk),
        cmocka_unit_test(test_dhe),
        cmocka_unit_test(test_client_key_exchange),
        cmocka_unit_test(test_ticket),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_certificate_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
