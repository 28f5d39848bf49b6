/* Counts the signatures that are really verified, at the seam of src/crypto: link with
 * --wrap=hf_crypto_verify.
 */
#ifndef HF_TESTS_VERIFY_COUNTER_H
#define HF_TESTS_VERIFY_COUNTER_H

#include "crypto/crypto.h"

static unsigned verified;
hf_code __real_hf_crypto_verify(const hf_crypto *with, const hf_public_key *key,
                                hf_signature_kind kind, hf_hash_id hash, const uint8_t *value,
                                hf_span signature);
hf_code __wrap_hf_crypto_verify(const hf_crypto *with, const hf_public_key *key,
                                hf_signature_kind kind, hf_hash_id hash, const uint8_t *value,
                                hf_span signature);
hf_code __wrap_hf_crypto_verify(const hf_crypto *with, const hf_public_key *key,
                                hf_signature_kind kind, hf_hash_id hash, const uint8_t *value,
                                hf_span signature)
{
    verified++;
    return __real_hf_crypto_verify(with, key, kind, hash, value, signature);
}

#endif
