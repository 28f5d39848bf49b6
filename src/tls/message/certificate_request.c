/* CertificateRequest (RFC 8446 4.3.2; RFC 5246 7.4.4 with RFC 8422 5.5). */
#include "tls/message/message.h"

#include <string.h>

#define TYPE_RSA_SIGN   1
#define TYPE_ECDSA_SIGN 64

hf_code hf_certificate_request_parse13(hf_reader *r, hf_certificate_request *request,
                                       uint32_t *detail)
{
    memset(request, 0, sizeof *request);
    request->context = hf_read_vec(r, 1, 0, 255);
    hf_code code = hf_extensions_parse(r, 2, false, &request->extensions, detail);
    request->schemes = request->extensions.schemes;
    request->names = request->extensions.names;
    request->key_kinds = HF_REQUEST_ECDSA | HF_REQUEST_RSA;
    return hf_message_end(r, code);
}

hf_code hf_certificate_request_parse12(hf_reader *r, hf_certificate_request *request)
{
    memset(request, 0, sizeof *request);
    hf_span types = hf_read_vec(r, 1, 1, 255);
    request->schemes = hf_read_vec(r, 2, 2, 0xfffe);
    request->names = hf_read_vec(r, 2, 0, 0xffff);
    for (size_t i = 0; i < types.len; i++) {
        request->key_kinds |= types.ptr[i] == TYPE_RSA_SIGN ? HF_REQUEST_RSA : 0;
        request->key_kinds |= types.ptr[i] == TYPE_ECDSA_SIGN ? HF_REQUEST_ECDSA : 0;
    }
    if (request->schemes.len % 2 != 0 || !hf_names_well_formed(request->names)) {
        hf_read_spoil(r);
    }
    return hf_message_end(r, HF_OK);
}

static void write_schemes(hf_writer *w, const hf_certificate_request_out *request)
{
    size_t list = hf_write_open(w, 2);
    for (size_t i = 0; i < request->schemes_count; i++) {
        hf_write_u16(w, request->schemes[i]);
    }
    hf_write_close(w, list, 2);
}

static void write_authorities(hf_writer *w, const hf_certificate_request_out *request)
{
    size_t list = hf_write_open(w, 2);
    for (size_t i = request->authorities_count; i > 0; i--) { /* the list grows downwards */
        hf_write_vec(w, 2, request->authorities[i - 1].name);
    }
    hf_write_close(w, list, 2);
}

static void write_body13(hf_writer *w, const hf_certificate_request_out *request)
{
    hf_write_u8(w, 0); /* RFC 8446 4.3.2: no context in the handshake */
    size_t block = hf_write_open(w, 2);
    hf_write_u16(w, HF_EXT_SIGNATURE_ALGORITHMS);
    size_t body = hf_write_open(w, 2);
    write_schemes(w, request);
    hf_write_close(w, body, 2);
    if (request->authorities_count > 0) {
        hf_write_u16(w, HF_EXT_CERTIFICATE_AUTHORITIES);
        body = hf_write_open(w, 2);
        write_authorities(w, request);
        hf_write_close(w, body, 2);
    }
    hf_write_close(w, block, 2);
}

static void write_body12(hf_writer *w, const hf_certificate_request_out *request)
{
    static const uint8_t TYPES[] = {TYPE_ECDSA_SIGN, TYPE_RSA_SIGN};
    hf_write_vec(w, 1, (hf_span){TYPES, sizeof TYPES});
    write_schemes(w, request);
    write_authorities(w, request);
}

void hf_certificate_request_write(hf_writer *w, const hf_certificate_request_out *request)
{
    hf_write_u8(w, HF_CERTIFICATE_REQUEST);
    size_t message = hf_write_open(w, 3);
    if (request->version == HF_TLS13) {
        write_body13(w, request);
    } else {
        write_body12(w, request);
    }
    hf_write_close(w, message, 3);
}
