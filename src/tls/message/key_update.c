/* KeyUpdate (RFC 8446 4.6.3). */
#include "tls/message/message.h"

hf_code hf_key_update_parse(hf_span body, bool *requested, uint32_t *offset)
{
    hf_reader r = hf_read_span_of(body);
    uint8_t request = hf_read_u8(&r);
    *offset = (uint32_t)hf_read_offset(&r);
    if (!hf_read_done(&r)) {
        return HF_E_DECODE;
    }
    *requested = request == 1;
    return request <= 1 ? HF_OK : HF_E_KEY_UPDATE;
}
