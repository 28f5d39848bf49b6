/* What the PSA implementation has, out of the macros that its headers define (PSA_WANT_..., as Mbed
 * TLS, TF-PSA-Crypto, TF-M, ESP-IDF and Zephyr do), cut down to HF_SUITES. Each HF_PSA_HAS_ is 0
 * or 1.
 */
#ifndef HF_CRYPTO_PSA_HAS_H
#define HF_CRYPTO_PSA_HAS_H

#include <handfast/suites.h>
#include <psa/crypto.h>

#if !defined(PSA_WANT_ALG_SHA_256)
#error "This PSA implementation has no SHA-256, or does not say what it has (PSA_WANT_ALG_SHA_256)."
#endif
#define HF_PSA_HAS_SHA256 1

#if defined(PSA_WANT_ALG_SHA_1)
#define HF_PSA_HAS_SHA1 1
#else
#define HF_PSA_HAS_SHA1 0
#endif

#if defined(PSA_WANT_ALG_SHA_384)
#define HF_PSA_HAS_SHA384 HF_HAS_SHA384
#else
#define HF_PSA_HAS_SHA384 0
#endif

#if defined(PSA_WANT_ALG_SHA_512)
#define HF_PSA_HAS_SHA512 HF_HAS_SHA384
#else
#define HF_PSA_HAS_SHA512 0
#endif

#if defined(PSA_WANT_ALG_GCM) && defined(PSA_WANT_KEY_TYPE_AES)
#define HF_PSA_HAS_GCM 1
#else
#define HF_PSA_HAS_GCM 0
#endif

#if defined(PSA_WANT_ALG_CCM) && defined(PSA_WANT_KEY_TYPE_AES)
#define HF_PSA_HAS_CCM HF_HAS_CCM
#else
#define HF_PSA_HAS_CCM 0
#endif

#if defined(PSA_WANT_ALG_CHACHA20_POLY1305) && defined(PSA_WANT_KEY_TYPE_CHACHA20)
#define HF_PSA_HAS_CHACHA HF_HAS_CHACHA20
#else
#define HF_PSA_HAS_CHACHA 0
#endif

#if defined(PSA_WANT_ECC_MONTGOMERY_255)
#define HF_PSA_HAS_X25519 1
#else
#define HF_PSA_HAS_X25519 0
#endif

#if defined(PSA_WANT_ECC_SECP_R1_256)
#define HF_PSA_HAS_P256 1
#else
#define HF_PSA_HAS_P256 0
#endif

#if defined(PSA_WANT_ECC_SECP_R1_384)
#define HF_PSA_HAS_P384 HF_HAS_P384
#else
#define HF_PSA_HAS_P384 0
#endif

#if defined(PSA_WANT_ALG_ECDH)
#define HF_PSA_HAS_ECDH 1
#else
#define HF_PSA_HAS_ECDH 0
#endif

#if defined(PSA_WANT_ALG_ECDSA)
#define HF_PSA_HAS_RANDOM_ECDSA 1
#else
#define HF_PSA_HAS_RANDOM_ECDSA 0
#endif

#if defined(PSA_WANT_ALG_ECDSA) || defined(PSA_WANT_ALG_DETERMINISTIC_ECDSA)
#define HF_PSA_HAS_ECDSA 1
#else
#define HF_PSA_HAS_ECDSA 0
#endif

#if defined(PSA_WANT_ALG_RSA_PKCS1V15_SIGN) && defined(PSA_WANT_KEY_TYPE_RSA_PUBLIC_KEY)
#define HF_PSA_HAS_RSA_PKCS1 HF_HAS_RSA
#else
#define HF_PSA_HAS_RSA_PKCS1 0
#endif

#if defined(PSA_WANT_ALG_RSA_PSS) && defined(PSA_WANT_KEY_TYPE_RSA_PUBLIC_KEY)
#define HF_PSA_HAS_RSA_PSS HF_HAS_RSA
#else
#define HF_PSA_HAS_RSA_PSS 0
#endif

#endif
