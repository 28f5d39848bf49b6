/* hf_config_build(): everything there, everything consistent, and fetched once. */
#include "crypto/crypto.h"
#include "tls/config.h"
#include "tls/offer.h"
#include "x509/ocsp.h"

#include <string.h>

static hf_code fail(hf_config *config, hf_code code)
{
    return hf_fail(&config->error, code);
}

static bool has_identity(const hf_config *config)
{
    const hf_identity *first = &config->identity;
    return first->chain_count > 0 || first->raw_key.len > 0;
}

/* Nobody without a PSK: then it is TLS 1.3 or nothing. */
static bool lives_by_psks(const hf_config *config)
{
    bool server = config->role == HF_SERVER;
    return server ? config->psks.find != NULL && !has_identity(config) : config->psk != NULL;
}

/* A version without a suite is not offered. */
static hf_code settle_versions(hf_config *config)
{
    uint16_t list[HF_OFFER_SUITES_MAX];
    bool has12 = false;
    bool has13 = false;
    config->version_min = config->version_min == 0 ? HF_TLS12 : config->version_min;
    config->version_max = config->version_max == 0 ? HF_TLS13 : config->version_max;
    if (lives_by_psks(config)) {
        if (config->version_max < HF_TLS13) {
            return HF_E_PSK_VERSION;
        }
        config->version_min = config->version_min == HF_TLS12 ? HF_TLS13 : config->version_min;
    }
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
    if (config->stapling != HF_STAPLING_OFF && !hf_ocsp_available()) {
        return HF_E_UNSUPPORTED;
    }
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

/* A raw public key of the peer's is worth what binds it to the peer (RFC 7250 6). */
static bool binds_raw_keys(const hf_config *config)
{
    return config->pins_count > 0 || config->hooks.authorise != NULL ||
           config->insecure_skip_certificate_check;
}

/* A client knows its server by a PSK or by what a server shows: not by whichever comes (RFC 9257 7:
 * a PSK says who the other end is). */
static hf_code check_psk(const hf_config *config)
{
    if (config->anchors.find != NULL || config->pins_count > 0 ||
        config->peer_raw_keys != HF_RAW_KEYS_NEVER || config->insecure_skip_certificate_check) {
        return HF_E_PSK_AMONG_OTHERS;
    }
    return hf_psk_check(config->psk);
}

/* A server with PSKs alone sees no certificates, and clients prove who they are all the same. */
static bool sees_certificates(const hf_config *config)
{
    bool server = config->role == HF_SERVER;
    bool psks_alone = config->psks.find != NULL && !has_identity(config);
    return !server || (config->client_auth != HF_CLIENT_AUTH_NONE && !psks_alone);
}

static hf_code check_trust(hf_config *config)
{
    bool asks = sees_certificates(config);
    if (config->anchor_list.count > 0 && config->anchors.find == NULL) {
        config->anchors = (hf_anchor_source){hf_anchor_list_find, &config->anchor_list};
    }
    if (config->role == HF_CLIENT && config->psk != NULL) {
        return check_psk(config);
    }
    if (asks && config->peer_raw_keys != HF_RAW_KEYS_NEVER && !binds_raw_keys(config)) {
        return HF_E_NO_ANCHORS;
    }
    bool certificates = asks && config->peer_raw_keys != HF_RAW_KEYS_ONLY;
    if (config->insecure_skip_certificate_check || !certificates) {
        return HF_OK;
    }
    if (config->anchors.find == NULL) {
        return HF_E_NO_ANCHORS;
    }
    return config->clock.now == NULL ? HF_E_NO_CLOCK : HF_OK;
}

/* ---- identities */

/* The certificates parse; what is sent as our key is that of the first one. */
static hf_code check_chain(hf_config *config, hf_identity *it)
{
    for (size_t i = 0; i < it->chain_count; i++) {
        hf_certificate certificate;
        if (hf_x509_parse(&certificate, it->chain[i], &config->error.offset) != HF_OK) {
            config->error.detail = (uint32_t)i;
            return HF_E_CERT_UNREADABLE;
        }
        if (i == 0) {
            it->leaf_key = certificate.key;
            it->raw_key = it->raw_key.len > 0 ? it->raw_key : certificate.spki;
        }
    }
    config->error.offset = 0;
    if (it->chain_count == 0) {
        return hf_x509_public_key(&it->leaf_key, it->raw_key) == HF_E_CERT_SYNTAX
                   ? HF_E_CERT_UNREADABLE
                   : HF_OK;
    }
    return HF_OK;
}

/* What is sent needs what it is sent of: certificates, or a raw public key. */
static bool can_be_sent(const hf_config *config, const hf_identity *it)
{
    return it->chain_count > 0 || (it->raw_key.len > 0 && config->raw_keys != HF_RAW_KEYS_NEVER);
}

/* The key is the private half of the first certificate, or of the raw public key. */
static hf_code check_identity(hf_config *config, hf_identity *it)
{
    bool in_memory = it->key_parts.pub.kind != HF_KEY_NONE;
    bool outside = it->signer.sign != NULL;
    if (!can_be_sent(config, it)) {
        bool empty = !in_memory && !outside && it->raw_key.len == 0;
        return empty && config->role == HF_CLIENT ? HF_OK : HF_E_CERT_UNREADABLE;
    }
    hf_code code = check_chain(config, it);
    if (code != HF_OK) {
        return code;
    }
    if (it->leaf_key.kind == HF_KEY_NONE) {
        return HF_E_KEY_UNSUPPORTED;
    }
    if (!in_memory) {
        return outside ? HF_OK : HF_E_KEY_MISMATCH;
    }
    code = hf_key_load(&it->key, &config->crypto, &it->key_parts);
    return code == HF_OK ? hf_key_matches(&it->key, &config->crypto, &it->leaf_key) : code;
}

static hf_code check_identities(hf_config *config)
{
    hf_code code = HF_OK;
    if (config->role == HF_SERVER && !has_identity(config)) {
        return config->psks.find != NULL ? HF_OK : HF_E_NO_IDENTITY;
    }
    for (hf_identity *it = &config->identity; it != NULL && code == HF_OK; it = it->next) {
        code = check_identity(config, it);
    }
    return code;
}

/* ---- defaults */

static void settle_limits(hf_config *config)
{
    static const hf_limits CLIENT = {.message = 1U << 18, .bytes = 1U << 19};
    static const hf_limits SERVER = {.message = 1U << 16, .bytes = 1U << 18};
    const hf_limits *role = config->role == HF_SERVER ? &SERVER : &CLIENT;
    hf_limits *limits = &config->limits;
    limits->message = limits->message > 0 ? limits->message : role->message;
    limits->bytes = limits->bytes > 0 ? limits->bytes : role->bytes;
    limits->records = limits->records > 0 ? limits->records : 8192;
    limits->messages = limits->messages > 0 ? limits->messages : 64;
    limits->later = limits->later > 0 ? limits->later : 128;
    limits->key_updates = limits->key_updates > 0 ? limits->key_updates : 32;
    limits->empty = limits->empty > 0 ? limits->empty : 32;
    limits->warnings = limits->warnings > 0 ? limits->warnings : 4;
    limits->early_data = limits->early_data > 0 ? limits->early_data : 1U << 14;
}

static void settle_sessions(hf_config *config)
{
    const uint32_t week = 604800; /* RFC 8446 4.6.1 */
    config->tickets = config->tickets > 0 ? config->tickets : 1;
    config->ticket_lifetime = config->ticket_lifetime > 0 ? config->ticket_lifetime : 86400;
    config->ticket_lifetime = config->ticket_lifetime < week ? config->ticket_lifetime : week;
    config->session_lifetime = config->session_lifetime > 0 ? config->session_lifetime : week;
}

/* Who asks about the peer has to see its whole certificate. */
static void settle_walk(hf_config *config)
{
    config->whole_chain = config->whole_chain || config->role == HF_SERVER ||
                          config->hooks.authorise != NULL || config->stapling != HF_STAPLING_OFF;
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
    code = code == HF_OK ? check_identities(config) : code;
    if (code != HF_OK) {
        hf_config_release_keys(config);
        hf_crypto_release(&config->crypto);
        return fail(config, code);
    }
    settle_limits(config);
    settle_walk(config);
    settle_sessions(config);
    hf_config_policy(config);
    config->built = true;
    return HF_OK;
}
