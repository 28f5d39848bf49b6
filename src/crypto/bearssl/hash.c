/* Hashes of the bearssl backend: contexts held by value. */
#include "crypto/bearssl/state.h"
#include "wire/secret.h"

#include <string.h>

void hf_hash_start(hf_hash *hash, hf_hash_id id)
{
    hf_br_hash *own = (hf_br_hash *)hash->space_;
    hash->id = (uint8_t)id;
    if (id == HF_SHA256) {
        br_sha256_init(&own->u.sha256);
    } else if (id == HF_SHA384) {
        br_sha384_init(&own->u.sha512);
    } else if (id == HF_SHA1) {
        br_sha1_init(&own->u.sha1);
    } else {
        br_sha512_init(&own->u.sha512);
    }
}

void hf_hash_add(hf_hash *hash, const uint8_t *ptr, size_t len)
{
    hf_br_hash *own = (hf_br_hash *)hash->space_;
    if (len == 0) { /* ptr may be NULL, which memcpy() may not get */
        return;
    }
    if (hash->id == HF_SHA256) {
        br_sha256_update(&own->u.sha256, ptr, len);
    } else if (hash->id == HF_SHA1) {
        br_sha1_update(&own->u.sha1, ptr, len);
    } else {
        br_sha512_update(&own->u.sha512, ptr, len); /* SHA-384's is the same function */
    }
}

void hf_hash_clone(hf_hash *to, const hf_hash *from)
{
    memcpy(to, from, sizeof *to);
}

void hf_hash_final(hf_hash *hash, uint8_t out[HF_HASH_MAX])
{
    hf_br_hash *own = (hf_br_hash *)hash->space_;
    if (hash->id == HF_SHA256) {
        br_sha256_out(&own->u.sha256, out);
    } else if (hash->id == HF_SHA384) {
        br_sha384_out(&own->u.sha512, out);
    } else if (hash->id == HF_SHA1) {
        br_sha1_out(&own->u.sha1, out);
    } else {
        br_sha512_out(&own->u.sha512, out);
    }
    hf_wipe(hash, sizeof *hash);
}

void hf_hash_drop(hf_hash *hash)
{
    hf_wipe(hash, sizeof *hash);
}
