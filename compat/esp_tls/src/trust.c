/* The global CA store is made anew whenever something is added; the bundle is read when it is first
 * asked for.
 */
#define _POSIX_C_SOURCE 200809L
#include "trust.h"

#include "codes.h"
#include "esp_crt_bundle.h"
#include "esp_log.h"
#include "port.h"

#include <errno.h>
#include <string.h>

#ifndef CONFIG_HANDFAST_ESP_TLS_CA_FILE
#define CONFIG_HANDFAST_ESP_TLS_CA_FILE "/etc/ssl/certs/ca-certificates.crt"
#endif

#define FILE_MAX (4u * 1024 * 1024)

static const char TAG[] = "handfast";

static hf_esp_store global;
static hf_esp_store bundle;

const hf_esp_store *hf_esp_trust_global(void)
{
    return global.list.count == 0 ? NULL : &global;
}

esp_err_t hf_esp_trust_init(void)
{
    hf_esp_trust_free();
    return ESP_OK;
}

static esp_err_t made(hf_code code, const hf_esp_store *store)
{
    hf_error error;
    hf_error_clear(&error);
    if (code == HF_OK && store->skipped > 0) {
        ESP_LOGW(TAG,
                 "%zu of %zu CA certificates are passed over: damaged, or kinds of keys that are "
                 "not supported",
                 store->skipped, store->skipped + store->list.count);
    }
    if (code == HF_OK) {
        return ESP_OK;
    }
    error.stage = HF_STAGE_SETUP;
    (void)hf_fail(&error, code);
    (void)hf_esp_note(NULL, &error, ESP_OK);
    return code == HF_E_BACKEND ? ESP_ERR_NO_MEM : ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED;
}

esp_err_t hf_esp_trust_add(const unsigned char *pem, size_t len)
{
    hf_span text = hf_esp_text(pem, len);
    if (text.len == 0) {
        return ESP_ERR_INVALID_ARG;
    }
    hf_esp_store store;
    hf_esp_lock();
    esp_err_t result = made(hf_esp_store_extend(&store, &global, text), &store);
    if (result == ESP_OK) {
        hf_esp_store_free(&global);
        global = store;
    }
    hf_esp_unlock();
    return result;
}

void hf_esp_trust_free(void)
{
    hf_esp_lock();
    hf_esp_store_free(&global);
    hf_esp_unlock();
}

void hf_esp_trust_use(hf_config *config, const hf_esp_store *store)
{
    /* The library only reads what the pointer leads to. */
    config->anchors = (hf_anchor_source){hf_anchor_list_find, (void *)(uintptr_t)&store->list};
    config->policy_epoch = store->mark;
}

static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    uint8_t *text = file == NULL ? NULL : malloc(FILE_MAX);
    if (text == NULL) {
        ESP_LOGE(TAG, "the system's CA certificates, %s: %s", path, strerror(errno));
    } else {
        *len = fread(text, 1, FILE_MAX, file);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return text;
}

static esp_err_t load_bundle(void)
{
    const char *chosen = getenv("SSL_CERT_FILE");
    const char *path =
        chosen == NULL || chosen[0] == '\0' ? CONFIG_HANDFAST_ESP_TLS_CA_FILE : chosen;
    size_t len = 0;
    uint8_t *text = read_file(path, &len);
    if (text == NULL) {
        return ESP_FAIL;
    }
    if (len == FILE_MAX) {
        ESP_LOGE(TAG, "%s has %u bytes or more: too many for CA certificates", path, FILE_MAX);
        free(text);
        return ESP_FAIL;
    }
    esp_err_t result = made(hf_esp_store_make(&bundle, (hf_span){text, len}), &bundle);
    if (result != ESP_OK) {
        ESP_LOGE(TAG, "%s holds no CA certificates that can be used", path);
    }
    free(text);
    return result == ESP_OK ? ESP_OK : ESP_FAIL;
}

esp_err_t esp_crt_bundle_attach(void *conf)
{
    if (conf == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    hf_esp_lock();
    esp_err_t result = bundle.list.count > 0 ? ESP_OK : load_bundle();
    hf_esp_unlock();
    if (result == ESP_OK) {
        hf_esp_trust_use(conf, &bundle);
    }
    return result;
}

void esp_crt_bundle_detach(void *conf)
{
    hf_config *config = conf;
    if (config != NULL && config->anchors.ctx == &bundle.list) {
        config->anchors = (hf_anchor_source){0};
    }
}

esp_err_t esp_crt_bundle_set(const uint8_t *x509_bundle, size_t bundle_size)
{
    hf_span text = hf_esp_text(x509_bundle, bundle_size);
    if (text.len == 0) {
        return ESP_ERR_INVALID_ARG;
    }
    if (text.ptr[0] == 0) { /* the count of certificates, which a binary bundle begins with */
        ESP_LOGE(TAG, "binary bundles are not read: give the CA certificates as PEM");
        return ESP_ERR_NOT_SUPPORTED;
    }
    hf_esp_store store;
    esp_err_t result = made(hf_esp_store_make(&store, text), &store);
    if (result != ESP_OK) {
        return ESP_ERR_INVALID_ARG;
    }
    hf_esp_lock();
    hf_esp_store_free(&bundle);
    bundle = store;
    hf_esp_unlock();
    return ESP_OK;
}
