/* What the two roles have in common: versions, suites, protocols, identity, shared key.
 *
 * Invariant: after an error *engine is NULL, and the error stands in the handle and in the log.
 */
#include "setup.h"

#include "codes.h"
#include "esp_log.h"
#include "key_store.h"
#include "port.h"

#include <string.h>

static const char TAG[] = "handfast";

#define PROTOCOLS_MAX 64u
#define SLACK         512u /* of decoded keys and certificates, over their text */

const int HF_ESP_SUITES[] = {0x1301, 0x1304, 0x1303, 0x1302, 0xC02B, 0xC02F,
                             0xC0AC, 0xCCA9, 0xCCA8, 0xC02C, 0xC030, 0};

esp_err_t hf_esp_setup_failed(hf_code code, uint32_t offset, esp_tls_error_handle_t errors,
                              hf_esp_engine **engine)
{
    hf_error error;
    hf_error_clear(&error);
    const hf_error *known = *engine == NULL ? &error : hf_esp_engine_error(*engine);
    const hf_error *config = *engine == NULL ? &error : &(*engine)->config.error;
    known = known->code == HF_OK ? config : known;
    if (known->code == HF_OK) {
        error.stage = HF_STAGE_SETUP;
        error.offset = offset;
        (void)hf_fail(&error, code);
        known = &error;
    }
    (void)hf_esp_note(errors, known, ESP_OK);
    const hf_esp_meaning *meaning = hf_esp_meaning_of((hf_code)known->code);
    hf_esp_engine_free(*engine);
    *engine = NULL;
    return meaning == NULL ? ESP_FAIL : (esp_err_t)meaning->esp;
}

static bool is_known(int suite)
{
    for (const int *it = HF_ESP_SUITES; *it != 0; it++) {
        if (*it == suite) {
            return true;
        }
    }
    return false;
}

static void choose_suites(hf_esp_engine *engine, const int *list)
{
    size_t count = 0;
    for (const int *it = list; it != NULL && *it != 0 && count < HF_ESP_SUITES_MAX; it++) {
        if (is_known(*it)) {
            engine->suites[count++] = (uint16_t)*it;
        } else {
            ESP_LOGW(TAG, "cipher suite 0x%04x is passed over: Handfast does not have it",
                     (unsigned)*it);
        }
    }
    if (list != NULL) {
        engine->config.suites = engine->suites;
        engine->config.suites_count = count;
    }
}

static size_t count_protocols(const char **list)
{
    size_t count = 0;
    while (list != NULL && count < PROTOCOLS_MAX && list[count] != NULL) {
        count++;
    }
    return count;
}

static void use_psk(hf_esp_engine *engine, const psk_hint_key_t *psk)
{
    const char *hint = psk->hint == NULL ? "" : psk->hint;
    engine->psk.key = hf_esp_engine_copy(engine, psk->key, psk->key_size);
    engine->psk.identity = hf_esp_engine_copy(engine, hint, strlen(hint));
    engine->psk.plain = true; /* other stacks do not import keys (RFC 9258) */
    if (engine->config.role == HF_SERVER) {
        engine->psks = (hf_psk_list){&engine->psk, 1};
        engine->config.psks = (hf_psk_source){hf_psk_list_find, &engine->psks};
    } else {
        engine->config.psk = &engine->psk;
    }
}

static void choose_versions(hf_config *config, esp_tls_proto_ver_t version)
{
    if (version == ESP_TLS_VER_TLS_1_2) {
        config->version_min = HF_TLS12;
        config->version_max = HF_TLS12;
    } else if (version == ESP_TLS_VER_TLS_1_3) {
        config->version_min = HF_TLS13;
        config->version_max = HF_TLS13;
    }
}

/* The password becomes text that ends with a zero, which the copy's room has. */
static hf_code load_identity(hf_esp_engine *engine, const hf_esp_identity *identity)
{
    static const char END[1] = "";
    if (identity->chain.len == 0) {
        return HF_OK;
    }
    hf_span chain = hf_esp_engine_copy(engine, identity->chain.ptr, identity->chain.len);
    hf_span key = hf_esp_engine_copy(engine, identity->key.ptr, identity->key.len);
    hf_span secret = hf_esp_engine_copy(engine, identity->password.ptr, identity->password.len);
    (void)hf_esp_engine_copy(engine, END, 1);
    const char *password = secret.len == 0 ? NULL : (const char *)secret.ptr;
    hf_code code =
        hf_config_identity(&engine->config, chain.ptr, chain.len, key.ptr, key.len, password);
    return code == HF_OK && identity->stored
               ? hf_esp_use_stored_key(&engine->config, identity->key_id)
               : code;
}

/* What the library says of text holds for certificates and keys alike; ESP-TLS has codes for each,
 * and a program wants to know which of its buffers it was. */
