/* The server's answers to our extensions, in EncryptedExtensions or in the ServerHello of TLS 1.2:
 * application protocol and record sizes (RFC 7301, RFC 8449, RFC 6066 4).
 */
#include "tls/handshake.h"
#include "tls/offer.h"

#include <string.h>

static hf_code take_alpn(hf_handshake *hs, hf_span chosen)
{
    for (size_t i = 0; i < hs->config->alpn_count; i++) {
        const char *name = hs->config->alpn[i];
        if (strlen(name) == chosen.len && memcmp(name, chosen.ptr, chosen.len) == 0) {
            hs->alpn = (uint8_t)(i + 1);
            return HF_OK;
        }
    }
    return HF_E_ALPN_CHOICE;
}

/* RFC 8449 4: from 64 up to the protocol's largest record; in 1.3 it counts the content type. */
static hf_code take_record_limit(hf_handshake *hs, uint16_t limit)
{
    unsigned type = hf_runs13(hs) ? 1 : 0;
    hs->detail = limit;
    if (limit < 64 || limit > HF_PLAINTEXT_MAX + type) {
        return HF_E_RECORD_SIZE_LIMIT;
    }
    hs->peer_limit = (uint16_t)(limit - type);
    hs->limit_agreed = true;
    return HF_OK;
}

static hf_code take_fragment_length(hf_handshake *hs, uint8_t code)
{
    hs->detail = code;
    if (code != hs->fragment_code) { /* RFC 6066 4 */
        return HF_E_FRAGMENT_LENGTH;
    }
    hs->peer_limit = (uint16_t)(256u << code);
    return HF_OK;
}

/* RFC 7250 4.2: one of what was offered; without an answer it is X.509. */
static hf_code take_type(bool answered, uint8_t chosen, hf_span offered, uint8_t *type)
{
    *type = answered ? chosen : (uint8_t)HF_TYPE_X509;
    bool good = offered.len == 0 || memchr(offered.ptr, *type, offered.len) != NULL;
    return good ? HF_OK : HF_E_CERTIFICATE_TYPE;
}

static hf_code take_types(hf_handshake *hs, const hf_extensions *answers)
{
    const hf_config *config = hs->config;
    hf_code code = take_type(hf_extensions_have(answers, HF_EXT_BIT(SERVER_CERTIFICATE_TYPE)),
                             answers->server_type, hf_offer_peer_types(config), &hs->peer_type);
    if (code != HF_OK) {
        return code;
    }
    bool ours = hf_extensions_have(answers, HF_EXT_BIT(CLIENT_CERTIFICATE_TYPE));
    code = take_type(ours, answers->client_type, hf_offer_own_types(config), &hs->our_type);
    /* Without an answer no certificate is asked for, or one that we do not have. */
    return ours ? code : HF_OK;
}

hf_code hf_take_answers(hf_handshake *hs, const hf_extensions *answers)
{
    bool limit = hf_extensions_have(answers, HF_EXT_BIT(RECORD_SIZE_LIMIT));
    bool fragment = hf_extensions_have(answers, HF_EXT_BIT(MAX_FRAGMENT_LENGTH));
    hf_code code = HF_OK;
    if (limit && fragment) { /* RFC 8449 5 */
        hs->detail = answers->record_size_limit;
        return HF_E_RECORD_SIZE_LIMIT;
    }
    if (hf_extensions_have(answers, HF_EXT_BIT(ALPN))) {
        code = take_alpn(hs, answers->alpn);
    }
    if (code == HF_OK && limit) {
        code = take_record_limit(hs, answers->record_size_limit);
    }
    if (code == HF_OK && fragment) {
        code = take_fragment_length(hs, answers->max_fragment_length);
    }
    code = code == HF_OK ? take_types(hs, answers) : code;
    hs->effects |= HF_EFFECT_LIMITS;
    return code;
}
