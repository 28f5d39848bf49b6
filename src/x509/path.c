/* The forward walk over a certificate path: see path.h.
 *
 * One certificate goes through: arrive (order, its own checks, the signature of the one before it
 * with its key), then CHECKED (each anchor of its issuer's name is tried on its own signature),
 * then either TRUSTED, or its residue is kept and the next one may come. It is parsed again at each
 * step, which costs microseconds and saves a parsed certificate in every connection.
 */
#include "x509/path.h"

#include "x509/constraints.h"
#include "x509/remember.h"

#include <string.h>

#define DEFAULT_MAX_DEPTH 4
#define LARGEST_DEPTH     254 /* so that the count of certificates cannot wrap */

void hf_path_start(hf_path *path, const hf_path_policy *policy, hf_space slot, hf_space names)
{
    *path = (hf_path){.policy = policy, .slot = slot, .names = names, .state = HF_PATH_READY};
}

static hf_code fail(hf_path *path, hf_code code, uint8_t depth)
{
    path->state = HF_PATH_FAILED;
    path->depth = depth;
    return code;
}

/* The path cannot go on. If an anchor was there but not enough, that is the reason. */
static hf_code fail_unless_refused(hf_path *path, hf_code code, uint8_t depth)
{
    if (path->refusal != HF_OK) {
        return fail(path, (hf_code)path->refusal, path->refusal_depth);
    }
    return fail(path, code, depth);
}

static uint8_t max_depth(const hf_path *path)
{
    return path->policy->max_depth > 0 ? path->policy->max_depth : DEFAULT_MAX_DEPTH;
}

hf_code hf_path_certificate(hf_path *path, size_t len)
{
    if (path->state != HF_PATH_READY && path->state != HF_PATH_TRUSTED) {
        return HF_E_USAGE;
    }
    path->expected = (uint32_t)len;
    path->collected = 0;
    if (path->state == HF_PATH_TRUSTED) {
        return HF_OK;
    }
    if (path->depth > max_depth(path)) {
        path->detail = path->refusal == HF_OK ? max_depth(path) : path->detail;
        return fail_unless_refused(path, HF_E_CERT_TOO_DEEP, path->depth);
    }
    if (len > path->slot.cap - path->kept) {
        path->detail = (uint32_t)(path->kept + len);
        return fail(path, HF_E_CERT_TOO_LARGE, path->depth);
    }
    path->state = HF_PATH_COLLECTING;
    return HF_OK;
}

void hf_path_bytes(hf_path *path, const uint8_t *ptr, size_t len)
{
    size_t room = path->expected - path->collected;
    size_t take = len < room ? len : room;
    if (path->state == HF_PATH_COLLECTING && take > 0) {
        memcpy(path->slot.ptr + path->kept + path->collected, ptr, take);
    }
    path->collected += (uint32_t)take;
}

static hf_link_below below(const hf_path *path)
{
    bool fits = path->names_len <= path->names.cap;
    return (hf_link_below){
        .intermediates = path->intermediates,
        .names = {.ptr = path->names.ptr, .len = fits ? path->names_len : 0},
        .names_needed = path->names_len,
    };
}

/* The limits that a CA or an anchor sets. On an error `depth` gets the certificate it is about. */
static hf_code check_limits(hf_path *path, int32_t path_length, const hf_span *constraints,
                            uint8_t *depth)
{
    hf_link_below lower = below(path);
    hf_code code = hf_link_limits(path_length, *constraints, &lower, depth);
    if (code == HF_E_CERT_NAMES_AREA) {
        path->detail = path->names_len;
    }
    return code;
}

/* Everything that concerns the certificate at work is right: its own signature is next. */
static void accept_certificate(hf_path *path, const hf_certificate *certificate)
{
    bool self_issued = hf_link_self_issued(certificate);
    if (path->depth == 0 || !self_issued) {
        /* RFC 5280 6.1.3 b: self-issued ones are exempt */
        hf_constraints_collect(&path->names, &path->names_len, certificate, path->depth);
    }
    if (path->depth > 0 && !self_issued) {
        path->intermediates++;
    }
    path->signature_kind = (uint8_t)certificate->signature_kind;
    path->signature_hash = (uint8_t)certificate->signature_hash;
    if (certificate->signature_kind != HF_SIGNATURE_NONE) {
        hf_digest(certificate->signature_hash, &certificate->tbs, 1, path->tbs_hash);
    }
    path->anchor_index = 0;
    path->state = HF_PATH_CHECKED;
}

/* What is asked of the leaf later: its key moves to the front of the slot. It overwrites the
 * certificate from its start on; the signature, which is its last field, stays whole. */
