/* CertificateStatus (RFC 6066 8): a message of TLS 1.2, and the body of status_request in an entry
 * of a TLS 1.3 Certificate (RFC 8446 4.4.2.1). The response is borrowed, only lengths are written.
 */
#include "tls/message/message.h"

#define TYPE_OCSP 1

hf_code hf_certificate_status_parse(hf_reader *r, hf_span *response)
{
    uint8_t type = hf_read_u8(r);
    *response = hf_read_vec(r, 3, 1, 0xffffff);
    if (type != TYPE_OCSP) {
        hf_read_spoil(r);
    }
    return hf_read_done(r) ? HF_OK : HF_E_DECODE;
}

bool hf_certificate_status_part(hf_span response, unsigned index, uint8_t scratch[HF_PART_SCRATCH],
                                hf_span *part)
{
    if (index == 1) {
        *part = response;
        return true;
    }
    hf_writer w = hf_write_to(scratch, HF_PART_SCRATCH);
    hf_write_u8(&w, HF_CERTIFICATE_STATUS);
    hf_write_u24(&w, (uint32_t)(1 + 3 + response.len));
    hf_write_u8(&w, TYPE_OCSP);
    hf_write_u24(&w, (uint32_t)response.len);
    *part = (hf_span){scratch, w.len};
    return index == 0;
}
