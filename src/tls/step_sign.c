/* The steps that sign: our CertificateVerify, both versions (RFC 8446 4.4.3, RFC 5246 7.4.8), and
 * for ServerKeyExchange (step_server12.c). The key is in memory or behind a signer, which may take
 * its time.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/suite.h"
#include "tls/keys/transcript.h"

/* Message header, scheme and length stand before the signature. */
#define SIGNATURE_AT 8u

static void value_to_sign(const hf_handshake *hs, const hf_scheme_info *scheme,
                          uint8_t value[HF_HASH_MAX])
{
    if (hf_is12(hs)) { /* all messages so far, with the hash of the scheme */
        hf_transcript_now(hf_transcript_with(hs, scheme->hash), value);
        return;
    }
    uint8_t transcript[HF_HASH_MAX];
    hf_transcript_now(&hs->transcript, transcript);
    hf_certificate_verify_value(hf_is_server(hs), transcript, hf_hash_size(hs->suite->hash),
                                scheme->hash, value);
}

/* A signer may say which of the usual things has happened to it; anything else is a failure, with
 * its code as the error's system. */
static hf_code signers_error(hf_handshake *hs, hf_code answer)
{
    if (answer == HF_E_SIGNER_TIMEOUT || answer == HF_E_SIGNER_GONE || answer == HF_E_SIGNER_KEY) {
        return answer;
    }
    hs->system = (int32_t)answer;
    return HF_E_SIGNER;
}

static hf_code sign(hf_handshake *hs, const uint8_t *value, uint8_t *signature, size_t cap)
{
    size_t len = 0;
    const hf_identity *it = hs->identity;
    const hf_scheme_info *scheme = hf_scheme_find(hs->our_scheme);
    hf_code code = HF_OK;
    if (it->signer.sign == NULL) {
        code = hf_key_sign(&it->key, &hs->config->crypto, scheme->kind, scheme->hash, value,
                           signature, cap, &len);
    } else {
        hs->sign_state = HF_SIGN_ASKED;
        code = it->signer.sign(it->signer.ctx, scheme->id,
                               (hf_span){value, hf_hash_size(scheme->hash)},
                               (hf_space){signature, cap}, &len);
        bool failed = code != HF_OK && code != HF_PENDING;
        code = failed ? signers_error(hs, code) : code;
    }
    if (code == HF_OK) {
        hs->sign_state = HF_SIGN_DONE;
        hs->sign_len = (uint16_t)len;
    }
    return code;
}

hf_code hf_sign_at(hf_handshake *hs, const uint8_t *value, hf_writer *w, size_t at)
{
    if (w->cap < at) {
        hs->detail = (uint32_t)(at + HF_SIGNATURE_MAX);
        return HF_E_MEMORY_TOO_SMALL;
    }
    hs->sign_at = (uint16_t)at;
    if (hs->sign_state == HF_SIGN_NOT) {
        if (!hf_take_work(hs, HF_WORK_SIGN, hs->our_scheme)) {
            return HF_PENDING;
        }
        hf_code code = sign(hs, value, w->ptr + at, w->cap - at);
        if (code != HF_OK) {
            return code;
        }
    }
    if (hs->sign_state != HF_SIGN_DONE) {
        return HF_PENDING;
    }
    hs->sign_state = HF_SIGN_NOT;
    return HF_OK;
}

hf_code hf_send_certificate_verify(hf_handshake *hs, hf_writer *w)
{
    uint8_t value[HF_HASH_MAX];
    value_to_sign(hs, hf_scheme_find(hs->our_scheme), value);
    hf_code code = hf_sign_at(hs, value, w, SIGNATURE_AT);
    if (code == HF_OK) {
        hf_certificate_verify_write(w, hs->our_scheme,
                                    (hf_span){w->ptr + SIGNATURE_AT, hs->sign_len});
    }
    return code;
}

hf_code hf_sign_answer(hf_handshake *hs, hf_code result, hf_span signature)
{
    hf_space scratch = hf_driver_scratch(hs);
    if (hs->sign_state != HF_SIGN_ASKED) {
        return HF_E_USAGE;
    }
    if (result != HF_OK) {
        return signers_error(hs, result);
    }
    hf_writer w = hf_write_to(scratch.ptr, scratch.cap);
    w.len = hs->sign_at;
    hf_write_bytes(&w, signature.ptr, signature.len);
    if (w.bad || signature.len > HF_SIGNATURE_MAX) {
        hs->detail = (uint32_t)w.len;
        return HF_E_MEMORY_TOO_SMALL;
    }
    hs->sign_len = (uint16_t)signature.len;
    hs->sign_state = HF_SIGN_DONE;
    return HF_OK;
}
