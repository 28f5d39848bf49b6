/* A client's remembered chain in the engine: see remembered.h. */
#include "tls/remembered.h"

#include "crypto/crypto.h"
#include "tls/offer.h"
#include "x509/remember.h"

#include <string.h>

size_t hf_remembered_room(const hf_config *config, const hf_tls_memory *memory)
{
    bool checks = !config->insecure_skip_certificate_check && !config->insecure_skip_name_check &&
                  hf_offer_psk(config) == NULL;
    bool wanted = memory->remembered != NULL && config->role == HF_CLIENT && checks;
    return wanted ? sizeof(hf_remembered) : 0;
}

/* Over all that is stored. Half of an old one and half of a new one must not pass for one. */
static void make_check(const hf_remembered *remembered, uint8_t out[6])
{
    uint8_t value[HF_HASH_MAX];
    hf_remembered copy = *remembered;
    hf_hash hash;
    memset(copy.check, 0, sizeof copy.check);
    hf_hash_start(&hash, HF_SHA256);
    hf_hash_add(&hash, (const uint8_t *)&copy, sizeof copy);
    hf_hash_final(&hash, value);
    memcpy(out, value, sizeof copy.check);
}

static bool holds(const hf_remembered *remembered, const hf_config *config)
{
    uint8_t check[sizeof remembered->check];
    if (remembered->version != HF_REMEMBERED_VERSION || remembered->count == 0 ||
        remembered->count > HF_REMEMBERED_POSITIONS + 1) {
        return false;
    }
    make_check(remembered, check);
    return memcmp(check, remembered->check, sizeof check) == 0 &&
           memcmp(remembered->policy, config->policy, sizeof config->policy) == 0;
}

void hf_remembered_begin(hf_handshake *hs, const hf_tls_memory *memory)
{
    hf_path_policy *policy = &hs->policy;
    size_t room = hf_remembered_room(hs->config, memory);
    if (room == 0) {
        return;
    }
    hs->slot.cap -= room;
    policy->seen = (hf_remembered *)(void *)(hs->slot.ptr + hs->slot.cap); /* bytes only */
    memset(policy->seen, 0, sizeof *policy->seen);
    policy->remembered = memory->remembered;
    policy->remembered_holds = holds(policy->remembered, hs->config);
}

/* The digest of a path that was validated in full by now, under this policy. */
static void keep(hf_handshake *hs)
{
    hf_remembered *kept = hs->policy.remembered;
    hf_remembered *seen = hs->policy.seen;
    hs->signatures_saved = (uint8_t)hf_remembered_links(&hs->policy);
    seen->version = HF_REMEMBERED_VERSION;
    memcpy(seen->policy, hs->config->policy, sizeof seen->policy);
    make_check(seen, seen->check);
    if (memcmp(kept, seen, sizeof *kept) != 0) {
        *kept = *seen;
        hs->remembered_changed = true;
    }
}

void hf_remembered_end(hf_handshake *hs, bool good)
{
    hf_path_policy *policy = &hs->policy;
    if (policy->seen == NULL) {
        return;
    }
    if (good && policy->seen->count > 0) { /* else no path was walked, or the leaf is an anchor */
        keep(hs);
    }
    policy->seen = policy->remembered = NULL;
    hs->slot.cap += sizeof(hf_remembered);
}

uint32_t hf_remembered_detail(const hf_handshake *hs, hf_code code)
{
    bool slot = code == HF_E_CERT_TOO_LARGE || code == HF_E_MESSAGE_TOO_LARGE ||
                code == HF_E_HELLO_TOO_LARGE || code == HF_E_MEMORY_TOO_SMALL;
    bool taken = hs->policy.seen != NULL && hs->detail > 0;
    return slot && taken ? (uint32_t)sizeof(hf_remembered) : 0;
}
