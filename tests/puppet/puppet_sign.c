/* Signatures of either end: making and verifying them (RFC 8446 4.4.3, RFC 5246 7.4.3, 7.4.8). */
#include "puppet/puppet_inside.h"

#include <string.h>

static hf_signature_kind kind_of(uint16_t scheme)
{
    return (scheme & 0xff) == 3 ? HF_ECDSA : (scheme >> 8) == 8 ? HF_RSA_PSS : HF_RSA_PKCS1;
}

static hf_hash_id hash_of(uint16_t scheme)
{
    switch (scheme) {
    case HF_ECDSA_SECP384R1_SHA384:
    case HF_RSA_PSS_RSAE_SHA384:
    case HF_RSA_PKCS1_SHA384:
        return HF_SHA384;
    case HF_RSA_PKCS1_SHA512:
        return HF_SHA512;
    default:
        return HF_SHA256;
    }
}

static void hash_parts(hf_hash_id id, const hf_span *parts, size_t count, uint8_t *value)
{
    hf_hash hash;
    hf_hash_start(&hash, id);
    for (size_t i = 0; i < count; i++) {
        hf_hash_add(&hash, parts[i].ptr, parts[i].len);
    }
    hf_hash_final(&hash, value);
}

void puppet_sign(puppet *p, puppet_message *m, uint16_t scheme, const hf_span *parts, size_t count)
{
    uint8_t value[HF_HASH_MAX];
    uint8_t signature[HF_SIGNATURE_MAX];
    size_t len = 0;
    hash_parts(hash_of(scheme), parts, count, value);
    if (hf_key_sign(p->key, &p->crypto, kind_of(scheme), hash_of(scheme), value, signature,
                    sizeof signature, &len) != HF_OK) {
        puppet_fault(p, "the puppet cannot sign");
    }
    puppet_put16(m, scheme);
    puppet_put16(m, (unsigned)len);
    puppet_put(m, signature, len);
}

size_t puppet_signed13(const puppet *p, const char *context, uint8_t out[200])
{
    size_t len = strlen(context) + 1;
    memset(out, ' ', 64);
    memcpy(out + 64, context, len);
    uint8_t hash[HF_HASH_MAX];
    puppet_hash(p, hash);
    memcpy(out + 64 + len, hash, hf_hash_size(p->chosen->hash));
    return 64 + len + hf_hash_size(p->chosen->hash);
}

bool puppet_verify(const puppet *p, const hf_public_key *key, hf_span signature,
                   const hf_span *parts, size_t count)
{
    uint8_t value[HF_HASH_MAX];
    if (signature.len < 4 || puppet_u16(signature.ptr + 2) + 4u != signature.len) {
        return false;
    }
    uint16_t scheme = puppet_u16(signature.ptr);
    hf_span bytes = {signature.ptr + 4, signature.len - 4};
    hash_parts(hash_of(scheme), parts, count, value);
    return hf_crypto_verify(&p->crypto, key, kind_of(scheme), hash_of(scheme), value, bytes) ==
           HF_OK;
}
