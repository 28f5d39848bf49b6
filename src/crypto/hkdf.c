/* HKDF (RFC 5869): extract-then-expand over HMAC. The labels of TLS 1.3 are the key schedule's. */
#include "crypto/crypto.h"
#include "wire/secret.h"

#include <string.h>

void hf_hkdf_extract(hf_hash_id id, hf_span salt, hf_span ikm, uint8_t *out)
{
    /* HMAC pads its key with zeros, so an empty salt is the same as hash-size zeros. */
    hf_hmac hmac;
    hf_hmac_start(&hmac, id, salt.ptr, salt.len);
    hf_hmac_add(&hmac, ikm.ptr, ikm.len);
    hf_hmac_final(&hmac, out);
}

void hf_hkdf_expand(hf_hash_id id, const uint8_t *prk, hf_span info, uint8_t *out, size_t len)
{
    size_t size = hf_hash_size(id);
    uint8_t block[HF_HASH_MAX] = {0}; /* T(i) of RFC 5869 2.3 */
    hf_hmac keyed;
    hf_hmac_start(&keyed, id, prk, size);
    uint8_t counter = 0;
    while (len > 0) {
        hf_hmac hmac;
        hf_hmac_clone(&hmac, &keyed);
        hf_hmac_add(&hmac, block, counter > 0 ? size : 0);
        counter++;
        hf_hmac_add(&hmac, info.ptr, info.len);
        hf_hmac_add(&hmac, &counter, 1);
        hf_hmac_final(&hmac, block);
        size_t take = len < size ? len : size;
        memcpy(out, block, take);
        out += take;
        len -= take;
    }
    hf_hmac_drop(&keyed);
    hf_wipe(block, sizeof block);
}
