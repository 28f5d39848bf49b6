/* AEADs of the openssl backend: one EVP_CIPHER_CTX for each direction, its key set once.
 *
 * A record costs one nonce, one pass over associated data and data, and one tag. EVP's CCM differs:
 * tag length before the key, total length before associated data, tag before the data when opening,
 * and the check of the tag inside the one update call; hence it has no pieces.
 */
#include "crypto/openssl/state.h"
#include "wire/secret.h"

#include <openssl/err.h>

#include <limits.h>

static EVP_CIPHER_CTX *ctx_of(hf_aead *aead)
{
    return ((hf_ossl_aead *)aead->space_)->ctx;
}

static bool set_key(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, hf_aead_id id,
                    const uint8_t *key, bool sealing)
{
    if (EVP_CipherInit_ex(ctx, cipher, NULL, NULL, NULL, sealing) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, HF_NONCE_SIZE, NULL) != 1) {
        return false;
    }
    if (id == HF_AES_128_CCM &&
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, HF_TAG_SIZE, NULL) != 1) {
        return false;
    }
    return EVP_CipherInit_ex(ctx, NULL, NULL, key, NULL, sealing) == 1;
}

hf_code hf_aead_init(hf_aead *aead, const hf_crypto *crypto, hf_aead_id id, const uint8_t *key,
                     bool sealing)
{
    *aead = (hf_aead){.id = HF_AEAD_NONE};
    if (!hf_crypto_has_aead(id)) {
        return HF_E_UNSUPPORTED;
    }
    const EVP_CIPHER *cipher = ((const hf_ossl_crypto *)crypto->space_)->ciphers[id - 1];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL || !set_key(ctx, cipher, id, key, sealing)) {
        EVP_CIPHER_CTX_free(ctx);
        return HF_E_BACKEND;
    }
    ((hf_ossl_aead *)aead->space_)->ctx = ctx;
    aead->id = (uint8_t)id;
    return HF_OK;
}

void hf_aead_release(hf_aead *aead)
{
    if (aead->id != HF_AEAD_NONE) {
        EVP_CIPHER_CTX_free(ctx_of(aead)); /* wipes the key schedule */
    }
    hf_wipe(aead, sizeof *aead);
}

/* Sets the nonce and, for CCM, the length that comes; then the associated data. */
static bool begin(hf_aead *aead, const uint8_t *nonce, hf_span ad, size_t len)
{
    EVP_CIPHER_CTX *ctx = ctx_of(aead);
    int done = 0;
    if (len > INT_MAX || ad.len > INT_MAX ||
        EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, -1) != 1) {
        return false;
    }
    if (aead->id == HF_AES_128_CCM && EVP_CipherUpdate(ctx, NULL, &done, NULL, (int)len) != 1) {
        return false;
    }
    return ad.len == 0 || EVP_CipherUpdate(ctx, NULL, &done, ad.ptr, (int)ad.len) == 1;
}

/* Encrypts or decrypts in place. CCM needs a call even without data. */
static bool run(hf_aead *aead, uint8_t *data, size_t len)
{
    uint8_t nothing = 0;
    int done = 0;
    if (len == 0 && aead->id != HF_AES_128_CCM) {
        return true;
    }
    uint8_t *at = len > 0 ? data : &nothing;
    return EVP_CipherUpdate(ctx_of(aead), at, &done, at, (int)len) == 1;
}

hf_code hf_aead_seal(hf_aead *aead, const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, uint8_t *data,
                     size_t len, uint8_t tag[HF_TAG_SIZE])
{
    uint8_t nothing;
    int done = 0;
    bool good = begin(aead, nonce, ad, len) && run(aead, data, len) &&
                EVP_CipherFinal_ex(ctx_of(aead), &nothing, &done) == 1 &&
                EVP_CIPHER_CTX_ctrl(ctx_of(aead), EVP_CTRL_AEAD_GET_TAG, HF_TAG_SIZE, tag) == 1;
    return good ? HF_OK : HF_E_BACKEND;
}

static bool give_tag(hf_aead *aead, const uint8_t *tag)
{
    uint8_t copy[HF_TAG_SIZE]; /* the control call takes a pointer that is not const */
    for (size_t i = 0; i < sizeof copy; i++) {
        copy[i] = tag[i];
    }
    return EVP_CIPHER_CTX_ctrl(ctx_of(aead), EVP_CTRL_AEAD_SET_TAG, HF_TAG_SIZE, copy) == 1;
}

static bool open_all(hf_aead *aead, const uint8_t *nonce, hf_span ad, uint8_t *data, size_t len,
                     const uint8_t *tag)
{
    uint8_t nothing;
    int done = 0;
    if (aead->id == HF_AES_128_CCM) {
        return give_tag(aead, tag) && begin(aead, nonce, ad, len) && run(aead, data, len);
    }
    return begin(aead, nonce, ad, len) && run(aead, data, len) && give_tag(aead, tag) &&
           EVP_CipherFinal_ex(ctx_of(aead), &nothing, &done) == 1;
}

hf_code hf_aead_open(hf_aead *aead, const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, uint8_t *data,
                     size_t len, const uint8_t tag[HF_TAG_SIZE])
{
    ERR_set_mark();
    bool good = open_all(aead, nonce, ad, data, len, tag);
    ERR_pop_to_mark();
    if (!good) {
        hf_wipe(data, len);
        return HF_E_BAD_RECORD_MAC;
    }
    return HF_OK;
}

hf_code hf_aead_pieces_begin(hf_aead *aead, hf_aead_pieces *pieces,
                             const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, size_t total)
{
    if (!hf_crypto_has_pieces((hf_aead_id)aead->id)) {
        return HF_E_UNSUPPORTED;
    }
    ((hf_ossl_pieces *)pieces->space_)->left = total;
    return begin(aead, nonce, ad, total) ? HF_OK : HF_E_BACKEND;
}

hf_code hf_aead_pieces_next(hf_aead *aead, hf_aead_pieces *pieces, uint8_t *data, size_t len)
{
    hf_ossl_pieces *own = (hf_ossl_pieces *)pieces->space_;
    if (len > own->left) {
        return HF_E_USAGE;
    }
    own->left -= len;
    return run(aead, data, len) ? HF_OK : HF_E_BACKEND;
}

hf_code hf_aead_pieces_end(hf_aead *aead, hf_aead_pieces *pieces, const uint8_t tag[HF_TAG_SIZE])
{
    uint8_t nothing;
    int done = 0;
    if (((hf_ossl_pieces *)pieces->space_)->left > 0) {
        return HF_E_USAGE;
    }
    ERR_set_mark();
    bool good = give_tag(aead, tag) && EVP_CipherFinal_ex(ctx_of(aead), &nothing, &done) == 1;
    ERR_pop_to_mark();
    return good ? HF_OK : HF_E_BAD_RECORD_MAC;
}
