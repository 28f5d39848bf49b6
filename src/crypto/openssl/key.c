/* Private keys in memory for the openssl backend.
 *
 * Keys are built from raw numbers; libcrypto copies them. An EC key is loaded without its public
 * half, which signing does not need; hf_key_matches() derives it and so proves the pair.
 */
#include "crypto/openssl/state.h"
#include "crypto/rsa_key.h"
#include "wire/secret.h"

#include <openssl/bn.h>
#include <openssl/err.h>

#include <string.h>

static hf_code load_ec(hf_ossl_key *own, const hf_crypto *crypto, const hf_private_key *parts)
{
    const EC_GROUP *group = hf_ossl_group(crypto, parts->pub.kind);
    size_t size = parts->pub.kind == HF_KEY_P256 ? 32 : 48;
    if (parts->secret.len != size) {
        return HF_E_KEY_UNREADABLE;
    }
    BIGNUM *secret = BN_bin2bn(parts->secret.ptr, (int)size, NULL);
    own->ec = EC_KEY_new();
    hf_code code = HF_E_BACKEND;
    if (secret != NULL && own->ec != NULL && EC_KEY_set_group(own->ec, group) == 1) {
        bool in_range = !BN_is_zero(secret) && BN_cmp(secret, EC_GROUP_get0_order(group)) < 0;
        code = !in_range                                      ? HF_E_KEY_UNREADABLE
               : EC_KEY_set_private_key(own->ec, secret) == 1 ? HF_OK
                                                              : HF_E_BACKEND;
    }
    BN_clear_free(secret);
    return code;
}

/* The six private numbers of an RSA key; `rsa` owns those it took. */
static bool set_private(RSA *rsa, const hf_private_key *parts)
{
    const hf_span spans[] = {parts->secret, parts->p, parts->q, parts->dp, parts->dq, parts->iq};
    BIGNUM *numbers[6] = {NULL};
    bool good = true;
    for (size_t i = 0; i < 6; i++) {
        numbers[i] = BN_bin2bn(spans[i].ptr, (int)spans[i].len, NULL);
        good = good && numbers[i] != NULL;
    }
    bool d = good && RSA_set0_key(rsa, NULL, NULL, numbers[0]) == 1;
    bool factors = d && RSA_set0_factors(rsa, numbers[1], numbers[2]) == 1;
    bool crt = factors && RSA_set0_crt_params(rsa, numbers[3], numbers[4], numbers[5]) == 1;
    const bool taken[] = {d, factors, factors, crt, crt, crt};
    for (size_t i = 0; i < 6; i++) {
        if (!taken[i]) {
            BN_clear_free(numbers[i]);
        }
    }
    return crt;
}

static hf_code load_rsa(hf_ossl_key *own, const hf_private_key *parts)
{
    if (!hf_rsa_public_ok(&parts->pub)) {
        return HF_E_KEY_UNSUPPORTED;
    }
    if (!hf_rsa_private_ok(parts)) {
        return HF_E_KEY_UNREADABLE;
    }
    own->rsa = hf_ossl_rsa_public(&parts->pub);
    return own->rsa != NULL && set_private(own->rsa, parts) ? HF_OK : HF_E_BACKEND;
}

hf_code hf_key_load(hf_key *key, const hf_crypto *crypto, const hf_private_key *parts)
{
    *key = (hf_key){.kind = HF_KEY_NONE};
    hf_ossl_key *own = (hf_ossl_key *)key->space_;
    hf_code code = HF_E_KEY_UNSUPPORTED;
    if (hf_ossl_group(crypto, parts->pub.kind) != NULL) {
        code = load_ec(own, crypto, parts);
    } else if (parts->pub.kind == HF_KEY_RSA) {
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
    hf_ossl_key *own = (hf_ossl_key *)key->space_;
    EC_KEY_free(own->ec); /* both wipe */
    RSA_free(own->rsa);
    hf_wipe(key, sizeof *key);
}

static hf_code match_ec(const EC_KEY *ec, const hf_public_key *pub)
{
    const EC_GROUP *group = EC_KEY_get0_group(ec);
    uint8_t encoded[HF_POINT_MAX];
    size_t len = 0;
    EC_POINT *point = EC_POINT_new(group);
    if (point != NULL &&
        EC_POINT_mul(group, point, EC_KEY_get0_private_key(ec), NULL, NULL, NULL) == 1) {
        len = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, encoded,
                                 sizeof encoded, NULL);
    }
    EC_POINT_free(point);
    if (len == 0) {
        return HF_E_BACKEND;
    }
    bool same = pub->point.len == len && memcmp(pub->point.ptr, encoded, len) == 0;
    return same ? HF_OK : HF_E_KEY_MISMATCH;
}

/* Encrypts a number privately and opens it with `pub`: only the private half can do that. */
static hf_code match_rsa(RSA *rsa, const hf_public_key *pub)
{
    uint8_t number[HF_RSA_BITS_MAX / 8] = {0};
    uint8_t block[HF_RSA_BITS_MAX / 8];
    int len = RSA_size(rsa);
    if (!hf_rsa_public_ok(pub) || pub->point.len != (size_t)len) {
        return HF_E_KEY_MISMATCH;
    }
    RSA *public_half = hf_ossl_rsa_public(pub);
    if (public_half == NULL) {
        return HF_E_BACKEND;
    }
    memset(number + 1, 0xa5, (size_t)len - 1);
    bool same = RSA_private_encrypt(len, number, block, rsa, RSA_NO_PADDING) == len &&
                RSA_public_decrypt(len, block, block, public_half, RSA_NO_PADDING) == len &&
                memcmp(block, number, (size_t)len) == 0;
    RSA_free(public_half);
    return same ? HF_OK : HF_E_KEY_MISMATCH;
}

hf_code hf_key_matches(const hf_key *key, const hf_crypto *crypto, const hf_public_key *pub)
{
    const hf_ossl_key *own = (const hf_ossl_key *)key->space_;
    (void)crypto;
    if (key->kind == HF_KEY_NONE || key->kind != (uint8_t)pub->kind) {
        return HF_E_KEY_MISMATCH;
    }
    ERR_set_mark();
    hf_code code = own->ec != NULL ? match_ec(own->ec, pub) : match_rsa(own->rsa, pub);
    ERR_pop_to_mark();
    return code;
}
