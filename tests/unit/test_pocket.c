/* A pocket build (HF_SUITES=aes128, HF_ROLES=client, HF_VERSIONS=1.3, HF_CERTIFICATES=POCKET,
 * HF_EXTERNAL_PSK=OFF, HF_OCSP=OFF): what is left out is neither offered nor accepted, and asking
 * for it is an error of its own, at the latest when a configuration is built or a connection is
 * begun.
 */
#include "crypto/crypto.h"
#include "tls/offer.h"
#include "unit/x509_fixtures.h"
#include "x509/host.h"
#include "x509/remember.h"

#include <handfast/tls.h>

static void assert_code(hf_code got, hf_code expected)
{
    assert_string_equal(hf_error_name(got), hf_error_name(expected));
}

static hf_time now(void *ctx)
{
    (void)ctx;
    return (hf_time){FIXTURES_NOW, HF_TIME_EXACT};
}

static hf_config fresh(void)
{
    hf_config config;
    hf_config_init(&config, NULL, 0);
    config.clock.now = now;
    config.anchors.find = hf_anchor_list_find; /* of an empty list */
    return config;
}

static void test_primitives(void **state)
{
    (void)state;
    assert_true(hf_crypto_has_hash(HF_SHA256));
    assert_false(hf_crypto_has_hash(HF_SHA384));
    assert_false(hf_crypto_has_hash(HF_SHA512));
    assert_true(hf_crypto_has_aead(HF_AES_128_GCM));
    assert_false(hf_crypto_has_aead(HF_AES_256_GCM));
    assert_false(hf_crypto_has_aead(HF_AES_128_CCM));
    assert_false(hf_crypto_has_aead(HF_CHACHA20_POLY1305));
    assert_true(hf_crypto_has_group(HF_X25519));
    assert_true(hf_crypto_has_group(HF_SECP256R1));
    assert_false(hf_crypto_has_group(HF_SECP384R1));
    assert_true(hf_crypto_can_verify(HF_KEY_P256, HF_ECDSA, HF_SHA256));
    assert_false(hf_crypto_can_verify(HF_KEY_P256, HF_ECDSA, HF_SHA384));
    assert_false(hf_crypto_can_verify(HF_KEY_P384, HF_ECDSA, HF_SHA256));
    assert_false(hf_crypto_can_verify(HF_KEY_RSA, HF_RSA_PKCS1, HF_SHA256));
    assert_false(hf_crypto_can_verify(HF_KEY_RSA, HF_RSA_PSS, HF_SHA256));
}

static void test_offers(void **state)
{
    uint16_t list[HF_OFFER_SUITES_MAX];
    hf_config config = fresh();
    (void)state;
    assert_code(hf_config_build(&config), HF_OK);
    assert_int_equal(config.version_min, HF_TLS13);
    assert_int_equal(hf_offer_suites(&config, list), 1);
    assert_int_equal(list[0], 0x1301);
    assert_int_equal(hf_offer_groups(&config, list), 2);
    assert_int_equal(hf_offer_schemes(&config, list), 1);
    assert_int_equal(list[0], HF_ECDSA_SECP256R1_SHA256);
    hf_config_release(&config);
}

static void test_left_out(void **state)
{
    static const uint8_t KEY[32] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const uint16_t AES256[] = {0x1302};
    static const uint16_t P384[] = {HF_SECP384R1};
    static const uint16_t RSA[] = {HF_RSA_PSS_RSAE_SHA256};
    hf_config config = fresh();
    (void)state;
    config.role = HF_SERVER;
    assert_code(hf_config_build(&config), HF_E_UNSUPPORTED);
    config = fresh();
    config.whole_chain = true;
    assert_code(hf_config_build(&config), HF_E_UNSUPPORTED);
    config = fresh();
    config.peer_raw_keys = HF_RAW_KEYS_ALLOWED;
    assert_code(hf_config_build(&config), HF_E_UNSUPPORTED);
    config = fresh();
    config.anchors.find = NULL;
    config.psk = &(hf_psk){.identity = {(const uint8_t *)"device", 6}, .key = {KEY, sizeof KEY}};
    assert_code(hf_config_build(&config), HF_E_UNSUPPORTED);
    config = fresh();
    config.version_max = HF_TLS12;
    assert_code(hf_config_build(&config), HF_E_NOTHING_TO_OFFER);
    config = fresh();
    config.suites = AES256;
    config.suites_count = 1;
    assert_code(hf_config_build(&config), HF_E_NOTHING_TO_OFFER);
    config = fresh();
    config.groups = P384;
    config.groups_count = 1;
    assert_code(hf_config_build(&config), HF_E_NOTHING_TO_OFFER);
    config = fresh();
    config.schemes = RSA;
    config.schemes_count = 1;
    assert_code(hf_config_build(&config), HF_E_NOTHING_TO_OFFER);
}

