/* A hash at once: of spans in a row, and SHA-256 for fingerprints. The hash's state is on the stack
 * of these calls only, so that callers which go on to verify or sign do not carry it. */
#include "crypto/crypto.h"

void hf_digest(hf_hash_id id, const hf_span *parts, size_t count, uint8_t *out)
{
    hf_hash hash;
    hf_hash_start(&hash, id);
    for (size_t i = 0; i < count; i++) {
        hf_hash_add(&hash, parts[i].ptr, parts[i].len);
    }
    hf_hash_final(&hash, out);
}

void hf_sha256(hf_span bytes, uint8_t out[32])
{
    hf_digest(HF_SHA256, &bytes, 1, out);
}
