/* Stand-in for pem.c in builds that read DER alone (HF_CERTIFICATES=DER or POCKET): PEM is known
 * when it is seen, so that its error can name the remedy.
 */
#include "x509/pem.h"

#include <string.h>

hf_code hf_pem_next(hf_span text, size_t *at, hf_span *label, hf_space out, hf_span *der)
{
    static const char begin[] = "-----BEGIN ";
    const size_t len = sizeof begin - 1;
    *label = (hf_span){.ptr = text.ptr, .len = 0};
    *der = (hf_span){.ptr = out.ptr, .len = 0};
    for (; *at + len <= text.len; (*at)++) {
        if (memcmp(text.ptr + *at, begin, len) == 0) {
            return HF_E_PEM_LEFT_OUT;
        }
    }
    *at = text.len;
    return HF_E_PEM_EMPTY;
}