/* Certificates and keys of other kinds are read, and known as unknown. */
static void test_certificates(void **state)
{
    static const char *const OTHERS[] = {"int-rsa", "int-p384", "leaf-ec384", "int-pss"};
    hf_certificate certificate;
    uint32_t offset = 0;
    (void)state;
    hf_span der = fixture("int");
    assert_code(hf_x509_parse(&certificate, der, &offset), HF_OK);
    assert_int_equal(certificate.key.kind, HF_KEY_P256);
    assert_int_equal(certificate.signature_hash, HF_SHA256);
    fixture_free(der);
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        der = fixture(OTHERS[i]);
        assert_code(hf_x509_parse(&certificate, der, &offset), HF_OK);
        bool other_key = certificate.key.kind == HF_KEY_NONE;
        bool other_signature = certificate.signature_kind == HF_SIGNATURE_NONE;
        assert_true(other_key || other_signature);
        assert_true(certificate.signature_hash == HF_SHA256 || other_signature);
        fixture_free(der);
    }
}

static void test_keys(void **state)
{
    static const char *const OTHERS[] = {"key-leaf-rsa.pkcs8", "key-leaf-rsa.traditional",
                                         "key-leaf-ec384.pkcs8", "key-leaf-ec384.traditional"};
    hf_private_key key;
    uint32_t offset = 0;
    (void)state;
    hf_span der = fixture("key-leaf.pkcs8");
    assert_code(hf_key_parse(&key, der, &offset), HF_OK);
    fixture_free(der);
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        der = fixture(OTHERS[i]);
        assert_code(hf_key_parse(&key, der, &offset), HF_E_KEY_UNSUPPORTED);
        fixture_free(der);
    }
}

/* PEM is known when it is seen, with its place; DER is taken as before, and the rest is neither. */
static void test_pem(void **state)
{
    static const uint8_t NEITHER[] = "no certificate";
    uint8_t memory[2048];
    hf_config config;
    (void)state;
    hf_span text = fixture_file("root", ".pem");
    hf_span der = fixture("root");
    hf_config_init(&config, memory, sizeof memory);
    const uint8_t *begin = fixture_begin(text);
    assert_code(hf_config_anchors(&config, text.ptr, text.len), HF_E_PEM_LEFT_OUT);
    assert_int_equal(config.error.offset, begin - text.ptr);
    hf_config_init(&config, memory, sizeof memory);
    assert_code(hf_config_identity(&config, text.ptr, text.len, NULL, 0, NULL), HF_E_PEM_LEFT_OUT);
    hf_config_init(&config, memory, sizeof memory);
    assert_code(hf_config_anchors(&config, NEITHER, sizeof NEITHER - 1), HF_E_PEM_EMPTY);
    hf_config_init(&config, memory, sizeof memory);
    assert_code(hf_config_anchors(&config, der.ptr, der.len), HF_OK);
    assert_int_equal(config.anchor_list.count, 1);
    fixture_free(text);
    fixture_free(der);
}

static void test_addresses(void **state)
{
    static const char *const LEFT_OUT[] = {"192.0.2.1", "2001:db8::1", "[2001:db8::1]", "::1%eth0"};
    static const char *const WRONG[] = {"", "a..b", "-a", "a b", "x%"};
    hf_host host;
    (void)state;
    assert_code(hf_host_parse(&host, "device.example.com"), HF_OK);
    assert_int_equal(host.name.len, 18);
    for (size_t i = 0; i < sizeof LEFT_OUT / sizeof LEFT_OUT[0]; i++) {
        assert_code(hf_host_parse(&host, LEFT_OUT[i]), HF_E_ADDRESS_LEFT_OUT);
    }
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        assert_code(hf_host_parse(&host, WRONG[i]), HF_E_NAME_SYNTAX);
    }
}

#define TRUSTS_ROOT .anchors = {"root"}

/* A path goes through; one whose CA constrains names is refused at that CA, with or without room
 * for names, also where the constraints would allow it. */
static void test_constraints(void **state)
{
    walk w = {.chain = {"leaf", "int"}, TRUSTS_ROOT};
    (void)state;
    walk_run(&w);
    assert_code(w.code, HF_OK);
    w = (walk){.chain = {"leaf-nc-good", "int-nc"}, TRUSTS_ROOT, .no_name = true};
    walk_run(&w);
    assert_code(w.code, HF_E_CONSTRAINTS_LEFT_OUT);
    assert_int_equal(w.depth, 1);
    assert_int_equal(hf_error_alert_of(w.code), 43);
    w = (walk){.chain = {"leaf-nc-good", "int-nc"}, TRUSTS_ROOT, .no_name = true, .no_names = true};
    walk_run(&w);
    assert_code(w.code, HF_E_CONSTRAINTS_LEFT_OUT);
    assert_int_equal(w.depth, 1);
}

/* Nothing is noted and nothing is known, whatever stands in the program's memory. */
static void test_remembered(void **state)
{
    hf_remembered known = {.version = HF_REMEMBERED_VERSION, .count = 2};
    hf_remembered seen = {.count = 0};
    const hf_path_policy policy = {.remembered = &known, .seen = &seen, .remembered_holds = true};
    (void)state;
    hf_remember_certificate(&policy, 0, (hf_span){known.policy, sizeof known.policy});
    assert_false(hf_remembers_link(&policy, 0));
    assert_false(hf_remembers_top(&policy, 1));
    const hf_remembered untouched = {.count = 0};
    assert_memory_equal(&seen, &untouched, sizeof seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_primitives), cmocka_unit_test(test_offers),
        cmocka_unit_test(test_left_out),   cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_keys),       cmocka_unit_test(test_pem),
        cmocka_unit_test(test_addresses),  cmocka_unit_test(test_constraints),
        cmocka_unit_test(test_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
