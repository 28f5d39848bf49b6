/* hf_config_build(): everything there, everything consistent, and fetched once. */
#include "crypto/crypto.h"
#include "tls/config.h"
#include "tls/offer.h"
#include "tls/tell.h"
#include "x509/ocsp.h"

#include <string.h>

static hf_code fail(hf_config *config, hf_code code)
{
    return hf_fail(&config->error, code);
}

/* A version without a suite is not offered. */
static hf_code settle_versions(hf_config *config)
{
    uint16_t list[HF_OFFER_SUITES_MAX];
    uint16_t min = config->version_min == 0 ? HF_TLS12 : config->version_min;
    uint16_t max = config->version_max == 0 ? HF_TLS13 : config->version_max;
    if (hf_config_lives_by_psks(config)) {
        if (max < HF_TLS13) {
            return HF_E_PSK_VERSION;
        }
        min = min == HF_TLS12 ? HF_TLS13 : min;
        config->stapling = HF_STAPLING_OFF; /* there is no certificate to have a response for */
    }
    bool range = min >= HF_TLS12 && max <= HF_TLS13 && min <= max;
    config->version_min = min;
    config->version_max = max;
    size_t count = range ? hf_offer_suites(config, list) : 0;
    min = HF_TLS13;
    max = HF_TLS12;
    for (size_t i = 0; i < count; i++) {
        uint16_t version = hf_suite_find(list[i])->version;
        min = version < min ? version : min;
        max = version > max ? version : max;
    }
    config->version_min = min;
    config->version_max = max;
    return count > 0 ? HF_OK : HF_E_NOTHING_TO_OFFER;
}

static hf_code check_offer(hf_config *config)
{
    bool staples = !HF_HAS_WHOLE || config->stapling == HF_STAPLING_OFF || hf_ocsp_available();
    bool tells = config->trace == NULL || hf_tells(config);
    if (!staples || !tells) {
        return HF_E_UNSUPPORTED;
    }
    uint16_t list[HF_OFFER_SUITES_MAX];
    bool groups = hf_offer_groups(config, list) > 0;
    bool schemes = hf_offer_schemes(config, list) > 0 || hf_config_lives_by_psks(config);
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

/* A client knows its server by a PSK or by what a server shows, not by whichever comes. */
static hf_code check_psk(const hf_config *config)
{
    if (config->anchors.find != NULL || config->pins_count > 0 ||
        config->peer_raw_keys != HF_RAW_KEYS_NEVER || config->insecure_skip_certificate_check) {
        return HF_E_PSK_AMONG_OTHERS;
    }
    return hf_psk_check(hf_offer_psk(config));
}

/* A server with PSKs alone sees no certificates, and clients prove who they are all the same. */
static bool sees_certificates(const hf_config *config)
{
    bool asks = config->client_auth != HF_CLIENT_AUTH_NONE && !hf_config_lives_by_psks(config);
    return !hf_is_servers(config) || asks;
}

static hf_code check_trust(hf_config *config)
{
    bool asks = !HF_HAS_SERVER || sees_certificates(config);
    hf_config_settle_anchors(config);
    if (!hf_is_servers(config) && hf_offer_psk(config) != NULL) {
        return check_psk(config);
    }
    if (HF_HAS_WHOLE && asks && config->peer_raw_keys != HF_RAW_KEYS_NEVER &&
        !binds_raw_keys(config)) {
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

static void settle_sessions(hf_config *config)
{
    const uint32_t week = 604800; /* RFC 8446 4.6.1 */
    config->session_lifetime = config->session_lifetime > 0 ? config->session_lifetime : week;
    if (HF_HAS_SERVER) {
        config->tickets = config->tickets > 0 ? config->tickets : 1;
        config->ticket_lifetime = config->ticket_lifetime > 0 ? config->ticket_lifetime : 86400;
        config->ticket_lifetime = config->ticket_lifetime < week ? config->ticket_lifetime : week;
    }
}

/* Who asks about the peer has to see its whole certificate. */
static void settle_walk(hf_config *config)
{
    config->whole_chain = config->whole_chain || hf_is_servers(config) ||
                          config->hooks.authorise != NULL || config->stapling != HF_STAPLING_OFF;
}

/* A build may lack the server's half, what needs all that the peer shows at once, or external PSKs.
 */
static bool has_parts(const hf_config *config)
{
    bool whole = config->whole_chain || config->peer_raw_keys != HF_RAW_KEYS_NEVER;
    return (HF_HAS_SERVER || config->role != HF_SERVER) && (HF_HAS_WHOLE || !whole) &&
           (HF_HAS_EXTERNAL_PSK || config->psk == NULL);
}

hf_code hf_config_build(hf_config *config)
{
    if (config->built) { /* connections may be using it */
        return HF_E_USAGE;
    }
    hf_code code = (hf_code)config->error.code;
    settle_walk(config);
    if (code == HF_OK && !has_parts(config)) {
        code = HF_E_UNSUPPORTED;
    }
    if (HF_HAS_EXTERNAL_PSK && code == HF_OK && !hf_config_has_certificates() &&
        !hf_config_lives_by_psks(config)) {
        code = HF_E_NO_CERTIFICATES;
    }
    code = code == HF_OK ? settle_versions(config) : code;
    code = code == HF_OK ? check_offer(config) : code;
    code = code == HF_OK ? check_alpn(config) : code;
    code = code == HF_OK ? check_trust(config) : code;
    code = code == HF_OK ? hf_crypto_init(&config->crypto, config->random) : code;
    code = code == HF_OK ? hf_crypto_try_random(&config->crypto) : code;
    code = code == HF_OK ? hf_config_check_identities(config) : code;
    if (code != HF_OK) {
        hf_config_release_keys(config);
        hf_crypto_release(&config->crypto);
        return fail(config, code);
    }
    hf_limits_settle(&config->limits, hf_is_servers(config));
    settle_sessions(config);
    hf_config_policy(config);
    config->built = true;
    return HF_OK;
}
