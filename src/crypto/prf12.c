/* The TLS 1.2 PRF (RFC 5246 5): P_hash over HMAC; label and both halves of the seed in a row. */
#include "crypto/crypto.h"
#include "wire/secret.h"

#include <string.h>

void hf_prf12(hf_hash_id id, hf_span secret, const char *label, hf_span seed_a, hf_span seed_b,
              uint8_t *out, size_t len)
{
    size_t size = hf_hash_size(id);
    uint8_t a[HF_HASH_MAX]; /* A(i) of RFC 5246 5 */
    uint8_t block[HF_HASH_MAX];
    const hf_span parts[] = {{a, size}, {(const uint8_t *)label, strlen(label)}, seed_a, seed_b};
    hf_hmac keyed;
    hf_hmac_start(&keyed, id, secret);
    hf_hmac_parts(&keyed, parts + 1, 3, a);
    while (len > 0) {
        hf_hmac_parts(&keyed, parts, 4, block);
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
