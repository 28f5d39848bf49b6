/* Names and storage of the cryptographic objects that public structs hold.
 *
 * The primitives come from the backend chosen at build time. Its storage sizes stand in
 * handfast/backend.h, which the build takes from src/crypto/<backend>/backend.h; so these structs
 * are complete types without any header of the crypto library. Their content is private.
 * Numbers of suites, groups and schemes are those of the IANA registries (RFC 8446 B).
 */
#ifndef HANDFAST_CRYPTO_H
#define HANDFAST_CRYPTO_H

#include <handfast/backend.h>
#include <handfast/bytes.h>
#include <handfast/error.h>
#include <handfast/suites.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hf_hash_id {
    HF_HASH_NONE = 0,
    HF_SHA256,
    HF_SHA384,
    HF_SHA512,
    HF_SHA1, /* for the identifiers in OCSP (RFC 6960 4.1.1, 4.2.1), nothing else: no signature,
                scheme, suite or key derivation has it */
} hf_hash_id;

typedef enum hf_aead_id {
    HF_AEAD_NONE = 0,
    HF_AES_128_GCM,
    HF_AES_256_GCM,
    HF_AES_128_CCM,
    HF_CHACHA20_POLY1305,
} hf_aead_id;

typedef enum hf_group {
    HF_GROUP_NONE = 0,
    HF_SECP256R1 = 0x0017,
    HF_SECP384R1 = 0x0018,
    HF_X25519 = 0x001d,
} hf_group;

typedef enum hf_scheme {
    HF_SCHEME_NONE = 0,
    HF_RSA_PKCS1_SHA256 = 0x0401,
    HF_RSA_PKCS1_SHA384 = 0x0501,
    HF_RSA_PKCS1_SHA512 = 0x0601, /* in certificates only */
    HF_ECDSA_SECP256R1_SHA256 = 0x0403,
    HF_ECDSA_SECP384R1_SHA384 = 0x0503,
    HF_RSA_PSS_RSAE_SHA256 = 0x0804,
    HF_RSA_PSS_RSAE_SHA384 = 0x0805,
} hf_scheme;

typedef enum hf_key_kind {
    HF_KEY_NONE = 0,
    HF_KEY_P256,
    HF_KEY_P384,
    HF_KEY_RSA,
} hf_key_kind;

/* How a signature is made, apart from its hash. */
typedef enum hf_signature_kind {
    HF_SIGNATURE_NONE = 0,
    HF_ECDSA,     /* DER SEQUENCE of r and s (RFC 3279 2.2.3) */
    HF_RSA_PKCS1, /* RSASSA-PKCS1-v1_5 (RFC 8017 8.2) */
    HF_RSA_PSS, /* RSASSA-PSS, MGF1 with the same hash, salt as long as the hash (RFC 8446 4.2.3) */
} hf_signature_kind;

/* Largest sizes of what this build has (suites.h). */
#define HF_HASH_MAX      (HF_HAS_SHA384 ? 64 : 32) /* SHA-512, in certificate signatures only */
#define HF_SECRET_MAX    (HF_HAS_SHA384 ? 48 : 32) /* hash size of the largest suite: SHA-384 */
#define HF_SHARED_MAX    (HF_HAS_P384 ? 48 : 32)
#define HF_POINT_MAX     (HF_HAS_P384 ? 97 : 65) /* uncompressed */
#define HF_SIGNATURE_MAX 512                     /* RSA 4096 */
#define HF_NONCE_SIZE    12
#define HF_TAG_SIZE      16
#define HF_RSA_BITS_MIN  2048
#define HF_RSA_BITS_MAX  4096

/* A public key as spans into memory of somebody else (usually a certificate).
 * P-256, P-384: `point` is 04 || X || Y, 65 or 97 bytes; `exponent` empty.
 * RSA: `point` is the modulus, big-endian without leading zeros; `exponent` likewise. */
typedef struct hf_public_key {
    hf_key_kind kind;
    hf_span point;
    hf_span exponent;
} hf_public_key;

/* A private key as spans. EC: `secret` is the scalar, big-endian, exactly 32 or 48 bytes, and
 * `pub` holds the public point, which may be empty. RSA: modulus and exponent in `pub`, and the CRT
 * values, big-endian without leading zeros. A key that stays in its store (psa.h): the kind in
 * `pub`, `secret.ptr` NULL and its id in `secret.len`; nothing else. */
typedef struct hf_private_key {
    hf_public_key pub;
    hf_span secret; /* EC scalar; RSA private exponent d */
    hf_span p, q, dp, dq, iq;
} hf_private_key;

/* Source of random numbers: fills all `len` bytes, each with 8 bits of entropy or from a DRBG that
 * was seeded with 256 bits, and returns true; or returns false, and the connection ends with
 * HF_E_NO_RANDOM. It may wait for the noise source, as long as the program can bear. entropy.h
 * helps to look after raw noise. */
typedef struct hf_random_source {
    bool (*fill)(void *ctx, uint8_t *out, size_t len);
    void *ctx;
} hf_random_source;

#define HF_STORAGE(bytes) uint64_t space_[((bytes) + 7) / 8]

typedef struct hf_crypto {
    HF_STORAGE(HF_SIZE_CRYPTO);
    hf_random_source random;
} hf_crypto;

typedef struct hf_hash {
    HF_STORAGE(HF_SIZE_HASH);
    uint8_t id; /* hf_hash_id; HF_HASH_NONE = not started */
} hf_hash;

typedef struct hf_aead {
    HF_STORAGE(HF_SIZE_AEAD);
    uint8_t id; /* hf_aead_id; HF_AEAD_NONE = empty, nothing to release */
} hf_aead;

/* A record being opened in pieces; lives beside the hf_aead whose key it uses. */
typedef struct hf_aead_pieces {
    HF_STORAGE(HF_SIZE_AEAD_PIECES);
} hf_aead_pieces;

/* The private half of an ephemeral key exchange. */
typedef struct hf_exchange {
    HF_STORAGE(HF_SIZE_EXCHANGE);
    uint16_t group; /* hf_group; HF_GROUP_NONE = empty, nothing to release */
} hf_exchange;

/* A private key loaded into the backend. */
typedef struct hf_key {
    HF_STORAGE(HF_SIZE_KEY);
    uint8_t kind; /* hf_key_kind; HF_KEY_NONE = empty, nothing to release */
} hf_key;

#ifdef __cplusplus
}
#endif
#endif
