/* What a crypto backend provides: the seam between Handfast and the library that does the maths.
 *
 * Exactly one backend folder (openssl, bearssl, psa) implements everything in this file except the
 * section "constructions" and what sizes.c and random.c have, which are common code. No function
 * pointers: the linker chooses. Nothing here knows TLS.
 *
 * Invariants: no heap in the library itself (the openssl backend lets libcrypto allocate, only in
 * the calls that say so); objects are released once with their release call, which also wipes;
 * release of an empty (all-zero) object does nothing; an object must not be copied or moved, except
 * with its clone call. A const hf_crypto and a const hf_key may be used by many threads at once.
 */
#ifndef HF_CRYPTO_CRYPTO_H
#define HF_CRYPTO_CRYPTO_H

#include <handfast/crypto.h>

#ifndef HF_HAS_SHA1 /* outside of the library: see src/CMakeLists.txt */
#define HF_HAS_SHA1 1
#endif

/* ---- backend: what it is and has. The engine offers only what stands here. */
const char *hf_crypto_name(void);       /* "openssl 3", "bearssl 0.6" */
bool hf_crypto_has_hash(hf_hash_id id); /* for anything that protects: never HF_SHA1 */
bool hf_crypto_has_aead(hf_aead_id id);
bool hf_crypto_has_pieces(hf_aead_id id); /* hf_aead_pieces_* work for it */
bool hf_crypto_has_group(uint16_t group);
bool hf_crypto_can_verify(hf_key_kind key, hf_signature_kind kind, hf_hash_id hash);

/* Fetches once what connections share. `source.fill` NULL: the backend's own (operating system)
 * source; a backend without one fails with HF_E_NO_RANDOM. May allocate (openssl).
 * Errors: HF_E_BACKEND, HF_E_NO_RANDOM. */
hf_code hf_crypto_init(hf_crypto *crypto, hf_random_source source);
void hf_crypto_release(hf_crypto *crypto);

/* Cryptographic random bytes, from the source given at init. Error: HF_E_NO_RANDOM, `out` is then
 * all zero: the source failed, or gave 16 bytes or more that are all the same. */
hf_code hf_crypto_random(const hf_crypto *crypto, uint8_t *out, size_t len);

/* The health check at start: draws 16 bytes twice, which must differ. Error: HF_E_NO_RANDOM. */
hf_code hf_crypto_try_random(const hf_crypto *crypto);

/* ---- hash: never allocates, never fails. Final leaves the hash not started; one that is started
 * and not wanted any more is dropped, because a psa implementation may hold something for it. Every
 * backend has HF_SHA1 here, for identifiers; no call below but these takes it. */
#define HF_HASH_ONE (!HF_HAS_SHA384 && !HF_HAS_SHA1) /* SHA-256 alone: its sizes are constants */
size_t hf_hash_size_of(hf_hash_id id);
static inline size_t hf_hash_size(hf_hash_id id)
{
    return HF_HASH_ONE ? 32 : hf_hash_size_of(id);
}
static inline size_t hf_hash_block(hf_hash_id id) /* HMAC's block size */
{
    return HF_HASH_ONE || id == HF_SHA256 || id == HF_SHA1 ? 64 : 128;
}
void hf_hash_start(hf_hash *hash, hf_hash_id id);
void hf_hash_add(hf_hash *hash, const uint8_t *ptr, size_t len);
void hf_hash_clone(hf_hash *to, const hf_hash *from);
void hf_hash_final(hf_hash *hash, uint8_t *out); /* writes hf_hash_size() bytes */
void hf_hash_drop(hf_hash *hash);                /* wipes it */

/* ---- AEAD: 12-byte nonces, 16-byte tags, in place. */
#define HF_AEAD_ONE (!HF_HAS_AES256 && !HF_HAS_CCM && !HF_HAS_CHACHA20) /* AES-128-GCM alone */
size_t hf_aead_key_size_of(hf_aead_id id);
static inline size_t hf_aead_key_size(hf_aead_id id)
{
    return HF_AEAD_ONE ? 16 : hf_aead_key_size_of(id);
}
#define HF_AEAD_APART_MAX 128

/* Binds a key for one direction. May allocate (openssl). Errors: HF_E_UNSUPPORTED, HF_E_BACKEND. */
hf_code hf_aead_init(hf_aead *aead, const hf_crypto *crypto, hf_aead_id id, const uint8_t *key,
                     bool sealing);
