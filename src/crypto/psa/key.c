/* Private keys for the psa backend: bytes are imported when they are loaded, and the implementation
 * alone has them from then on; an opaque key is in there already, and never leaves.
 *
 * An imported RSA key is imported twice, because a PSA key permits one algorithm and the versions
 * of TLS want two (RFC 8446 4.2.3).
 */
#include "crypto/psa/state.h"
#include "crypto/rsa_key.h"
#include "wire/secret.h"

#include <string.h>

static hf_code of_import(psa_status_t status)
{
    return status == PSA_SUCCESS                  ? HF_OK
           : status == PSA_ERROR_INVALID_ARGUMENT ? HF_E_KEY_UNREADABLE
           : status == PSA_ERROR_NOT_SUPPORTED    ? HF_E_KEY_UNSUPPORTED
                                                  : HF_E_BACKEND;
}

/* The implementation refuses numbers outside of [1, n-1]. */
static hf_code load_ec(hf_psa_key *own, const hf_private_key *parts)
{
    if (parts->secret.len != hf_psa_curve_bits(parts->pub.kind) / 8) {
        return HF_E_KEY_UNREADABLE;
    }
    if (!hf_crypto_can_verify(parts->pub.kind, HF_ECDSA, HF_SHA256)) {
        return HF_E_KEY_UNSUPPORTED;
    }
    own->deterministic = !HF_PSA_HAS_RANDOM_ECDSA;
    return of_import(hf_psa_import(
        PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), PSA_KEY_USAGE_SIGN_HASH,
        hf_psa_ecdsa(own->deterministic, PSA_ALG_ANY_HASH), parts->secret, &own->key));
}

static hf_code import_rsa(hf_signature_kind kind, hf_span der, psa_key_id_t *key)
{
    if (!hf_crypto_can_verify(HF_KEY_RSA, kind, HF_SHA256)) {
        return HF_OK; /* then nobody asks for it */
    }
    return of_import(hf_psa_import(PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_KEY_USAGE_SIGN_HASH,
                                   hf_psa_signature(kind, PSA_ALG_ANY_HASH), der, key));
}

static hf_code load_rsa(hf_psa_key *own, const hf_private_key *parts)
{
    uint8_t der[HF_PSA_RSA_PRIVATE_MAX];
    if (!hf_rsa_public_ok(&parts->pub)) {
        return HF_E_KEY_UNSUPPORTED;
    }
    if (!hf_rsa_private_ok(parts)) {
        return HF_E_KEY_UNREADABLE;
    }
    hf_span bytes = {der, hf_psa_rsa_private(parts, der)};
    hf_code code = bytes.len > 0 ? import_rsa(HF_RSA_PKCS1, bytes, &own->key) : HF_E_KEY_UNREADABLE;
    code = code == HF_OK ? import_rsa(HF_RSA_PSS, bytes, &own->pss) : code;
    hf_wipe(der, sizeof der);
    if (code == HF_OK && own->key == 0 && own->pss == 0) {
        code = HF_E_KEY_UNSUPPORTED;
    }
    return code;
}

/* ---- keys that are there already */

static hf_key_kind kind_of(const psa_key_attributes_t *attributes)
{
    psa_key_type_t type = psa_get_key_type(attributes);
    size_t bits = psa_get_key_bits(attributes);
    if (type == PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)) {
        return bits == 256 ? HF_KEY_P256 : bits == 384 ? HF_KEY_P384 : HF_KEY_NONE;
    }
    bool sized = HF_HAS_RSA_PRIVATE && bits >= HF_RSA_BITS_MIN && bits <= HF_RSA_BITS_MAX;
    return type == PSA_KEY_TYPE_RSA_KEY_PAIR && sized ? HF_KEY_RSA : HF_KEY_NONE;
}

static bool permits_signing(const psa_key_attributes_t *attributes, hf_key_kind kind)
{
    psa_algorithm_t algorithm = psa_get_key_algorithm(attributes);
    bool fits = kind == HF_KEY_RSA
                    ? PSA_ALG_IS_RSA_PKCS1V15_SIGN(algorithm) || PSA_ALG_IS_RSA_PSS(algorithm)
                    : PSA_ALG_IS_ECDSA(algorithm);
    return fits && (psa_get_key_usage_flags(attributes) & PSA_KEY_USAGE_SIGN_HASH) != 0;
}

hf_code hf_psa_key_kind(uint32_t id, hf_key_kind *kind, bool *deterministic)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t status = psa_crypto_init();
    status = status == PSA_SUCCESS ? psa_get_key_attributes(id, &attributes) : status;
    *kind = HF_KEY_NONE;
    if (status != PSA_SUCCESS) {
        return hf_psa_key_failure(status, HF_E_BACKEND);
    }
    hf_key_kind found = kind_of(&attributes);
    bool signs = permits_signing(&attributes, found);
    *deterministic = PSA_ALG_IS_DETERMINISTIC_ECDSA(psa_get_key_algorithm(&attributes));
    psa_reset_key_attributes(&attributes);
    if (found == HF_KEY_NONE) {
        return HF_E_KEY_UNSUPPORTED;
    }
    *kind = signs ? found : HF_KEY_NONE;
    return signs ? HF_OK : HF_E_KEY_NOT_PERMITTED;
}

