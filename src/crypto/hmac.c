/* HMAC (RFC 2104) over the backend's hash.
 *
 * Both halves of the padded key are hashed at the start, so one keyed state serves as many
 * messages as are needed; HKDF and the TLS 1.2 PRF live on that.
 * Invariant: a state holds key material until hf_hmac_drop().
 */
#include "crypto/crypto.h"
#include "wire/secret.h"

#include <string.h>

#define BLOCK_MAX 128
#define INNER_PAD 0x36
#define OUTER_PAD 0x5c

static void start_padded(hf_hash *hash, hf_hash_id id, uint8_t *block, uint8_t pad)
{
    size_t len = hf_hash_block(id);
    for (size_t i = 0; i < len; i++) {
        block[i] ^= pad;
    }
    hf_hash_start(hash, id);
    hf_hash_add(hash, block, len);
}

void hf_hmac_start(hf_hmac *hmac, hf_hash_id id, const uint8_t *key, size_t key_len)
{
    uint8_t block[BLOCK_MAX] = {0};
    if (key_len > hf_hash_block(id)) {
        hf_digest(id, &(hf_span){key, key_len}, 1, block);
    } else if (key_len > 0) {
        memcpy(block, key, key_len);
    }
    start_padded(&hmac->inner, id, block, INNER_PAD);
    start_padded(&hmac->outer, id, block, INNER_PAD ^ OUTER_PAD); /* the first one goes */
    hf_wipe(block, sizeof block);
}

/* Uses the key up. */
static void finish(hf_hmac *hmac, const hf_span *parts, size_t count, uint8_t *out)
{
    size_t size = hf_hash_size((hf_hash_id)hmac->inner.id);
    for (size_t i = 0; i < count; i++) {
        hf_hash_add(&hmac->inner, parts[i].ptr, parts[i].len);
    }
    hf_hash_final(&hmac->inner, out);
    hf_hash_add(&hmac->outer, out, size);
    hf_hash_final(&hmac->outer, out);
}

void hf_hmac_parts(const hf_hmac *hmac, const hf_span *parts, size_t count, uint8_t *out)
{
    hf_hmac copy;
    hf_hash_clone(&copy.inner, &hmac->inner);
    hf_hash_clone(&copy.outer, &hmac->outer);
    finish(&copy, parts, count, out);
}

void hf_hmac_drop(hf_hmac *hmac)
{
    hf_hash_drop(&hmac->inner);
    hf_hash_drop(&hmac->outer);
}

void hf_hmac_once(hf_hash_id id, const uint8_t *key, size_t key_len, const uint8_t *ptr, size_t len,
                  uint8_t *out)
{
    hf_hmac hmac;
    hf_hmac_start(&hmac, id, key, key_len);
    finish(&hmac, &(hf_span){ptr, len}, 1, out);
}
