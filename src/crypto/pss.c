/* EMSA-PSS (RFC 8017 9.1) with MGF1 (B.2.1) over the same hash, salt as long as the hash.
 *
 * The encoded message is  maskedDB || H || bc  with DB = zeros || 01 || salt. Used by the backends
 * around their raw RSA operation. Everything here is public when verifying; when signing only the
 * salt is random, and it becomes public with the signature.
 */
#include "crypto/crypto.h"
#include "wire/secret.h"

#include <string.h>

/* XORs MGF1(seed) over `mask`. */
static void apply_mgf1(hf_hash_id id, const uint8_t *seed, uint8_t *mask, size_t len)
{
    size_t size = hf_hash_size(id);
    uint8_t block[HF_HASH_MAX];
    uint8_t counter[4] = {0};
    const hf_span parts[] = {{seed, size}, {counter, sizeof counter}};
    while (len > 0) {
        hf_digest(id, parts, 2, block);
        size_t take = len < size ? len : size;
        for (size_t i = 0; i < take; i++) {
            mask[i] ^= block[i];
        }
        mask += take;
        len -= take;
        counter[3]++; /* 512 bytes of RSA 4096 need at most 15 blocks */
    }
}

/* H = Hash(eight zeros || message hash || salt) */
static void hash_salted(hf_hash_id id, const uint8_t *value, const uint8_t *salt,
                        uint8_t out[HF_HASH_MAX])
{
    static const uint8_t zeros[8] = {0};
    size_t size = hf_hash_size(id);
    const hf_span parts[] = {{zeros, sizeof zeros}, {value, size}, {salt, size}};
    hf_digest(id, parts, 3, out);
}

/* The bits of the first byte that belong to an encoded message of `em_bits`. */
static uint8_t top_bits(size_t em_bits)
{
    return (uint8_t)(0xff >> ((8 - em_bits % 8) % 8));
}

void hf_pss_encode(hf_hash_id id, const uint8_t *value, const uint8_t *salt, uint8_t *em,
                   size_t em_bits)
{
    size_t size = hf_hash_size(id);
    size_t em_len = (em_bits + 7) / 8;
    size_t db_len = em_len - size - 1;
    uint8_t hash[HF_HASH_MAX];
    hash_salted(id, value, salt, hash);
    memset(em, 0, db_len - size - 1);
    em[db_len - size - 1] = 0x01;
    memcpy(em + db_len - size, salt, size);
    memcpy(em + db_len, hash, size);
    em[em_len - 1] = 0xbc;
    apply_mgf1(id, em + db_len, em, db_len);
    em[0] &= top_bits(em_bits);
}

bool hf_pss_verify(hf_hash_id id, const uint8_t *value, uint8_t *em, size_t em_bits)
{
    size_t size = hf_hash_size(id);
    size_t em_len = (em_bits + 7) / 8;
    if (em_len < 2 * size + 2 || em[em_len - 1] != 0xbc || (em[0] & ~top_bits(em_bits)) != 0) {
        return false;
    }
    size_t db_len = em_len - size - 1;
    apply_mgf1(id, em + db_len, em, db_len);
    em[0] &= top_bits(em_bits);
    uint8_t wrong = em[db_len - size - 1] ^ 0x01;
    for (size_t i = 0; i < db_len - size - 1; i++) {
        wrong |= em[i];
    }
    uint8_t hash[HF_HASH_MAX];
    hash_salted(id, value, em + db_len - size, hash);
    return wrong == 0 && hf_same_secret(hash, em + db_len, size);
}
