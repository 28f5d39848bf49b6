/* The TLS 1.2 PRF (RFC 5246 5): P_hash over HMAC; label and both halves of the seed in a row. */
#include "crypto/crypto.h"
#include "wire/secret.h"

#include <string.h>

typedef struct seed {
    hf_span label, a, b;
} seed;

static void add_seed(hf_hmac *hmac, const seed *s)
{
    hf_hmac_add(hmac, s->label.ptr, s->label.len);
    hf_hmac_add(hmac, s->a.ptr, s->a.len);
    hf_hmac_add(hmac, s->b.ptr, s->b.len);
}

void hf_prf12(hf_hash_id id, hf_span secret, const char *label, hf_span seed_a, hf_span seed_b,
              uint8_t *out, size_t len)
{
    const seed s = {
        .label = {.ptr = (const uint8_t *)label, .len = strlen(label)}, .a = seed_a, .b = seed_b};
    size_t size = hf_hash_size(id);
    uint8_t a[HF_HASH_MAX]; /* A(i) of RFC 5246 5 */
    uint8_t block[HF_HASH_MAX];
    hf_hmac keyed;
    hf_hmac hmac;
    hf_hmac_start(&keyed, id, secret.ptr, secret.len);
    hf_hmac_clone(&hmac, &keyed);
    add_seed(&hmac, &s);
    hf_hmac_final(&hmac, a);
    while (len > 0) {
        hf_hmac_clone(&hmac, &keyed);
        hf_hmac_add(&hmac, a, size);
        add_seed(&hmac, &s);
        hf_hmac_final(&hmac, block);
        size_t take = len < size ? len : size;
        memcpy(out, block, take);
        out += take;
        len -= take;
        if (len == 0) {
            break; /* nobody asks for the next A(i) */
        }
        hf_hmac_clone(&hmac, &keyed);
        hf_hmac_add(&hmac, a, size);
        hf_hmac_final(&hmac, a);
    }
    hf_hmac_drop(&keyed);
    hf_wipe(a, sizeof a);
    hf_wipe(block, sizeof block);
}