hf_code hf_psa_key_failure(psa_status_t status, hf_code other)
{
    switch (status) {
    case PSA_ERROR_INVALID_HANDLE:
    case PSA_ERROR_DOES_NOT_EXIST:
        return HF_E_KEY_NOT_FOUND;
    case PSA_ERROR_NOT_PERMITTED:
        return HF_E_KEY_NOT_PERMITTED;
    case PSA_ERROR_COMMUNICATION_FAILURE: /* with the chip behind the implementation */
        return HF_E_SIGNER_GONE;
    case PSA_ERROR_NOT_SUPPORTED:
        return HF_E_UNSUPPORTED;
    case PSA_ERROR_BUFFER_TOO_SMALL:
        return HF_E_MEMORY_TOO_SMALL;
    default:
        return other;
    }
}

static hf_code load_opaque(hf_psa_key *own, const hf_private_key *parts)
{
    hf_key_kind kind = HF_KEY_NONE;
    bool deterministic = false;
    uint32_t id = (uint32_t)parts->secret.len;
    hf_code code = hf_psa_key_kind(id, &kind, &deterministic);
    if (code == HF_OK && kind != parts->pub.kind) {
        code = HF_E_KEY_MISMATCH;
    }
    if (code == HF_OK) {
        *own = (hf_psa_key){.key = id, .pss = id, .borrowed = true, .deterministic = deterministic};
    }
    return code;
}

hf_code hf_key_load(hf_key *key, const hf_crypto *crypto, const hf_private_key *parts)
{
    (void)crypto;
    *key = (hf_key){.kind = HF_KEY_NONE};
    hf_psa_key *own = (hf_psa_key *)key->space_;
    hf_code code = HF_E_KEY_UNSUPPORTED;
    if (parts->secret.ptr == NULL && parts->secret.len > 0) {
        code = load_opaque(own, parts);
    } else if (hf_psa_curve_bits(parts->pub.kind) > 0) {
        code = load_ec(own, parts);
    } else if (HF_HAS_RSA_PRIVATE && parts->pub.kind == HF_KEY_RSA) {
        code = load_rsa(own, parts);
    }
    if (code != HF_OK) {
        hf_key_release(key);
        return code;
    }
    key->kind = (uint8_t)parts->pub.kind;
    return HF_OK;
}

void hf_key_release(hf_key *key)
{
    const hf_psa_key *own = (const hf_psa_key *)key->space_;
    if (!own->borrowed) {
        (void)psa_destroy_key(own->key); /* does nothing for 0 */
        (void)psa_destroy_key(own->pss);
    }
    hf_wipe(key, sizeof *key);
}

/* Compares the public half as the implementation gives it with how that of the certificate would be
 * given. `found` has room for it. */
static hf_code same_public(const hf_psa_key *own, hf_span wanted, hf_space found)
{
    size_t len = 0;
    psa_key_id_t id = own->key != 0 ? own->key : own->pss;
    psa_status_t status = psa_export_public_key(id, found.ptr, found.cap, &len);
    if (status != PSA_SUCCESS) {
        return hf_psa_key_failure(status, HF_E_BACKEND);
    }
    bool same = wanted.len == len && memcmp(wanted.ptr, found.ptr, len) == 0;
    return same ? HF_OK : HF_E_KEY_MISMATCH;
}

static hf_code same_rsa(const hf_psa_key *own, const hf_public_key *pub)
{
    uint8_t wanted[HF_PSA_RSA_PUBLIC_MAX];
    uint8_t found[HF_PSA_RSA_PUBLIC_MAX];
    size_t len = hf_rsa_public_ok(pub) ? hf_psa_rsa_public(pub, wanted) : 0;
    return same_public(own, (hf_span){wanted, len}, (hf_space){found, sizeof found});
}

static hf_code same_ec(const hf_psa_key *own, const hf_public_key *pub)
{
    uint8_t found[HF_POINT_MAX];
    return same_public(own, pub->point, (hf_space){found, sizeof found});
}

/* An RSA key says what its public half is without having to be its private one: so it signs. */
static hf_code prove_rsa(const hf_key *key, const hf_crypto *crypto, const hf_public_key *pub)
{
    static const hf_signature_kind KINDS[] = {HF_RSA_PKCS1, HF_RSA_PSS};
    uint8_t value[HF_HASH_MAX];
    uint8_t signature[HF_SIGNATURE_MAX];
    hf_code code = HF_E_KEY_NOT_PERMITTED;
    memset(value, 0xa5, sizeof value);
    for (size_t i = 0; i < 2 && code != HF_OK; i++) {
        size_t len = 0;
        code =
            hf_key_sign(key, crypto, KINDS[i], HF_SHA256, value, signature, sizeof signature, &len);
        if (code == HF_OK) {
            code = hf_crypto_verify(crypto, pub, KINDS[i], HF_SHA256, value,
                                    (hf_span){signature, len});
        }
    }
    return code == HF_E_CERT_SIGNATURE || code == HF_E_SIGNER ? HF_E_KEY_MISMATCH : code;
}

hf_code hf_key_matches(const hf_key *key, const hf_crypto *crypto, const hf_public_key *pub)
{
    const hf_psa_key *own = (const hf_psa_key *)key->space_;
    if (key->kind == HF_KEY_NONE || key->kind != (uint8_t)pub->kind) {
        return HF_E_KEY_MISMATCH;
    }
    bool rsa = HF_HAS_RSA_PRIVATE && pub->kind == HF_KEY_RSA;
    hf_code code = rsa ? same_rsa(own, pub) : same_ec(own, pub);
    return code == HF_OK && rsa && !own->borrowed ? prove_rsa(key, crypto, pub) : code;
}
