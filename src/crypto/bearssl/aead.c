/* AEADs of the bearssl backend. The hf_aead holds the key schedule alone; what a record needs
 * besides (at most 112 bytes) lives on the stack, or in hf_aead_pieces while it is opened in
 * pieces. ChaCha20-Poly1305 has no pieces. One key schedule serves both directions. */
#include "crypto/bearssl/state.h"
#include "wire/secret.h"

hf_code hf_aead_init(hf_aead *aead, const hf_crypto *crypto, hf_aead_id id, const uint8_t *key,
                     bool sealing)
{
    const hf_br_crypto *shared = (const hf_br_crypto *)crypto->space_;
    hf_br_aead *own = (hf_br_aead *)aead->space_;
    (void)sealing;
    *aead = (hf_aead){.id = HF_AEAD_NONE};
    if (!hf_crypto_has_aead(id)) {
        return HF_E_UNSUPPORTED;
    }
    aead->id = (uint8_t)id;
    if (HF_HAS_CCM && id == HF_AES_128_CCM) {
        shared->aes_ctrcbc->init(&own->u.ccm.vtable, key, hf_aead_key_size(id));
    } else if (HF_HAS_CHACHA20 && id == HF_CHACHA20_POLY1305) {
        own->u.chacha.chacha20 = shared->chacha20;
        own->u.chacha.poly1305 = shared->poly1305;
        for (size_t i = 0; i < sizeof own->u.chacha.key; i++) {
            own->u.chacha.key[i] = key[i];
        }
    } else {
        shared->aes_ctr->init(&own->u.gcm.vtable, key, hf_aead_key_size(id));
        own->ghash = shared->ghash;
    }
    return HF_OK;
}

void hf_aead_release(hf_aead *aead)
{
    hf_wipe(aead, sizeof *aead);
}

static void begin_gcm(hf_br_aead *own, br_gcm_context *gcm, const uint8_t *nonce, hf_span ad)
{
    br_gcm_init(gcm, &own->u.gcm.vtable, own->ghash);
    br_gcm_reset(gcm, nonce, HF_NONCE_SIZE);
    br_gcm_aad_inject(gcm, ad.ptr, ad.len);
    br_gcm_flip(gcm);
}

/* False when the lengths do not fit: 2^24 bytes with a 12-byte nonce. */
static bool begin_ccm(hf_br_aead *own, br_ccm_context *ccm, const uint8_t *nonce, hf_span ad,
                      size_t len)
{
    br_ccm_init(ccm, &own->u.ccm.vtable);
    if (br_ccm_reset(ccm, nonce, HF_NONCE_SIZE, ad.len, len, HF_TAG_SIZE) != 1) {
        return false;
    }
    br_ccm_aad_inject(ccm, ad.ptr, ad.len);
    br_ccm_flip(ccm);
    return true;
}

/* Encrypts or decrypts the whole, and computes the tag that belongs to it. */
static bool run(hf_aead *aead, const uint8_t *nonce, hf_span ad, uint8_t *data, size_t len,
                uint8_t *tag, int encrypt)
{
    hf_br_aead *own = (hf_br_aead *)aead->space_;
    hf_br_pieces state;
    if (HF_HAS_CCM && aead->id == HF_AES_128_CCM) {
        if (!begin_ccm(own, &state.u.ccm, nonce, ad, len)) {
            return false;
        }
        br_ccm_run(&state.u.ccm, encrypt, data, len);
        br_ccm_get_tag(&state.u.ccm, tag);
    } else if (HF_HAS_CHACHA20 && aead->id == HF_CHACHA20_POLY1305) {
        const hf_br_chacha *chacha = &own->u.chacha;
        chacha->poly1305(chacha->key, nonce, data, len, ad.ptr, ad.len, tag, chacha->chacha20,
                         encrypt);
        return true;
    } else {
        begin_gcm(own, &state.u.gcm, nonce, ad);
        br_gcm_run(&state.u.gcm, encrypt, data, len);
        br_gcm_get_tag(&state.u.gcm, tag);
    }
    hf_wipe(&state, sizeof state);
    return true;
}

hf_code hf_aead_seal(hf_aead *aead, const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, uint8_t *data,
                     size_t len, uint8_t tag[HF_TAG_SIZE])
{
    return run(aead, nonce, ad, data, len, tag, 1) ? HF_OK : HF_E_BACKEND;
}

hf_code hf_aead_open(hf_aead *aead, const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, uint8_t *data,
                     size_t len, const uint8_t tag[HF_TAG_SIZE])
{
    uint8_t expected[HF_TAG_SIZE];
    bool good = run(aead, nonce, ad, data, len, expected, 0) &&
                hf_same_secret(expected, tag, sizeof expected);
    hf_wipe(expected, sizeof expected);
    if (!good) {
        hf_wipe(data, len);
        return HF_E_BAD_RECORD_MAC;
    }
    return HF_OK;
}

hf_code hf_aead_pieces_begin(hf_aead *aead, hf_aead_pieces *pieces,
                             const uint8_t nonce[HF_NONCE_SIZE], hf_span ad, size_t total)
{
    hf_br_aead *own = (hf_br_aead *)aead->space_;
    hf_br_pieces *state = (hf_br_pieces *)pieces->space_;
    if (!hf_crypto_has_pieces((hf_aead_id)aead->id)) {
        return HF_E_UNSUPPORTED;
    }
    state->left = total;
    if (HF_HAS_CCM && aead->id == HF_AES_128_CCM) {
        return begin_ccm(own, &state->u.ccm, nonce, ad, total) ? HF_OK : HF_E_BACKEND;
    }
    begin_gcm(own, &state->u.gcm, nonce, ad);
    return HF_OK;
}

hf_code hf_aead_pieces_next(hf_aead *aead, hf_aead_pieces *pieces, uint8_t *data, size_t len)
{
    hf_br_pieces *state = (hf_br_pieces *)pieces->space_;
    if (len > state->left) {
        return HF_E_USAGE;
    }
    state->left -= len;
    if (HF_HAS_CCM && aead->id == HF_AES_128_CCM) {
        br_ccm_run(&state->u.ccm, 0, data, len);
    } else {
        br_gcm_run(&state->u.gcm, 0, data, len);
    }
    return HF_OK;
}

hf_code hf_aead_pieces_end(hf_aead *aead, hf_aead_pieces *pieces, const uint8_t tag[HF_TAG_SIZE])
{
    hf_br_pieces *state = (hf_br_pieces *)pieces->space_;
    if (state->left > 0) {
        return HF_E_USAGE;
    }
    uint32_t good = HF_HAS_CCM && aead->id == HF_AES_128_CCM ? br_ccm_check_tag(&state->u.ccm, tag)
                                                             : br_gcm_check_tag(&state->u.gcm, tag);
    hf_wipe(pieces, sizeof *pieces);
    return good == 1 ? HF_OK : HF_E_BAD_RECORD_MAC;
}
