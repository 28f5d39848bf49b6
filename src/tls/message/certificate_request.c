/* CertificateRequest, the parsers (RFC 8446 4.3.2; RFC 5246 7.4.4 with RFC 8422 5.5). */
#include "tls/message/message.h"

#include <string.h>

#define TYPE_RSA_SIGN   1
#define TYPE_ECDSA_SIGN 64

static hf_code finish(const hf_reader *r, hf_code code, uint32_t *offset)
{
    if (code == HF_OK && !hf_read_done(r)) {
        code = HF_E_DECODE;
    }
    if (code == HF_E_DECODE) {
        *offset = (uint32_t)hf_read_offset(r);
    }
    return code;
}

hf_code hf_certificate_request_parse13(hf_span body, hf_certificate_request *request,
                                       uint32_t *offset)
{
    hf_reader r = hf_read_span_of(body);
    memset(request, 0, sizeof *request);
    request->context = hf_read_vec(&r, 1, 0, 255);
    hf_code code = hf_extensions_parse(&r, 2, false, &request->extensions, offset);
    request->schemes = request->extensions.schemes;
    request->names = request->extensions.names;
    request->key_kinds = HF_REQUEST_ECDSA | HF_REQUEST_RSA;
    return finish(&r, code, offset);
}

hf_code hf_certificate_request_parse12(hf_span body, hf_certificate_request *request,
                                       uint32_t *offset)
{
    hf_reader r = hf_read_span_of(body);
    memset(request, 0, sizeof *request);
    hf_span types = hf_read_vec(&r, 1, 1, 255);
    request->schemes = hf_read_vec(&r, 2, 2, 0xfffe);
    request->names = hf_read_vec(&r, 2, 0, 0xffff);
    for (size_t i = 0; i < types.len; i++) {
        request->key_kinds |= types.ptr[i] == TYPE_RSA_SIGN ? HF_REQUEST_RSA : 0;
        request->key_kinds |= types.ptr[i] == TYPE_ECDSA_SIGN ? HF_REQUEST_ECDSA : 0;
    }
    if (request->schemes.len % 2 != 0 || !hf_names_well_formed(request->names)) {
        hf_read_spoil(&r);
    }
    return finish(&r, HF_OK, offset);
}
