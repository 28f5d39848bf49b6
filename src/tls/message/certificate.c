/* Certificate, the writer (RFC 8446 4.4.2, RFC 5246 7.4.2, RFC 7250 3), as parts: the certificates
 * themselves are borrowed, only lengths are written. The parser reads it as it comes and stands in
 * src/tls/step_certificate.c, since it feeds the path walk on the way.
 *
 * Parts: 0 = message header and the list's length; then four for each certificate: its length, its
 * bytes, the lengths of its extensions, the stapled response. Parts may be empty.
 */
#include "tls/message/message.h"

#define STATUS_OCSP 1
#define STATUS_OVERHEAD                                                                            \
    (2u + 2u + 1u + 3u) /* extension type and length, status type and length                       \
                         */

static bool is_13(const hf_certificate_out *certificate)
{
    return certificate->version >= HF_TLS13;
}

/* RFC 7250 3: in TLS 1.2 a raw public key stands alone, not in a list. */
static bool is_bare(const hf_certificate_out *certificate)
{
    return certificate->raw_key && !is_13(certificate) && certificate->count > 0;
}

static size_t extensions_len(const hf_certificate_out *certificate, size_t at)
{
    bool stapled = HF_HAS_SERVER && at == 0 && certificate->staple.len > 0;
    return stapled ? STATUS_OVERHEAD + certificate->staple.len : 0;
}

static size_t list_len(const hf_certificate_out *certificate)
{
    size_t len = 0;
    for (size_t i = 0; i < certificate->count; i++) {
        len += is_bare(certificate) ? 0 : 3;
        len += certificate->chain[i].len;
        len += is_13(certificate) ? 2 + extensions_len(certificate, i) : 0;
    }
    return len;
}

size_t hf_certificate_body_len(const hf_certificate_out *certificate)
{
    return (is_13(certificate) ? 1u : 0u) + 3 + list_len(certificate);
}

static void write_front(hf_writer *w, const hf_certificate_out *certificate)
{
    hf_write_u8(w, HF_CERTIFICATE);
    hf_write_u24(w, (uint32_t)hf_certificate_body_len(certificate));
    if (is_13(certificate)) {
        hf_write_u8(w, 0); /* RFC 8446 4.4.2: no context in the handshake */
    }
    hf_write_u24(w, (uint32_t)list_len(certificate));
}

static void write_extensions(hf_writer *w, const hf_certificate_out *certificate, size_t at)
{
    size_t len = extensions_len(certificate, at);
    hf_write_u16(w, (uint16_t)len);
    if (len > 0) {
        hf_write_u16(w, HF_EXT_STATUS_REQUEST);
        hf_write_u16(w, (uint16_t)(len - 4));
        hf_write_u8(w, STATUS_OCSP);
        hf_write_u24(w, (uint32_t)certificate->staple.len);
    }
}

bool hf_certificate_part(const hf_certificate_out *certificate, unsigned index,
                         uint8_t scratch[HF_PART_SCRATCH], hf_span *part)
{
    hf_writer w = hf_write_to(scratch, HF_PART_SCRATCH);
    size_t at = index == 0 ? 0 : (index - 1) / 4;
    if (index > 0 && at >= certificate->count) {
        return false;
    }
    unsigned which = index == 0 ? 0 : 1 + (index - 1) % 4;
    bool stapled = extensions_len(certificate, at) > 0;
    if (which == 0) {
        write_front(&w, certificate);
    } else if (which == 1 && !is_bare(certificate)) {
        hf_write_u24(&w, (uint32_t)certificate->chain[at].len);
    } else if (which == 3 && is_13(certificate)) {
        write_extensions(&w, certificate, at);
    }
    *part = (hf_span){scratch, w.len};
    if (which == 2) {
        *part = certificate->chain[at];
    } else if (which == 4 && stapled && is_13(certificate)) {
        *part = certificate->staple;
    }
    return true;
}
