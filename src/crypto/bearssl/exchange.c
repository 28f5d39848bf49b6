/* Ephemeral key exchange of the bearssl backend. BearSSL clamps the X25519 scalar itself;
 * its NIST curves check the point they are given, its form included. */
#include "crypto/bearssl/state.h"
#include "wire/secret.h"

#include <string.h>

/* P-256 and P-384: draws until the number is in [1, n-1]. A second draw has a probability below
 * 2^-32, so many of them mean a broken source. */
static hf_code draw_scalar(const hf_crypto *crypto, uint16_t group, uint8_t *out, size_t len)
{
    for (int tries = 0; tries < 32; tries++) {
        if (hf_crypto_random(crypto, out, len) != HF_OK) {
            break;
        }
        if (group == HF_X25519 || hf_br_scalar_ok(out, len, group)) {
            return HF_OK;
        }
    }
    return HF_E_NO_RANDOM;
}

hf_code hf_exchange_generate(hf_exchange *exchange, const hf_crypto *crypto, uint16_t group,
                             uint8_t point[HF_POINT_MAX])
{
    hf_br_exchange *own = (hf_br_exchange *)exchange->space_;
    *exchange = (hf_exchange){.group = HF_GROUP_NONE};
    if (!hf_crypto_has_group(group)) {
        return HF_E_UNSUPPORTED;
    }
    size_t size = hf_exchange_shared_size(group);
    hf_code code = draw_scalar(crypto, group, own->scalar, size);
    if (code == HF_OK) {
        size_t len = hf_br_curve(group)->mulgen(point, own->scalar, size, group);
        code = len == hf_exchange_point_size(group) ? HF_OK : HF_E_BACKEND;
    }
    if (code != HF_OK) {
        hf_exchange_release(exchange);
        return code;
    }
    exchange->group = group;
    return HF_OK;
}

/* Looks at all bytes, whatever they are. */
static bool is_zero(const uint8_t *bytes, size_t len)
{
    unsigned any = 0;
    for (size_t i = 0; i < len; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

hf_code hf_exchange_agree(hf_exchange *exchange, const hf_crypto *crypto, hf_span point,
                          uint8_t shared[HF_SHARED_MAX])
{
    const hf_br_exchange *own = (const hf_br_exchange *)exchange->space_;
    uint16_t group = exchange->group;
    size_t size = hf_exchange_shared_size(group);
    uint8_t work[HF_POINT_MAX];
    (void)crypto;
    if (group == HF_GROUP_NONE) {
        return HF_E_USAGE;
    }
    if (point.len != hf_exchange_point_size(group)) {
        return HF_E_KEY_SHARE;
    }
    memcpy(work, point.ptr, point.len);
    bool good = hf_br_curve(group)->mul(work, point.len, own->scalar, size, group) == 1;
    memcpy(shared, work + (group == HF_X25519 ? 0 : 1), size);
    hf_wipe(work, sizeof work);
    /* RFC 8446 7.4.2: an all-zero X25519 result MUST abort; P-256 has a point with such an x. */
    if (!good || (group == HF_X25519 && is_zero(shared, size))) {
        hf_wipe(shared, size);
        return HF_E_KEY_SHARE;
    }
    return HF_OK;
}

void hf_exchange_release(hf_exchange *exchange)
{
    hf_wipe(exchange, sizeof *exchange);
}
