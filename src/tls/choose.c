/* A server's choices from a ClientHello, except for its identity: see choose.h. */
#include "tls/choose.h"

#include "tls/offer.h"

#include <string.h>

#define FALLBACK_SCSV 0x5600u

static uint16_t best_of_list(const hf_config *config, hf_span versions)
{
    for (uint16_t version = config->version_max; version >= config->version_min; version--) {
        if (hf_numbers_have(versions, version)) {
            return version;
        }
    }
    return 0;
}

hf_code hf_choose_version(const hf_config *config, const hf_client_hello *hello, uint16_t *version,
                          uint32_t *detail)
{
    bool listed = hf_client_hello_has(hello, HF_EXT_BIT(SUPPORTED_VERSIONS));
    *detail = hello->legacy_version;
    if (hello->legacy_version <= 0x0300) { /* RFC 8446 D.5 */
        return HF_E_VERSION;
    }
    if (listed) { /* RFC 8446 4.2.1: then legacy_version says nothing */
        *version = best_of_list(config, hello->versions);
    } else {
        bool speaks12 = hello->legacy_version >= HF_TLS12 && config->version_min <= HF_TLS12;
        *version = speaks12 ? HF_TLS12 : 0;
    }
    if (*version == 0) {
        return HF_E_VERSION;
    }
    bool lower = *version < config->version_max;
    return lower && hf_numbers_have(hello->suites, FALLBACK_SCSV) ? HF_E_FALLBACK : HF_OK;
}

/* RFC 8422 4: a TLS 1.2 client that says nothing about groups takes any. */
static bool takes_group(const hf_client_hello *hello, uint16_t version, uint16_t group)
{
    bool says = hf_client_hello_has(hello, HF_EXT_BIT(SUPPORTED_GROUPS));
    if (!says && version == HF_TLS12) {
        return group == HF_SECP256R1; /* the one that all have */
    }
    return hf_numbers_have(hello->groups, group);
}

hf_code hf_choose_group(const hf_config *config, const hf_client_hello *hello, uint16_t version,
                        uint16_t *group, hf_span *point, uint32_t *detail)
{
    uint16_t ours[HF_OFFER_GROUPS_MAX];
    size_t count = hf_offer_groups(config, ours);
    *group = HF_GROUP_NONE;
    *point = (hf_span){NULL, 0};
    for (size_t i = 0; i < count; i++) {
        hf_span share = {NULL, 0};
        hf_code code =
            version == HF_TLS13 ? hf_client_hello_share(hello, ours[i], &share, detail) : HF_OK;
        if (code != HF_OK) {
            return code;
        }
        bool taken = takes_group(hello, version, ours[i]);
        if (taken && (*group == HF_GROUP_NONE || (point->len == 0 && share.len > 0))) {
            *group = ours[i];
            *point = share;
        }
    }
    return *group == HF_GROUP_NONE ? HF_E_NO_COMMON_GROUP : HF_OK;
}

static bool has_protocol(hf_span alpn, const char *name)
{
    hf_reader list = hf_read_span_of(alpn);
    size_t len = strlen(name);
    while (hf_read_left(&list) > 0) {
        hf_span theirs = hf_read_vec(&list, 1, 1, 255);
        if (theirs.len == len && memcmp(theirs.ptr, name, len) == 0) {
            return true;
        }
    }
    return false;
}

hf_code hf_choose_alpn(const hf_config *config, const hf_client_hello *hello, uint8_t *index)
{
    *index = 0;
    if (config->alpn_count == 0) {
        return HF_OK; /* RFC 7301 3.2: a server without protocols says nothing */
    }
    if (!hf_client_hello_has(hello, HF_EXT_BIT(ALPN))) {
        return config->require_alpn ? HF_E_NO_COMMON_PROTOCOL : HF_OK;
    }
    for (size_t i = 0; i < config->alpn_count && *index == 0; i++) {
        *index = has_protocol(hello->alpn, config->alpn[i]) ? (uint8_t)(i + 1) : 0;
    }
    return *index == 0 ? HF_E_NO_COMMON_PROTOCOL : HF_OK;
}

hf_code hf_choose_type(uint8_t raw_keys, hf_span offered, uint8_t *type)
{
    bool raw = offered.len > 0 && memchr(offered.ptr, HF_TYPE_RAW_PUBLIC_KEY, offered.len) != NULL;
    bool x509 = offered.len == 0 || memchr(offered.ptr, HF_TYPE_X509, offered.len) != NULL;
    if (raw && raw_keys != HF_RAW_KEYS_NEVER) {
        *type = HF_TYPE_RAW_PUBLIC_KEY;
        return HF_OK;
    }
    *type = HF_TYPE_X509;
    return x509 && raw_keys != HF_RAW_KEYS_ONLY ? HF_OK : HF_E_CERTIFICATE_TYPE;
}
