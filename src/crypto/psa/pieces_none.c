/* No opening in pieces: for PSA implementations that have AEADs whole only, such as Mbed TLS 2.28.
 * hf_crypto_has_pieces() says so, and the engine then never asks. */
#include "crypto/psa/state.h"

void hf_psa_pieces_abort(hf_psa_aead *own)
{
    own->running = NULL;
}

hf_code hf_aead_pieces_begin(hf_aead *aead, hf_aead_pieces *pieces,
                             const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, size_t total)
{
    (void)aead;
    (void)pieces;
    (void)nonce;
    (void)ad;
    (void)total;
    return HF_E_UNSUPPORTED;
}

hf_code hf_aead_pieces_next(hf_aead *aead, hf_aead_pieces *pieces, uint8_t *data, size_t len)
{
    (void)aead;
    (void)pieces;
    (void)data;
    (void)len;
    return HF_E_UNSUPPORTED;
}

hf_code hf_aead_pieces_end(hf_aead *aead, hf_aead_pieces *pieces, const uint8_t tag[HF_TAG_SIZE])
{
    (void)aead;
    (void)pieces;
    (void)tag;
    return HF_E_UNSUPPORTED;
}
