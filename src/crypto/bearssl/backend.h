/* Storage sizes of the bearssl backend, in bytes; pinned by assertions in its sources. */
#ifndef HANDFAST_BACKEND_H
#define HANDFAST_BACKEND_H

#define HF_BACKEND_BEARSSL 1

#define HF_SIZE_CRYPTO      40  /* the implementations chosen */
#define HF_SIZE_HASH        208 /* br_sha512_context */
#define HF_SIZE_AEAD        264 /* AES key schedule */
#define HF_SIZE_AEAD_PIECES 120 /* br_gcm_context */
#define HF_SIZE_EXCHANGE    48  /* scalar */
#define HF_SIZE_KEY         128 /* spans of the caller's key */

#endif
