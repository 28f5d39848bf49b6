/* compat/esp_tls without a network: configurations that are taken or refused, CA stores. */
#include "esp_crt_bundle.h"
#include "esp_tls_private.h"
#include "handfast_esp_tls.h"
#include "key_store.h"
#include "setup.h"
#include "trust.h"
#include "x509_fixtures.h"

/* ---- configurations. Nothing is sent: the handle is made over no socket. */

static esp_err_t create(const esp_tls_cfg_t *cfg, const char *host, int *code)
{
    esp_tls_t *tls = esp_tls_init();
    assert_non_null(tls);
    tls->is_tls = true;
    esp_err_t result =
        handfast_esp_tls_stack()->create_ssl_handle(NULL, host, strlen(host), cfg, tls, NULL);
    assert_int_equal(result == ESP_OK, esp_tls_get_ssl_context(tls) != NULL);
    *code = tls->error_handle->esp_tls_error_code;
    assert_int_equal(tls->error_handle->last_error, result);
    assert_int_equal(esp_tls_conn_destroy(tls), 0);
    return result;
}

static void expect(const esp_tls_cfg_t *cfg, const char *host, esp_err_t esp, int tls)
{
    int code = 0;
    assert_int_equal(create(cfg, host, &code), esp);
    assert_int_equal(code, tls);
}

static esp_err_t attach_nothing(void *conf)
{
    return conf == NULL ? ESP_FAIL : ESP_OK;
}

static esp_tls_cfg_t trusting(hf_span ca)
{
    return (esp_tls_cfg_t){.cacert_buf = ca.ptr, .cacert_bytes = (unsigned)ca.len};
}

static void test_configurations(void **state)
{
    (void)state;
    hf_span ca = fixture("root");
    esp_tls_cfg_t cfg = trusting(ca);
    expect(&cfg, "broker.example", ESP_OK, 0);
    expect(&cfg, "", ESP_ERR_MBEDTLS_SSL_SET_HOSTNAME_FAILED, 0x7100);
    expect(&cfg, "a b", ESP_ERR_MBEDTLS_SSL_SET_HOSTNAME_FAILED, 0x7100);
    cfg.tls_version = ESP_TLS_VER_TLS_MAX;
    expect(&cfg, "broker.example", ESP_ERR_INVALID_ARG, 0);
    cfg = trusting(ca);
    const char *protocols[] = {"", NULL};
    cfg.alpn_protos = protocols;
    expect(&cfg, "broker.example", ESP_ERR_MBEDTLS_SSL_CONF_ALPN_PROTOCOLS_FAILED, 0x7100);
    cfg = trusting(ca);
    cfg.crt_bundle_attach = attach_nothing;
    expect(&cfg, "broker.example", ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED, 0);
    cfg = trusting(ca);
    cfg.clientkey_buf = ca.ptr;
    cfg.clientkey_bytes = (unsigned)ca.len;
    expect(&cfg, "broker.example", ESP_ERR_INVALID_STATE, 0);
    cfg.clientcert_buf = ca.ptr;
    cfg.clientcert_bytes = (unsigned)ca.len;
    expect(&cfg, "broker.example", ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED, 0x3D00);
    static const char *const keys[] = {"nonsense", "-----BEGIN EC PRIVATE KEY-----\nMHcC"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) { /* no PEM, and one that is cut */
        cfg.clientkey_buf = (const unsigned char *)keys[i];
        cfg.clientkey_bytes = (unsigned)strlen(keys[i]) + 1;
        expect(&cfg, "broker.example", ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED, 0x3D00);
    }
    cfg.clientcert_buf = cfg.clientkey_buf; /* the certificate is read first */
    cfg.clientcert_bytes = cfg.clientkey_bytes;
    expect(&cfg, "broker.example", ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED, 0x1100);
    cfg = (esp_tls_cfg_t){0};
    expect(&cfg, "broker.example", ESP_ERR_MBEDTLS_SSL_SETUP_FAILED, 0);
    cfg = (esp_tls_cfg_t){.cacert_buf = (const unsigned char *)"nonsense", .cacert_bytes = 9};
    expect(&cfg, "broker.example", ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED, 0x2180);
    fixture_free(ca);
}

static void test_keys_elsewhere(void **state)
{
    (void)state;
    hf_span ca = fixture("root");
    esp_key_config_t key = {.source = ESP_KEY_SOURCE_PSA};
    esp_tls_cfg_t cfg = trusting(ca);
    cfg.client_key = &key;
    if (!hf_esp_has_key_store()) { /* else: test_esp_tls_key.c */
        expect(&cfg, "broker.example", ESP_ERR_NOT_SUPPORTED, 0);
    }
    key.source = (esp_key_source_t)7;
    expect(&cfg, "broker.example", ESP_ERR_NOT_SUPPORTED, 0);
    key.source = ESP_KEY_SOURCE_BUFFER;
    expect(&cfg, "broker.example", ESP_ERR_NOT_SUPPORTED, 0); /* no bytes */
    key.buffer.data = ca.ptr;
    key.buffer.len = ca.len;
    key.buffer.format = ESP_KEY_FORMAT_RAW;
    expect(&cfg, "broker.example", ESP_ERR_NOT_SUPPORTED, 0);
    key.source = ESP_KEY_SOURCE_NONE;
    expect(&cfg, "broker.example", ESP_OK, 0);
    fixture_free(ca);
}

