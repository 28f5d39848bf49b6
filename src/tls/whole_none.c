/* Stand-in for the walk over all certificates of a peer at once, in builds of clients without
 * stapling (HF_ROLES=client, HF_OCSP=OFF). Configurations that need it are refused when they are
 * built, so none of this is reached: it only has to be there.
 */
#include "tls/handshake.h"

hf_code hf_chain_start(hf_handshake *hs)
{
    (void)hs;
    return HF_E_UNSUPPORTED;
}

hf_code hf_chain_entry(hf_handshake *hs, uint32_t len)
{
    (void)hs;
    (void)len;
    return HF_E_UNSUPPORTED;
}

void hf_chain_bytes(hf_handshake *hs, hf_span piece)
{
    (void)hs;
    (void)piece;
}

hf_code hf_chain_staple(hf_handshake *hs, uint32_t len)
{
    (void)hs;
    (void)len;
    return HF_E_UNSUPPORTED;
}

hf_code hf_chain_end(hf_handshake *hs)
{
    (void)hs;
    return HF_E_UNSUPPORTED;
}

hf_span hf_chain_certificate(const hf_handshake *hs, size_t index)
{
    (void)hs;
    (void)index;
    return (hf_span){NULL, 0};
}

hf_code hf_recv_certificate_status(hf_handshake *hs, hf_reader *body)
{
    (void)hs;
    (void)body;
    return HF_E_UNEXPECTED_MESSAGE;
}

hf_code hf_check_staple_came(hf_handshake *hs)
{
    (void)hs;
    return HF_OK;
}
