/* The signature schemes that a configuration offers and signs with: see offer.h. */
#include "tls/offer.h"

#include "crypto/crypto.h"

static bool scheme_works(const hf_scheme_info *scheme)
{
    return hf_crypto_can_verify(scheme->key, scheme->kind, scheme->hash);
}

/* `list` cut down to what works; without one all that there are. */
static size_t collect_schemes(const uint16_t *list, size_t len,
                              uint16_t schemes[HF_OFFER_SCHEMES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; count < HF_OFFER_SCHEMES_MAX; i++) {
        const hf_scheme_info *scheme = hf_scheme_at(i);
        if (len > 0) {
            if (i == len) {
                break;
            }
            scheme = hf_scheme_find(list[i]);
        } else if (scheme == NULL) {
            break;
        }
        if (scheme != NULL && scheme_works(scheme) &&
            !hf_offer_contains(schemes, count, scheme->id)) {
            schemes[count++] = scheme->id;
        }
    }
    return count;
}

size_t hf_offer_schemes(const hf_config *config, uint16_t schemes[HF_OFFER_SCHEMES_MAX])
{
    return collect_schemes(config->schemes, config->schemes_count, schemes);
}

size_t hf_offer_signing_schemes(const hf_config *config, uint16_t schemes[HF_OFFER_SCHEMES_MAX])
{
    return collect_schemes(config->signing_schemes, config->signing_schemes_count, schemes);
}

bool hf_offers_scheme(const hf_config *config, uint16_t scheme)
{
    uint16_t list[HF_OFFER_SCHEMES_MAX];
    return hf_offer_contains(list, hf_offer_schemes(config, list), scheme);
}
