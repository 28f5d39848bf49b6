/* HMAC (RFC 2104) over the backend's hash.
 *
 * Both halves of the padded key are hashed at the start, so one keyed state can be cloned for as
 * many messages as are needed; HKDF and the TLS 1.2 PRF live on that.
 * Invariant: a state holds key material until hf_hmac_final() or hf_hmac_drop().
 */
#include "crypto/crypto.h"
#include "wire/secret.h"

#include <string.h>

#define BLOCK_MAX 128

static void start_padded(hf_hash *hash, hf_hash_id id, const uint8_t *key, uint8_t pad)
{
    uint8_t block[BLOCK_MAX];
    size_t len = hf_hash_block(id);
    for (size_t i = 0; i < len; i++) {
        block[i] = key[i] ^ pad;
    }
    hf_hash_start(hash, id);
    hf_hash_add(hash, block, len);
    hf_wipe(block, sizeof block);
}

void hf_hmac_start(hf_hmac *hmac, hf_hash_id id, const uint8_t *key, size_t key_len)
{
    uint8_t block[BLOCK_MAX] = {0};
    if (key_len > hf_hash_block(id)) {
        hf_hash_start(&hmac->inner, id);
        hf_hash_add(&hmac->inner, key, key_len);
        hf_hash_final(&hmac->inner, block);
    } else if (key_len > 0) {
        memcpy(block, key, key_len);
    }
    start_padded(&hmac->inner, id, block, 0x36);
    start_padded(&hmac->outer, id, block, 0x5c);
    hf_wipe(block, sizeof block);
}

void hf_hmac_add(hf_hmac *hmac, const uint8_t *ptr, size_t len)
{
    hf_hash_add(&hmac->inner, ptr, len);
}

void hf_hmac_clone(hf_hmac *to, const hf_hmac *from)
{
    hf_hash_clone(&to->inner, &from->inner);
    hf_hash_clone(&to->outer, &from->outer);
}

void hf_hmac_final(hf_hmac *hmac, uint8_t *out)
{
    size_t size = hf_hash_size((hf_hash_id)hmac->inner.id);
    hf_hash_final(&hmac->inner, out);
    hf_hash_add(&hmac->outer, out, size);
    hf_hash_final(&hmac->outer, out);
    hf_wipe(hmac, sizeof *hmac);
}

void hf_hmac_drop(hf_hmac *hmac)
{
    hf_hash_drop(&hmac->inner);
    hf_hash_drop(&hmac->outer);
}
