/* ECDSA signatures between the two forms: DER, as TLS and X.509 have them (RFC 3279 2.2.3), and the
 * two numbers in a row, each as long as the curve's order, as crypto libraries have them. */
#ifndef HF_CRYPTO_ECDSA_DER_H
#define HF_CRYPTO_ECDSA_DER_H

#include <handfast/crypto.h>

/* The longest DER form of a signature: P-384. */
#define HF_ECDSA_DER_MAX 104

/* r and s from strict DER to two numbers of `size` bytes each; false for anything else. */
bool hf_ecdsa_read(hf_span der, uint8_t *raw, size_t size);

/* The way back: its length, 0 when it does not fit into `out`. `raw` may stand in `out` itself,
 * HF_ECDSA_RAW_AT bytes or more behind its front: DER puts at most eight before the second number.
 */
#define HF_ECDSA_RAW_AT 9
size_t hf_ecdsa_write(const uint8_t *raw, size_t size, uint8_t *out, size_t cap);

#endif
