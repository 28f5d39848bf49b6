/* CertificateVerify (RFC 8446 4.4.3, RFC 5246 7.4.8): the same form in both versions. */
#include "tls/message/message.h"

#include "crypto/crypto.h"

#include <string.h>

hf_code hf_certificate_verify_parse(hf_reader *r, hf_certificate_verify *verify)
{
    verify->scheme = hf_read_u16(r);
    verify->signature = hf_read_vec(r, 2, 0, 0xffff);
    return hf_read_done(r) ? HF_OK : HF_E_DECODE;
}

void hf_certificate_verify_write(hf_writer *w, uint16_t scheme, hf_span signature)
{
    hf_write_u8(w, HF_CERTIFICATE_VERIFY);
    size_t message = hf_write_open(w, 3);
    hf_write_u16(w, scheme);
    hf_write_vec(w, 2, signature);
    hf_write_close(w, message, 3);
}

size_t hf_certificate_verify_input(bool server, const uint8_t *transcript, size_t len,
                                   uint8_t out[HF_SIGNED13_MAX])
{
    static const char CONTEXT[] = "TLS 1.3, client CertificateVerify";
    memset(out, 0x20, 64);
    memcpy(out + 64, CONTEXT, sizeof CONTEXT); /* with its zero byte */
    if (server) {
        memcpy(out + 64 + 9, "server", 6);
    }
    memcpy(out + 64 + sizeof CONTEXT, transcript, len);
    return 64 + sizeof CONTEXT + len;
}

void hf_certificate_verify_value(bool server, const uint8_t *transcript, size_t len,
                                 hf_hash_id hash, uint8_t value[HF_HASH_MAX])
{
    uint8_t input[HF_SIGNED13_MAX];
    size_t input_len = hf_certificate_verify_input(server, transcript, len, input);
    hf_digest(hash, &(hf_span){input, input_len}, 1, value);
}
