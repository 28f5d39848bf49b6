/* Storage sizes of the bearssl backend, in bytes; pinned by assertions in its sources. */
#ifndef HANDFAST_BACKEND_H
#define HANDFAST_BACKEND_H

#include <handfast/suites.h>

#include <stdint.h>

#define HF_BACKEND_BEARSSL 1

#define HF_SIZE_HASH     (HF_HAS_SHA384 ? 208 : 112) /* br_sha512_context, br_sha256_context */
#define HF_SIZE_EXCHANGE (HF_HAS_P384 ? 48 : 32)     /* scalar */
#if UINTPTR_MAX > 0xffffffffu
#define HF_SIZE_CRYPTO      40                              /* the implementations chosen */
#define HF_SIZE_AEAD        264                             /* AES key schedule */
#define HF_SIZE_AEAD_PIECES 120                             /* br_gcm_context */
#define HF_SIZE_KEY         (HF_HAS_RSA_PRIVATE ? 128 : 16) /* spans of the caller's key */
#else
#define HF_SIZE_CRYPTO      24
#define HF_SIZE_AEAD        256
#define HF_SIZE_AEAD_PIECES 112
#define HF_SIZE_KEY         (HF_HAS_RSA_PRIVATE ? 64 : 8)
#endif

#endif
