/* SHA-256 at once, for fingerprints. */
#include "crypto/crypto.h"

#include <string.h>

void hf_sha256(hf_span bytes, uint8_t out[32])
{
    uint8_t value[HF_HASH_MAX];
    hf_hash hash;
    hf_hash_start(&hash, HF_SHA256);
    hf_hash_add(&hash, bytes.ptr, bytes.len);
    hf_hash_final(&hash, value);
    memcpy(out, value, 32);
}
