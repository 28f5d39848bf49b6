/* The TLS 1.2 PRF (RFC 5246 5): P_hash over HMAC. */
#include "crypto/crypto.h"
#include "wire/secret.h"

#include <string.h>

void hf_prf12(hf_hash_id id, hf_span secret, const hf_span *seed, size_t count, uint8_t *out,
              size_t len)
{
    size_t size = hf_hash_size(id);
    uint8_t a[HF_HASH_MAX]; /* A(i) of RFC 5246 5 */
    uint8_t block[HF_HASH_MAX];
    hf_span parts[1 + HF_PRF12_SEED_MAX] = {{a, size}};
    hf_hmac keyed;
    memcpy(parts + 1, seed, count * sizeof *seed);
    hf_hmac_start(&keyed, id, secret.ptr, secret.len);
    hf_hmac_parts(&keyed, seed, count, a);
    while (len > 0) {
        hf_hmac_parts(&keyed, parts, 1 + count, block);
        size_t take = len < size ? len : size;
        memcpy(out, block, take);
        out += take;
        len -= take;
        if (len > 0) { /* else nobody asks for the next A(i) */
            hf_hmac_parts(&keyed, parts, 1, a);
        }
    }
    hf_hmac_drop(&keyed);
    hf_wipe(a, sizeof a);
    hf_wipe(block, sizeof block);
}
