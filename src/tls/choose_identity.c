/* The identity that answers a peer: see choose.h. */
#include "tls/choose.h"

#include "crypto/crypto.h"
#include "tls/offer.h"
#include "x509/host.h"
#include "x509/name.h"

#include <string.h>

/* ---- the name that a client asks for (RFC 6066 3) */

static bool one_of_names(const hf_identity *it, hf_span host)
{
    for (size_t i = 0; i < it->names_count; i++) {
        const uint8_t *name = (const uint8_t *)it->names[i];
        if (hf_host_matches(host, (hf_span){name, strlen(it->names[i])})) {
            return true;
        }
    }
    return false;
}

bool hf_identity_is_for(const hf_identity *it, hf_span name)
{
    const hf_host host = {.name = name};
    const hf_certificate leaf = {.alt_names = it->alt_names};
    if (it->names_count > 0) {
        return one_of_names(it, name);
    }
    return leaf.alt_names.ptr == NULL || hf_host_check(&host, &leaf) == HF_OK;
}

static bool serves(const hf_config *config, const hf_request *request, const hf_identity *it)
{
    hf_span name = request->hello->server_name;
    bool any = name.len == 0 || config->unknown_name == HF_UNKNOWN_NAME_DEFAULT;
    return any || hf_identity_is_for(it, name);
}

/* ---- the key */

static bool is_ec(hf_key_kind kind)
{
    return kind == HF_KEY_P256 || kind == HF_KEY_P384;
}

static bool can_sign(uint16_t version, const hf_scheme_info *scheme, hf_key_kind kind)
{
    if (version == HF_TLS13) {
        return scheme->in_handshake13 && scheme->key == kind;
    }
    return scheme->kind == HF_ECDSA ? is_ec(kind) : kind == HF_KEY_RSA;
}

/* Our first scheme for this key that the peer takes; in TLS 1.2 the one of the key's own curve goes
 * first. */
static const hf_scheme_info *choose_scheme(const hf_config *config, const hf_request *request,
                                           hf_key_kind kind)
{
    uint16_t ours[HF_OFFER_SCHEMES_MAX];
    size_t count = hf_offer_signing_schemes(config, ours);
    const hf_scheme_info *chosen = NULL;
    for (size_t i = 0; i < count; i++) {
        const hf_scheme_info *scheme = hf_scheme_find(ours[i]);
        bool good = can_sign(request->version, scheme, kind) &&
                    (request->any_scheme || hf_numbers_have(request->schemes, scheme->id));
        bool own_curve = good && chosen != NULL && scheme->key == kind && chosen->key != kind;
        chosen = good && (chosen == NULL || own_curve) ? scheme : chosen;
    }
    return chosen;
}

/* ---- the suite: in TLS 1.2 it names the kind of key */

static const hf_suite *choose_suite(const hf_config *config, const hf_request *request,
                                    hf_key_kind kind)
{
    uint16_t ours[HF_OFFER_SUITES_MAX];
    size_t count = hf_offer_suites(config, ours);
    unsigned wanted = kind == HF_KEY_RSA ? HF_SUITE_RSA : HF_SUITE_ECDSA;
    for (size_t i = 0; i < count; i++) {
        const hf_suite *suite = hf_suite_find(ours[i]);
        if (suite->version == request->version && (suite->key_kinds & wanted) != 0 &&
            hf_numbers_have(request->hello->suites, suite->id)) {
            return suite;
        }
    }
    return NULL;
}

/* ---- the chain */

/* RFC 8446 4.2.3: signatures in certificates are named by the same numbers. Which curve an ECDSA
 * signature needs is the issuer's, which we may not have: the hash decides. */
static bool can_verify(hf_span schemes, const hf_certificate *certificate)
{
    static const struct {
        hf_signature_kind kind;
        hf_hash_id hash;
        uint16_t number;
    } NUMBERS[] = {
        {HF_ECDSA, HF_SHA256, 0x0403},     {HF_ECDSA, HF_SHA384, 0x0503},
        {HF_ECDSA, HF_SHA512, 0x0603},     {HF_RSA_PKCS1, HF_SHA256, 0x0401},
        {HF_RSA_PKCS1, HF_SHA384, 0x0501}, {HF_RSA_PKCS1, HF_SHA512, 0x0601},
        {HF_RSA_PSS, HF_SHA256, 0x0804},   {HF_RSA_PSS, HF_SHA384, 0x0805},
        {HF_RSA_PSS, HF_SHA512, 0x0806},   {HF_RSA_PSS, HF_SHA256, 0x0809},
        {HF_RSA_PSS, HF_SHA384, 0x080a},   {HF_RSA_PSS, HF_SHA512, 0x080b},
    };
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++) {
        if (NUMBERS[i].kind == certificate->signature_kind &&
            NUMBERS[i].hash == certificate->signature_hash &&
            hf_numbers_have(schemes, NUMBERS[i].number)) {
            return true;
        }
    }
    return false;
}