static esp_err_t identity_failed(const hf_esp_identity *identity, hf_code code,
                                 esp_tls_error_handle_t errors, hf_esp_engine **engine)
{
    bool key = (*engine)->config.identity.chain_count > 0 && !identity->stored;
    bool text = code == HF_E_PEM_EMPTY || code == HF_E_PEM_UNREADABLE;
    if (text) {
        ESP_LOGE(TAG, "%s, %zu bytes:", key ? "private key" : "own certificate",
                 key ? identity->key.len : identity->chain.len);
    }
    esp_err_t result = hf_esp_setup_failed(code, 0, errors, engine);
    if (!text || !key) {
        return result;
    }
    if (errors != NULL) {
        *errors = (esp_tls_last_error_t){ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED, HF_ESP_PK_FORMAT, 0};
    }
    return ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED;
}

static size_t room_for(const hf_esp_common *common, size_t *decoded)
{
    const hf_esp_identity *identity = &common->identity;
    size_t psk = common->psk == NULL ? 0 : common->psk->key_size;
    psk += common->psk == NULL || common->psk->hint == NULL ? 0 : strlen(common->psk->hint);
    *decoded = identity->chain.len + 2 * identity->key.len + SLACK;
    return *decoded + identity->chain.len + identity->key.len + identity->password.len + psk + 1;
}

static bool is_complete(const hf_esp_common *common)
{
    const hf_esp_identity *identity = &common->identity;
    bool psk = common->psk != NULL && (common->psk->key == NULL || common->psk->hint == NULL);
    if ((identity->chain.len == 0) == (identity->key.len > 0 || identity->stored)) {
        ESP_LOGE(TAG, "a certificate needs its private key and the other way round: set both");
        return false;
    }
    if (psk) {
        ESP_LOGE(TAG, "psk_hint_key needs a key and a hint, which is the key's name");
        return false;
    }
    return true;
}

static esp_err_t take_stored_key(uint32_t key_id, hf_esp_identity *identity)
{
    if (!hf_esp_has_key_store()) {
        ESP_LOGE(TAG, "a key id of PSA needs Handfast's psa backend: give the key in memory");
        return ESP_ERR_NOT_SUPPORTED;
    }
    identity->key = (hf_span){NULL, 0};
    identity->password = (hf_span){NULL, 0};
    identity->stored = true;
    identity->key_id = key_id;
    return ESP_OK;
}

/* ESP_ERR_NOT_SUPPORTED for a key where it cannot be. */
static esp_err_t take_key(const esp_key_config_t *config, hf_esp_identity *identity)
{
    if (config == NULL || config->source == ESP_KEY_SOURCE_NONE) {
        return ESP_OK;
    }
    if (config->source == ESP_KEY_SOURCE_PSA) {
        return take_stored_key(config->psa.key_id, identity);
    }
    if (config->source != ESP_KEY_SOURCE_BUFFER) {
        ESP_LOGE(TAG, "there is no source %d of keys", (int)config->source);
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (config->buffer.format == ESP_KEY_FORMAT_RAW || config->buffer.data == NULL) {
        ESP_LOGE(TAG, "give the private key as PEM or DER");
        return ESP_ERR_NOT_SUPPORTED;
    }
    size_t len = config->buffer.len == 0 ? strlen(config->buffer.data) : config->buffer.len;
    identity->key = hf_esp_text(config->buffer.data, len);
    identity->password =
        (hf_span){(const uint8_t *)config->buffer.password, config->buffer.password_len};
    return ESP_OK;
}

esp_err_t hf_esp_setup_common(hf_esp_common *common, esp_tls_error_handle_t errors,
                              hf_esp_engine **engine)
{
    *engine = NULL;
    esp_err_t result = take_key(common->unified, &common->identity);
    if (result != ESP_OK) {
        return hf_esp_note_plain(errors, result);
    }
    if (!is_complete(common)) {
        return hf_esp_note_plain(errors, ESP_ERR_INVALID_STATE);
    }
    if ((unsigned)common->version >= ESP_TLS_VER_TLS_MAX) {
        ESP_LOGE(TAG, "tls_version %d does not exist", (int)common->version);
        return hf_esp_note_plain(errors, ESP_ERR_INVALID_ARG);
    }
    size_t decoded = 0;
    *engine = hf_esp_engine_new(room_for(common, &decoded));
    if (*engine == NULL) {
        ESP_LOGE(TAG, "out of memory: a connection needs one block for all its buffers");
        return hf_esp_note_plain(errors, ESP_ERR_NO_MEM);
    }
    hf_config *config = &(*engine)->config;
    hf_config_init(config, (*engine)->text.ptr, decoded);
    (*engine)->text_used = decoded;
    config->role = common->role;
    config->clock = hf_esp_clock();
    config->whole_chain = CONFIG_HANDFAST_ESP_TLS_CERTIFICATE >= HF_TLS_CERTIFICATE_WHOLE;
    config->alpn = (const char *const *)common->alpn;
    config->alpn_count = count_protocols(common->alpn);
    choose_versions(config, common->version);
    choose_suites(*engine, common->suites);
    if (common->suites != NULL && config->suites_count == 0) {
        return hf_esp_setup_failed(HF_E_NOTHING_TO_OFFER, 0, errors, engine);
    }
    if (common->psk != NULL) {
        use_psk(*engine, common->psk);
    }
    hf_code code = load_identity(*engine, &common->identity);
    return code == HF_OK ? ESP_OK : identity_failed(&common->identity, code, errors, engine);
}
