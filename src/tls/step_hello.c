/* The steps that write a ServerHello, both versions, and what follows from it (RFC 8446 4.1.3, RFC
 * 5246 7.4.1.3).
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/suite.h"

#include <string.h>

/* RFC 8446 4.1.3: a server that could speak 1.3 marks the random of its 1.2 ServerHello. */
hf_code hf_server_random12(hf_handshake *hs)
{
    static const uint8_t MARK[] = {'D', 'O', 'W', 'N', 'G', 'R', 'D', 1};
    hf_code code = hf_crypto_random(&hs->config->crypto, hs->server_random, 32);
    if (hs->config->version_max >= HF_TLS13) {
        memcpy(hs->server_random + 24, MARK, sizeof MARK);
    }
    return code;
}

static hf_code send_hello12(hf_handshake *hs, hf_writer *w)
{
    hf_answers_out answers;
    hf_fill_answers(hs, &answers);
    const hf_server_hello_out hello = {
        .version = HF_TLS12,
        .random = hs->server_random,
        .session_id = hs->session_id,
        .suite = hs->suite->id,
        .answers = &answers,
    };
    hf_server_hello_write(w, &hello);
    return HF_OK;
}

static hf_code send_hello13(hf_handshake *hs, hf_writer *w)
{
    uint8_t random[32];
    uint8_t point[HF_POINT_MAX];
    if (!hs->psk_alone && !hf_take_work(hs, HF_WORK_MAKE_KEY, hs->group)) {
        return HF_PENDING;
    }
    hf_code code = hf_crypto_random(&hs->config->crypto, random, sizeof random);
    if (code == HF_OK && !hs->psk_alone) {
        code = hf_exchange_generate(&hs->exchange[0], &hs->config->crypto, hs->group, point);
    }
    const hf_server_hello_out hello = {
        .version = HF_TLS13,
        .random = random,
        .session_id = hs->session_id,
        .suite = hs->suite->id,
        .group = hs->group,
        .point = {point, hf_exchange_point_size(hs->group)},
        .with_share = !hs->psk_alone,
        .with_psk = hs->has_psk,
        .selected_psk = hs->selected_psk,
    };
    if (code == HF_OK) {
        hf_server_hello_write(w, &hello);
    }
    return code;
}

hf_code hf_send_server_hello(hf_handshake *hs, hf_writer *w)
{
    return hs->version == HF_TLS13 ? send_hello13(hs, w) : send_hello12(hs, w);
}

hf_code hf_sent_server_hello(hf_handshake *hs)
{
    hf_code code = HF_OK;
    if (hs->version == HF_TLS13) {
        if (!hs->psk_alone && !hf_take_work(hs, HF_WORK_AGREE, hs->group)) {
            return HF_PENDING;
        }
        code = hf_secrets13(hs, hs->psk_alone ? NULL : &hs->exchange[0]);
    }
    hs->effects |= HF_EFFECT_LIMITS; /* RFC 8449 4: from the next record on */
    /* They stand in this order at the front of the slot. */
    size_t kept = hs->server_name.len + (hs->gives_id ? hs->session_id.len : 0);
    hs->reserved = (uint32_t)kept;
    return code;
}
