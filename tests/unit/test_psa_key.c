/* Private keys that stay in the PSA key store: an identity by the id of one signs in both roles and
 * versions; one that cannot be used ends in an error of its own. Needs the psa backend. */
#include "unit/pair_rig.h"

#include "unit/crypto_help.h"
#include "unit/crypto_keys.h"
#include "unit/psa_store.h"

#include <handfast/psa.h>

static uint32_t store_rsa(psa_algorithm_t algorithm)
{
    hf_span der = fixture("key-leaf-rsa.traditional");
    uint32_t id = psa_store(PSA_KEY_TYPE_RSA_KEY_PAIR, der, SIGN, algorithm);
    fixture_free(der);
    return id;
}

/* Certificates and the id, without a key in memory. */
static hf_code identify(pair *p, hf_config *config, const char *leaf, const char *issuer,
                        uint32_t id)
{
    hf_span chain = pair_file(p, leaf);
    config->identity = (hf_identity){.chain_count = 0};
    assert_int_equal(hf_config_identity(config, chain.ptr, chain.len, NULL, 0, NULL), HF_OK);
    config->identity.chain[config->identity.chain_count++] = pair_file(p, issuer);
    return hf_config_psa_key(config, &config->identity, id);
}

static pair *mutual(uint16_t version, const char *leaf, const char *issuer, uint32_t id)
{
    bool rsa = strcmp(leaf, "leaf-rsa") == 0;
    pair *p = pair_new();
    pair_mutual(p, HF_CLIENT_AUTH_REQUIRE, false);
    if (rsa) {
        pair_anchor(p, &p->server.config, "root-rsa");
    }
    p->client.config.version_min = p->client.config.version_max = version;
    assert_int_equal(identify(p, &p->client.config, leaf, issuer, id), HF_OK);
    return p;
}

static void signs(uint16_t version, const char *leaf, const char *issuer, uint32_t id)
{
    pair *p = mutual(version, leaf, issuer, id);
    pair_start(p);
    pair_run(p);
    pair_expect_open(p, leaf);
    pair_free(p);
    assert_int_equal(psa_destroy_key(id), PSA_SUCCESS); /* releasing left it alone */
}

static void test_ec_keys_sign(void **state)
{
    (void)state;
    static const psa_algorithm_t POLICIES[] = {PSA_ALG_ECDSA(PSA_ALG_ANY_HASH),
                                               PSA_ALG_ECDSA(PSA_ALG_SHA_256),
                                               PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_ANY_HASH)};
    for (size_t i = 0; i < sizeof POLICIES / sizeof POLICIES[0]; i++) {
        signs(HF_TLS13, "leaf", "int", psa_store_ec("key-leaf.pkcs8", SIGN, POLICIES[i]));
        signs(HF_TLS12, "leaf", "int", psa_store_ec("key-leaf.pkcs8", SIGN, POLICIES[i]));
    }
}

static void test_rsa_keys_sign(void **state)
{
    (void)state;
    signs(HF_TLS13, "leaf-rsa", "int-rsa", store_rsa(PSA_ALG_RSA_PSS(PSA_ALG_ANY_HASH)));
    uint32_t id = store_rsa(PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_ANY_HASH));
    static const uint16_t PKCS1[] = {HF_RSA_PKCS1_SHA256};
    pair *p = mutual(HF_TLS12, "leaf-rsa", "int-rsa", id);
    p->client.config.signing_schemes = PKCS1;
    p->client.config.signing_schemes_count = 1;
    pair_start(p);
    pair_run(p);
    pair_expect_open(p, "PKCS#1");
    pair_free(p);
    assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
}

static void test_a_server_signs(void **state)
{
    (void)state;
    static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};
    uint32_t id = psa_store_ec("key-leaf.pkcs8", SIGN, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH));
    for (size_t i = 0; i < 2; i++) {
        pair *p = pair_new();
        p->client.config.version_min = p->client.config.version_max = VERSIONS[i];
        assert_int_equal(identify(p, &p->server.config, "leaf", "int", id), HF_OK);
        pair_start(p);
        pair_run(p);
        pair_expect_open(p, "server");
        pair_free(p);
    }
    assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
}

/* ---- what is wrong is said before anything is sent */

static void refused(uint32_t id, hf_code at_once, hf_code at_build)
{
    pair *p = pair_new();
    hf_config *config = &p->client.config;
    assert_string_equal(hf_error_name(identify(p, config, "leaf", "int", id)),
                        hf_error_name(at_once));
    assert_string_equal(hf_error_name(hf_config_build(config)), hf_error_name(at_build));
    assert_int_equal(config->error.code, at_build);
    assert_false(config->built);
    pair_free(p);
    (void)psa_destroy_key(id);
}

