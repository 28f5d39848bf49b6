/* Certificate, the writer (RFC 8446 4.4.2, RFC 5246 7.4.2), as parts: the certificates themselves
 * are borrowed, only lengths are written. The parser reads it as it comes and stands in
 * src/tls/step_certificate.c, since it feeds the path walk on the way.
 *
 * Parts: 0 = message header and list length; then for each certificate its length and its bytes,
 * in TLS 1.3 with an empty extension block, which is joined to the next part's length.
 */
#include "tls/message/message.h"

static size_t entry_overhead(const hf_certificate_out *certificate)
{
    return certificate->version >= HF_TLS13 ? 3 + 2 : 3;
}

static size_t list_len(const hf_certificate_out *certificate)
{
    size_t len = 0;
    for (size_t i = 0; i < certificate->count; i++) {
        len += entry_overhead(certificate) + certificate->chain[i].len;
    }
    return len;
}

size_t hf_certificate_body_len(const hf_certificate_out *certificate)
{
    return (certificate->version >= HF_TLS13 ? 1u : 0u) + 3 + list_len(certificate);
}

/* Even indexes are the glue before certificate index / 2, odd ones the certificates. */
bool hf_certificate_part(const hf_certificate_out *certificate, unsigned index,
                         uint8_t scratch[HF_PART_SCRATCH], hf_span *part)
{
    bool version13 = certificate->version >= HF_TLS13;
    size_t at = index / 2;
    if (at > certificate->count || (index % 2 == 1 && at == certificate->count)) {
        return false;
    }
    if (index % 2 == 1) {
        *part = certificate->chain[at];
        return true;
    }
    hf_writer w = hf_write_to(scratch, HF_PART_SCRATCH);
    if (index == 0) {
        hf_write_u8(&w, HF_CERTIFICATE);
        hf_write_u24(&w, (uint32_t)hf_certificate_body_len(certificate));
        if (version13) {
            hf_write_u8(&w, 0); /* RFC 8446 4.4.2: no context in the handshake */
        }
        hf_write_u24(&w, (uint32_t)list_len(certificate));
    } else if (version13) {
        hf_write_u16(&w, 0); /* extensions of the entry before */
    }
    if (at < certificate->count) {
        hf_write_u24(&w, (uint32_t)certificate->chain[at].len);
    }
    *part = (hf_span){scratch, w.len};
    return true;
}
