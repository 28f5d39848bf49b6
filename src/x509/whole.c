/* The whole walk over a peer's certificates: see whole.h. Here: its run, and the check of a
 * candidate path from the anchor down. Certificates are parsed again for it, which costs
 * microseconds. A failure leads back to the search (whole_search.c).
 */
#include "x509/constraints.h"
#include "x509/remember.h"
#include "x509/whole_steps.h"

#define DEFAULT_MAX_CERTIFICATES 10
#define DEFAULT_MAX_SIGNATURES   6
#define STEP_OF_CONSTRAINTS      2048 /* names times constraints, in bytes, that count as a step */

void hf_whole_start(hf_whole *whole, const hf_path_policy *policy, const hf_span *certificates,
                    size_t count, hf_space names)
{
    size_t most =
        policy->max_certificates > 0 ? policy->max_certificates : DEFAULT_MAX_CERTIFICATES;
    most = most < HF_WHOLE_CERTIFICATES_MAX ? most : HF_WHOLE_CERTIFICATES_MAX;
    *whole = (hf_whole){
        .policy = policy,
        .certificates = certificates,
        .count = (uint8_t)(count < most ? count : most),
        .names = names,
        .state = HF_WHOLE_NEW,
    };
}

static uint8_t max_signatures(const hf_whole *whole)
{
    return whole->policy->max_signatures > 0 ? whole->policy->max_signatures
                                             : DEFAULT_MAX_SIGNATURES;
}

/* ---- check */

/* Gives up the candidate: only the first `keep` of the path stay. */
static hf_code back(hf_whole *whole, unsigned keep)
{
    whole->path_len = (uint8_t)keep;
    whole->state = HF_WHOLE_SEARCHING;
    return HF_PENDING;
}

static void parse_again(const hf_whole *whole, unsigned depth, hf_certificate *certificate)
{
    (void)hf_x509_parse(certificate, whole->certificates[whole->path[depth]], NULL);
}

/* What a CA or an anchor limits, on the certificates of the path below `end`. Only limits of what
 * is trusted already are looked at, so that nobody else can make this long. */
static hf_code check_limits(hf_whole *whole, int32_t path_length, hf_span constraints, uint8_t end)
{
    hf_link_below below = {.intermediates = hf_whole_intermediates(whole, end)};
    uint8_t depth = end;
    uint32_t detail = 0;
    hf_code code = hf_link_limits(path_length, (hf_span){0}, &below, &depth);
    for (uint8_t i = 0; i < end && code == HF_OK && constraints.ptr != NULL; i++) {
        hf_certificate certificate;
        if (i > 0 && whole->entries[whole->path[i]].self_issued) {
            continue; /* RFC 5280 6.1.3 b */
        }
        uint32_t len = 0;
        parse_again(whole, i, &certificate);
        hf_constraints_collect(&whole->names, &len, &certificate, i);
        below.names = (hf_span){.ptr = whole->names.ptr, .len = len <= whole->names.cap ? len : 0};
        below.names_needed = len;
        whole->steps += 1 + (uint32_t)(below.names.len * constraints.len / STEP_OF_CONSTRAINTS);
        code = hf_link_limits(path_length, constraints, &below, &depth);
        detail = code == HF_E_CERT_NAMES_AREA ? len : 0;
    }
    if (code != HF_OK) {
        hf_whole_note(whole, code, depth, detail);
    }
    return code;
}

/* One signature of the path: that of path[at]. */
static hf_code verify(hf_whole *whole, const hf_public_key *key)
{
    hf_certificate certificate;
    hf_hash hash;
    uint8_t value[HF_HASH_MAX];
    parse_again(whole, whole->at, &certificate);
    hf_hash_start(&hash, certificate.signature_hash);
    hf_hash_add(&hash, certificate.tbs.ptr, certificate.tbs.len);
    hf_hash_final(&hash, value);
    const hf_link_child child = {
        .kind = certificate.signature_kind,
        .hash = certificate.signature_hash,
        .tbs_hash = value,
        .signature = certificate.signature,
    };
    whole->signatures++;
    return hf_link_signature(whole->policy->crypto, key, &child);
}

/* Does the error concern only the link that was tried? */
static bool is_about_link(hf_code code)
{
    return code == HF_E_CERT_SIGNATURE || code == HF_E_CERT_WEAK_KEY ||
           code == HF_E_CERT_WEAK_SIGNATURE;
}

/* The top of the path and its anchor. */
static hf_code check_top(hf_whole *whole, bool verified)
{
    hf_whole_entry *child = &whole->entries[whole->path[whole->at]];
    size_t index = (size_t)whole->next_anchor[whole->at] - 1;
    hf_anchor anchor;
    if (!hf_whole_anchor(whole, child, index, &anchor)) {
        return back(whole, whole->path_len); /* the source gives it no longer */
    }
    if (!verified) {
        hf_code code = verify(whole, &anchor.key);
        if (code != HF_OK) {
            child->anchors_bad |= hf_whole_bit(index);
            if (code == HF_E_CERT_WEAK_SIGNATURE) {
                hf_whole_note(whole, code, whole->at, 0);
            }
            return is_about_link(code) ? back(whole, whole->path_len)
                                       : hf_whole_fail(whole, code, whole->at);
        }
        child->anchors_good |= hf_whole_bit(index);
    }
    if (check_limits(whole, anchor.path_length, anchor.constraints, whole->path_len) != HF_OK) {
        return back(whole, whole->path_len);
    }
    hf_remember_anchor(whole->policy, whole->at, &anchor);
    return HF_OK;
}