static void test_a_key_that_does_not_exist(void **state)
{
    (void)state;
    uint32_t gone = psa_store_ec("key-leaf.pkcs8", SIGN, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH));
    assert_int_equal(psa_destroy_key(gone), PSA_SUCCESS);
    refused(gone, HF_E_KEY_NOT_FOUND, HF_E_KEY_NOT_FOUND);
    refused(0, HF_E_KEY_NOT_FOUND, HF_E_KEY_NOT_FOUND);
    refused(PSA_KEY_ID_USER_MIN + 77, HF_E_KEY_NOT_FOUND, HF_E_KEY_NOT_FOUND);
    refused(UINT32_MAX, HF_E_KEY_NOT_FOUND, HF_E_KEY_NOT_FOUND);
}

static void test_a_policy_without_signing(void **state)
{
    (void)state;
    const char *leaf = "key-leaf.pkcs8";
    const psa_key_usage_t verify = PSA_KEY_USAGE_VERIFY_HASH;
    refused(psa_store_ec(leaf, verify, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH)), HF_E_KEY_NOT_PERMITTED,
            HF_E_KEY_NOT_PERMITTED);
    refused(psa_store_ec(leaf, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH), HF_E_KEY_NOT_PERMITTED,
            HF_E_KEY_NOT_PERMITTED);
    refused(psa_store_ec(leaf, SIGN, 0), HF_E_KEY_NOT_PERMITTED, HF_E_KEY_NOT_PERMITTED);
}

static void test_a_key_of_another_certificate(void **state)
{
    (void)state;
    bytes other = unhex(P256_SECRET);
    refused(psa_store(EC_PAIR, span_of(&other), SIGN, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH)), HF_OK,
            HF_E_KEY_MISMATCH);
    refused(store_rsa(PSA_ALG_RSA_PSS(PSA_ALG_ANY_HASH)), HF_OK, HF_E_KEY_MISMATCH);
}

static void test_keys_of_other_kinds(void **state)
{
    (void)state;
    bytes numbers = unhex(P256_SECRET), point = unhex(P256_POINT);
    hf_span bytes32 = span_of(&numbers);
    refused(psa_store(PSA_KEY_TYPE_AES, bytes32, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM),
            HF_E_KEY_UNSUPPORTED, HF_E_KEY_UNSUPPORTED);
    refused(psa_store(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_K1), bytes32, SIGN,
                      PSA_ALG_ECDSA(PSA_ALG_ANY_HASH)),
            HF_E_KEY_UNSUPPORTED, HF_E_KEY_UNSUPPORTED);
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t public_half = 0;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
    assert_int_equal(psa_import_key(&attributes, point.at, point.len, &public_half), PSA_SUCCESS);
    refused(public_half, HF_E_KEY_UNSUPPORTED, HF_E_KEY_UNSUPPORTED);
}

/* ---- what can only show while connecting */

static void test_a_policy_of_another_hash(void **state)
{
    (void)state;
    uint32_t id = psa_store_ec("key-leaf.pkcs8", SIGN, PSA_ALG_ECDSA(PSA_ALG_SHA_384));
    pair *p = mutual(HF_TLS13, "leaf", "int", id);
    pair_start(p);
    pair_run(p);
    assert_string_equal(hf_error_name(pair_code(&p->client)), "HF_E_KEY_NOT_PERMITTED");
    assert_int_equal(hf_tls_error(&p->client.tls)->alert, 80);
    assert_int_equal(hf_tls_wants(&p->server.tls) & HF_IS_OPEN, 0);
    pair_free(p);
    assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
}

/* A volatile key's id may be given to the next key at once; that of a lasting one is its own. Mbed
 * TLS keeps it in a file of the working folder, which goes with the key. */
static uint32_t store_lasting(void)
{
    const uint32_t id = PSA_KEY_ID_USER_MIN + 5;
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t stored = 0;
    hf_private_key parts;
    hf_span der = fixture("key-leaf.pkcs8");
    assert_int_equal(hf_key_parse(&parts, der, NULL), HF_OK);
    psa_set_key_type(&attributes, EC_PAIR);
    psa_set_key_usage_flags(&attributes, SIGN);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH));
    psa_set_key_id(&attributes, id);
    assert_int_equal(psa_crypto_init(), PSA_SUCCESS);
    (void)psa_destroy_key(id); /* of a run that was broken off */
    assert_int_equal(psa_import_key(&attributes, parts.secret.ptr, parts.secret.len, &stored),
                     PSA_SUCCESS);
    fixture_free(der);
    return id;
}

