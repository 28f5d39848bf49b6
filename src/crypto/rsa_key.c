/* Shape of RSA keys and the place of a PSS encoding in the RSA block: see rsa_key.h. */
#include "crypto/rsa_key.h"
#include "crypto/crypto.h"

size_t hf_rsa_bits(hf_span number)
{
    if (number.len == 0 || number.ptr[0] == 0) {
        return 0;
    }
    size_t bits = number.len * 8;
    for (uint8_t top = number.ptr[0]; top < 0x80; top = (uint8_t)(top << 1)) {
        bits--;
    }
    return bits;
}

static bool is_odd(hf_span number)
{
    return (number.ptr[number.len - 1] & 1) != 0;
}

bool hf_rsa_public_ok(const hf_public_key *key)
{
    size_t bits = hf_rsa_bits(key->point);
    size_t exponent_bits = hf_rsa_bits(key->exponent);
    return bits >= HF_RSA_BITS_MIN && bits <= HF_RSA_BITS_MAX && is_odd(key->point) &&
           exponent_bits >= 2 && exponent_bits <= 64 && is_odd(key->exponent);
}

bool hf_rsa_private_ok(const hf_private_key *key)
{
    const hf_span spans[] = {key->secret, key->p, key->q, key->dp, key->dq, key->iq};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        if (spans[i].len == 0 || spans[i].len > key->pub.point.len) {
            return false;
        }
    }
    return is_odd(key->p) && is_odd(key->q);
}

void hf_rsa_pss_fill(hf_hash_id id, const uint8_t *value, const uint8_t *salt, uint8_t *block,
                     hf_span modulus)
{
    size_t em_bits = hf_rsa_bits(modulus) - 1;
    size_t before = modulus.len - (em_bits + 7) / 8;
    block[0] = 0; /* stays so when `before` is 1 */
    hf_pss_encode(id, value, salt, block + before, em_bits);
}

bool hf_rsa_pss_check(hf_hash_id id, const uint8_t *value, uint8_t *block, hf_span modulus)
{
    size_t em_bits = hf_rsa_bits(modulus) - 1;
    size_t before = modulus.len - (em_bits + 7) / 8;
    if (before > 0 && block[0] != 0) {
        return false;
    }
    return hf_pss_verify(id, value, block + before, em_bits);
}
