/* PlatformIO has no step that would write this header: the PSA Crypto API, of an implementation
 * that opens AEADs in pieces (Mbed TLS from 3.1 on). */
#define HF_PSA_PIECES       1
#define HF_PSA_SHORT_HASHES 0
#include "../../src/crypto/psa/backend.h"
