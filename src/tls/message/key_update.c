/* KeyUpdate (RFC 8446 4.6.3). */
#include "tls/message/message.h"

hf_code hf_key_update_parse(hf_reader *r, bool *requested)
{
    uint8_t request = hf_read_u8(r);
    if (!hf_read_done(r)) {
        return HF_E_DECODE;
    }
    *requested = request == 1;
    return request <= 1 ? HF_OK : HF_E_KEY_UPDATE;
}
