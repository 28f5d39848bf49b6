/* What every backend checks about RSA keys itself, before the numbers reach its library. */
#ifndef HF_CRYPTO_RSA_KEY_H
#define HF_CRYPTO_RSA_KEY_H

#include <handfast/crypto.h>

/* Length of a big-endian number without leading zeros, in bits; 0 for anything else. */
size_t hf_rsa_bits(hf_span number);

/* True for a modulus that is odd and has HF_RSA_BITS_MIN to HF_RSA_BITS_MAX bits, and an exponent
 * that is odd, at least 3 and at most 64 bits long. The bounds limit the work that a stranger's
 * certificate can cause. */
bool hf_rsa_public_ok(const hf_public_key *key);

/* True when every private number is there, none is longer than the modulus, and both factors are
 * odd. Whether they fit each other is for hf_key_matches() to say. */
bool hf_rsa_private_ok(const hf_private_key *key);

/* The PSS encoding stands in the last ceil((bits - 1) / 8) bytes of a block as long as the modulus;
 * with 8n + 1 bits one zero byte comes before it (RFC 8017 8.1). */
void hf_rsa_pss_fill(hf_hash_id id, const uint8_t *value, const uint8_t *salt, uint8_t *block,
                     hf_span modulus);
bool hf_rsa_pss_check(hf_hash_id id, const uint8_t *value, uint8_t *block, hf_span modulus);

#endif
