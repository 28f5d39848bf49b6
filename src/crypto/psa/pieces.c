/* Opening in pieces with PSA's multi-part AEADs. The operation lives in the hf_aead_pieces, and the
 * hf_aead knows of it as long as it runs, so that the release of a connection that ends inside a
 * record gives back what the implementation holds for it.
 *
 * PSA lets an implementation keep bytes back and give them out later; the engine wants each piece
 * at once. Those known give out what they get; another one ends here with HF_E_BACKEND.
 */
#include "crypto/psa/state.h"
#include "wire/secret.h"

#include <string.h>

_Static_assert(sizeof(hf_psa_pieces) <= HF_SIZE_AEAD_PIECES, "HF_SIZE_AEAD_PIECES");

void hf_psa_pieces_abort(hf_psa_aead *own)
{
    if (own->running != NULL) {
        (void)psa_aead_abort(own->running);
        own->running = NULL;
    }
}

/* CCM wants the lengths between nonce and associated data; the others may have them. */
static psa_status_t begin(psa_aead_operation_t *operation, const hf_aead *aead,
                          const uint8_t *nonce, hf_span ad, size_t total)
{
    psa_status_t status = psa_aead_decrypt_setup(
        operation, ((const hf_psa_aead *)aead->space_)->key, hf_psa_aead_of(aead->id));
    status = status == PSA_SUCCESS ? psa_aead_set_lengths(operation, ad.len, total) : status;
    status = status == PSA_SUCCESS ? psa_aead_set_nonce(operation, nonce, HF_NONCE_SIZE) : status;
    return status == PSA_SUCCESS ? psa_aead_update_ad(operation, ad.ptr, ad.len) : status;
}

hf_code hf_aead_pieces_begin(hf_aead *aead, hf_aead_pieces *pieces,
                             const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, size_t total)
{
    hf_psa_aead *own = (hf_psa_aead *)aead->space_;
    hf_psa_pieces *state = (hf_psa_pieces *)pieces->space_;
    if (aead->id == HF_AEAD_NONE) {
        return HF_E_UNSUPPORTED;
    }
    hf_psa_pieces_abort(own);
    memset(state, 0, sizeof *state);
    state->left = total;
    own->running = &state->operation;
    psa_status_t status = begin(&state->operation, aead, nonce, ad, total);
    if (status != PSA_SUCCESS) {
        hf_psa_pieces_abort(own);
        return hf_psa_failure(status);
    }
    return HF_OK;
}

hf_code hf_aead_pieces_next(hf_aead *aead, hf_aead_pieces *pieces, uint8_t *data, size_t len)
{
    hf_psa_pieces *state = (hf_psa_pieces *)pieces->space_;
    size_t done = 0;
    (void)aead;
    if (len > state->left) {
        return HF_E_USAGE;
    }
    if (len == 0) {
        return HF_OK;
    }
    state->left -= len;
    psa_status_t status = psa_aead_update(&state->operation, data, len, data, len, &done);
    return status == PSA_SUCCESS && done == len ? HF_OK : HF_E_BACKEND;
}

hf_code hf_aead_pieces_end(hf_aead *aead, hf_aead_pieces *pieces, const uint8_t tag[HF_TAG_SIZE])
{
    hf_psa_aead *own = (hf_psa_aead *)aead->space_;
    hf_psa_pieces *state = (hf_psa_pieces *)pieces->space_;
    uint8_t rest[16];
    size_t done = 0;
    if (state->left > 0) {
        return HF_E_USAGE;
    }
    psa_status_t status =
        psa_aead_verify(&state->operation, rest, sizeof rest, &done, tag, HF_TAG_SIZE);
    hf_psa_pieces_abort(own); /* does nothing to one that has ended */
    hf_wipe(rest, sizeof rest);
    hf_wipe(pieces, sizeof *pieces);
    return status == PSA_SUCCESS && done == 0      ? HF_OK
           : status == PSA_ERROR_INVALID_SIGNATURE ? HF_E_BAD_RECORD_MAC
                                                   : HF_E_BACKEND;
}