static bool is_named(hf_span authorities, hf_span issuer)
{
    hf_reader list = hf_read_span_of(authorities);
    while (hf_read_left(&list) > 0) {
        if (hf_name_same(hf_read_vec(&list, 2, 1, 0xffff), issuer)) {
            return true;
        }
    }
    return false;
}

/* RFC 8446 4.4.2.2, 4.2.4: both are wishes, not conditions. */
unsigned hf_weigh_identity(const hf_request *request, const hf_identity *it)
{
    hf_span schemes = request->schemes_cert.len > 0 ? request->schemes_cert : request->schemes;
    bool verifiable = true;
    bool named = false;
    for (size_t i = 0; i < it->chain_count; i++) {
        hf_certificate certificate;
        (void)hf_x509_parse(&certificate, it->chain[i], NULL);
        bool self = hf_name_same(certificate.subject, certificate.issuer);
        verifiable = verifiable && (self || can_verify(schemes, &certificate));
        named = named || is_named(request->authorities, certificate.issuer);
    }
    return (named ? 8u : 0u) + (verifiable ? 4u : 0u) + (is_ec(it->leaf_key.kind) ? 2u : 0u);
}

/* ---- all of it */

static bool kind_requested(const hf_request *request, hf_key_kind kind)
{
    unsigned bit = kind == HF_KEY_RSA ? HF_REQUEST_RSA : HF_REQUEST_ECDSA;
    return (request->key_kinds & bit) != 0;
}

static bool has_type(const hf_request *request, const hf_identity *it)
{
    return request->type == HF_TYPE_RAW_PUBLIC_KEY ? it->raw_key.len > 0 : it->chain_count > 0;
}

/* What an identity may fail by, in the order in which it is asked. */
static const hf_code REASONS[] = {HF_E_UNKNOWN_NAME, HF_E_CERTIFICATE_TYPE, HF_E_NO_COMMON_SCHEME,
                                  HF_E_NO_COMMON_SUITE};
enum fit { BY_NAME = 0, BY_TYPE, BY_SCHEME, BY_SUITE, FITS };

/* Fits `it` at all? Then *candidate is filled. */
static enum fit try_identity(const hf_config *config, const hf_request *request,
                             const hf_identity *it, hf_answer *candidate)
{
    const bool server = HF_HAS_SERVER && request->hello != NULL;
    hf_key_kind kind = it->leaf_key.kind;
    *candidate = (hf_answer){.identity = it};
    if (server && !serves(config, request, it)) {
        return BY_NAME;
    }
    if (!has_type(request, it)) {
        return BY_TYPE;
    }
    candidate->scheme = choose_scheme(config, request, kind);
    if (candidate->scheme == NULL || !kind_requested(request, kind)) {
        return BY_SCHEME;
    }
    if (server) {
        candidate->suite = choose_suite(config, request, kind);
        return candidate->suite != NULL ? FITS : BY_SUITE;
    }
    return FITS;
}

hf_code hf_choose_identity(const hf_config *config, const hf_request *request, hf_answer *answer)
{
    unsigned best = 0;
    enum fit furthest = BY_NAME; /* the reason that gets furthest says most */
    for (const hf_identity *it = &config->identity; it != NULL; it = it->next) {
        hf_answer candidate;
        enum fit got = try_identity(config, request, it, &candidate);
        furthest = got > furthest ? got : furthest;
        if (got != FITS) {
            continue;
        }
        unsigned weight = config->weigh == NULL ? 1u : 1u + config->weigh(request, it);
        if (weight > best) {
            best = weight;
            *answer = candidate;
        }
    }
    return furthest == FITS ? HF_OK : REASONS[furthest];
}
