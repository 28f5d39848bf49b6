/* HF_SUITES=aes128: AES-128-GCM with SHA-256, X25519 and P-256, ECDSA with P-256.
 * The build puts this file, or one of its siblings, where <handfast/suites.h> finds it (HF_SUITES).
 * What is 0 here is left out: not offered, not accepted, and without code. */
#ifndef HANDFAST_SUITES_H
#define HANDFAST_SUITES_H

#define HF_HAS_SHA384      0 /* and SHA-512 in certificates */
#define HF_HAS_AES256      0
#define HF_HAS_CCM         0
#define HF_HAS_CHACHA20    0
#define HF_HAS_P384        0
#define HF_HAS_RSA         0 /* signatures of the peer */
#define HF_HAS_RSA_PRIVATE 0 /* and of our own */
#define HF_KEY_SHARES      1 /* that a client can send in its first ClientHello */

#endif
