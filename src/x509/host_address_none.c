/* Stand-in for host_address.c in builds that know host names alone (HF_CERTIFICATES=POCKET): what
 * looks like an address is refused with a name of its own.
 */
#include "x509/host_address.h"

#include <string.h>

hf_code hf_host_address_parse(hf_span text, uint8_t out[16], uint8_t *len)
{
    (void)out;
    *len = 0;
    if (text.len == 0) {
        return HF_E_NAME_SYNTAX;
    }
    uint8_t last = text.ptr[text.len - 1];
    bool v4 = last >= '0' && last <= '9';
    return v4 || memchr(text.ptr, ':', text.len) != NULL ? HF_E_ADDRESS_LEFT_OUT : HF_E_NAME_SYNTAX;
}