static void keep_leaf(hf_path *path, const hf_certificate *leaf)
{
    const hf_public_key key = leaf->key;
    memmove(path->slot.ptr, key.point.ptr, key.point.len);
    if (key.exponent.len > 0) {
        memmove(path->slot.ptr + key.point.len, key.exponent.ptr, key.exponent.len);
    }
    path->leaf_kind = (uint8_t)key.kind;
    path->exponent_len = (uint16_t)key.exponent.len;
    path->leaf_len = (uint16_t)(key.point.len + key.exponent.len);
    path->kept = path->leaf_len;
    path->not_after = leaf->not_after;
}

static hf_code trust(hf_path *path, const hf_certificate *certificate)
{
    if (path->depth == 0) {
        keep_leaf(path, certificate);
    }
    path->kept = path->leaf_len;
    path->state = HF_PATH_TRUSTED;
    return HF_OK;
}

/* No anchor issued this certificate: what the next one is checked against stays. */
static hf_code keep_residue(hf_path *path, const hf_certificate *certificate)
{
    hf_name_hash(certificate->issuer, path->issuer_hash);
    if (path->depth == 0) {
        keep_leaf(path, certificate);
    }
    hf_span signature = certificate->signature;
    memmove(path->slot.ptr + path->leaf_len, signature.ptr, signature.len);
    path->kept = (uint16_t)(path->leaf_len + signature.len);
    path->depth++;
    path->state = HF_PATH_READY;
    return HF_OK;
}

/* ---- the leaf */

static hf_code arrive_leaf(hf_path *path, const hf_certificate *leaf)
{
    if (path->policy->insecure_any_certificate) {
        return leaf->key.kind == HF_KEY_NONE ? fail(path, HF_E_CERT_WEAK_KEY, 0)
                                             : trust(path, leaf);
    }
    hf_code code = hf_link_leaf(path->policy, leaf);
    if (code != HF_OK) {
        return fail(path, code, 0);
    }
    if (hf_link_is_anchor(path->policy, leaf)) {
        return trust(path, leaf);
    }
    if (leaf->signature_kind == HF_SIGNATURE_NONE) {
        return fail(path, HF_E_CERT_WEAK_SIGNATURE, 0);
    }
    accept_certificate(path, leaf);
    return HF_OK;
}

/* ---- its issuers */

static hf_code check_issuer(hf_path *path, const hf_certificate *issuer, uint8_t *depth)
{
    hf_code code = hf_link_sent_issuer(path->policy, issuer);
    return code == HF_OK ? check_limits(path, issuer->path_length, &issuer->constraints, depth)
                         : code;
}

/* The key of an issuer on the signature of the last certificate that was accepted. */
static hf_code verify(hf_path *path, const hf_public_key *key, const uint8_t *ptr, size_t len)
{
    const hf_link_child child = {
        .kind = (hf_signature_kind)path->signature_kind,
        .hash = (hf_hash_id)path->signature_hash,
        .tbs_hash = path->tbs_hash,
        .signature = {.ptr = ptr, .len = len},
    };
    path->signatures++;
    return hf_link_signature(path->policy->crypto, key, &child);
}

static hf_code arrive_issuer(hf_path *path, const hf_certificate *issuer)
{
    if (!hf_name_has_hash(issuer->subject, path->issuer_hash)) {
        return fail_unless_refused(path, HF_E_CERT_ORDER, path->depth);
    }
    uint8_t depth = path->depth;
    hf_code code = check_issuer(path, issuer, &depth);
    if (code != HF_OK) {
        return fail(path, code, depth);
    }
    bool known = HF_HAS_REMEMBERED && path->signature_kind != HF_SIGNATURE_NONE &&
                 hf_remembers_link(path->policy, path->depth - 1U);
    if (!known) {
        code = verify(path, &issuer->key, path->slot.ptr + path->leaf_len,
                      (size_t)(path->kept - path->leaf_len));
    }
    if (code != HF_OK) {
        bool own = code == HF_E_CERT_WEAK_KEY; /* else it is about the signature below */
        return fail(path, code, own ? path->depth : (uint8_t)(path->depth - 1));
    }
    accept_certificate(path, issuer);
    return known ? HF_OK : HF_PENDING;
}

/* ---- anchors */

/* The next anchor, from `index` on, that may have issued the certificate. */
static bool next_anchor(const hf_path *path, const hf_certificate *certificate, uint16_t *index,
                        hf_anchor *anchor)
{
    const hf_anchor_source *source = &path->policy->anchors;
    while (certificate->signature_kind != HF_SIGNATURE_NONE && *index < UINT16_MAX &&
           source->find(source->ctx, certificate->issuer, *index, anchor)) {
        (*index)++;
        if (!anchor->leaf_only && hf_name_same(anchor->name, certificate->issuer)) {
            return true;
        }
    }
    return false;
}

