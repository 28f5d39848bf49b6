/* The digest of a configuration's policy: everything that decides whom a connection trusts, and who
 * we are. What was learnt under one policy (sessions, a remembered chain) counts for nothing under
 * another one; tickets are bound to it.
 *
 * An anchor lookup and hooks of the program's own cannot be seen from here: for them stands
 * policy_epoch.
 */
#include "tls/config.h"

#include "crypto/crypto.h"
#include "tls/keys/psk.h"
#include "tls/offer.h"
#include "wire/secret.h"

static void add_number(hf_hash *hash, uint32_t number)
{
    const uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                             (uint8_t)(number >> 8), (uint8_t)number};
    hf_hash_add(hash, bytes, sizeof bytes);
}

/* With its length, so that no two lists of fields give the same bytes. */
static void add_span(hf_hash *hash, hf_span span)
{
    add_number(hash, (uint32_t)span.len);
    hf_hash_add(hash, span.ptr, span.len);
}

static void add_settings(hf_hash *hash, const hf_config *config)
{
    const uint8_t settings[] = {
        config->role,
        config->raw_keys,
        config->max_depth,
        config->psk_modes,
        config->insecure_skip_name_check,
        config->insecure_skip_certificate_check,
        config->require_extended_master_secret,
    };
    hf_hash_add(hash, settings, sizeof settings);
    if (HF_HAS_WHOLE) { /* else nobody has these */
        const uint8_t more[] = {
            config->client_auth,
            config->peer_raw_keys,
            config->stapling,
            config->hooks.identify != NULL,
            config->hooks.authorise != NULL,
            config->psks.find != NULL,
        };
        hf_hash_add(hash, more, sizeof more);
    }
    add_number(hash, config->version_min);
    add_number(hash, config->version_max);
    add_number(hash, config->policy_epoch);
}

static void add_anchors(hf_hash *hash, const hf_anchor_list *list)
{
    add_number(hash, (uint32_t)list->count);
    for (size_t i = 0; i < list->count; i++) {
        const hf_anchor *anchor = &list->anchors[i];
        add_span(hash, anchor->name);
        add_span(hash, anchor->key.point);
        add_span(hash, anchor->key.exponent);
        add_span(hash, anchor->certificate);
        add_span(hash, anchor->constraints);
        add_number(hash, (uint32_t)anchor->path_length);
    }
}

static void add_pins(hf_hash *hash, const hf_config *config)
{
    add_number(hash, (uint32_t)config->pins_count);
    for (size_t i = 0; i < config->pins_count; i++) {
        hf_hash_add(hash, config->pins[i].sha256, sizeof config->pins[i].sha256);
    }
}

/* The key as its hash: the digest is no secret. */
static void add_psk(hf_hash *hash, const hf_psk *psk)
{
    uint8_t key[HF_HASH_MAX];
    const uint8_t settings[] = {(uint8_t)hf_psk_hash(psk), psk->plain};
    hf_sha256(psk->key, key);
    hf_hash_add(hash, settings, sizeof settings);
    add_span(hash, psk->identity);
    add_span(hash, psk->context);
    hf_hash_add(hash, key, 32);
    hf_wipe(key, sizeof key);
}

void hf_config_policy(hf_config *config)
{
    hf_hash hash;
    for (hf_identity *it = &config->identity; it != NULL; it = it->next) {
        const hf_span *shown = it->chain_count > 0 ? it->chain : &it->raw_key;
        hf_sha256(*shown, it->sha256);
    }
    hf_hash_start(&hash, HF_SHA256);
    add_settings(&hash, config);
    add_anchors(&hash, &config->anchor_list);
    add_pins(&hash, config);
    if (!hf_is_servers(config) && hf_offer_psk(config) != NULL) {
        add_psk(&hash, hf_offer_psk(config));
    }
    if (!hf_is_servers(config)) { /* a server's identity is chosen in each handshake */
        hf_hash_add(&hash, config->identity.sha256, sizeof config->identity.sha256);
    }
    hf_hash_final(&hash, config->policy);
}
