/* A path that was validated before: see remember.h. */
#include "x509/remember.h"

#include "crypto/crypto.h"

#include <string.h>

void hf_remember_certificate(const hf_path_policy *policy, unsigned position, hf_span der)
{
    if (policy->seen != NULL && position < HF_REMEMBERED_POSITIONS) {
        hf_sha256(der, policy->seen->certificate[position]);
    }
}

static void add_span(hf_hash *hash, hf_span span)
{
    const uint8_t len[] = {(uint8_t)(span.len >> 24), (uint8_t)(span.len >> 16),
                           (uint8_t)(span.len >> 8), (uint8_t)span.len};
    hf_hash_add(hash, len, sizeof len);
    hf_hash_add(hash, span.ptr, span.len);
}

/* All of it: where anchors come through a lookup of the program's own, no other digest has it. */
static void digest_anchor(const hf_anchor *anchor, uint8_t out[32])
{
    const uint32_t length = (uint32_t)anchor->path_length;
    const uint8_t numbers[] = {
        (uint8_t)anchor->key.kind, anchor->constraints.ptr != NULL, (uint8_t)(length >> 24),
        (uint8_t)(length >> 16),   (uint8_t)(length >> 8),          (uint8_t)length,
    };
    hf_hash hash;
    hf_hash_start(&hash, HF_SHA256);
    hf_hash_add(&hash, numbers, sizeof numbers);
    add_span(&hash, anchor->name);
    add_span(&hash, anchor->key.point);
    add_span(&hash, anchor->key.exponent);
    add_span(&hash, anchor->certificate);
    add_span(&hash, anchor->constraints);
    hf_hash_final(&hash, out);
}

void hf_remember_anchor(const hf_path_policy *policy, unsigned position, const hf_anchor *anchor)
{
    hf_remembered *seen = policy->seen;
    if (seen == NULL) {
        return;
    }
    bool fits = position < HF_REMEMBERED_POSITIONS;
    seen->count = (uint8_t)(fits ? position + 1 : HF_REMEMBERED_POSITIONS + 1);
    memset(seen->anchor, 0, sizeof seen->anchor);
    if (fits) {
        digest_anchor(anchor, seen->anchor);
    }
    for (unsigned i = seen->count; i < HF_REMEMBERED_POSITIONS; i++) {
        memset(seen->certificate[i], 0, sizeof seen->certificate[i]); /* of a candidate before */
    }
}

static bool is_same(const hf_path_policy *policy, unsigned position)
{
    return memcmp(policy->seen->certificate[position], policy->remembered->certificate[position],
                  sizeof policy->seen->certificate[position]) == 0;
}

static bool remembers(const hf_path_policy *policy)
{
    return policy->seen != NULL && policy->remembered != NULL && policy->remembered_holds;
}

bool hf_remembers_link(const hf_path_policy *policy, unsigned position)
{
    return remembers(policy) && position + 1 < policy->remembered->count &&
           position + 1 < HF_REMEMBERED_POSITIONS && is_same(policy, position) &&
           is_same(policy, position + 1);
}

bool hf_remembers_top(const hf_path_policy *policy, unsigned position)
{
    return remembers(policy) && position < HF_REMEMBERED_POSITIONS &&
           position + 1 == policy->remembered->count && is_same(policy, position);
}

bool hf_remembers_anchor(const hf_path_policy *policy, unsigned position, const hf_anchor *anchor)
{
    uint8_t value[32];
    if (!hf_remembers_top(policy, position)) {
        return false;
    }
    digest_anchor(anchor, value);
    return memcmp(value, policy->remembered->anchor, sizeof value) == 0;
}

unsigned hf_remembered_links(const hf_path_policy *policy)
{
    unsigned links = 0;
    for (unsigned i = 0; i + 1 < HF_REMEMBERED_POSITIONS; i++) {
        links += hf_remembers_link(policy, i) ? 1 : 0;
    }
    bool top = remembers(policy) && policy->seen->count == policy->remembered->count &&
               hf_remembers_top(policy, policy->seen->count - 1U) &&
               memcmp(policy->seen->anchor, policy->remembered->anchor, 32) == 0;
    return links + (top ? 1 : 0);
}
