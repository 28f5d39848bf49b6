/* Ephemeral key exchange of the openssl backend.
 *
 * P-256 and P-384 multiply points directly; with one scalar both of libcrypto's implementations do
 * so in constant time. X25519 exists only behind EVP: the key object made by generate is kept, as
 * making it costs a multiplication.
 */
#include "crypto/openssl/state.h"
#include "wire/secret.h"

#include <openssl/bn.h>
#include <openssl/err.h>

#define X25519_SIZE 32

static const EC_GROUP *curve_of(const hf_crypto *crypto, uint16_t group)
{
    return hf_ossl_group(crypto, group == HF_SECP256R1 ? HF_KEY_P256 : HF_KEY_P384);
}

static hf_code generate_x25519(hf_ossl_exchange *own, const hf_crypto *crypto, uint8_t *point)
{
    uint8_t secret[X25519_SIZE];
    size_t len = X25519_SIZE;
    if (hf_crypto_random(crypto, secret, sizeof secret) != HF_OK) {
        return HF_E_NO_RANDOM;
    }
    own->x25519 = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, sizeof secret);
    hf_wipe(secret, sizeof secret);
    if (own->x25519 == NULL || EVP_PKEY_get_raw_public_key(own->x25519, point, &len) != 1) {
        return HF_E_BACKEND;
    }
    return HF_OK;
}

/* Draws until the number is in [1, n-1]. With the orders of P-256 and P-384 a second draw has a
 * probability below 2^-32, so many of them mean a broken source. */
static hf_code draw_scalar(const hf_crypto *crypto, const EC_GROUP *curve, uint8_t *out, size_t len,
                           BIGNUM *scalar)
{
    for (int tries = 0; tries < 32; tries++) {
        if (hf_crypto_random(crypto, out, len) != HF_OK) {
            return HF_E_NO_RANDOM;
        }
        if (BN_bin2bn(out, (int)len, scalar) == NULL) {
            return HF_E_BACKEND;
        }
        if (!BN_is_zero(scalar) && BN_cmp(scalar, EC_GROUP_get0_order(curve)) < 0) {
            return HF_OK;
        }
    }
    return HF_E_NO_RANDOM;
}

static hf_code generate_point(hf_exchange *exchange, const hf_crypto *crypto, uint8_t *out)
{
    hf_ossl_exchange *own = (hf_ossl_exchange *)exchange->space_;
    const EC_GROUP *curve = curve_of(crypto, exchange->group);
    size_t size = hf_exchange_point_size(exchange->group);
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *scalar = BN_new();
    EC_POINT *point = EC_POINT_new(curve);
    hf_code code = HF_E_BACKEND;
    if (ctx != NULL && scalar != NULL && point != NULL) {
        BN_set_flags(scalar, BN_FLG_CONSTTIME);
        code = draw_scalar(crypto, curve, own->scalar, hf_exchange_shared_size(exchange->group),
                           scalar);
    }
    if (code == HF_OK &&
        (EC_POINT_mul(curve, point, scalar, NULL, NULL, ctx) != 1 ||
         EC_POINT_point2oct(curve, point, POINT_CONVERSION_UNCOMPRESSED, out, size, ctx) != size)) {
        code = HF_E_BACKEND;
    }
    EC_POINT_free(point);
    BN_clear_free(scalar);
    BN_CTX_free(ctx);
    return code;
}

hf_code hf_exchange_generate(hf_exchange *exchange, const hf_crypto *crypto, uint16_t group,
                             uint8_t point[HF_POINT_MAX])
{
    *exchange = (hf_exchange){.group = HF_GROUP_NONE};
    if (!hf_crypto_has_group(group)) {
        return HF_E_UNSUPPORTED;
    }
    exchange->group = group;
    hf_code code = group == HF_X25519
                       ? generate_x25519((hf_ossl_exchange *)exchange->space_, crypto, point)
                       : generate_point(exchange, crypto, point);
    if (code != HF_OK) {
        hf_exchange_release(exchange);
    }
    return code;
}

/* The peer's key needs no check by libcrypto: every 32 bytes are an X25519 point, and the
 * derivation refuses the all-zero result of a low-order one (RFC 8446 7.4.2). */
static hf_code agree_x25519(const hf_ossl_exchange *own, hf_span point, uint8_t *shared)
{
    size_t len = X25519_SIZE;
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point.ptr, point.len);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own->x25519, NULL);
    hf_code code = HF_E_BACKEND;
    if (peer != NULL && ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
        EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1) {
        code = EVP_PKEY_derive(ctx, shared, &len) == 1 ? HF_OK : HF_E_KEY_SHARE;
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    return code;
}

/* Multiplies and writes the X coordinate, left-padded. Reading the point checks the curve equation;
 * both groups have prime order, so nothing else can be wrong. */
static hf_code multiply(const EC_GROUP *curve, BN_CTX *ctx, EC_POINT *point, hf_span encoded,
                        BIGNUM *scalar, BIGNUM *x, uint8_t *shared, size_t size)
{
    if (EC_POINT_oct2point(curve, point, encoded.ptr, encoded.len, ctx) != 1) {
        return HF_E_KEY_SHARE;
    }
    if (EC_POINT_mul(curve, point, NULL, point, scalar, ctx) != 1 ||
        EC_POINT_get_affine_coordinates(curve, point, x, NULL, ctx) != 1 ||
        BN_bn2binpad(x, shared, (int)size) != (int)size) {
        return HF_E_BACKEND;
    }
    return HF_OK;
}

static hf_code agree_point(const hf_exchange *exchange, const hf_crypto *crypto, hf_span encoded,
                           uint8_t *shared)
{
    const hf_ossl_exchange *own = (const hf_ossl_exchange *)exchange->space_;
    const EC_GROUP *curve = curve_of(crypto, exchange->group);
    size_t size = hf_exchange_shared_size(exchange->group);
    BN_CTX *ctx = BN_CTX_new();
    EC_POINT *point = EC_POINT_new(curve);
    BIGNUM *scalar = BN_bin2bn(own->scalar, (int)size, NULL);
    BIGNUM *x = BN_new();
    hf_code code = HF_E_BACKEND;
    if (ctx != NULL && point != NULL && scalar != NULL && x != NULL) {
        BN_set_flags(scalar, BN_FLG_CONSTTIME);
        code = multiply(curve, ctx, point, encoded, scalar, x, shared, size);
    }
    BN_clear_free(x);
    BN_clear_free(scalar);
    EC_POINT_clear_free(point);
    BN_CTX_free(ctx);
    return code;
}

hf_code hf_exchange_agree(hf_exchange *exchange, const hf_crypto *crypto, hf_span point,
                          uint8_t shared[HF_SHARED_MAX])
{
    bool x25519 = exchange->group == HF_X25519;
    if (exchange->group == HF_GROUP_NONE) {
        return HF_E_USAGE;
    }
    if (point.len != hf_exchange_point_size(exchange->group) || (!x25519 && point.ptr[0] != 0x04)) {
        return HF_E_KEY_SHARE;
    }
    ERR_set_mark();
    hf_code code = x25519 ? agree_x25519((const hf_ossl_exchange *)exchange->space_, point, shared)
                          : agree_point(exchange, crypto, point, shared);
    ERR_pop_to_mark();
    if (code != HF_OK) {
        hf_wipe(shared, hf_exchange_shared_size(exchange->group));
    }
    return code;
}

void hf_exchange_release(hf_exchange *exchange)
{
    EVP_PKEY_free(((hf_ossl_exchange *)exchange->space_)->x25519); /* wipes the key */
    hf_wipe(exchange, sizeof *exchange);
}
