/* Storage sizes of the psa backend, in bytes; pinned by assertions in its sources. They hold what
 * Mbed TLS and TF-PSA-Crypto keep in an operation, and so do the handles of other implementations.
 * The build fills in what it finds: HF_PSA_PIECES is 1 where the implementation opens AEADs in
 * pieces, HF_PSA_SHORT_HASHES where its hashes have no room for SHA-512. */
#ifndef HANDFAST_BACKEND_H
#define HANDFAST_BACKEND_H

#define HF_BACKEND_PSA 1
#ifndef HF_PSA_PIECES
#cmakedefine01 HF_PSA_PIECES
#cmakedefine01 HF_PSA_SHORT_HASHES
#endif

#define HF_SIZE_CRYPTO      8 /* nothing: the implementation's state is global */
#define HF_SIZE_HASH        (HF_PSA_SHORT_HASHES ? 120 : 232) /* psa_hash_operation_t */
#define HF_SIZE_AEAD        16 /* id of a key, and what is opened in pieces with it */
#define HF_SIZE_AEAD_PIECES (HF_PSA_PIECES ? 512 : 8) /* psa_aead_operation_t */
#define HF_SIZE_EXCHANGE    8                         /* id of a key */
#define HF_SIZE_KEY         16                        /* ids of keys, and what they permit */

#endif
