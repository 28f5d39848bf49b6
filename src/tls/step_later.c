/* Messages after the handshake (RFC 8446 4.6) but tickets: KeyUpdate; in TLS 1.2 HelloRequest, and
 * to a server ClientHello, which are refused politely (RFC 9325 3.5).
 */
#include "tls/handshake.h"

hf_code hf_count_later(hf_handshake *hs)
{
    hs->messages++;
    hs->detail = hs->config->limits.later;
    return hs->messages > hs->config->limits.later ? HF_E_TOO_MANY_MESSAGES : HF_OK;
}

static hf_code count_update(hf_handshake *hs)
{
    if (hs->updates == hs->config->limits.key_updates) {
        hs->detail = hs->config->limits.key_updates;
        return HF_E_TOO_MANY_MESSAGES;
    }
    hs->updates++;
    return hf_count_later(hs);
}

hf_code hf_recv_key_update(hf_handshake *hs, hf_reader *body)
{
    bool requested = false;
    hf_code code = hf_key_update_parse(body, &requested);
    code = code == HF_OK ? count_update(hs) : code;
    if (code == HF_OK) {
        hs->effects |= HF_EFFECT_NEXT_RX_KEYS;
        hs->effects |= requested ? HF_EFFECT_UPDATE_ASKED : 0u;
    }
    return code;
}

hf_code hf_recv_hello_request(hf_handshake *hs, hf_reader *body)
{
    hf_code code = hf_read_done(body) ? hf_count_later(hs) : HF_E_DECODE;
    if (code == HF_OK) {
        hs->effects |= HF_EFFECT_NO_RENEGOTIATION;
    }
    return code;
}

/* Read over as it came: it is not answered. */
hf_code hf_recv_renegotiation(hf_handshake *hs, hf_reader *body)
{
    (void)body;
    hf_code code = hf_count_later(hs);
    if (code == HF_OK) {
        hs->effects |= HF_EFFECT_NO_RENEGOTIATION;
    }
    return code;
}
