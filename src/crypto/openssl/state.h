/* What the openssl backend keeps in the storage of the public objects.
 *
 * The types are marked may_alias because they live in arrays of uint64_t that belong to structs of
 * the caller. OPENSSL_SUPPRESS_DEPRECATED reaches only this folder: the low-level calls are
 * deprecated in 3.0 and twice as fast as the EVP ones (no fetch, no parameters, no allocation).
 */
#ifndef HF_CRYPTO_OPENSSL_STATE_H
#define HF_CRYPTO_OPENSSL_STATE_H

#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/crypto.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#define HF_OSSL_STATE __attribute__((may_alias))

typedef struct HF_OSSL_STATE hf_ossl_crypto {
    EVP_CIPHER *ciphers[4]; /* by hf_aead_id - 1; NULL: this libcrypto has it not */
    EC_GROUP *p256;
    EC_GROUP *p384;
} hf_ossl_crypto;

typedef struct HF_OSSL_STATE hf_ossl_hash {
    union {
        SHA_CTX sha1;
        SHA256_CTX sha256;
        SHA512_CTX sha512; /* SHA-384 too */
    } u;
} hf_ossl_hash;

typedef struct HF_OSSL_STATE hf_ossl_aead {
    EVP_CIPHER_CTX *ctx;
} hf_ossl_aead;

typedef struct HF_OSSL_STATE hf_ossl_pieces {
    size_t left; /* bytes of plaintext still to come */
} hf_ossl_pieces;

typedef struct HF_OSSL_STATE hf_ossl_exchange {
    EVP_PKEY *x25519;
    uint8_t scalar[HF_SHARED_MAX]; /* P-256, P-384 */
} hf_ossl_exchange;

typedef struct HF_OSSL_STATE hf_ossl_key {
    EC_KEY *ec;
    RSA *rsa;
} hf_ossl_key;

_Static_assert(sizeof(hf_ossl_crypto) <= HF_SIZE_CRYPTO, "HF_SIZE_CRYPTO");
_Static_assert(sizeof(hf_ossl_hash) <= HF_SIZE_HASH, "HF_SIZE_HASH");
_Static_assert(sizeof(hf_ossl_aead) <= HF_SIZE_AEAD, "HF_SIZE_AEAD");
_Static_assert(sizeof(hf_ossl_pieces) <= HF_SIZE_AEAD_PIECES, "HF_SIZE_AEAD_PIECES");
_Static_assert(sizeof(hf_ossl_exchange) <= HF_SIZE_EXCHANGE, "HF_SIZE_EXCHANGE");
_Static_assert(sizeof(hf_ossl_key) <= HF_SIZE_KEY, "HF_SIZE_KEY");

/* The group of a curve kind, NULL for others; borrowed from `crypto`. */
const EC_GROUP *hf_ossl_group(const hf_crypto *crypto, hf_key_kind kind);

/* A new RSA object with a public key; NULL when out of memory. */
RSA *hf_ossl_rsa_public(const hf_public_key *pub);

/* libcrypto's number of the hash, for PKCS#1 signatures. */
int hf_ossl_nid(hf_hash_id id);

#endif