static hf_code check_anchor(hf_path *path, const hf_anchor *anchor, uint8_t *depth)
{
    *depth = (uint8_t)(path->depth + 1);
    return check_limits(path, anchor->path_length, &anchor->constraints, depth);
}

static hf_code reach(hf_path *path, const hf_certificate *certificate, const hf_anchor *anchor)
{
    hf_remember_anchor(path->policy, path->depth, anchor);
    return trust(path, certificate);
}

/* Does the path end here as it did before? If the anchor's limits refuse it now, or the anchor is
 * no longer there, all of its name are tried as usual. */
static bool finds_remembered(hf_path *path, const hf_certificate *certificate, hf_anchor *anchor)
{
    uint16_t index = 0;
    uint8_t depth;
    bool known = hf_remembers_top(path->policy, path->depth);
    while (known && next_anchor(path, certificate, &index, anchor)) {
        if (hf_remembers_anchor(path->policy, path->depth, anchor)) {
            return check_anchor(path, anchor, &depth) == HF_OK;
        }
    }
    return false;
}

/* Tries the next anchor of the issuer's name: at most one signature. */
static hf_code try_anchors(hf_path *path, const hf_certificate *certificate)
{
    hf_anchor anchor;
    uint8_t depth;
    if (HF_HAS_REMEMBERED && path->anchor_index == 0 &&
        finds_remembered(path, certificate, &anchor)) {
        return reach(path, certificate, &anchor);
    }
    if (!next_anchor(path, certificate, &path->anchor_index, &anchor)) {
        return keep_residue(path, certificate);
    }
    hf_code code =
        verify(path, &anchor.key, certificate->signature.ptr, certificate->signature.len);
    if (code == HF_E_CERT_SIGNATURE || code == HF_E_CERT_WEAK_KEY) {
        return HF_PENDING; /* another one may have made it */
    }
    if (code != HF_OK) {
        return fail(path, code, path->depth);
    }
    code = check_anchor(path, &anchor, &depth);
    if (code == HF_OK) {
        return reach(path, certificate, &anchor);
    }
    path->refusal = (uint16_t)code; /* another anchor, or a longer way, may still do */
    path->refusal_depth = depth;
    return HF_PENDING;
}

hf_code hf_path_run(hf_path *path)
{
    /* Called through a table, so that their frames are gone while anchors are tried. */
    static hf_code (*const arrive[])(hf_path *, const hf_certificate *) = {arrive_leaf,
                                                                           arrive_issuer};
    if (path->state == HF_PATH_READY || path->state == HF_PATH_FAILED ||
        path->collected < path->expected) {
        return HF_E_USAGE;
    }
    if (path->state == HF_PATH_TRUSTED) {
        return HF_OK;
    }
    hf_certificate certificate;
    const hf_span der = {.ptr = path->slot.ptr + path->kept, .len = path->expected};
    hf_code code = hf_x509_parse(&certificate, der, &path->offset);
    if (code == HF_OK && certificate.signature.len > HF_SIGNATURE_MAX) {
        code = HF_E_CERT_WEAK_SIGNATURE; /* made by a key that is not supported */
    }
    if (code != HF_OK) {
        return fail(path, code, path->depth);
    }
    if (path->state == HF_PATH_COLLECTING) {
        hf_remember_certificate(path->policy, path->depth, certificate.der);
        code = arrive[path->depth > 0](path, &certificate);
    }
    if (code != HF_OK || path->state != HF_PATH_CHECKED) {
        return code;
    }
    return try_anchors(path, &certificate);
}

hf_code hf_path_end(hf_path *path, hf_public_key *leaf)
{
    if (path->state == HF_PATH_READY && path->depth > 0) {
        return fail_unless_refused(path, HF_E_CERT_UNKNOWN_CA, (uint8_t)(path->depth - 1));
    }
    if (path->state != HF_PATH_TRUSTED) {
        return HF_E_USAGE;
    }
    size_t point_len = (size_t)(path->leaf_len - path->exponent_len);
    *leaf = (hf_public_key){
        .kind = (hf_key_kind)path->leaf_kind,
        .point = {.ptr = path->slot.ptr, .len = point_len},
        .exponent = {.ptr = path->slot.ptr + point_len, .len = path->exponent_len},
    };
    return HF_OK;
}

hf_space hf_path_spare(const hf_path *path)
{
    bool idle = path->state == HF_PATH_READY || path->state == HF_PATH_TRUSTED;
    size_t used = path->kept + (idle ? 0 : path->expected);
    return (hf_space){.ptr = path->slot.ptr + used, .cap = path->slot.cap - used};
}
