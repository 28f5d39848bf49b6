/* Steps of TLS 1.2 that only a server has (RFC 5246 7.4, RFC 8422): its key exchange, the client's,
 * and the client's signature.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/suite.h"
#include "tls/keys/transcript.h"

#include <string.h>

/* Behind header, ServerECDHParams, scheme and length. */
#define PARAMS_MAX       (1u + 2u + 1u + HF_POINT_MAX)
#define SIGNATURE_BEHIND (2u + 2u)

/* Makes the ephemeral key; its point stays in the slot until the message is written. */
static hf_code make_point(hf_handshake *hs)
{
    uint8_t point[HF_POINT_MAX];
    size_t len = hf_exchange_point_size(hs->group);
    if (!hf_take_work(hs, HF_WORK_MAKE_KEY, hs->group)) {
        return HF_PENDING;
    }
    if (len > hs->slot.cap - hs->reserved) {
        hs->detail = (uint32_t)(hs->reserved + len);
        return HF_E_MEMORY_TOO_SMALL;
    }
    hf_code code = hf_exchange_generate(&hs->exchange[0], &hs->config->crypto, hs->group, point);
    if (code == HF_OK) {
        memcpy(hs->slot.ptr + hs->reserved, point, len);
        hs->shares_at = hs->reserved;
        hs->shares_len = (uint16_t)len;
        hs->reserved += (uint32_t)len;
        hs->shares = 1;
    }
    return code;
}

/* RFC 8422 5.4: both randoms and the parameters. */
static void value_to_sign(const hf_handshake *hs, hf_span params, uint8_t value[HF_HASH_MAX])
{
    hf_hash hash;
    hf_hash_start(&hash, hf_scheme_find(hs->our_scheme)->hash);
    hf_hash_add(&hash, hs->client_random, sizeof hs->client_random);
    hf_hash_add(&hash, hs->server_random, sizeof hs->server_random);
    hf_hash_add(&hash, params.ptr, params.len);
    hf_hash_final(&hash, value);
}

hf_code hf_send_server_key_exchange(hf_handshake *hs, hf_writer *w)
{
    uint8_t bytes[PARAMS_MAX];
    uint8_t value[HF_HASH_MAX];
    if (hs->shares == 0) {
        hf_code code = make_point(hs);
        return code == HF_OK ? HF_PENDING : code; /* the writer's memory begins behind it now */
    }
    hf_writer params = hf_write_to(bytes, sizeof bytes);
    hf_server_ecdh_params_write(&params, hs->group,
                                (hf_span){hs->slot.ptr + hs->shares_at, hs->shares_len});
    const hf_span signed_params = {bytes, params.len};
    size_t at = HF_MESSAGE_HEADER + params.len + SIGNATURE_BEHIND;
    value_to_sign(hs, signed_params, value);
    hf_code code = hf_sign_at(hs, value, w, at);
    if (code == HF_OK) {
        hf_server_key_exchange_write(w, signed_params, hs->our_scheme,
                                     (hf_span){w->ptr + at, hs->sign_len});
    }
    return code;
}

hf_code hf_sent_server_key_exchange(hf_handshake *hs)
{
    hs->reserved -= hs->shares_len;
    hs->shares_len = 0;
    return HF_OK;
}

hf_code hf_send_server_hello_done(hf_handshake *hs, hf_writer *w)
{
    (void)hs;
    hf_write_u8(w, HF_SERVER_HELLO_DONE);
    hf_write_u24(w, 0);
    return HF_OK;
}

hf_code hf_recv_client_key_exchange(hf_handshake *hs, hf_reader *body)
{
    hf_span point;
    hf_code code = hf_client_key_exchange_parse(body, &point);
    if (code == HF_OK && point.len != hf_exchange_point_size(hs->group)) {
        code = HF_E_KEY_SHARE;
    }
    return code;
}

hf_code hf_received_client_key_exchange(hf_handshake *hs)
{
    hf_span point;
    if (!hf_take_work(hs, HF_WORK_AGREE, hs->group)) {
        return HF_PENDING;
    }
    hf_reader body = hf_read_span_of(hs->body);
    hf_code code = hf_client_key_exchange_parse(&body, &point);
    return code == HF_OK ? hf_master12(hs, &hs->exchange[0], point) : code;
}

/* RFC 5246 7.4.8: over all messages so far, with the hash of the scheme. */
hf_code hf_recv_certificate_verify12(hf_handshake *hs, hf_reader *body)
{
    hf_certificate_verify verify;
    uint8_t value[HF_HASH_MAX];
    hf_code code = hf_certificate_verify_parse(body, &verify);
    if (code != HF_OK) {
        return code;
    }
    const hf_scheme_info *scheme = hf_scheme_find(verify.scheme);
    hf_hash_id hash = scheme == NULL ? hs->suite->hash : scheme->hash; /* NULL: refused below */
    hf_transcript_now(hf_transcript_with(hs, hash), value);
    return hf_verify_peer_value(hs, verify.scheme, value, verify.signature);
}