void hf_aead_release(hf_aead *aead);

/* Encrypts data[0..len) in place and writes the tag to `tag`: behind the data (data + len), or
 * apart from them, which psa can do for HF_AEAD_APART_MAX bytes only (HF_E_USAGE). Error:
 * HF_E_BACKEND. */
hf_code hf_aead_seal(hf_aead *aead, const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, uint8_t *data,
                     size_t len, uint8_t tag[HF_TAG_SIZE]);

/* Decrypts in place, the tag as above. On HF_E_BAD_RECORD_MAC, and HF_E_BACKEND (psa), the data are
 * wiped. */
hf_code hf_aead_open(hf_aead *aead, const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, uint8_t *data,
                     size_t len, const uint8_t tag[HF_TAG_SIZE]);

/* Opening in pieces, where hf_crypto_has_pieces() says so. `total` is the length of the whole
 * plaintext. Bytes that hf_aead_pieces_next() hands out are NOT authenticated before
 * hf_aead_pieces_end() returned HF_OK; whoever uses them earlier must let nothing leave.
 * Between begin and end the aead must not be used for anything else; without an end the pieces have
 * to live until it is released. */
hf_code hf_aead_pieces_begin(hf_aead *aead, hf_aead_pieces *pieces,
                             const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, size_t total);
hf_code hf_aead_pieces_next(hf_aead *aead, hf_aead_pieces *pieces, uint8_t *data, size_t len);
hf_code hf_aead_pieces_end(hf_aead *aead, hf_aead_pieces *pieces, const uint8_t tag[HF_TAG_SIZE]);

/* ---- ephemeral key exchange. Points: X25519 32 bytes, P-256 65, P-384 97 (uncompressed). */
size_t hf_exchange_point_size(uint16_t group);
size_t hf_exchange_shared_size(uint16_t group);

/* New private key from hf_crypto_random() (so a deterministic source gives a deterministic key:
 * X25519 takes 32 bytes as they are; P-256/P-384 take 32/48 bytes and draw again while the number
 * is not in [1, n-1]) and its public point. One public-key operation.
 * Errors: HF_E_NO_RANDOM, HF_E_UNSUPPORTED, HF_E_BACKEND. */
hf_code hf_exchange_generate(hf_exchange *exchange, const hf_crypto *crypto, uint16_t group,
                             uint8_t point[HF_POINT_MAX]);

/* Shared secret with the peer's point: P-256/P-384 the X coordinate (RFC 8446 7.4.2). Checks
 * length, form 04, that the point is on the curve, and that an X25519 result is not all zero. One
 * public-key operation. Errors: HF_E_KEY_SHARE, HF_E_BACKEND. */
hf_code hf_exchange_agree(hf_exchange *exchange, const hf_crypto *crypto, hf_span point,
                          uint8_t shared[HF_SHARED_MAX]);
void hf_exchange_release(hf_exchange *exchange);

/* ---- signatures over a hash value. One public-key operation each. */

/* HF_OK, or HF_E_CERT_SIGNATURE when it is wrong (the caller maps it), HF_E_CERT_WEAK_KEY when the
 * key is no valid key (off the curve, RSA out of range or even exponent), HF_E_UNSUPPORTED when the
 * combination cannot be verified here. ECDSA: hash longer than the curve's order is truncated as
 * FIPS 186-4 6.4 says; only strict DER signatures are accepted. */
hf_code hf_crypto_verify(const hf_crypto *crypto, const hf_public_key *key, hf_signature_kind kind,
                         hf_hash_id hash, const uint8_t *value, hf_span signature);

/* Loads a private key. The bytes behind `parts` are borrowed until release where the backend has no
 * memory of its own (bearssl), so keep them. The public point may be missing; whether it
 * fits is for hf_key_matches() to say.
 * Errors: HF_E_KEY_UNSUPPORTED, HF_E_KEY_UNREADABLE, HF_E_BACKEND; with an id instead of bytes
 * (psa) HF_E_KEY_NOT_FOUND, HF_E_KEY_NOT_PERMITTED, HF_E_KEY_MISMATCH (another kind). */
hf_code hf_key_load(hf_key *key, const hf_crypto *crypto, const hf_private_key *parts);
void hf_key_release(hf_key *key);

