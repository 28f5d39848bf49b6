/* What the bearssl backend keeps in the storage of the public objects, and the implementations it
 * chose for this machine.
 *
 * The types are marked may_alias because they live in arrays of uint64_t that belong to structs of
 * the caller. Nothing here allocates; keys of the caller are borrowed, session keys are copied.
 */
#ifndef HF_CRYPTO_BEARSSL_STATE_H
#define HF_CRYPTO_BEARSSL_STATE_H

#include "crypto/crypto.h"

#include <bearssl.h>

#define HF_BR_STATE __attribute__((may_alias))

/* Looked up once, because asking the processor for its features is slow on virtual machines. */
typedef struct HF_BR_STATE hf_br_crypto {
    const br_block_ctr_class *aes_ctr;
    const br_block_ctrcbc_class *aes_ctrcbc;
    br_ghash ghash;
    br_chacha20_run chacha20;
    br_poly1305_run poly1305;
} hf_br_crypto;

/* A running hash is the library's own context: SHA-384 has that of SHA-512. */
typedef struct HF_BR_STATE hf_br_sha1 {
    br_sha1_context own;
} hf_br_sha1;
typedef struct HF_BR_STATE hf_br_sha256 {
    br_sha256_context own;
} hf_br_sha256;
typedef struct HF_BR_STATE hf_br_sha512 {
    br_sha512_context own;
} hf_br_sha512;

/* Key schedules: of any of its AES, or on devices of the one that is used. */
#if UINTPTR_MAX > 0xffffffffu
typedef br_aes_gen_ctr_keys hf_br_aes_ctr;
typedef br_aes_gen_ctrcbc_keys hf_br_aes_ctrcbc;
#else
typedef br_aes_ct_ctr_keys hf_br_aes_ctr;
typedef br_aes_ct_ctrcbc_keys hf_br_aes_ctrcbc;
#endif

typedef struct hf_br_chacha {
    uint8_t key[32];
    br_chacha20_run chacha20;
    br_poly1305_run poly1305;
} hf_br_chacha;

typedef struct HF_BR_STATE hf_br_aead {
    union {
        hf_br_aes_ctr gcm;
        hf_br_aes_ctrcbc ccm;
        hf_br_chacha chacha;
    } u;
    br_ghash ghash;
} hf_br_aead;

typedef struct HF_BR_STATE hf_br_pieces {
    union {
        br_gcm_context gcm;
        br_ccm_context ccm;
    } u;
    size_t left; /* bytes of plaintext still to come */
} hf_br_pieces;

typedef struct HF_BR_STATE hf_br_exchange {
    uint8_t scalar[HF_SHARED_MAX]; /* as it was drawn: big-endian, X25519 little-endian */
} hf_br_exchange;

/* Of an EC key only the scalar is kept. */
typedef struct HF_BR_STATE hf_br_ec_key {
    hf_span secret;
} hf_br_ec_key;

typedef struct HF_BR_STATE hf_br_rsa_key {
    hf_span modulus, exponent, p, q, dp, dq, iq;
} hf_br_rsa_key;

_Static_assert(sizeof(hf_br_crypto) <= HF_SIZE_CRYPTO, "HF_SIZE_CRYPTO");
_Static_assert(sizeof(hf_br_sha1) <= HF_SIZE_HASH, "HF_SIZE_HASH");
_Static_assert(sizeof(hf_br_sha256) <= HF_SIZE_HASH, "HF_SIZE_HASH");
_Static_assert(!HF_HAS_SHA384 || sizeof(hf_br_sha512) <= HF_SIZE_HASH, "HF_SIZE_HASH");
_Static_assert(sizeof(hf_br_aead) <= HF_SIZE_AEAD, "HF_SIZE_AEAD");
_Static_assert(sizeof(hf_br_pieces) <= HF_SIZE_AEAD_PIECES, "HF_SIZE_AEAD_PIECES");
_Static_assert(sizeof(hf_br_exchange) <= HF_SIZE_EXCHANGE, "HF_SIZE_EXCHANGE");
_Static_assert(sizeof(hf_br_ec_key) <= HF_SIZE_KEY, "HF_SIZE_KEY");
_Static_assert(!HF_HAS_RSA_PRIVATE || sizeof(hf_br_rsa_key) <= HF_SIZE_KEY, "HF_SIZE_KEY");

/* ---- choice.c: the best implementations for the word size, all constant-time */
void hf_br_choose(hf_br_crypto *own);
const br_ec_impl *hf_br_curve(int curve); /* a number of BearSSL, which is IANA's too */
uint32_t hf_br_rsa_public(uint8_t *x, size_t len, const br_rsa_public_key *key);
uint32_t hf_br_rsa_private(uint8_t *x, const br_rsa_private_key *key);
uint32_t hf_br_rsa_pkcs1_verify(hf_span signature, const uint8_t *oid, size_t hash_len,
                                const br_rsa_public_key *key, uint8_t *hash);
uint32_t hf_br_rsa_pkcs1_sign(const uint8_t *oid, const uint8_t *hash, size_t hash_len,
                              const br_rsa_private_key *key, uint8_t *signature);
/* Writes r and s, as two numbers of the order's length; their length together, 0: not possible. */
size_t hf_br_ecdsa_sign(int curve, const br_hash_class *hash, const uint8_t *value,
                        const br_ec_private_key *key, uint8_t *signature);
uint32_t hf_br_ecdsa_verify(int curve, const uint8_t *value, size_t value_len,
                            const br_ec_public_key *key, const uint8_t *raw, size_t raw_len);

/* ---- random.c: the operating system's source; false where there is none */
bool hf_br_system_random(void *ctx, uint8_t *out, size_t len);

/* ---- scalar.c: true when a big-endian number is in [1, n-1]; time depends on `len` alone. `len`
 * is that of the order. */
bool hf_br_scalar_ok(const uint8_t *scalar, size_t len, int curve);

static inline br_rsa_public_key hf_br_public(hf_span modulus, hf_span exponent)
{
    return (br_rsa_public_key){.n = (unsigned char *)modulus.ptr,
                               .nlen = modulus.len,
                               .e = (unsigned char *)exponent.ptr,
                               .elen = exponent.len};
}

const uint8_t *hf_br_oid(hf_hash_id id); /* for PKCS#1 signatures: length byte, then the value */
int hf_br_curve_of(hf_key_kind kind);    /* 0 for a kind without a curve */

#endif
