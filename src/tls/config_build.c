/* hf_config_build(): everything there, everything consistent, and fetched once. */
#include "crypto/crypto.h"
#include "tls/offer.h"

#include <string.h>

static hf_code fail(hf_config *config, hf_code code)
{
    return hf_fail(&config->error, code);
}

/* A version without a suite is not offered. */
static hf_code settle_versions(hf_config *config)
{
    uint16_t list[HF_OFFER_SUITES_MAX];
    bool has12 = false;
    bool has13 = false;
    config->version_min = config->version_min == 0 ? HF_TLS12 : config->version_min;
    config->version_max = config->version_max == 0 ? HF_TLS13 : config->version_max;
    bool range = config->version_min >= HF_TLS12 && config->version_max <= HF_TLS13 &&
                 config->version_min <= config->version_max;
    size_t count = range ? hf_offer_suites(config, list) : 0;
    for (size_t i = 0; i < count; i++) {
        bool new = hf_suite_find(list[i])->version == HF_TLS13;
        has13 = has13 || new;
        has12 = has12 || !new;
    }
    config->version_min = has12 ? HF_TLS12 : HF_TLS13;
    config->version_max = has13 ? HF_TLS13 : HF_TLS12;
    return has12 || has13 ? HF_OK : HF_E_NOTHING_TO_OFFER;
}

static hf_code check_offer(hf_config *config)
{
    uint16_t list[HF_OFFER_SUITES_MAX];
    bool groups = hf_offer_groups(config, list) > 0;
    bool schemes = hf_offer_schemes(config, list) > 0;
    return groups && schemes ? HF_OK : HF_E_NOTHING_TO_OFFER;
}

static hf_code check_alpn(const hf_config *config)
{
    size_t total = 0;
    for (size_t i = 0; i < config->alpn_count; i++) {
        size_t len = strlen(config->alpn[i]);
        total += len + 1;
        if (len == 0 || len > 255 || total > 1024 || i == 255) {
            return HF_E_PROTOCOL_NAME;
        }
    }
    return HF_OK;
}

static hf_code check_trust(hf_config *config)
{
    if (config->anchor_list.count > 0 && config->anchors.find == NULL) {
        config->anchors = (hf_anchor_source){hf_anchor_list_find, &config->anchor_list};
    }
    if (config->insecure_skip_certificate_check) {
        return HF_OK;
    }
    if (config->anchors.find == NULL) {
        return HF_E_NO_ANCHORS;
    }
    return config->clock.now == NULL ? HF_E_NO_CLOCK : HF_OK;
}

/* The certificates parse, and the key is the private half of the first one. */
static hf_code check_identity(hf_config *config)
{
    for (size_t i = 0; i < config->chain_count; i++) {
        hf_certificate certificate;
        if (hf_x509_parse(&certificate, config->chain[i], &config->error.offset) != HF_OK) {
            config->error.detail = (uint32_t)i;
            return HF_E_CERT_UNREADABLE;
        }
        if (i == 0) {
            config->leaf_key = certificate.key;
        }
    }
    config->error.offset = 0;
    bool in_memory = config->key_parts.pub.kind != HF_KEY_NONE;
    if (config->chain_count == 0) {
        return in_memory || config->signer.sign != NULL ? HF_E_CERT_UNREADABLE : HF_OK;
    }
    if (config->leaf_key.kind == HF_KEY_NONE) {
        return HF_E_KEY_UNSUPPORTED;
    }
    if (!in_memory) {
        return config->signer.sign != NULL ? HF_OK : HF_E_KEY_MISMATCH;
    }
    hf_code code = hf_key_load(&config->key, &config->crypto, &config->key_parts);
    return code == HF_OK ? hf_key_matches(&config->key, &config->crypto, &config->leaf_key) : code;
}

hf_code hf_config_build(hf_config *config)
{
    if (config->built) { /* connections may be using it */
        return HF_E_USAGE;
    }
    hf_code code = (hf_code)config->error.code;
    code = code == HF_OK ? settle_versions(config) : code;
    code = code == HF_OK ? check_offer(config) : code;
    code = code == HF_OK ? check_alpn(config) : code;
    code = code == HF_OK ? check_trust(config) : code;
    code = code == HF_OK ? hf_crypto_init(&config->crypto, config->random) : code;
    code = code == HF_OK ? check_identity(config) : code;
    if (code != HF_OK) {
        hf_key_release(&config->key);
        hf_crypto_release(&config->crypto);
        return fail(config, code);
    }
    config->built = true;
    return HF_OK;
}