/* HF_OK when `key` is the private half of `pub`, else HF_E_KEY_MISMATCH. Proves it: one
 * multiplication for EC, one private and one public operation for RSA. For loading, not for use
 * inside a handshake. Errors besides: HF_E_BACKEND. */
hf_code hf_key_matches(const hf_key *key, const hf_crypto *crypto, const hf_public_key *pub);

/* Signs a hash value; `signature` has `cap` bytes of room (HF_SIGNATURE_MAX always do), `len` gets
 * the length. RSA-PSS draws its salt from hf_crypto_random() (psa: inside). One private-key
 * operation. Errors: HF_E_UNSUPPORTED, HF_E_SIGNER, HF_E_MEMORY_TOO_SMALL, HF_E_NO_RANDOM
 * (RSA-PSS); psa: HF_E_KEY_NOT_FOUND, HF_E_KEY_NOT_PERMITTED. */
hf_code hf_key_sign(const hf_key *key, const hf_crypto *crypto, hf_signature_kind kind,
                    hf_hash_id hash, const uint8_t *value, uint8_t *signature, size_t cap,
                    size_t *len);

/* Opens an encrypted PKCS#8 key (EncryptedPrivateKeyInfo, RFC 5958 3, DER) with a password; `out`
 * gets the PrivateKeyInfo in DER. Wipe it when it has been used. Allocates (openssl).
 * Errors: HF_E_KEY_ENCRYPTED without a password, HF_E_KEY_PASSWORD, HF_E_KEY_UNREADABLE,
 * HF_E_KEY_UNSUPPORTED (its encryption is not known), HF_E_MEMORY_TOO_SMALL with the size that
 * would do in `len`, HF_E_KEY_NO_DECRYPT where the backend cannot (bearssl, psa), HF_E_BACKEND. */
hf_code hf_crypto_decrypt_key(hf_span der, const char *password, hf_space out, size_t *len);

/* ---- constructions over the backend's hash: common code in src/crypto/ */

/* The hash of spans in a row, and SHA-256 of one span. */
void hf_digest(hf_hash_id id, const hf_span *parts, size_t count, uint8_t *out);
void hf_sha256(hf_span bytes, uint8_t out[32]);

/* HMAC (RFC 2104). */
void hf_hmac_once(hf_hash_id id, const uint8_t *key, size_t key_len, const uint8_t *ptr, size_t len,
                  uint8_t *out);

/* The same of spans in a row, one of which may be `out`; the key serves from start to drop. */
typedef struct hf_hmac {
    hf_hash inner;
    hf_hash outer;
} hf_hmac;
void hf_hmac_start(hf_hmac *hmac, hf_hash_id id, const uint8_t *key, size_t key_len);
void hf_hmac_parts(const hf_hmac *hmac, const hf_span *parts, size_t count, uint8_t *out);
void hf_hmac_drop(hf_hmac *hmac);

/* HKDF (RFC 5869). An empty salt means hash-size zeros. expand: len <= 255 * hash size. */
static inline void hf_hkdf_extract(hf_hash_id id, hf_span salt, hf_span ikm, uint8_t *out)
{
    hf_hmac_once(id, salt.ptr, salt.len, ikm.ptr, ikm.len, out); /* which pads its key with zeros */
}
void hf_hkdf_expand(hf_hash_id id, const uint8_t *prk, hf_span info, uint8_t *out, size_t len);

/* TLS 1.2 PRF (RFC 5246 5): P_hash(secret, seed), where the seed is up to four spans in a row, of
 * which the first is the label. */
#define HF_PRF12_SEED_MAX 4
void hf_prf12(hf_hash_id id, hf_span secret, const hf_span *seed, size_t count, uint8_t *out,
              size_t len);

/* EMSA-PSS with MGF1 (RFC 8017 9.1), salt as long as the hash, for backends with raw RSA only.
 * `em` is the (modulus bits - 1)-bit encoded message in em_len bytes. */
void hf_pss_encode(hf_hash_id id, const uint8_t *value, const uint8_t *salt, uint8_t *em,
                   size_t em_bits);
/* Unmasks `em` in place and checks it: true when it is a valid encoding of `value`. */
bool hf_pss_verify(hf_hash_id id, const uint8_t *value, uint8_t *em, size_t em_bits);

#endif
