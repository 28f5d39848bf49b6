/* Private keys for the bearssl backend: the numbers stay where the caller has them (a file in
 * memory, flash), the hf_key holds spans of them. ECDSA nonces are deterministic (RFC 6979), so
 * only RSA-PSS needs random numbers to sign. */
#include "crypto/bearssl/state.h"
#include "crypto/ecdsa_der.h"
#include "crypto/rsa_key.h"
#include "wire/secret.h"

#include <string.h>

static hf_code load_ec(hf_br_ec_key *own, const hf_private_key *parts)
{
    int curve = hf_br_curve_of(parts->pub.kind);
    if (!hf_br_scalar_ok(parts->secret.ptr, parts->secret.len, curve)) {
        return HF_E_KEY_UNREADABLE;
    }
    own->secret = parts->secret;
    return HF_OK;
}

static hf_code load_rsa(hf_br_rsa_key *own, const hf_private_key *parts)
{
    if (!hf_rsa_public_ok(&parts->pub)) {
        return HF_E_KEY_UNSUPPORTED;
    }
    if (!hf_rsa_private_ok(parts)) {
        return HF_E_KEY_UNREADABLE;
    }
    *own = (hf_br_rsa_key){.modulus = parts->pub.point,
                           .exponent = parts->pub.exponent,
                           .p = parts->p,
                           .q = parts->q,
                           .dp = parts->dp,
                           .dq = parts->dq,
                           .iq = parts->iq};
    return HF_OK;
}

hf_code hf_key_load(hf_key *key, const hf_crypto *crypto, const hf_private_key *parts)
{
    (void)crypto;
    *key = (hf_key){.kind = HF_KEY_NONE};
    void *own = key->space_;
    hf_code code = HF_E_KEY_UNSUPPORTED;
    if (hf_br_curve_of(parts->pub.kind) != 0) {
        code = load_ec((hf_br_ec_key *)own, parts);
    } else if (HF_HAS_RSA_PRIVATE && parts->pub.kind == HF_KEY_RSA) {
        code = load_rsa((hf_br_rsa_key *)own, parts);
    }
    if (code == HF_OK) {
        key->kind = (uint8_t)parts->pub.kind;
    }
    return code;
}

void hf_key_release(hf_key *key)
{
    hf_wipe(key, sizeof *key);
}

static br_rsa_private_key rsa_of(const hf_br_rsa_key *own)
{
    return (br_rsa_private_key){.n_bitlen = (uint32_t)hf_rsa_bits(own->modulus),
                                .p = (unsigned char *)own->p.ptr,
                                .plen = own->p.len,
                                .q = (unsigned char *)own->q.ptr,
                                .qlen = own->q.len,
                                .dp = (unsigned char *)own->dp.ptr,
                                .dplen = own->dp.len,
                                .dq = (unsigned char *)own->dq.ptr,
                                .dqlen = own->dq.len,
                                .iq = (unsigned char *)own->iq.ptr,
                                .iqlen = own->iq.len};
}

static hf_code match_ec(const hf_br_ec_key *own, const hf_public_key *pub)
{
    uint8_t point[HF_POINT_MAX];
    int curve = hf_br_curve_of(pub->kind);
    size_t len = hf_br_curve(curve)->mulgen(point, own->secret.ptr, own->secret.len, curve);
    bool same = pub->point.len == len && memcmp(pub->point.ptr, point, len) == 0;
    return same ? HF_OK : HF_E_KEY_MISMATCH;
}

/* Encrypts a number privately and opens it with `pub`: only the private half can do that. */
static hf_code match_rsa(const hf_br_rsa_key *own, const hf_public_key *pub)
{
    uint8_t number[HF_RSA_BITS_MAX / 8] = {0};
    uint8_t block[HF_RSA_BITS_MAX / 8];
    size_t len = own->modulus.len;
    if (!hf_rsa_public_ok(pub) || pub->point.len != len) {
        return HF_E_KEY_MISMATCH;
    }
    br_rsa_private_key private_half = rsa_of(own);
    br_rsa_public_key public_half = hf_br_public(pub->point, pub->exponent);
    memset(number + 1, 0xa5, len - 1);
    memcpy(block, number, len);
    bool same = hf_br_rsa_private(block, &private_half) == 1 &&
                hf_br_rsa_public(block, len, &public_half) == 1 && memcmp(block, number, len) == 0;
    return same ? HF_OK : HF_E_KEY_MISMATCH;
}

