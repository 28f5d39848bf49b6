/* Only with the openssl backend: private keys that libcrypto reaches through a provider, such as a
 * PKCS#11 token or a TPM, as the signer of a configuration. */
#ifndef HANDFAST_OPENSSL_H
#define HANDFAST_OPENSSL_H

#include <handfast/config.h>

#ifdef __cplusplus
extern "C" {
#endif

struct evp_pkey_st;     /* EVP_PKEY of <openssl/types.h> */
struct ossl_lib_ctx_st; /* OSSL_LIB_CTX */

/* A signer for config.identity.signer that signs with `key` at once. The key is borrowed until the
 * config is released, and may be used by many threads if its provider can. `sign` returns
 * HF_E_UNSUPPORTED when the key is not of the scheme's kind, HF_E_MEMORY_TOO_SMALL, or HF_E_SIGNER
 * when the provider failed; libcrypto's error queue then says why. */
hf_signer hf_openssl_signer(struct evp_pkey_st *key);

/* A key whose provider is loaded in a library context of its own, which keeps it out of everything
 * else that libcrypto does. */
typedef struct hf_openssl_key {
    struct evp_pkey_st *key;
    struct ossl_lib_ctx_st *context; /* NULL: the default one */
} hf_openssl_key;

/* The same for such a key; `key` and what it names are borrowed. */
hf_signer hf_openssl_signer_in(const hf_openssl_key *key);

#ifdef __cplusplus
}
#endif
#endif
