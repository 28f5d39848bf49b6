/* Messages after the handshake (RFC 8446 4.6): tickets, KeyUpdate; in TLS 1.2 HelloRequest, and to
 * a server ClientHello, which are refused politely (RFC 9325 3.5).
 */
#include "tls/handshake.h"

static hf_code count_message(hf_handshake *hs)
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
    return count_message(hs);
}

/* ---- NewSessionTicket: lifetime and age_add (8 bytes), then three vectors. Read over as it comes,
 * so that its size does not matter; only its form is checked. */

enum ticket_state {
    TICKET_FIXED = 0,
    TICKET_NONCE_LEN,
    TICKET_NONCE,
    TICKET_LEN,
    TICKET_BODY,
    TICKET_EXTENSIONS_LEN,
    TICKET_EXTENSIONS,
    TICKET_OVER,
};

/* Bytes of the length field that this state reads; 0 where bytes are skipped. */
static unsigned length_width(uint8_t state)
{
    switch (state) {
    case TICKET_NONCE_LEN:
        return 1;
    case TICKET_LEN:
    case TICKET_EXTENSIONS_LEN:
        return 2;
    default:
        return 0;
    }
}

static hf_code ticket_byte(hf_list_reader *t, uint8_t byte)
{
    unsigned width = length_width(t->state);
    if (t->state == TICKET_OVER) {
        return HF_E_DECODE;
    }
    if (width == 0) {
        t->left--;
    } else {
        t->left = t->left << 8 | byte;
        t->have++;
        if (t->have < width) {
            return HF_OK;
        }
        t->have = 0;
        if (t->state == TICKET_LEN && t->left == 0) {
            return HF_E_DECODE; /* ticket<1..2^16-1> */
        }
        t->state++;
    }
    if (t->left == 0) { /* the bytes of this vector are over, or there are none */
        t->state++;
    }
    return HF_OK;
}

hf_code hf_stream_ticket(hf_handshake *hs, hf_span piece)
{
    hf_code code = HF_OK;
    if (hs->body_have == 0) {
        hs->list.left = 8;
    }
    for (size_t i = 0; i < piece.len && code == HF_OK; i++) {
        code = ticket_byte(&hs->list, piece.ptr[i]);
        hs->offset = hs->body_have + (uint32_t)i;
    }
    return code;
}

hf_code hf_recv_ticket(hf_handshake *hs, hf_span body)
{
    (void)body;
    return hs->list.state == TICKET_OVER ? count_message(hs) : HF_E_DECODE;
}

hf_code hf_recv_key_update(hf_handshake *hs, hf_span body)
{
    bool requested = false;
    hf_code code = hf_key_update_parse(body, &requested, &hs->offset);
    code = code == HF_OK ? count_update(hs) : code;
    if (code == HF_OK) {
        hs->effects |= HF_EFFECT_NEXT_RX_KEYS;
        hs->effects |= requested ? HF_EFFECT_UPDATE_ASKED : 0u;
    }
    return code;
}

hf_code hf_recv_hello_request(hf_handshake *hs, hf_span body)
{
    hf_code code = body.len == 0 ? count_message(hs) : HF_E_DECODE;
    if (code == HF_OK) {
        hs->effects |= HF_EFFECT_NO_RENEGOTIATION;
    }
    return code;
}

/* Read over as it came: it is not answered. */
hf_code hf_recv_renegotiation(hf_handshake *hs, hf_span body)
{
    (void)body;
    hf_code code = count_message(hs);
    if (code == HF_OK) {
        hs->effects |= HF_EFFECT_NO_RENEGOTIATION;
    }
    return code;
}
