/* PEM or DER: see pem.h. */
#include "x509/pem.h"

#include "x509/der.h"

#include <string.h>

hf_code hf_pem_or_der_next(hf_span text, size_t *at, hf_span *label, hf_space out, hf_span *der)
{
    if (!hf_der_is_whole(text)) {
        return hf_pem_next(text, at, label, out, der);
    }
    *label = (hf_span){.ptr = text.ptr, .len = 0};
    *der = (hf_span){.ptr = text.ptr, .len = 0};
    if (*at != 0) {
        return HF_E_PEM_EMPTY;
    }
    *at = text.len;
    *der = text;
    return HF_OK;
}

bool hf_pem_label_is(hf_span label, const char *name)
{
    return label.len == 0 || (label.len == strlen(name) && memcmp(label.ptr, name, label.len) == 0);
}
