/* What this configuration offers a server, and so what it accepts from it: the configured lists cut
 * down to what the crypto backend has and the versions allow.
 */
#ifndef HF_TLS_OFFER_H
#define HF_TLS_OFFER_H

#include "tls/keys/suite.h"
#include "tls/message/extension.h"

#include <handfast/config.h>

#define HF_OFFER_SUITES_MAX  16u
#define HF_OFFER_GROUPS_MAX  4u
#define HF_OFFER_SCHEMES_MAX HF_SCHEMES_MAX

size_t hf_offer_suites(const hf_config *config, uint16_t suites[HF_OFFER_SUITES_MAX]);
size_t hf_offer_groups(const hf_config *config, uint16_t groups[HF_OFFER_GROUPS_MAX]);
size_t hf_offer_schemes(const hf_config *config, uint16_t schemes[HF_OFFER_SCHEMES_MAX]);
/* Those that we sign with, whatever we take from others. */
size_t hf_offer_signing_schemes(const hf_config *config, uint16_t schemes[HF_OFFER_SCHEMES_MAX]);

/* The versions of a configuration that is built. */
static inline bool hf_offers12(const hf_config *config)
{
    return HF_HAS_TLS12 && config->version_min <= HF_TLS12;
}

static inline bool hf_offers13(const hf_config *config)
{
    return !HF_HAS_TLS12 || config->version_max >= HF_TLS13;
}

/* A client's PSK of the configuration's; NULL: none. A build without them has no code behind it. */
static inline const hf_psk *hf_offer_psk(const hf_config *config)
{
    return HF_HAS_EXTERNAL_PSK ? config->psk : NULL;
}

/* False for a client that has nothing but a PSK and wants it without a key exchange: then no groups
 * and no key shares are offered (RFC 8446 9.2). */
static inline bool hf_offers_exchange(const hf_config *config)
{
    return hf_offer_psk(config) == NULL || config->psk_modes != HF_PSK_KE_ONLY;
}

/* Whether a list has a number: no list offers one twice (RFC 8446 4.2.8). */
bool hf_offer_contains(const uint16_t *list, size_t count, uint16_t number);

bool hf_offers_suite(const hf_config *config, uint16_t suite);
bool hf_offers_group(const hf_config *config, uint16_t group);
bool hf_offers_scheme(const hf_config *config, uint16_t scheme);

/* The name to send as SNI without a trailing dot; empty for addresses and when there is none. */
hf_span hf_offer_server_name(const hf_config *config, const char *name);

/* record_size_limit (RFC 8449) that an input buffer of `cap` bytes can hold in all offered
 * versions, and the code of the largest max_fragment_length (RFC 6066) below it; 0: not offered. */
uint16_t hf_offer_record_limit(const hf_config *config, size_t cap);
uint8_t hf_offer_fragment_length(const hf_config *config, size_t cap);

/* record_size_limit of a server, for one version: what its buffer holds, at most the protocol's. */
uint16_t hf_server_record_limit(uint16_t version, size_t cap);

/* Certificate types (RFC 7250) that we offer for one direction, the preferred first; empty: the
 * extension is left out, which means X.509. */
hf_span hf_offer_types(uint8_t raw_keys);
hf_span hf_offer_own_types(const hf_config *config); /* a client's, of what it sends itself */
static inline hf_span hf_offer_peer_types(const hf_config *config)
{
    return HF_HAS_WHOLE ? hf_offer_types(config->peer_raw_keys) : (hf_span){NULL, 0};
}

/* Whether responses may be stapled to the server's certificate. */
static inline bool hf_offers_stapling(const hf_config *config)
{
    return HF_HAS_WHOLE && config->stapling != HF_STAPLING_OFF;
}

#endif
