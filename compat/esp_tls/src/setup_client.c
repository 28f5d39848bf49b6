/* A client's esp_tls_cfg_t: what is refused, whom to trust, which name, which session.
 */
#include "setup.h"

#include "codes.h"
#include "esp_log.h"
#include "session.h"
#include "trust.h"

#include <string.h>

static const char TAG[] = "handfast";

static esp_err_t refuse(esp_tls_error_handle_t errors, esp_err_t code, const char *why)
{
    ESP_LOGE(TAG, "%s", why);
    return hf_esp_note_plain(errors, code);
}

/* Keys in hardware of Espressif's. */
static esp_err_t check_hardware(const esp_tls_cfg_t *cfg, esp_tls_error_handle_t errors)
{
    if (cfg->use_secure_element) {
        return refuse(errors, ESP_ERR_ESP_TLS_SE_FAILED,
                      "use_secure_element: there is no secure element here; give clientkey_buf");
    }
    if (cfg->use_ecdsa_peripheral) {
        return refuse(
            errors, ESP_ERR_NOT_SUPPORTED,
            "use_ecdsa_peripheral: there is no ECDSA peripheral here; give clientkey_buf");
    }
    if (cfg->ds_data != NULL) {
        return refuse(errors, ESP_ERR_NOT_SUPPORTED,
                      "ds_data: there is no digital signature peripheral here; give clientkey_buf");
    }
    return ESP_OK;
}

static const psk_hint_key_t *psk_of(const esp_tls_cfg_t *cfg)
{
    bool other =
        cfg->crt_bundle_attach != NULL || cfg->use_global_ca_store || cfg->cacert_buf != NULL;
    return other ? NULL : cfg->psk_hint_key;
}

static esp_err_t trust_own(const esp_tls_cfg_t *cfg, esp_tls_error_handle_t errors,
                           hf_esp_engine **engine)
{
    hf_esp_store *store = &(*engine)->store;
    hf_code code = hf_esp_store_make(store, hf_esp_text(cfg->cacert_buf, cfg->cacert_bytes));
    if (code != HF_OK) {
        ESP_LOGE(TAG, "cacert_buf of %u bytes (PEM counts its final zero):", cfg->cacert_bytes);
        return hf_esp_setup_failed(code, 0, errors, engine);
    }
    if (store->skipped > 0) {
        ESP_LOGW(TAG,
                 "cacert_buf: %zu certificates are passed over: damaged, or of an unknown kind",
                 store->skipped);
    }
    hf_esp_trust_use(&(*engine)->config, store);
    return ESP_OK;
}

static esp_err_t drop(esp_tls_error_handle_t errors, esp_err_t code, const char *why,
                      hf_esp_engine **engine)
{
    hf_esp_engine_free(*engine);
    *engine = NULL;
    return refuse(errors, code, why);
}

/* The first that is set counts, in ESP-TLS's order. */
static esp_err_t trust(const esp_tls_cfg_t *cfg, esp_tls_error_handle_t errors,
                       hf_esp_engine **engine)
{
    hf_config *config = &(*engine)->config;
    if (cfg->crt_bundle_attach != NULL) {
        bool attached = cfg->crt_bundle_attach(config) == ESP_OK && config->anchors.find != NULL;
        return attached ? ESP_OK
                        : drop(errors, ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED,
                               "crt_bundle_attach has attached no CA certificates", engine);
    }
    if (cfg->use_global_ca_store) {
        const hf_esp_store *global = hf_esp_trust_global();
        if (global == NULL) {
            return drop(errors, ESP_ERR_INVALID_STATE,
                        "use_global_ca_store: call esp_tls_set_global_ca_store() first", engine);
        }
        hf_esp_trust_use(config, global);
        return ESP_OK;
    }
    if (cfg->cacert_buf != NULL) {
        return trust_own(cfg, errors, engine);
    }
    return cfg->psk_hint_key != NULL
               ? ESP_OK
               : drop(errors, ESP_ERR_MBEDTLS_SSL_SETUP_FAILED,
                      "nothing says how to know the server: set cacert_buf, use_global_ca_store, "
                      "crt_bundle_attach or psk_hint_key",
                      engine);
}

static void offer_session(hf_esp_engine *engine, const esp_tls_client_session_t *session)
{
    if (session != NULL && session->len <= engine->session.cap) {
        memcpy(engine->session.ptr, session->bytes, session->len);
        engine->session.len = session->len;
    }
    engine->memory.session = &engine->session;
}

static esp_err_t choose_name(const esp_tls_cfg_t *cfg, const char *host, size_t hostlen,
                             hf_esp_engine *engine)
{
    const char *name = cfg->common_name != NULL ? cfg->common_name : host;
    size_t len = cfg->common_name != NULL ? strlen(name) : hostlen;
    if (name == NULL || len == 0 || len >= sizeof engine->name || memchr(name, 0, len) != NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    memcpy(engine->name, name, len);
    engine->config.insecure_skip_name_check = cfg->skip_common_name; /* SNI is sent all the same */
    return ESP_OK;
}

esp_err_t hf_esp_setup_client(const esp_tls_cfg_t *cfg, const char *host, size_t hostlen,
                              esp_tls_error_handle_t errors, hf_esp_engine **engine)
{
    *engine = NULL;
    hf_esp_common common = {
        .alpn = cfg->alpn_protos,
        .suites = cfg->ciphersuites_list,
        .psk = psk_of(cfg),
        .version = cfg->tls_version,
        .identity = {.chain = hf_esp_text(cfg->clientcert_buf, cfg->clientcert_bytes),
                     .key = hf_esp_text(cfg->clientkey_buf, cfg->clientkey_bytes),
                     .password = {cfg->clientkey_password, cfg->clientkey_password_len}},
        .unified = cfg->client_key,
        .role = HF_CLIENT,
    };
    esp_err_t result = check_hardware(cfg, errors);
    if (result == ESP_OK) {
        result = hf_esp_setup_common(&common, errors, engine);
    }
    if (result == ESP_OK) {
        result = trust(cfg, errors, engine);
    }
    if (result != ESP_OK) {
        return result;
    }
    if (choose_name(cfg, host, hostlen, *engine) != ESP_OK) {
        return hf_esp_setup_failed(HF_E_NAME_SYNTAX, 0, errors, engine);
    }
    offer_session(*engine, cfg->client_session);
    hf_code code = hf_esp_engine_begin(*engine, (*engine)->name);
    return code == HF_OK ? ESP_OK : hf_esp_setup_failed(code, 0, errors, engine);
}
