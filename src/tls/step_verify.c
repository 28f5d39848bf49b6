/* The peer's signature over the handshake: in CertificateVerify, or in ServerKeyExchange of TLS 1.2
 * (RFC 8446 4.4.3; RFC 5246 7.4.3, 7.4.8).
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/offer.h"

static bool key_fits(const hf_handshake *hs, const hf_scheme_info *scheme)
{
    hf_key_kind kind = hs->peer_key.kind;
    if (scheme->kind != HF_ECDSA) {
        return kind == HF_KEY_RSA;
    }
    /* RFC 8446 4.2.3: in 1.3 the scheme names the curve, in 1.2 only the hash. */
    return kind == scheme->key || (hf_is12(hs) && kind != HF_KEY_RSA);
}

static hf_code check_scheme(hf_handshake *hs, const hf_scheme_info *scheme, uint16_t id)
{
    hs->detail = id;
    if (scheme == NULL || !hf_offers_scheme(hs->config, id) || !key_fits(hs, scheme)) {
        return HF_E_SCHEME;
    }
    if (hf_runs13(hs)) {
        return scheme->in_handshake13 ? HF_OK : HF_E_SCHEME;
    }
    if (hf_is_server(hs)) { /* RFC 8422 5.5: a client's key may be of another kind */
        return HF_OK;
    }
    unsigned kind = hs->peer_key.kind == HF_KEY_RSA ? HF_SUITE_RSA : HF_SUITE_ECDSA;
    return (hs->suite->key_kinds & kind) != 0 ? HF_OK : HF_E_SCHEME;
}

/* What the scheme must be, and whether this call may do the work. */
static hf_code ready_to_verify(hf_handshake *hs, const hf_scheme_info *scheme, uint16_t id)
{
    hf_code code = check_scheme(hs, scheme, id);
    return code == HF_OK && !hf_take_work(hs, HF_WORK_VERIFY, id) ? HF_PENDING : code;
}

static hf_code verify(hf_handshake *hs, const hf_scheme_info *scheme, const uint8_t *value,
                      hf_span signature)
{
    hf_code code = hf_crypto_verify(&hs->config->crypto, &hs->peer_key, scheme->kind, scheme->hash,
                                    value, signature);
    hs->peer_scheme = scheme->id;
    hs->detail = 0;
    return code == HF_E_CERT_SIGNATURE ? HF_E_HANDSHAKE_SIGNATURE : code;
}

hf_code hf_verify_peer(hf_handshake *hs, uint16_t id, const hf_span *parts, size_t count,
                       hf_span signature)
{
    const hf_scheme_info *scheme = hf_scheme_find(id);
    hf_code code = ready_to_verify(hs, scheme, id);
    if (code != HF_OK) {
        return code;
    }
    uint8_t value[HF_HASH_MAX];
    hf_digest(scheme->hash, parts, count, value);
    return verify(hs, scheme, value, signature);
}

hf_code hf_verify_peer_value(hf_handshake *hs, uint16_t id, const uint8_t *value, hf_span signature)
{
    const hf_scheme_info *scheme = hf_scheme_find(id);
    hf_code code = ready_to_verify(hs, scheme, id);
    return code == HF_OK ? verify(hs, scheme, value, signature) : code;
}
