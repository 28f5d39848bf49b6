/* ServerKeyExchange and ClientKeyExchange of TLS 1.2 with ephemeral ECDH (RFC 8422 5.4, 5.7). */
#include "tls/message/message.h"

#define NAMED_CURVE 3

hf_code hf_server_key_exchange_parse(hf_reader *r, hf_server_key_exchange *exchange)
{
    uint8_t curve_type = hf_read_u8(r);
    if (!r->bad && curve_type != NAMED_CURVE) {
        return HF_E_EXPLICIT_CURVE;
    }
    exchange->group = hf_read_u16(r);
    exchange->point = hf_read_vec(r, 1, 1, 255);
    exchange->params = (hf_span){r->start, hf_read_offset(r)};
    exchange->scheme = hf_read_u16(r);
    exchange->signature = hf_read_vec(r, 2, 0, 0xffff);
    return hf_read_done(r) ? HF_OK : HF_E_DECODE;
}

void hf_client_key_exchange_write(hf_writer *w, hf_span point)
{
    hf_write_u8(w, HF_CLIENT_KEY_EXCHANGE);
    size_t message = hf_write_open(w, 3);
    hf_write_vec(w, 1, point);
    hf_write_close(w, message, 3);
}

hf_code hf_client_key_exchange_parse(hf_reader *r, hf_span *point)
{
    *point = hf_read_vec(r, 1, 1, 255);
    return hf_read_done(r) ? HF_OK : HF_E_DECODE;
}

void hf_server_ecdh_params_write(hf_writer *w, uint16_t group, hf_span point)
{
    hf_write_u8(w, NAMED_CURVE);
    hf_write_u16(w, group);
    hf_write_vec(w, 1, point);
}

void hf_server_key_exchange_write(hf_writer *w, hf_span params, uint16_t scheme, hf_span signature)
{
    hf_write_u8(w, HF_SERVER_KEY_EXCHANGE);
    size_t message = hf_write_open(w, 3);
    hf_write_bytes(w, params.ptr, params.len);
    hf_write_u16(w, scheme);
    hf_write_vec(w, 2, signature);
    hf_write_close(w, message, 3);
}
