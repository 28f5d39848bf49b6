/* What a configuration offers: see offer.h. Signature schemes are in offer_schemes.c. */
#include "tls/offer.h"

#include "crypto/crypto.h"
#include "tls/keys/psk.h"
#include "tls/record.h"
#include "x509/host.h"

#include <string.h>

/* Bytes of a record around what record_size_limit counts: header, tag, and in TLS 1.2 the explicit
 * nonce. In TLS 1.3 the content type is counted (RFC 8449 4). */
#define RECORD_AROUND12 (HF_RECORD_HEADER + 8u + HF_TAG_SIZE)
#define RECORD_AROUND13 (HF_RECORD_HEADER + HF_TAG_SIZE)

/* A PSK goes with suites of its hash, in TLS 1.3 (RFC 8446 4.2.11); a client that has one has
 * nothing else to show. */
static bool fits_psk(const hf_config *config, const hf_suite *suite)
{
    const hf_psk *psk = hf_offer_psk(config);
    return psk == NULL || config->role == HF_SERVER ||
           (suite->version == HF_TLS13 && suite->hash == hf_psk_hash(psk));
}

static bool suite_works(const hf_config *config, const hf_suite *suite)
{
    return suite->version >= config->version_min && suite->version <= config->version_max &&
           hf_crypto_has_aead(suite->aead) && hf_crypto_has_hash(suite->hash) &&
           fits_psk(config, suite);
}

bool hf_offer_contains(const uint16_t *list, size_t count, uint16_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == number) {
            return true;
        }
    }
    return false;
}

size_t hf_offer_suites(const hf_config *config, uint16_t suites[HF_OFFER_SUITES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; count < HF_OFFER_SUITES_MAX; i++) {
        const hf_suite *suite = hf_suite_at(i);
        if (config->suites_count > 0) {
            if (i == config->suites_count) {
                break;
            }
            suite = hf_suite_find(config->suites[i]);
        } else if (suite == NULL) {
            break;
        }
        if (suite != NULL && suite_works(config, suite) &&
            !hf_offer_contains(suites, count, suite->id)) {
            suites[count++] = suite->id;
        }
    }
    return count;
}

size_t hf_offer_groups(const hf_config *config, uint16_t groups[HF_OFFER_GROUPS_MAX])
{
    static const uint16_t ALL[] = {HF_X25519, HF_SECP256R1, HF_SECP384R1};
    bool own = config->groups_count > 0;
    const uint16_t *list = own ? config->groups : ALL;
    size_t len = own ? config->groups_count : sizeof ALL / sizeof ALL[0];
    size_t count = 0;
    for (size_t i = 0; i < len && count < HF_OFFER_GROUPS_MAX; i++) {
        if (hf_crypto_has_group(list[i]) && !hf_offer_contains(groups, count, list[i])) {
            groups[count++] = list[i];
        }
    }
    return count;
}

bool hf_offers_suite(const hf_config *config, uint16_t suite)
{
    uint16_t list[HF_OFFER_SUITES_MAX];
    return hf_offer_contains(list, hf_offer_suites(config, list), suite);
}

bool hf_offers_group(const hf_config *config, uint16_t group)
{
    uint16_t list[HF_OFFER_GROUPS_MAX];
    return hf_offer_contains(list, hf_offer_groups(config, list), group);
}

hf_span hf_offer_server_name(const hf_config *config, const char *name)
{
    const char *sni =
        config->server_name_indication != NULL ? config->server_name_indication : name;
    hf_host host;
    if (sni == NULL || hf_host_parse(&host, sni) != HF_OK) {
        return (hf_span){NULL, 0};
    }
    return host.name; /* RFC 6066 3: empty for an address, which is never sent */
}

uint16_t hf_offer_record_limit(const hf_config *config, size_t cap)
{
    size_t around = hf_offers12(config) ? RECORD_AROUND12 : RECORD_AROUND13;
    size_t limit = cap - around;
    bool no_need = limit > HF_PLAINTEXT_MAX;
    return config->no_record_limits || no_need ? 0 : (uint16_t)limit;
}

uint16_t hf_server_record_limit(uint16_t version, size_t cap)
{
    bool version13 = version == HF_TLS13;
    size_t limit = cap - (version13 ? RECORD_AROUND13 : RECORD_AROUND12);
    size_t most = HF_PLAINTEXT_MAX + (version13 ? 1u : 0u);
    return (uint16_t)(limit < most ? limit : most);
}

hf_span hf_offer_types(uint8_t raw_keys)
{
    static const uint8_t TYPES[] = {2, 0}; /* RawPublicKey, X509 */
    static const uint8_t LEN[] = {
        [HF_RAW_KEYS_NEVER] = 0, [HF_RAW_KEYS_ALLOWED] = 2, [HF_RAW_KEYS_ONLY] = 1};
    return (hf_span){TYPES, LEN[raw_keys % 3]};
}

hf_span hf_offer_own_types(const hf_config *config)
{
    bool has_one = config->identity.raw_key.len > 0;
    return hf_offer_types(has_one ? config->raw_keys : (uint8_t)HF_RAW_KEYS_NEVER);
}

uint8_t hf_offer_fragment_length(const hf_config *config, size_t cap)
{
    uint16_t limit = hf_offer_record_limit(config, cap);
    uint8_t code = 0;
    /* RFC 6066 4: 2^9 to 2^12 bytes of content; in TLS 1.3 the content type comes on top. */
    for (uint8_t i = 1; i <= 4; i++) {
        if ((256u << i) + 1u <= limit) {
            code = i;
        }
    }
    return code;
}