/* path[at] and the certificate above it, which is trusted by now. */
static hf_code check_link(hf_whole *whole, bool verified)
{
    hf_whole_entry *child = &whole->entries[whole->path[whole->at]];
    uint16_t above = hf_whole_bit(whole->path[whole->at + 1]);
    hf_certificate issuer;
    if (verified) {
        return HF_OK;
    }
    parse_again(whole, whole->at + 1U, &issuer);
    hf_code code = verify(whole, &issuer.key);
    if (code == HF_OK) {
        child->good |= above;
        return HF_OK;
    }
    if (!is_about_link(code)) {
        return hf_whole_fail(whole, code, whole->at);
    }
    child->bad |= above;
    hf_whole_note(whole, code, (uint8_t)(code == HF_E_CERT_WEAK_KEY ? whole->at + 1 : whole->at),
                  0);
    return back(whole, whole->at + 1U);
}

/* Was the signature of path[at] verified before, with the issuer that it has here? */
static bool is_verified(const hf_whole *whole)
{
    const hf_whole_entry *child = &whole->entries[whole->path[whole->at]];
    if (whole->at == hf_whole_top(whole)) {
        return (child->anchors_good & hf_whole_bit((size_t)whole->next_anchor[whole->at] - 1)) != 0;
    }
    return (child->good & hf_whole_bit(whole->path[whole->at + 1])) != 0;
}

/* path[at] is trusted now; if it is a CA its limits hold from here on. */
static hf_code descend(hf_whole *whole)
{
    hf_certificate issuer;
    if (whole->at == 0) {
        whole->state = HF_WHOLE_TRUSTED;
        return HF_OK;
    }
    parse_again(whole, whole->at, &issuer);
    if (check_limits(whole, issuer.path_length, issuer.constraints, whole->at) != HF_OK) {
        return back(whole, whole->at);
    }
    whole->at--;
    return HF_PENDING;
}

/* Of a new candidate: the signatures that are remembered. They still wait for their turn, from the
 * anchor down. */
static void recall(hf_whole *whole)
{
    const hf_path_policy *policy = whole->policy;
    unsigned top = hf_whole_top(whole);
    hf_whole_entry *last = &whole->entries[whole->path[top]];
    size_t index = (size_t)whole->next_anchor[top] - 1;
    hf_anchor anchor;
    if (policy->seen == NULL) {
        return;
    }
    for (unsigned i = 0; i <= top; i++) {
        hf_remember_certificate(policy, i, whole->certificates[whole->path[i]]);
    }
    for (unsigned i = 0; i < top; i++) {
        bool known = hf_remembers_link(policy, i);
        uint16_t above = hf_whole_bit(whole->path[i + 1]);
        whole->entries[whole->path[i]].good |= known ? above : (uint16_t)0;
    }
    if (hf_remembers_top(policy, top) && hf_whole_anchor(whole, last, index, &anchor) &&
        hf_remembers_anchor(policy, top, &anchor)) {
        last->anchors_good |= hf_whole_bit(index);
    }
}

/* The next link of the candidate. HF_PENDING: whatever the state says is next. */
static hf_code check(hf_whole *whole, bool verified)
{
    hf_code code =
        whole->at == hf_whole_top(whole) ? check_top(whole, verified) : check_link(whole, verified);
    return code == HF_OK ? descend(whole) : code;
}

hf_code hf_whole_run(hf_whole *whole)
{
    if (whole->state == HF_WHOLE_FAILED || whole->count == 0) {
        return HF_E_USAGE;
    }
    hf_code code = whole->state == HF_WHOLE_NEW ? hf_whole_load(whole) : HF_OK;
    bool worked = false;
    while ((code == HF_OK || code == HF_PENDING) && whole->state != HF_WHOLE_TRUSTED) {
        if (whole->state == HF_WHOLE_SEARCHING) {
            code = hf_whole_search(whole);
            if (code == HF_OK) {
                recall(whole);
            }
            continue;
        }
        bool verified = is_verified(whole);
        if (!verified && worked) {
            return HF_PENDING;
        }
        if (!verified && whole->signatures >= max_signatures(whole)) {
            return hf_whole_costly(whole, whole->at);
        }
        worked = worked || !verified;
        code = check(whole, verified);
    }
    return code;
}

hf_code hf_whole_end(const hf_whole *whole, hf_public_key *leaf)
{
    if (whole->state != HF_WHOLE_TRUSTED) {
        return HF_E_USAGE;
    }
    *leaf = whole->leaf;
    return HF_OK;
}