static void test_psk(void **state)
{
    (void)state;
    static const uint8_t bytes[65] = "0123456789abcdefghijklmnopqrstuvwxyz";
    psk_hint_key_t psk = {bytes, 32, "thing"};
    esp_tls_cfg_t cfg = {.psk_hint_key = &psk};
    expect(&cfg, "broker.example", ESP_OK, 0);
    psk.key_size = 15;
    expect(&cfg, "broker.example", ESP_ERR_MBEDTLS_SSL_CONF_PSK_FAILED, 0x7100);
    psk.key_size = 65;
    expect(&cfg, "broker.example", ESP_ERR_MBEDTLS_SSL_CONF_PSK_FAILED, 0x7100);
    psk = (psk_hint_key_t){bytes, 32, ""};
    expect(&cfg, "broker.example", ESP_ERR_MBEDTLS_SSL_CONF_PSK_FAILED, 0x7100);
    psk.hint = NULL;
    expect(&cfg, "broker.example", ESP_ERR_INVALID_STATE, 0);
    psk.hint = "thing";
    cfg.tls_version = ESP_TLS_VER_TLS_1_2;
    expect(&cfg, "broker.example", ESP_ERR_MBEDTLS_SSL_CONF_PSK_FAILED, 0x7080);
}

/* ---- stores */

static void test_global_store(void **state)
{
    (void)state;
    hf_span ca = fixture("root");
    assert_null(esp_tls_get_global_ca_store());
    assert_int_equal(esp_tls_init_global_ca_store(), ESP_OK);
    assert_null(esp_tls_get_global_ca_store());
    assert_int_equal(esp_tls_set_global_ca_store(NULL, 1), ESP_ERR_INVALID_ARG);
    assert_int_equal(esp_tls_set_global_ca_store(ca.ptr, 0), ESP_ERR_INVALID_ARG);
    static const unsigned char damaged[] =
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----";
    assert_int_equal(esp_tls_set_global_ca_store(damaged, sizeof damaged),
                     ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED);
    assert_null(esp_tls_get_global_ca_store());
    assert_int_equal(esp_tls_set_global_ca_store(ca.ptr, (unsigned)ca.len), ESP_OK);
    const hf_anchor_list *list = esp_tls_get_global_ca_store();
    assert_non_null(list);
    assert_int_equal(list->count, 1);
    hf_span more = fixture_file("root-nc", ".pem");
    assert_int_equal(esp_tls_set_global_ca_store(more.ptr, (unsigned)more.len), ESP_OK);
    fixture_free(more);
    list = esp_tls_get_global_ca_store();
    assert_int_equal(list->count, 2);
    esp_tls_cfg_t cfg = {.use_global_ca_store = true};
    expect(&cfg, "broker.example", ESP_OK, 0);
    esp_tls_free_global_ca_store();
    assert_null(esp_tls_get_global_ca_store());
    expect(&cfg, "broker.example", ESP_ERR_INVALID_STATE, 0);
    fixture_free(ca);
}

static void test_text(void **state)
{
    (void)state;
    static const unsigned char der[] = {0x30, 0x81, 1, 0};
    static const unsigned char pem[] = "0 s:CN=x\n-----BEGIN ...\0";
    assert_int_equal(hf_esp_text(der, sizeof der).len, sizeof der);
    assert_int_equal(hf_esp_text(pem, sizeof pem).len, sizeof pem - 2);
    assert_int_equal(hf_esp_text(NULL, 7).len, 0);
    assert_int_equal(hf_esp_text((const unsigned char *)"\0\0", 2).len, 0);
}

static void test_bundle(void **state)
{
    (void)state;
    static const uint8_t binary[] = {0, 1, 2, 3};
    hf_span ca = fixture("root");
    assert_int_equal(esp_crt_bundle_attach(NULL), ESP_ERR_INVALID_ARG);
    assert_int_equal(esp_crt_bundle_set(binary, sizeof binary), ESP_ERR_NOT_SUPPORTED);
    assert_int_equal(esp_crt_bundle_set(NULL, 4), ESP_ERR_INVALID_ARG);
    assert_int_equal(esp_crt_bundle_set((const uint8_t *)"x", 1), ESP_ERR_INVALID_ARG);
    assert_int_equal(esp_crt_bundle_set(ca.ptr, ca.len), ESP_OK);
    esp_tls_cfg_t cfg = {.crt_bundle_attach = esp_crt_bundle_attach};
    expect(&cfg, "broker.example", ESP_OK, 0);
    hf_config config = {0};
    assert_int_equal(esp_crt_bundle_attach(&config), ESP_OK);
    assert_non_null(config.anchors.find);
    esp_crt_bundle_detach(&config);
    assert_null(config.anchors.find);
    esp_crt_bundle_detach(NULL);
    fixture_free(ca);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_configurations),
        cmocka_unit_test(test_keys_elsewhere),
        cmocka_unit_test(test_psk),
        cmocka_unit_test(test_global_store),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_bundle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
