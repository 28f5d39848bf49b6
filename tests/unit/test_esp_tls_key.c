/* Keys of the PSA key store under compat/esp_tls: which are taken, and in which numbers a program
 * is told what is wrong with one. Needs the psa backend; handshakes: test_esp_tls_store.py. */
#include "esp_tls_private.h"
#include "handfast_esp_tls.h"
#include "unit/x509_fixtures.h"

#include "unit/crypto_help.h"
#include "unit/crypto_keys.h"
#include "unit/psa_store.h"

#define ANY_ECDSA PSA_ALG_ECDSA(PSA_ALG_ANY_HASH)

/* What a program sees: the handle is made over no socket, and nothing is sent. */
static void expect(const void *cfg, bool server, esp_err_t esp, int tls_code)
{
    esp_tls_t *tls = esp_tls_init();
    assert_non_null(tls);
    tls->is_tls = true;
    tls->role = server ? ESP_TLS_SERVER : ESP_TLS_CLIENT;
    esp_err_t result = handfast_esp_tls_stack()->create_ssl_handle(
        NULL, "broker.example", 14, cfg, tls, server ? (void *)(uintptr_t)cfg : NULL);
    assert_string_equal(esp_err_to_name(result), esp_err_to_name(esp));
    assert_int_equal(tls->error_handle->last_error, esp);
    assert_int_equal(tls->error_handle->esp_tls_error_code, tls_code);
    assert_int_equal(esp_tls_get_ssl_context(tls) != NULL, esp == ESP_OK);
    assert_int_equal(esp_tls_conn_destroy(tls), 0);
}

/* In both roles. */
static void with_key(uint32_t id, esp_err_t esp, int tls_code)
{
    hf_span ca = fixture("root"), leaf = fixture("leaf");
    const esp_key_config_t key = {.source = ESP_KEY_SOURCE_PSA, .psa = {.key_id = id}};
    const esp_tls_cfg_t client = {.cacert_buf = ca.ptr,
                                  .cacert_bytes = (unsigned)ca.len,
                                  .clientcert_buf = leaf.ptr,
                                  .clientcert_bytes = (unsigned)leaf.len,
                                  .client_key = &key};
    const esp_tls_cfg_server_t server = {
        .servercert_buf = leaf.ptr, .servercert_bytes = (unsigned)leaf.len, .server_key = &key};
    expect(&client, false, esp, tls_code);
    expect(&server, true, esp, tls_code);
    fixture_free(ca);
    fixture_free(leaf);
}

static void test_a_stored_key_is_taken_and_stays(void **state)
{
    (void)state;
    uint32_t id = psa_store_ec("key-leaf.pkcs8", SIGN, ANY_ECDSA);
    with_key(id, ESP_OK, 0);
    assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
}

static void test_no_such_key(void **state)
{
    (void)state;
    with_key(0, ESP_ERR_ESP_TLS_SE_FAILED, 0x008C);
    with_key(PSA_KEY_ID_USER_MIN + 77, ESP_ERR_ESP_TLS_SE_FAILED, 0x008C);
    uint32_t gone = psa_store_ec("key-leaf.pkcs8", SIGN, ANY_ECDSA);
    assert_int_equal(psa_destroy_key(gone), PSA_SUCCESS);
    with_key(gone, ESP_ERR_ESP_TLS_SE_FAILED, 0x008C);
}

static void test_a_key_that_may_not_sign(void **state)
{
    (void)state;
    uint32_t id = psa_store_ec("key-leaf.pkcs8", PSA_KEY_USAGE_VERIFY_HASH, ANY_ECDSA);
    with_key(id, ESP_ERR_ESP_TLS_SE_FAILED, 0x0085);
    assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
}

static void test_the_key_of_another_certificate(void **state)
{
    (void)state;
    bytes other = unhex(P256_SECRET);
    uint32_t id = psa_store(EC_PAIR, span_of(&other), SIGN, ANY_ECDSA);
    with_key(id, ESP_ERR_MBEDTLS_SSL_CONF_OWN_CERT_FAILED, 0x7600);
    assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
}

static void test_no_private_key_at_all(void **state)
{
    (void)state;
    bytes numbers = unhex(P256_SECRET);
    uint32_t id =
        psa_store(PSA_KEY_TYPE_AES, span_of(&numbers), PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM);
    with_key(id, ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED, 0x3C80);
    assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
}

/* The id takes the place of a key in memory, and needs a certificate as that does. */
static void test_the_id_counts(void **state)
{
    (void)state;
    hf_span ca = fixture("root"), leaf = fixture("leaf"), other = fixture("key-int-p384.pkcs8");
    const esp_key_config_t key = {
        .source = ESP_KEY_SOURCE_PSA,
        .psa = {.key_id = psa_store_ec("key-leaf.pkcs8", SIGN, ANY_ECDSA)}};
    esp_tls_cfg_t cfg = {.cacert_buf = ca.ptr,
                         .cacert_bytes = (unsigned)ca.len,
                         .client_key = &key,
                         .clientkey_buf = other.ptr,
                         .clientkey_bytes = (unsigned)other.len};
    expect(&cfg, false, ESP_ERR_INVALID_STATE, 0);
    cfg.clientcert_buf = leaf.ptr;
    cfg.clientcert_bytes = (unsigned)leaf.len;
    expect(&cfg, false, ESP_OK, 0);
    cfg.client_key = NULL;
    expect(&cfg, false, ESP_ERR_MBEDTLS_SSL_CONF_OWN_CERT_FAILED, 0x7600);
    fixture_free(ca);
    fixture_free(leaf);
    fixture_free(other);
    assert_int_equal(psa_destroy_key(key.psa.key_id), PSA_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stored_key_is_taken_and_stays),
        cmocka_unit_test(test_no_such_key),
        cmocka_unit_test(test_a_key_that_may_not_sign),
        cmocka_unit_test(test_the_key_of_another_certificate),
        cmocka_unit_test(test_no_private_key_at_all),
        cmocka_unit_test(test_the_id_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
