/* Steps of TLS 1.2 after ServerHello (RFC 5246 7.4, RFC 8422), with the extended master secret (RFC
 * 7627) and without renegotiation (RFC 5746): those of a client, and those that both roles have. A
 * server's own are in step_server12.c.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/schedule12.h"
#include "tls/keys/transcript.h"
#include "tls/offer.h"
#include "wire/secret.h"

#include <string.h>

hf_code hf_check_answers12(hf_handshake *hs, const hf_extensions *answers)
{
    if (answers->bad_point_formats != 0) {
        return HF_E_POINT_FORMAT;
    }
    hs->extended_master = hf_extensions_have(answers, HF_EXT_BIT(EXTENDED_MASTER_SECRET));
    if (!hs->extended_master && hs->config->require_extended_master_secret) { /* RFC 7627 5.3 */
        return HF_E_NO_EXTENDED_MASTER_SECRET;
    }
    if (!hf_extensions_have(answers, HF_EXT_BIT(RENEGOTIATION_INFO))) { /* RFC 9325 3.5 */
        return HF_E_NO_SAFE_RENEGOTIATION;
    }
    return answers->renegotiated.len == 0 ? HF_OK : HF_E_RENEGOTIATION_INFO;
}

/* RFC 8422 5.4: signed over both randoms and the parameters. */
hf_code hf_recv_server_key_exchange(hf_handshake *hs, hf_reader *body)
{
    hf_server_key_exchange exchange;
    hf_code code = hf_server_key_exchange_parse(body, &exchange);
    if (code != HF_OK) {
        return code;
    }
    hs->detail = exchange.group;
    if (!hf_offers_group(hs->config, exchange.group)) {
        return HF_E_GROUP;
    }
    const hf_span parts[] = {
        {hs->client_random, sizeof hs->client_random},
        {hs->server_random, sizeof hs->server_random},
        exchange.params,
    };
    code = hf_check_staple_came(hs);
    if (code == HF_OK) {
        code = hf_verify_peer(hs, exchange.scheme, parts, 3, exchange.signature);
    }
    if (code != HF_OK) {
        return code;
    }
    if (exchange.point.len != hf_exchange_point_size(exchange.group)) {
        return HF_E_KEY_SHARE;
    }
    hs->group = exchange.group;
    return HF_OK;
}

/* The certificate's key has done its work: what the slot keeps from here on is the server's point,
 * and the certificate itself where the program is asked about it. */
hf_code hf_received_server_key_exchange(hf_handshake *hs)
{
    hf_server_key_exchange exchange;
    hf_reader body = hf_read_span_of(hs->body);
    hf_code code = hf_server_key_exchange_parse(&body, &exchange);
    if (code == HF_OK) {
        hs->reserved = hf_known_peer(hs) != NULL ? hs->reserved : 0;
        uint8_t *at = hs->slot.ptr + hs->reserved;
        if (exchange.point.len > hs->slot.cap - hs->reserved) {
            hs->detail = (uint32_t)(hs->reserved + exchange.point.len);
            return HF_E_MEMORY_TOO_SMALL;
        }
        memmove(at, exchange.point.ptr, exchange.point.len);
        hs->peer_point = (hf_span){at, exchange.point.len};
        hs->reserved += (uint32_t)exchange.point.len;
    }
    return code;
}

hf_code hf_recv_certificate_request12(hf_handshake *hs, hf_reader *body)
{
    hf_certificate_request request;
    hf_code code = hf_certificate_request_parse12(body, &request);
    if (code == HF_OK) {
        hs->facts |= HF_FACT_CLIENT_AUTH;
        hf_answer_request(hs, &request);
    }
    return code;
}

/* ServerHelloDone. */
hf_code hf_recv_empty(hf_handshake *hs, hf_reader *body)
{
    (void)hs;
    return hf_read_done(body) ? HF_OK : HF_E_DECODE;
}

hf_code hf_send_client_key_exchange(hf_handshake *hs, hf_writer *w)
{
    uint8_t made[HF_POINT_MAX];
    const uint8_t *point = hs->secret.share;
    hf_exchange *ours = &hs->exchange[0];
    hf_code code = HF_OK;
    if (ours->group != hs->group) {
        if (!hf_take_work(hs, HF_WORK_MAKE_KEY, hs->group)) {
            return HF_PENDING;
        }
        hf_exchange_release(ours);
        point = made;
        code = hf_exchange_generate(ours, &hs->config->crypto, hs->group, made);
    }
    if (code == HF_OK) {
        hf_client_key_exchange_write(w, (hf_span){point, hf_exchange_point_size(hs->group)});
    }
    return code;
}

/* RFC 7627 4: the session hash runs up to and including ClientKeyExchange. */
static void derive_master(hf_handshake *hs, hf_span shared)
{
    uint8_t session_hash[HF_HASH_MAX];
    if (!hs->extended_master) {
        hf_legacy_master(hs->suite->hash, shared, hs->client_random, hs->server_random,
                         &hs->secret.master12);
        return;
    }
    hf_transcript_now(&hs->transcript, session_hash);
    hf_extended_master(hs->suite->hash, shared, session_hash, &hs->secret.master12);
}

hf_code hf_master12(hf_handshake *hs, hf_exchange *exchange, hf_span point)
{
    uint8_t shared[HF_SHARED_MAX];
    hf_code code = hf_exchange_agree(exchange, &hs->config->crypto, point, shared);
    if (code == HF_OK) {
        derive_master(hs, (hf_span){shared, hf_exchange_shared_size(hs->group)});
    }
    hf_exchange_release(exchange);
    hf_wipe(shared, sizeof shared);
    return code;
}

hf_code hf_sent_client_key_exchange(hf_handshake *hs)
{
    if (!hf_take_work(hs, HF_WORK_AGREE, hs->group)) {
        return HF_PENDING;
    }
    return hf_master12(hs, &hs->exchange[0], hs->peer_point);
}

hf_code hf_sent_ccs12(hf_handshake *hs)
{
    hs->effects |= HF_EFFECT_TX_KEYS;
    return HF_OK;
}

hf_code hf_recv_ccs12(hf_handshake *hs, hf_reader *body)
{
    (void)hs;
    return hf_read_u8(body) == 1 && hf_read_done(body) ? HF_OK : HF_E_CHANGE_CIPHER_SPEC;
}

hf_code hf_received_ccs12(hf_handshake *hs)
{
    hs->effects |= HF_EFFECT_RX_KEYS;
    return HF_OK;
}

/* The Finished that the other one answers: the program decides before ours leaves. */
hf_code hf_received_first_finished12(hf_handshake *hs)
{
    return hf_ask_authorise(hs);
}

/* The last one of the handshake. In an abbreviated one it is the client's, and only it proves that
 * the client holds the session's secret. */
hf_code hf_received_last_finished12(hf_handshake *hs)
{
    hf_code code = hf_ask_authorise(hs);
    hs->effects |= code == HF_OK ? HF_EFFECT_DONE : 0u;
    return code;
}

hf_code hf_sent_last_finished12(hf_handshake *hs)
{
    hs->effects |= HF_EFFECT_DONE;
    return HF_OK;
}
