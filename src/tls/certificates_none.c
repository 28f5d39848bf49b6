/* Stand-in for everything that has to do with certificates, in builds with HF_CERTIFICATES=OFF: TLS
 * 1.3 by pre-shared keys alone (psk.h). For TLS 1.2 stands tls12_none.c.
 *
 * Loading and building say HF_E_NO_CERTIFICATES. Rows of the flow that need certificates are never
 * wanted then, so what stands for their steps only has to be there: it refuses.
 */
#include "tls/choose.h"
#include "tls/config.h"
#include "tls/handshake.h"
#include "tls/offer.h"

#include <string.h>

/* ---- configuration */

bool hf_config_has_certificates(void)
{
    return false;
}

hf_code hf_config_anchors(hf_config *config, const void *text, size_t len)
{
    (void)text;
    (void)len;
    return hf_config_fail(config, HF_E_NO_CERTIFICATES, 0, 0);
}

hf_code hf_config_identity(hf_config *config, const void *chain, size_t chain_len, const void *key,
                           size_t key_len, const char *password)
{
    (void)chain;
    (void)chain_len;
    (void)key;
    (void)key_len;
    (void)password;
    return hf_config_fail(config, HF_E_NO_CERTIFICATES, 0, 0);
}

hf_code hf_config_add_identity(hf_config *config, hf_identity *identity, const void *chain,
                               size_t chain_len, const void *key, size_t key_len,
                               const char *password)
{
    (void)identity;
    return hf_config_identity(config, chain, chain_len, key, key_len, password);
}

void hf_config_settle_anchors(hf_config *config)
{
    (void)config;
}

/* What the program put there by hand cannot be used either. */
hf_code hf_config_check_identities(hf_config *config)
{
    return hf_config_has_identity(config) ? HF_E_NO_CERTIFICATES : HF_OK;
}

void hf_config_release_keys(hf_config *config)
{
    (void)config;
}

size_t hf_offer_schemes(const hf_config *config, uint16_t schemes[HF_OFFER_SCHEMES_MAX])
{
    (void)config;
    (void)schemes;
    return 0;
}

bool hf_identity_is_for(const hf_identity *it, hf_span name)
{
    (void)it;
    (void)name;
    return false;
}

hf_code hf_choose_identity(const hf_config *config, const hf_request *request, hf_answer *answer)
{
    (void)config;
    (void)request;
    memset(answer, 0, sizeof *answer);
    return HF_E_NO_COMMON_SCHEME;
}

/* ---- TLS 1.3: messages and steps that need certificates */

hf_code hf_certificate_request_parse13(hf_reader *r, hf_certificate_request *request,
                                       uint32_t *detail)
{
    (void)r;
    (void)detail;
    memset(request, 0, sizeof *request);
    return HF_E_UNEXPECTED_MESSAGE;
}

void hf_certificate_request_write(hf_writer *w, const hf_certificate_request_out *request)
{
    (void)request;
    w->bad = true;
}

hf_code hf_certificate_verify_parse(hf_reader *r, hf_certificate_verify *verify)
{
    (void)r;
    memset(verify, 0, sizeof *verify);
    return HF_E_UNEXPECTED_MESSAGE;
}

void hf_certificate_verify_value(bool server, const uint8_t *transcript, size_t len,
                                 hf_hash_id hash, uint8_t value[HF_HASH_MAX])
{
    (void)server;
    (void)transcript;
    (void)len;
    (void)hash;
    memset(value, 0, HF_HASH_MAX);
}

size_t hf_certificate_body_len(const hf_certificate_out *certificate)
{
    (void)certificate;
    return 0;
}

bool hf_certificate_part(const hf_certificate_out *certificate, unsigned index,
                         uint8_t scratch[HF_PART_SCRATCH], hf_span *part)
{
    (void)certificate;
    (void)index;
    (void)scratch;
    (void)part;
    return false;
}

bool hf_certificate_status_part(hf_span response, unsigned index, uint8_t scratch[HF_PART_SCRATCH],
                                hf_span *part)
{
    (void)response;
    (void)index;
    (void)scratch;
    (void)part;
    return false;
}

bool hf_is_certificate_error(hf_code code)
{
    (void)code;
    return false;
}

hf_code hf_stream_certificate(hf_handshake *hs, hf_span *piece)
{
    (void)hs;
    (void)piece;
    return HF_E_UNEXPECTED_MESSAGE;
}

hf_code hf_recv_certificate(hf_handshake *hs, hf_reader *body)
{
    (void)hs;
    (void)body;
    return HF_E_UNEXPECTED_MESSAGE;
}

void hf_answer_request(hf_handshake *hs, const hf_certificate_request *request)
{
    (void)hs;
    (void)request;
}

hf_code hf_verify_peer_value(hf_handshake *hs, uint16_t scheme, const uint8_t *value,
                             hf_span signature)
{
    (void)hs;
    (void)scheme;
    (void)value;
    (void)signature;
    return HF_E_UNEXPECTED_MESSAGE;
}

hf_code hf_send_certificate_verify(hf_handshake *hs, hf_writer *w)
{
    (void)hs;
    w->bad = true;
    return HF_E_INTERNAL;
}

hf_code hf_sign_answer(hf_handshake *hs, hf_code result, hf_span signature)
{
    (void)hs;
    (void)result;
    (void)signature;
    return HF_E_USAGE; /* nothing was asked to be signed */
}
