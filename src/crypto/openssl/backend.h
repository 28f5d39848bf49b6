/* Storage sizes of the openssl backend, in bytes; pinned by assertions in its sources. */
#ifndef HANDFAST_BACKEND_H
#define HANDFAST_BACKEND_H

#define HF_BACKEND_OPENSSL 1

#define HF_SIZE_CRYPTO      48  /* fetched ciphers and curves */
#define HF_SIZE_HASH        216 /* SHA512_CTX */
#define HF_SIZE_AEAD        8   /* EVP_CIPHER_CTX pointer */
#define HF_SIZE_AEAD_PIECES 8
#define HF_SIZE_EXCHANGE    56 /* X25519 key pointer, or a scalar */
#define HF_SIZE_KEY         16

#endif
