/* Hashes of the openssl backend: low-level contexts held by value. */
#include "crypto/openssl/state.h"
#include "wire/secret.h"

#include <string.h>

void hf_hash_start(hf_hash *hash, hf_hash_id id)
{
    hf_ossl_hash *own = (hf_ossl_hash *)hash->space_;
    hash->id = (uint8_t)id;
    if (id == HF_SHA256) {
        SHA256_Init(&own->u.sha256);
    } else if (id == HF_SHA384) {
        SHA384_Init(&own->u.sha512);
    } else if (id == HF_SHA1) {
        SHA1_Init(&own->u.sha1);
    } else {
        SHA512_Init(&own->u.sha512);
    }
}

void hf_hash_add(hf_hash *hash, const uint8_t *ptr, size_t len)
{
    hf_ossl_hash *own = (hf_ossl_hash *)hash->space_;
    if (hash->id == HF_SHA256) {
        SHA256_Update(&own->u.sha256, ptr, len);
    } else if (hash->id == HF_SHA1) {
        SHA1_Update(&own->u.sha1, ptr, len);
    } else {
        SHA512_Update(&own->u.sha512, ptr, len);
    }
}

void hf_hash_clone(hf_hash *to, const hf_hash *from)
{
    memcpy(to, from, sizeof *to);
}

void hf_hash_final(hf_hash *hash, uint8_t *out)
{
    hf_ossl_hash *own = (hf_ossl_hash *)hash->space_;
    if (hash->id == HF_SHA256) {
        SHA256_Final(out, &own->u.sha256);
    } else if (hash->id == HF_SHA1) {
        SHA1_Final(out, &own->u.sha1);
    } else {
        SHA512_Final(out, &own->u.sha512); /* writes as many bytes as Init said */
    }
    hf_wipe(hash, sizeof *hash);
}

void hf_hash_drop(hf_hash *hash)
{
    hf_wipe(hash, sizeof *hash);
}