/* Behind our ClientHello, long before the key is wanted. */
static void test_a_key_that_is_destroyed_meanwhile(void **state)
{
    (void)state;
    static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};
    for (size_t i = 0; i < sizeof VERSIONS / sizeof VERSIONS[0]; i++) {
        uint32_t id = store_lasting();
        pair *p = mutual(VERSIONS[i], "leaf", "int", id);
        pair_start(p);
        assert_true(pair_step(p, &p->client, &p->server));
        assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
        pair_run(p);
        assert_string_equal(hf_error_name(pair_code(&p->client)), "HF_E_KEY_NOT_FOUND");
        assert_int_equal(hf_tls_error(&p->client.tls)->alert, 80); /* internal_error */
        assert_int_equal(hf_tls_wants(&p->server.tls) & HF_IS_OPEN, 0);
        pair_free(p);
    }
}

/* ---- a store that fails, in the place of the real one (-Wl,--wrap) */

static psa_key_id_t failing; /* the key with which it fails */
static psa_status_t failure;

psa_status_t __real_psa_sign_hash(psa_key_id_t key, psa_algorithm_t algorithm, const uint8_t *hash,
                                  size_t hash_len, uint8_t *signature, size_t cap, size_t *len);
psa_status_t __wrap_psa_sign_hash(psa_key_id_t key, psa_algorithm_t algorithm, const uint8_t *hash,
                                  size_t hash_len, uint8_t *signature, size_t cap, size_t *len);

psa_status_t __wrap_psa_sign_hash(psa_key_id_t key, psa_algorithm_t algorithm, const uint8_t *hash,
                                  size_t hash_len, uint8_t *signature, size_t cap, size_t *len)
{
    return key == failing
               ? failure
               : __real_psa_sign_hash(key, algorithm, hash, hash_len, signature, cap, len);
}

static void test_a_store_that_fails(void **state)
{
    (void)state;
    static const struct {
        psa_status_t status;
        hf_code code;
    } ROWS[] = {{PSA_ERROR_COMMUNICATION_FAILURE, HF_E_SIGNER_GONE},
                {PSA_ERROR_HARDWARE_FAILURE, HF_E_SIGNER},
                {PSA_ERROR_CORRUPTION_DETECTED, HF_E_SIGNER}};
    uint32_t id = psa_store_ec("key-leaf.pkcs8", SIGN, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH));
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        pair *p = mutual(HF_TLS13, "leaf", "int", id);
        failing = id;
        failure = ROWS[i].status;
        pair_start(p);
        pair_run(p);
        failing = 0;
        assert_string_equal(hf_error_name(pair_code(&p->client)), hf_error_name(ROWS[i].code));
        assert_int_equal(hf_tls_error(&p->client.tls)->alert, 80);
        pair_free(p);
    }
    assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
}

/* At the seam: in a handshake Mbed TLS may give the id to another key at once. */
static void test_a_key_that_is_destroyed(void **state)
{
    (void)state;
    uint32_t id = psa_store_ec("key-leaf.pkcs8", SIGN, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH));
    const hf_private_key parts = {.pub = {.kind = HF_KEY_P256}, .secret = {NULL, id}};
    uint8_t value[32] = {0}, signature[HF_SIGNATURE_MAX];
    size_t len = 1;
    hf_crypto crypto;
    hf_key key;
    open_crypto(&crypto, NULL);
    assert_int_equal(hf_key_load(&key, &crypto, &parts), HF_OK);
    assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
    assert_int_equal(
        hf_key_sign(&key, &crypto, HF_ECDSA, HF_SHA256, value, signature, sizeof signature, &len),
        HF_E_KEY_NOT_FOUND);
    assert_int_equal(len, 0);
    hf_key_release(&key);
    hf_crypto_release(&crypto);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ec_keys_sign),
        cmocka_unit_test(test_rsa_keys_sign),
        cmocka_unit_test(test_a_server_signs),
        cmocka_unit_test(test_a_key_that_does_not_exist),
        cmocka_unit_test(test_a_policy_without_signing),
        cmocka_unit_test(test_a_key_of_another_certificate),
        cmocka_unit_test(test_keys_of_other_kinds),
        cmocka_unit_test(test_a_key_that_is_destroyed_meanwhile),
        cmocka_unit_test(test_a_key_that_is_destroyed),
        cmocka_unit_test(test_a_store_that_fails),
        cmocka_unit_test(test_a_policy_of_another_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
