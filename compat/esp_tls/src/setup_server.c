/* A server's esp_tls_cfg_server_t, and the keys of its tickets.
 */
#include "setup.h"

#include "codes.h"
#include "esp_log.h"
#include "tickets.h"
#include "trust.h"

#include <string.h>

static const char TAG[] = "handfast";

static esp_err_t check(const esp_tls_cfg_server_t *cfg, esp_tls_error_handle_t errors)
{
    if (cfg->use_secure_element || cfg->use_ecdsa_peripheral) {
        ESP_LOGE(TAG,
                 "there is no secure element and no ECDSA peripheral here: give serverkey_buf");
        return hf_esp_note_plain(errors, cfg->use_secure_element ? ESP_ERR_ESP_TLS_SE_FAILED
                                                                 : ESP_ERR_NOT_SUPPORTED);
    }
    if (cfg->cert_select_cb != NULL) {
        ESP_LOGE(TAG,
                 "cert_select_cb gets an mbedtls_ssl_context, which is not here: leave it NULL");
        return hf_esp_note_plain(errors, ESP_ERR_NOT_SUPPORTED);
    }
    return ESP_OK;
}

static esp_err_t trust(const esp_tls_cfg_server_t *cfg, esp_tls_error_handle_t errors,
                       hf_esp_engine **engine)
{
    hf_config *config = &(*engine)->config;
    if (cfg->cacert_buf == NULL) {
        return ESP_OK;
    }
    hf_esp_store *store = &(*engine)->store;
    hf_code code = hf_esp_store_make(store, hf_esp_text(cfg->cacert_buf, cfg->cacert_bytes));
    if (code != HF_OK) {
        return hf_esp_setup_failed(code, 0, errors, engine);
    }
    hf_esp_trust_use(config, store);
    config->client_auth =
        cfg->client_cert_authmode_optional ? HF_CLIENT_AUTH_REQUEST : HF_CLIENT_AUTH_REQUIRE;
    return ESP_OK;
}

esp_err_t hf_esp_setup_server(const esp_tls_cfg_server_t *cfg, esp_tls_error_handle_t errors,
                              hf_esp_engine **engine)
{
    *engine = NULL;
    hf_esp_common common = {
        .alpn = cfg->alpn_protos,
        .suites = cfg->ciphersuites_list,
        .psk = cfg->psk_hint_key,
        .version = cfg->tls_version,
        .identity = {.chain = hf_esp_text(cfg->servercert_buf, cfg->servercert_bytes),
                     .key = hf_esp_text(cfg->serverkey_buf, cfg->serverkey_bytes),
                     .password = {cfg->serverkey_password, cfg->serverkey_password_len}},
        .unified = cfg->server_key,
        .role = HF_SERVER,
    };
    esp_err_t result = check(cfg, errors);
    if (result == ESP_OK) {
        result = hf_esp_setup_common(&common, errors, engine);
    }
    if (result == ESP_OK) {
        result = trust(cfg, errors, engine);
    }
    if (result != ESP_OK) {
        return result;
    }
    hf_config *config = &(*engine)->config;
    config->unknown_name = HF_UNKNOWN_NAME_DEFAULT; /* ESP-TLS's servers serve any name */
    if (cfg->ticket_ctx != NULL && cfg->ticket_ctx->ticket_ctx != NULL) {
        config->ticket_keys = hf_esp_tickets_source(cfg->ticket_ctx->ticket_ctx);
    }
    hf_code code = hf_esp_engine_begin(*engine, NULL);
    return code == HF_OK ? ESP_OK : hf_esp_setup_failed(code, 0, errors, engine);
}
