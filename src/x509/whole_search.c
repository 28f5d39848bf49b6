/* Loading and searching for the whole walk: see whole.h and whole_steps.h.
 *
 * load: every certificate is parsed once and what the search needs is noted. search: depth first
 * over candidate issuers without touching a certificate, bounded by the count of its steps.
 */
#include "x509/name.h"
#include "x509/whole_steps.h"

#include <string.h>

#define DEFAULT_MAX_DEPTH 4
#define CANDIDATE_STEPS   64 /* what a candidate path counts, in steps */

static uint8_t max_depth(const hf_whole *whole)
{
    return whole->policy->max_depth > 0 ? whole->policy->max_depth : DEFAULT_MAX_DEPTH;
}

hf_code hf_whole_fail(hf_whole *whole, hf_code code, uint8_t depth)
{
    whole->state = HF_WHOLE_FAILED;
    whole->depth = depth;
    return code;
}

hf_code hf_whole_costly(hf_whole *whole, uint8_t depth)
{
    whole->detail = whole->signatures;
    return hf_whole_fail(whole, HF_E_CERT_TOO_COSTLY, depth);
}

/* How much a reason says about what is wrong. */
static unsigned rank(hf_code code)
{
    switch (code) {
    case HF_OK:
        return 0;
    case HF_E_CERT_UNKNOWN_CA:
        return 1;
    case HF_E_CERT_TOO_DEEP:
        return 2;
    case HF_E_CERT_SIGNATURE:
        return 3;
    case HF_E_CERT_PATH_LENGTH:
    case HF_E_CERT_NAME_CONSTRAINTS:
    case HF_E_CERT_NAMES_AREA:
        return 5;
    default:
        return 4;
    }
}

/* A way that does not lead to an anchor. The best reason stays: of the same rank the first, but of
 * paths that merely ended the longest. */
void hf_whole_note(hf_whole *whole, hf_code code, uint8_t depth, uint32_t detail)
{
    unsigned before = rank((hf_code)whole->refusal);
    bool longer = code == HF_E_CERT_UNKNOWN_CA && depth > whole->depth;
    if (rank(code) > before || (rank(code) == before && longer)) {
        whole->refusal = (uint16_t)code;
        whole->depth = depth;
        whole->detail = detail;
    }
}

/* ---- load */

/* Hashes of the names, needed only while the certificates are compared with each other. */
typedef struct name_hashes {
    uint8_t subject[HF_WHOLE_CERTIFICATES_MAX][HF_NAME_HASH_SIZE];
    uint8_t issuer[HF_WHOLE_CERTIFICATES_MAX][HF_NAME_HASH_SIZE];
} name_hashes;

static hf_code parse(hf_certificate *certificate, hf_span der, uint32_t *offset)
{
    hf_code code = hf_x509_parse(certificate, der, offset);
    if (code == HF_OK && certificate->signature.len > HF_SIGNATURE_MAX) {
        return HF_E_CERT_WEAK_SIGNATURE; /* made by a key that is not supported */
    }
    return code;
}

static void enter(hf_whole *whole, name_hashes *names, size_t i, const hf_certificate *certificate)
{
    whole->entries[i] = (hf_whole_entry){
        .issuer = certificate->issuer,
        .anchors_end = UINT16_MAX,
        .key_kind = (uint8_t)certificate->key.kind,
        .signature_kind = (uint8_t)certificate->signature_kind,
        .path_length = certificate->path_length,
    };
    hf_name_hash(certificate->subject, names->subject[i]);
    hf_name_hash(certificate->issuer, names->issuer[i]);
    whole->entries[i].self_issued = hf_link_self_issued(certificate);
}

static bool is_duplicate(const hf_whole *whole, size_t index)
{
    const hf_span *der = whole->certificates;
    for (size_t i = 0; i < index; i++) {
        if (der[i].len == der[index].len && memcmp(der[i].ptr, der[index].ptr, der[i].len) == 0) {
            return true;
        }
    }
    return false;
}

/* Everything behind the leaf. `usable` gets those that can be looked for by name. */
static void load_others(hf_whole *whole, name_hashes *names, uint16_t *usable)
{
    for (size_t i = 1; i < whole->count; i++) {
        hf_certificate certificate;
        uint32_t offset = 0;
        if (is_duplicate(whole, i)) {
            continue;
        }
        hf_code code = parse(&certificate, whole->certificates[i], &offset);
        if (code != HF_OK) {
            if (rank(code) > rank((hf_code)whole->refusal)) {
                whole->offset = offset;
            }
            hf_whole_note(whole, code, (uint8_t)i, 0);
            continue;
        }
        enter(whole, names, i, &certificate);
        whole->entries[i].refusal = (uint16_t)hf_link_sent_issuer(whole->policy, &certificate);
        *usable |= hf_whole_bit(i);
    }
}

/* Who may have issued whom, by name. */
static void connect(hf_whole *whole, const name_hashes *names, uint16_t usable)
{
    for (size_t child = 0; child < whole->count; child++) {
        for (size_t i = 1; i < whole->count; i++) {
            if ((usable & hf_whole_bit(child)) != 0 && (usable & hf_whole_bit(i)) != 0 &&
                i != child &&
                memcmp(names->issuer[child], names->subject[i], HF_NAME_HASH_SIZE) == 0) {
                whole->entries[child].issuers |= hf_whole_bit(i);
            }
        }
    }
}

static void push(hf_whole *whole, uint8_t index)
{
    whole->path[whole->path_len] = index;
    whole->next_issuer[whole->path_len] = 1; /* the leaf issues nothing here */
    whole->next_anchor[whole->path_len] = 0;
    whole->path_len++;
}

