/* HKDF-Expand (RFC 5869 2.3). The labels of TLS 1.3 are the key schedule's. */
#include "crypto/crypto.h"
#include "wire/secret.h"

#include <string.h>

void hf_hkdf_expand(hf_hash_id id, const uint8_t *prk, hf_span info, uint8_t *out, size_t len)
{
    size_t size = hf_hash_size(id);
    uint8_t block[HF_HASH_MAX]; /* T(i) */
    uint8_t counter = 0;
    hf_span parts[] = {{block, 0}, info, {&counter, 1}};
    hf_hmac keyed;
    hf_hmac_start(&keyed, id, prk, size);
    while (len > 0) {
        counter++;
        hf_hmac_parts(&keyed, parts, 3, block);
        parts[0].len = size;
        size_t take = len < size ? len : size;
        memcpy(out, block, take);
        out += take;
        len -= take;
    }
    hf_hmac_drop(&keyed);
    hf_wipe(block, sizeof block);
}
