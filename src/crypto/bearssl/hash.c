/* Hashes of the bearssl backend: contexts held by value. */
#include "crypto/bearssl/state.h"
#include "wire/secret.h"

#include <string.h>

void hf_hash_start(hf_hash *hash, hf_hash_id id)
{
    void *own = hash->space_;
    hash->id = (uint8_t)id;
    if (HF_HAS_SHA1 && id == HF_SHA1) {
        br_sha1_init(&((hf_br_sha1 *)own)->own);
    } else if (HF_HAS_SHA384 && id == HF_SHA384) {
        br_sha384_init(&((hf_br_sha512 *)own)->own);
    } else if (HF_HAS_SHA384 && id == HF_SHA512) {
        br_sha512_init(&((hf_br_sha512 *)own)->own);
    } else {
        br_sha256_init(&((hf_br_sha256 *)own)->own);
    }
}

void hf_hash_add(hf_hash *hash, const uint8_t *ptr, size_t len)
{
    void *own = hash->space_;
    if (len == 0) { /* ptr may be NULL, which memcpy() may not get */
        return;
    }
    if (HF_HAS_SHA1 && hash->id == HF_SHA1) {
        br_sha1_update(&((hf_br_sha1 *)own)->own, ptr, len);
    } else if (HF_HAS_SHA384 && hash->id != HF_SHA256) {
        br_sha512_update(&((hf_br_sha512 *)own)->own, ptr,
                         len); /* SHA-384's is the same function */
    } else {
        br_sha256_update(&((hf_br_sha256 *)own)->own, ptr, len);
    }
}

void hf_hash_clone(hf_hash *to, const hf_hash *from)
{
    memcpy(to, from, sizeof *to);
}

void hf_hash_final(hf_hash *hash, uint8_t *out)
{
    void *own = hash->space_;
    if (HF_HAS_SHA1 && hash->id == HF_SHA1) {
        br_sha1_out(&((hf_br_sha1 *)own)->own, out);
    } else if (HF_HAS_SHA384 && hash->id == HF_SHA384) {
        br_sha384_out(&((hf_br_sha512 *)own)->own, out);
    } else if (HF_HAS_SHA384 && hash->id == HF_SHA512) {
        br_sha512_out(&((hf_br_sha512 *)own)->own, out);
    } else {
        br_sha256_out(&((hf_br_sha256 *)own)->own, out);
    }
    hf_wipe(hash, sizeof *hash);
}

void hf_hash_drop(hf_hash *hash)
{
    hf_wipe(hash, sizeof *hash);
}
