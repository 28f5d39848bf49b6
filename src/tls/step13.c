/* Steps of TLS 1.3 after ServerHello (RFC 8446 4.3, 4.4): those of a client, and those that both
 * roles have. A server's own are in step_server13.c.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/schedule13.h"
#include "tls/keys/transcript.h"
#include "tls/offer.h"
#include "wire/secret.h"

#include <string.h>

/* Handshake Secret, in the place of the early one if there is one (RFC 8446 7.1): a secret is
 * written when the one before was read. */
static void handshake_secret(hf_handshake *hs, const uint8_t *bytes, size_t len)
{
    hf_hash_id hash = hs->suite->hash;
    const hf_span shared = {bytes, len};
    if (hs->has_psk) {
        hf_handshake_from_early(hash, &hs->secret.early, shared, &hs->secret.handshake);
    } else {
        hf_handshake_without_psk(hash, shared, &hs->secret.handshake);
    }
}

/* The agreement, and what follows from it: the secrets of the handshake. `exchange` NULL: psk_ke,
 * for which zeros stand (RFC 8446 7.1). */
hf_code hf_secrets13(hf_handshake *hs, hf_exchange *exchange)
{
    uint8_t shared[HF_SHARED_MAX] = {0};
    uint8_t transcript[HF_HASH_MAX];
    hf_hash_id hash = hs->suite->hash;
    bool alone = exchange == NULL;
    size_t len = alone ? hf_hash_size(hash) : hf_exchange_shared_size(hs->group);
    hf_code code =
        alone ? HF_OK : hf_exchange_agree(exchange, &hs->config->crypto, hs->peer_point, shared);
    if (code == HF_OK) {
        handshake_secret(hs, shared, len);
        hf_transcript_now(&hs->transcript, transcript);
        hf_handshake_traffic(hash, &hs->secret.handshake, transcript, &hs->epoch.tls13.client,
                             &hs->epoch.tls13.server);
        hs->effects |= HF_EFFECT_RX_KEYS | HF_EFFECT_TX_KEYS;
    }
    if (!alone) {
        hf_exchange_release(exchange);
    }
    hf_wipe(shared, sizeof shared);
    return code;
}

hf_code hf_recv_encrypted_extensions(hf_handshake *hs, hf_reader *body)
{
    hf_extensions answers;
    hf_code code = hf_encrypted_extensions_parse(body, &answers, &hs->detail);
    if (code != HF_OK) {
        return code;
    }
    code = hf_extensions_check(&answers, HF_IN_ENCRYPTED, hf_asked_extensions(hs), &hs->detail);
    return code == HF_OK ? hf_take_answers(hs, &answers) : code;
}

hf_code hf_recv_certificate_request13(hf_handshake *hs, hf_reader *body)
{
    hf_certificate_request request;
    hf_code code = hf_certificate_request_parse13(body, &request, &hs->detail);
    if (code != HF_OK) {
        return code;
    }
    if (request.context.len > 0) { /* RFC 8446 4.3.2: empty in the handshake */
        return HF_E_CERTIFICATE_CONTEXT;
    }
    code = hf_extensions_check(&request.extensions, HF_IN_REQUEST, 0, &hs->detail);
    if (code == HF_OK && request.schemes.len == 0) {
        hs->detail = HF_EXT_SIGNATURE_ALGORITHMS;
        code = HF_E_EXTENSION_MISSING;
    }
    if (code == HF_OK) {
        hs->facts |= HF_FACT_CLIENT_AUTH;
        hf_answer_request(hs, &request);
    }
    return code;
}

hf_code hf_recv_certificate_verify13(hf_handshake *hs, hf_reader *body)
{
    hf_certificate_verify verify;
    hf_code code = hf_certificate_verify_parse(body, &verify);
    if (code != HF_OK) {
        return code;
    }
    const hf_scheme_info *scheme = hf_scheme_find(verify.scheme);
    uint8_t value[HF_HASH_MAX];
    hf_transcript_now(&hs->transcript, value);
    if (scheme != NULL) { /* else it is refused below */
        hf_certificate_verify_value(!hf_is_server(hs), value, hf_hash_size(hs->suite->hash),
                                    scheme->hash, value);
    }
    return hf_verify_peer_value(hs, verify.scheme, value, verify.signature);
}

/* Behind the server's Finished; the client's keys of now stay until its own Finished. */
static void application_secrets(hf_handshake *hs)
{
    uint8_t transcript[HF_HASH_MAX];
    hf_hash_id hash = hs->suite->hash;
    hf_master_from_handshake(hash, &hs->secret.handshake, &hs->secret.master);
    hf_transcript_now(&hs->transcript, transcript);
    hf_application_traffic(hash, &hs->secret.master, transcript,
                           &hs->epoch.tls13.client_application, &hs->epoch.tls13.server,
                           &hs->epoch.tls13.exporter);
}

hf_code hf_received_server_finished13(hf_handshake *hs)
{
    application_secrets(hs);
    hs->effects |= HF_EFFECT_RX_KEYS;
    /* The program is asked when the record with this message is authentic. */
    hs->authorise_due = HF_HAS_WHOLE && hs->config->hooks.authorise != NULL;
    hs->reserved = hf_known_peer(hs) != NULL ? hs->reserved : 0;
    return HF_OK;
}

hf_code hf_sent_server_finished13(hf_handshake *hs)
{
    application_secrets(hs);
    hs->effects |= HF_EFFECT_TX_KEYS;
    return HF_OK;
}

/* TLS 1.2; RFC 8446 D.4: of compatibility mode. */
hf_code hf_send_ccs(hf_handshake *hs, hf_writer *w)
{
    (void)hs;
    hf_write_u8(w, 1);
    return HF_OK;
}

hf_code hf_sent_ccs13(hf_handshake *hs)
{
    hs->facts &= (uint16_t) ~(HF_FACT_CLIENT_CCS | HF_FACT_SERVER_CCS); /* sent once */
    return HF_OK;
}

/* Behind the client's Finished, which stands in the transcript now: the resumption secret takes the
 * place of the client's application secret. */
static void clients_application_keys(hf_handshake *hs)
{
    uint8_t transcript[HF_HASH_MAX];
    hs->epoch.tls13.client = hs->epoch.tls13.client_application;
    hf_wipe(&hs->epoch.tls13.client_application, sizeof hs->epoch.tls13.client_application);
    hf_transcript_now(&hs->transcript, transcript);
    hf_resumption_from_master(hs->suite->hash, &hs->secret.master, transcript,
                              &hs->epoch.tls13.resumption);
}

hf_code hf_sent_client_finished13(hf_handshake *hs)
{
    clients_application_keys(hs);
    hs->effects |= HF_EFFECT_TX_KEYS | HF_EFFECT_DONE;
    return HF_OK;
}

hf_code hf_received_client_finished13(hf_handshake *hs)
{
    hf_code code = hf_ask_authorise(hs);
    if (code == HF_OK) {
        clients_application_keys(hs);
        hs->facts |= hs->tickets > 0 ? HF_FACT_TICKET : 0u;
        hs->effects |= HF_EFFECT_RX_KEYS | (hs->tickets > 0 ? 0u : HF_EFFECT_DONE);
    }
    return code;
}