hf_code hf_key_matches(const hf_key *key, const hf_crypto *crypto, const hf_public_key *pub)
{
    const void *own = key->space_;
    (void)crypto;
    if (key->kind == HF_KEY_NONE || key->kind != (uint8_t)pub->kind) {
        return HF_E_KEY_MISMATCH;
    }
    return HF_HAS_RSA_PRIVATE && pub->kind == HF_KEY_RSA
               ? match_rsa((const hf_br_rsa_key *)own, pub)
               : match_ec((const hf_br_ec_key *)own, pub);
}

static const br_hash_class *class_of(hf_hash_id hash)
{
    if (HF_HAS_SHA384 && hash != HF_SHA256) {
        return hash == HF_SHA384 ? &br_sha384_vtable : &br_sha512_vtable;
    }
    return &br_sha256_vtable;
}

static hf_code sign_ecdsa(const hf_br_ec_key *own, hf_key_kind kind, hf_hash_id hash,
                          const uint8_t *value, uint8_t *signature, size_t cap, size_t *len)
{
    int curve = hf_br_curve_of(kind);
    br_ec_private_key secret = {
        .curve = curve, .x = (unsigned char *)own->secret.ptr, .xlen = own->secret.len};
    if (cap < HF_ECDSA_RAW_AT + 2 * own->secret.len) {
        return HF_E_MEMORY_TOO_SMALL;
    }
    uint8_t *raw = signature + HF_ECDSA_RAW_AT;
    if (hf_br_ecdsa_sign(curve, class_of(hash), value, &secret, raw) == 0) {
        return HF_E_SIGNER;
    }
    *len = hf_ecdsa_write(raw, own->secret.len, signature, cap);
    return HF_OK; /* it fits */
}

static hf_code sign_rsa(const hf_br_rsa_key *own, const hf_crypto *crypto, hf_signature_kind kind,
                        hf_hash_id hash, const uint8_t *value, uint8_t *signature, size_t cap,
                        size_t *len)
{
    br_rsa_private_key key = rsa_of(own);
    uint8_t salt[HF_HASH_MAX];
    size_t size = hf_hash_size(hash);
    if (cap < own->modulus.len) {
        return HF_E_MEMORY_TOO_SMALL;
    }
    bool made;
    if (kind == HF_RSA_PKCS1) {
        made = hf_br_rsa_pkcs1_sign(hf_br_oid(hash), value, size, &key, signature) == 1;
    } else if (hf_crypto_random(crypto, salt, size) == HF_OK) {
        hf_rsa_pss_fill(hash, value, salt, signature, own->modulus);
        made = hf_br_rsa_private(signature, &key) == 1;
    } else {
        return HF_E_NO_RANDOM;
    }
    *len = made ? own->modulus.len : 0;
    return made ? HF_OK : HF_E_SIGNER;
}

hf_code hf_key_sign(const hf_key *key, const hf_crypto *crypto, hf_signature_kind kind,
                    hf_hash_id hash, const uint8_t *value, uint8_t *signature, size_t cap,
                    size_t *len)
{
    const void *own = key->space_;
    hf_key_kind key_kind = (hf_key_kind)key->kind;
    *len = 0;
    if (!hf_crypto_can_verify(key_kind, kind, hash)) {
        return HF_E_UNSUPPORTED;
    }
    if (kind == HF_ECDSA) {
        return sign_ecdsa((const hf_br_ec_key *)own, key_kind, hash, value, signature, cap, len);
    }
    return HF_HAS_RSA_PRIVATE ? sign_rsa((const hf_br_rsa_key *)own, crypto, kind, hash, value,
                                         signature, cap, len)
                              : HF_E_UNSUPPORTED;
}