hf_code hf_whole_load(hf_whole *whole)
{
    name_hashes names;
    uint16_t usable = hf_whole_bit(0);
    hf_certificate leaf;
    hf_code code = parse(&leaf, whole->certificates[0], &whole->offset);
    whole->leaf = leaf.key;
    if (code == HF_OK && whole->policy->insecure_any_certificate) {
        whole->state = HF_WHOLE_TRUSTED;
        return leaf.key.kind == HF_KEY_NONE ? hf_whole_fail(whole, HF_E_CERT_WEAK_KEY, 0) : HF_OK;
    }
    if (code == HF_OK) {
        code = hf_link_leaf(whole->policy, &leaf);
    }
    if (code != HF_OK) {
        return hf_whole_fail(whole, code, 0);
    }
    push(whole, 0);
    if (hf_link_is_anchor(whole->policy, &leaf)) {
        whole->state = HF_WHOLE_TRUSTED;
        return HF_OK;
    }
    if (leaf.signature_kind == HF_SIGNATURE_NONE) {
        return hf_whole_fail(whole, HF_E_CERT_WEAK_SIGNATURE, 0);
    }
    enter(whole, &names, 0, &leaf);
    load_others(whole, &names, &usable);
    connect(whole, &names, usable);
    whole->state = HF_WHOLE_SEARCHING;
    return HF_OK;
}

/* ---- search */

/* Could a key of this kind have made the signature? What cannot fit costs no verification. */
static bool kinds_fit(const hf_whole_entry *child, hf_key_kind key)
{
    return child->signature_kind != HF_SIGNATURE_NONE &&
           (child->signature_kind == HF_ECDSA) != (key == HF_KEY_RSA);
}

/* The next anchor that may have issued the top of the path: next_anchor is left one behind it. */
static bool reaches_anchor(hf_whole *whole)
{
    hf_whole_entry *child = &whole->entries[whole->path[hf_whole_top(whole)]];
    uint16_t *next = &whole->next_anchor[hf_whole_top(whole)];
    while (*next < child->anchors_end) {
        size_t index = (*next)++;
        hf_anchor anchor;
        if ((child->anchors_bad & hf_whole_bit(index)) != 0) {
            continue;
        }
        if (!hf_whole_anchor(whole, child, index, &anchor)) {
            child->anchors_end = (uint16_t)index;
            *next = (uint16_t)index;
        } else if (!anchor.leaf_only && hf_name_same(anchor.name, child->issuer) &&
                   kinds_fit(child, anchor.key.kind)) {
            return true;
        }
    }
    return false;
}

/* Certificates below `end` that count for path lengths (RFC 5280 4.2.1.9: not self-issued). */
unsigned hf_whole_intermediates(const hf_whole *whole, unsigned end)
{
    unsigned found = 0;
    for (unsigned i = 1; i < end; i++) {
        found += whole->entries[whole->path[i]].self_issued ? 0 : 1;
    }
    return found;
}

static bool in_path(const hf_whole *whole, uint8_t index)
{
    for (size_t i = 0; i < whole->path_len; i++) {
        if (whole->path[i] == index) {
            return true;
        }
    }
    return false;
}

/* May this one stand above the top of the path? If its name is right but it may not, that is
 * noted. */
static bool may_follow(hf_whole *whole, uint8_t index)
{
    const hf_whole_entry *child = &whole->entries[whole->path[hf_whole_top(whole)]];
    const hf_whole_entry *issuer = &whole->entries[index];
    uint8_t depth = whole->path_len;
    if ((child->issuers & hf_whole_bit(index)) == 0 || (child->bad & hf_whole_bit(index)) != 0 ||
        in_path(whole, index)) {
        return false;
    }
    const hf_link_below below = {.intermediates = hf_whole_intermediates(whole, depth)};
    hf_code code = (hf_code)issuer->refusal;
    if (code == HF_OK) {
        code = hf_link_limits(issuer->path_length, (hf_span){0}, &below, &depth);
    }
    if (code == HF_OK && depth > max_depth(whole)) {
        code = HF_E_CERT_TOO_DEEP;
    }
    if (code == HF_OK && !kinds_fit(child, (hf_key_kind)issuer->key_kind)) {
        code = HF_E_CERT_SIGNATURE;
        depth--;
    }
    if (code != HF_OK) {
        hf_whole_note(whole, code, depth, code == HF_E_CERT_TOO_DEEP ? max_depth(whole) : 0);
    }
    return code == HF_OK;
}

/* Puts the next candidate issuer on the path, or takes the top off when there is none. */
static void move_on(hf_whole *whole)
{
    uint8_t *next = &whole->next_issuer[hf_whole_top(whole)];
    while (*next < whole->count) {
        uint8_t index = (*next)++;
        whole->steps++;
        if (may_follow(whole, index)) {
            push(whole, index);
            return;
        }
    }
    whole->path_len--;
}

/* Finds the next candidate path. */
hf_code hf_whole_search(hf_whole *whole)
{
    while (whole->path_len > 0) {
        if (whole->steps >= HF_WHOLE_STEPS_MAX) {
            return hf_whole_costly(whole, hf_whole_top(whole));
        }
        if (reaches_anchor(whole)) {
            whole->at = hf_whole_top(whole);
            whole->steps += CANDIDATE_STEPS;
            whole->state = HF_WHOLE_CHECKING;
            return HF_OK;
        }
        hf_whole_note(whole, HF_E_CERT_UNKNOWN_CA, hf_whole_top(whole), 0);
        move_on(whole);
    }
    return hf_whole_fail(whole, (hf_code)whole->refusal, whole->depth);
}
