/* ECDSA signatures between the two forms: DER, as TLS and X.509 have them (RFC 3279 2.2.3), and the
 * two numbers in a row, each as long as the curve's order, as crypto libraries have them. */
#ifndef HF_CRYPTO_ECDSA_DER_H
#define HF_CRYPTO_ECDSA_DER_H

#include <handfast/crypto.h>

/* The longest DER form of a signature: P-384. */
#define HF_ECDSA_DER_MAX 104

/* r and s from strict DER to two numbers of `size` bytes each; false for anything else. */
bool hf_ecdsa_read(hf_span der, uint8_t *raw, size_t size);

/* The way back: HF_E_MEMORY_TOO_SMALL when it does not fit into `out`, else `len` gets the length.
 * `out` may not overlap `raw`. */
hf_code hf_ecdsa_write(const uint8_t *raw, size_t size, hf_space out, size_t *len);

#endif
