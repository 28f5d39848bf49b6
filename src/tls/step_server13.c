/* Steps of TLS 1.3 that only a server has: EncryptedExtensions, CertificateRequest (both versions).
 */
#include "tls/handshake.h"

#include "tls/offer.h"
#include "tls/record.h"

#include <string.h>

/* What is answered was decided with the ClientHello (step_accept.c); in TLS 1.2 the types of
 * certificates and the state of the connection come on top. */
void hf_fill_answers(const hf_handshake *hs, hf_answers_out *answers)
{
    const char *alpn = hs->alpn == 0 ? "" : hs->config->alpn[hs->alpn - 1];
    *answers = (hf_answers_out){
        .version = hs->version,
        .set = hs->answers,
        .alpn = {(const uint8_t *)alpn, strlen(alpn)},
        .record_size_limit = hs->our_limit,
        .max_fragment_length = hs->fragment_code,
        .client_type = hs->peer_type,
        .server_type = hs->our_type,
    };
    if (hs->version == HF_TLS13) { /* stands in the Certificate */
        answers->set &= ~HF_EXT_BIT(STATUS_REQUEST);
    }
    if ((hs->facts & HF_FACT_FULL) == 0) { /* without certificates nothing is said about them */
        answers->set &= ~(HF_EXT_BIT(CLIENT_CERTIFICATE_TYPE) |
                          HF_EXT_BIT(SERVER_CERTIFICATE_TYPE) | HF_EXT_BIT(STATUS_REQUEST));
    }
}

hf_code hf_send_encrypted_extensions(hf_handshake *hs, hf_writer *w)
{
    hf_answers_out answers;
    hf_fill_answers(hs, &answers);
    hf_encrypted_extensions_write(w, &answers);
    return HF_OK;
}

hf_code hf_send_certificate_request(hf_handshake *hs, hf_writer *w)
{
    uint16_t schemes[HF_OFFER_SCHEMES_MAX];
    const hf_config *config = hs->config;
    const hf_certificate_request_out request = {
        .version = hs->version,
        .schemes = schemes,
        .schemes_count = hf_offer_schemes(config, schemes),
        .authorities = config->anchor_list.anchors,
        .authorities_count = config->send_authorities ? config->anchor_list.count : 0,
    };
    hf_certificate_request_write(w, &request);
    return HF_OK;
}
