/* What the psa backend keeps in the storage of the public objects: ids of keys that the
 * implementation holds, and the states of hashes.
 *
 * The types are marked may_alias because they live in arrays of uint64_t that belong to structs of
 * the caller. Keys are volatile and destroyed on release, but for those that were opaque when they
 * came. The backend allocates nothing; the implementation may.
 */
#ifndef HF_CRYPTO_PSA_STATE_H
#define HF_CRYPTO_PSA_STATE_H

#include "crypto/crypto.h"
#include "crypto/psa/has.h"

#define HF_PSA_STATE __attribute__((may_alias))

typedef struct HF_PSA_STATE hf_psa_hash {
    psa_hash_operation_t operation;
} hf_psa_hash;

typedef struct HF_PSA_STATE hf_psa_aead {
    psa_key_id_t key;
    psa_aead_operation_t *running; /* in an hf_aead_pieces; NULL: nothing to abort on release */
} hf_psa_aead;

typedef struct HF_PSA_STATE hf_psa_pieces {
    psa_aead_operation_t operation;
    size_t left; /* bytes of plaintext still to come */
} hf_psa_pieces;

typedef struct HF_PSA_STATE hf_psa_exchange {
    psa_key_id_t key;
} hf_psa_exchange;

/* A PSA key permits one algorithm, and RSA keys are used with two: so there are two of them. */
typedef struct HF_PSA_STATE hf_psa_key {
    psa_key_id_t key;   /* ECDSA, RSA PKCS#1 */
    psa_key_id_t pss;   /* the same key for RSA-PSS; 0 for EC */
    bool borrowed;      /* opaque when it came: not destroyed on release. Both ids are the same */
    bool deterministic; /* permits deterministic ECDSA instead of randomised */
} hf_psa_key;

_Static_assert(sizeof(hf_psa_hash) <= HF_SIZE_HASH, "HF_SIZE_HASH");
_Static_assert(sizeof(hf_psa_aead) <= HF_SIZE_AEAD, "HF_SIZE_AEAD");
_Static_assert(sizeof(hf_psa_exchange) <= HF_SIZE_EXCHANGE, "HF_SIZE_EXCHANGE");
_Static_assert(sizeof(hf_psa_key) <= HF_SIZE_KEY, "HF_SIZE_KEY");

/* ---- import.c: a volatile key out of bytes. */
psa_status_t hf_psa_import(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t algorithm,
                           hf_span bytes, psa_key_id_t *key);

/* What a status that is no more than a failure means to the caller: HF_E_UNSUPPORTED or
 * HF_E_BACKEND. */
hf_code hf_psa_failure(psa_status_t status);

/* ---- aead.c: what PSA calls an AEAD. */
psa_algorithm_t hf_psa_aead_of(uint8_t id);

/* ---- pieces.c, pieces_none.c: ends what is opened in pieces, if anything is. */
void hf_psa_pieces_abort(hf_psa_aead *own);

/* ---- hash.c: 0 for HF_HASH_NONE and what does not exist */
psa_algorithm_t hf_psa_hash_of(hf_hash_id id);

/* ---- crypto.c: the implementation's own random numbers, as a source. */
bool hf_psa_random(void *ctx, uint8_t *out, size_t len);

/* ---- verify.c: the algorithm of a signature, with `hash` one of PSA's hashes or
 * PSA_ALG_ANY_HASH; and what PSA calls a curve (bits 0: none). */
psa_algorithm_t hf_psa_signature(hf_signature_kind kind, psa_algorithm_t hash);
size_t hf_psa_curve_bits(hf_key_kind kind);

/* ---- key.c: the kind of a key that is in the store, and which ECDSA it permits.
 * HF_E_KEY_NOT_FOUND; HF_E_KEY_UNSUPPORTED when it is no private key of a kind in hf_key_kind;
 * HF_E_KEY_NOT_PERMITTED when its policy has no signing; HF_E_BACKEND. */
hf_code hf_psa_key_kind(uint32_t id, hf_key_kind *kind, bool *deterministic);

/* What a status says about the key that was used; `other` when it says nothing about it. */
hf_code hf_psa_key_failure(psa_status_t status, hf_code other);

/* ---- sign.c */
psa_algorithm_t hf_psa_ecdsa(bool deterministic, psa_algorithm_t hash);

/* ---- rsa_der.c: RSA keys as PSA takes them (RFC 8017 A.1). Room that always does. */
#define HF_PSA_RSA_PUBLIC_MAX  (HF_RSA_BITS_MAX / 8 + 24)
#define HF_PSA_RSA_PRIVATE_MAX (9 * (HF_RSA_BITS_MAX / 16) + 96)
/* The length, 0 when the numbers do not fit. */
size_t hf_psa_rsa_public(const hf_public_key *key, uint8_t out[HF_PSA_RSA_PUBLIC_MAX]);
size_t hf_psa_rsa_private(const hf_private_key *key, uint8_t out[HF_PSA_RSA_PRIVATE_MAX]);

#endif
