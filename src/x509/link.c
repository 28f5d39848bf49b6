/* One link of a certificate path: see link.h. */
#include "x509/link.h"

#include "x509/build_time.h"
#include "x509/constraints.h"
#include "x509/der.h"
#include "x509/host.h"
#include "x509/name.h"

#include <string.h>

/* RFC 5280 6.1.3 a 2; both ends of the validity are inclusive (4.1.2.5). */
static hf_code check_dates(const hf_certificate *certificate, const hf_time *now)
{
    if (!hf_time_is_known(now)) {
        return HF_E_NO_CLOCK;
    }
    if (now->seconds > certificate->not_after) {
        return HF_E_CERT_EXPIRED;
    }
    if (now->kind == HF_TIME_EXACT && now->seconds < certificate->not_before) {
        return now->seconds < HF_BUILD_TIME ? HF_E_CLOCK_IMPLAUSIBLE : HF_E_CERT_NOT_YET_VALID;
    }
    return HF_OK;
}

hf_code hf_link_certificate(const hf_certificate *certificate, const hf_time *now)
{
    hf_code code = check_dates(certificate, now);
    if (code != HF_OK) {
        return code;
    }
    if (certificate->key.kind == HF_KEY_NONE) {
        return HF_E_CERT_WEAK_KEY;
    }
    return certificate->unknown_critical ? HF_E_CERT_CRITICAL : HF_OK; /* RFC 5280 4.2 */
}

/* An absent extension allows everything (RFC 5280 4.2.1.12). On a CA it limits what stands below,
 * as all of today's implementations have it. */
static bool allows_purpose(const hf_certificate *certificate, hf_role_purpose purpose)
{
    unsigned wanted =
        purpose == HF_FOR_SERVER_AUTH ? HF_PURPOSE_SERVER_AUTH : HF_PURPOSE_CLIENT_AUTH;
    return !certificate->has_purposes || (certificate->purposes & (wanted | HF_PURPOSE_ANY)) != 0;
}

static bool allows_usage(const hf_certificate *certificate, unsigned usage)
{
    return !certificate->has_key_usage || (certificate->key_usage & usage) != 0;
}

hf_code hf_link_end_entity(const hf_certificate *certificate, hf_role_purpose purpose)
{
    if (!allows_usage(certificate, HF_KEY_USAGE_DIGITAL_SIGNATURE)) {
        return HF_E_CERT_KEY_USAGE; /* RFC 8446 4.4.2.2 */
    }
    if (!allows_purpose(certificate, purpose)) {
        return HF_E_CERT_PURPOSE;
    }
    if (certificate->constraints.ptr != NULL && !certificate->is_ca) {
        return HF_E_CERT_SYNTAX; /* RFC 5280 4.2.1.10: only in CA certificates */
    }
    return HF_OK;
}

hf_code hf_link_issuer(const hf_certificate *certificate, hf_role_purpose purpose)
{
    /* RFC 5280 6.1.4 k, n */
    if (!certificate->is_ca || !allows_usage(certificate, HF_KEY_USAGE_KEY_CERT_SIGN)) {
        return HF_E_CERT_NOT_CA;
    }
    return allows_purpose(certificate, purpose) ? HF_OK : HF_E_CERT_PURPOSE;
}

hf_code hf_link_limits(int32_t path_length, hf_span constraints, const hf_link_below *below,
                       uint8_t *depth)
{
    if (path_length >= 0 && below->intermediates > (uint32_t)path_length) {
        return HF_E_CERT_PATH_LENGTH; /* RFC 5280 6.1.4 l, m */
    }
    if (constraints.ptr == NULL) {
        return HF_OK;
    }
    if (below->names_needed > below->names.len) {
        return HF_E_CERT_NAMES_AREA;
    }
    return hf_constraints_check(constraints, below->names, depth); /* RFC 5280 6.1.3 b, c */
}

bool hf_link_self_issued(const hf_certificate *certificate)
{
    return hf_name_same(certificate->subject, certificate->issuer);
}

/* ---- against a policy */

bool hf_link_is_anchor(const hf_path_policy *policy, const hf_certificate *certificate)
{
    const hf_anchor_source *source = &policy->anchors;
    hf_anchor anchor;
    for (size_t i = 0; source->find(source->ctx, certificate->subject, i, &anchor); i++) {
        if (anchor.certificate.len > 0 && hf_span_same(anchor.certificate, certificate->der)) {
            return true;
        }
    }
    return false;
}

static hf_code check_pins(const hf_path_policy *policy, hf_span spki)
{
    if (policy->pins_count == 0) {
        return HF_OK;
    }
    uint8_t value[32];
    hf_sha256(spki, value);
    for (size_t i = 0; i < policy->pins_count; i++) {
        if (memcmp(value, policy->pins[i].sha256, sizeof policy->pins[i].sha256) == 0) {
            return HF_OK;
        }
    }
    return HF_E_CERT_PIN;
}

static hf_code check_name(const hf_path_policy *policy, const hf_certificate *leaf)
{
    hf_host host;
    if (policy->name == NULL) {
        return HF_OK;
    }
    hf_code code = hf_host_parse(&host, policy->name);
    return code == HF_OK ? hf_host_check(&host, leaf) : code;
}

hf_code hf_link_leaf(const hf_path_policy *policy, const hf_certificate *leaf)
{
    hf_code code = hf_link_certificate(leaf, &policy->now);
    if (code == HF_OK) {
        code = hf_link_end_entity(leaf, policy->purpose);
    }
    if (code == HF_OK) {
        code = check_name(policy, leaf);
    }
    return code == HF_OK ? check_pins(policy, leaf->spki) : code;
}

hf_code hf_link_sent_issuer(const hf_path_policy *policy, const hf_certificate *issuer)
{
    hf_code code = hf_link_certificate(issuer, &policy->now);
    if (code == HF_OK) {
        code = hf_link_issuer(issuer, policy->purpose);
    }
    bool self_issued = hf_link_self_issued(issuer);
    if (code == HF_OK && issuer->signature_kind == HF_SIGNATURE_NONE && !self_issued) {
        code = HF_E_CERT_WEAK_SIGNATURE; /* of a root's own signature nothing depends */
    }
    if (self_issued && (code == HF_E_CERT_NOT_CA || code == HF_E_CERT_WEAK_KEY)) {
        code = HF_E_CERT_UNKNOWN_CA; /* an old root that was sent along: not being one of the
                                        anchors is what is wrong with it */
    }
    return code;
}

hf_code hf_link_signature(const hf_crypto *crypto, const hf_public_key *issuer,
                          const hf_link_child *child)
{
    if (child->kind == HF_SIGNATURE_NONE) {
        return HF_E_CERT_WEAK_SIGNATURE;
    }
    if ((child->kind == HF_ECDSA) == (issuer->kind == HF_KEY_RSA)) {
        return HF_E_CERT_SIGNATURE;
    }
    hf_code code = hf_crypto_verify(crypto, issuer, child->kind, child->hash, child->tbs_hash,
                                    child->signature);
    return code == HF_E_UNSUPPORTED ? HF_E_CERT_WEAK_SIGNATURE : code;
}
