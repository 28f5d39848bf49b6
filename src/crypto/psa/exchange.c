/* Ephemeral key exchange of the psa backend. With the implementation's own random numbers it makes
 * the key itself, so that the key is never seen outside of it; with a source of the program's the
 * number is drawn here. PSA's points are those of TLS: X25519 as 32 bytes, the others uncompressed.
 */
#include "crypto/psa/state.h"
#include "wire/secret.h"

#define X25519_SIZE 32

static psa_key_type_t type_of(uint16_t group)
{
    return PSA_KEY_TYPE_ECC_KEY_PAIR(group == HF_X25519 ? PSA_ECC_FAMILY_MONTGOMERY
                                                        : PSA_ECC_FAMILY_SECP_R1);
}

/* The implementation refuses numbers outside of [1, n-1]. One more draw has a probability below
 * 2^-32, so many of them mean a broken source. */
static hf_code draw(hf_psa_exchange *own, const hf_crypto *crypto, uint16_t group)
{
    uint8_t secret[HF_SHARED_MAX];
    hf_span bytes = {secret, hf_exchange_shared_size(group)};
    psa_status_t status = PSA_ERROR_INVALID_ARGUMENT;
    for (int tries = 0; tries < 32 && status == PSA_ERROR_INVALID_ARGUMENT; tries++) {
        if (hf_crypto_random(crypto, secret, bytes.len) != HF_OK) {
            return HF_E_NO_RANDOM;
        }
        status =
            hf_psa_import(type_of(group), PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, bytes, &own->key);
    }
    hf_wipe(secret, sizeof secret);
    return status == PSA_SUCCESS                  ? HF_OK
           : status == PSA_ERROR_INVALID_ARGUMENT ? HF_E_NO_RANDOM
                                                  : hf_psa_failure(status);
}

static hf_code generate(hf_psa_exchange *own, uint16_t group)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, type_of(group));
    psa_set_key_bits(&attributes, group == HF_X25519 ? 255 : 8 * hf_exchange_shared_size(group));
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDH);
    psa_status_t status = psa_generate_key(&attributes, &own->key);
    return status == PSA_SUCCESS                      ? HF_OK
           : status == PSA_ERROR_INSUFFICIENT_ENTROPY ? HF_E_NO_RANDOM
                                                      : hf_psa_failure(status);
}

hf_code hf_exchange_generate(hf_exchange *exchange, const hf_crypto *crypto, uint16_t group,
                             uint8_t point[HF_POINT_MAX])
{
    hf_psa_exchange *own = (hf_psa_exchange *)exchange->space_;
    *exchange = (hf_exchange){.group = HF_GROUP_NONE};
    if (!hf_crypto_has_group(group)) {
        return HF_E_UNSUPPORTED;
    }
    bool inside = crypto->random.fill == hf_psa_random;
    hf_code code = inside ? generate(own, group) : draw(own, crypto, group);
    if (code != HF_OK) {
        *exchange = (hf_exchange){.group = HF_GROUP_NONE};
        return code;
    }
    size_t size = hf_exchange_point_size(group);
    size_t len = 0;
    exchange->group = group;
    if (psa_export_public_key(own->key, point, size, &len) != PSA_SUCCESS || len != size) {
        hf_exchange_release(exchange);
        return HF_E_BACKEND;
    }
    return HF_OK;
}

/* The implementation checks that the point is on the curve. */
hf_code hf_exchange_agree(hf_exchange *exchange, const hf_crypto *crypto, hf_span point,
                          uint8_t shared[HF_SHARED_MAX])
{
    static const uint8_t zeros[X25519_SIZE] = {0};
    const hf_psa_exchange *own = (const hf_psa_exchange *)exchange->space_;
    bool x25519 = exchange->group == HF_X25519;
    size_t size = hf_exchange_shared_size(exchange->group);
    size_t len = 0;
    (void)crypto;
    if (exchange->group == HF_GROUP_NONE) {
        return HF_E_USAGE;
    }
    if (point.len != hf_exchange_point_size(exchange->group) || (!x25519 && point.ptr[0] != 0x04)) {
        return HF_E_KEY_SHARE;
    }
    psa_status_t status =
        psa_raw_key_agreement(PSA_ALG_ECDH, own->key, point.ptr, point.len, shared, size, &len);
    hf_code code = status == PSA_SUCCESS && len == size   ? HF_OK
                   : status == PSA_ERROR_INVALID_ARGUMENT ? HF_E_KEY_SHARE
                                                          : HF_E_BACKEND;
    /* RFC 8446 7.4.2: an all-zero X25519 result MUST abort. */
    if (code == HF_OK && x25519 && hf_same_secret(shared, zeros, size)) {
        code = HF_E_KEY_SHARE;
    }
    if (code != HF_OK) {
        hf_wipe(shared, size);
    }
    return code;
}

void hf_exchange_release(hf_exchange *exchange)
{
    if (exchange->group != HF_GROUP_NONE) {
        (void)psa_destroy_key(((hf_psa_exchange *)exchange->space_)->key);
    }
    hf_wipe(exchange, sizeof *exchange);
}
