/* Only with the psa backend: an identity whose private key is in the PSA key store (a secure
 * element, TF-M, flash of Mbed TLS) and stays there. */
#ifndef HANDFAST_PSA_H
#define HANDFAST_PSA_H

#include <handfast/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Gives `identity` (&config->identity, or one that was given to hf_config_add_identity()) the key
 * with the id `key_id`, a psa_key_id_t, after or before its certificates. Starts PSA
 * (psa_crypto_init()) if nobody has. The key has to permit PSA_KEY_USAGE_SIGN_HASH with ECDSA,
 * RSA-PSS or RSA PKCS#1 (one key permits one; TLS 1.3 wants RSA-PSS), and a hash that the scheme
 * has: with PSA_ALG_ANY_HASH all schemes of its kind, else put the one it is for into
 * config.signing_schemes. hf_config_build() compares its public half with the certificate's, which
 * costs the store one call. The key is the program's and is not destroyed.
 *
 * Errors, each also config->error: HF_E_KEY_NOT_FOUND (no such id); HF_E_KEY_UNSUPPORTED (not a key
 * pair on P-256 or P-384, or RSA of 2048 to 4096 bits); HF_E_KEY_NOT_PERMITTED (its policy has no
 * signing); HF_E_BACKEND. Of hf_config_build(): HF_E_KEY_MISMATCH (the key of another certificate).
 * While connecting: HF_E_SIGNER when the store fails to sign, HF_E_SIGNER_GONE when the chip behind
 * it does not answer; HF_E_KEY_NOT_PERMITTED when the policy has another hash or padding;
 * HF_E_KEY_NOT_FOUND when the key was destroyed meanwhile. */
hf_code hf_config_psa_key(hf_config *config, hf_identity *identity, uint32_t key_id);

#ifdef __cplusplus
}
#endif
#endif
