/* General names (RFC 5280 4.2.1.6): see general_name.h. */
#include "x509/general_name.h"

#include "x509/der.h"
#include "x509/name.h"

/* IA5String content: 7 bits, and no zero byte that could cut a name short for somebody else. */
static bool is_ia5(hf_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == 0 || text.ptr[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* Kinds in a set, by their numbers. */
#define TEXTS (1u << HF_NAME_EMAIL | 1u << HF_NAME_DNS | 1u << HF_NAME_URI)
#define CONSTRUCTED                                                                                \
    (1u << HF_NAME_OTHER | 1u << HF_NAME_X400 | 1u << HF_NAME_DIRECTORY | 1u << HF_NAME_EDI)

static bool is_one_of(unsigned kinds, unsigned number)
{
    return (kinds >> number & 1) != 0;
}

hf_general_name hf_general_name_any(hf_reader *r)
{
    const uint8_t *start = r->at;
    uint8_t tag;
    hf_general_name name = {.value = hf_der_read_any(r, &tag)};
    unsigned number = tag & 0x1fu;
    unsigned form = is_one_of(CONSTRUCTED, number) ? HF_DER_EXPLICIT(0) : HF_DER_CONTEXT(0);
    name.kind = (hf_general_kind)number;
    if (number > HF_NAME_REGISTERED || tag != (form | number) ||
        (is_one_of(TEXTS, number) && !is_ia5(name.value))) {
        hf_read_spoil_at(r, start);
    } else if (name.kind == HF_NAME_DIRECTORY) {
        hf_reader inner = hf_read_span_of(name.value);
        hf_name_read(&inner, &name.value);
        if (!hf_read_done(&inner)) {
            hf_read_spoil_at(r, inner.at);
        }
    }
    return name;
}

hf_general_name hf_general_name_read(hf_reader *r)
{
    const uint8_t *start = r->at;
    hf_general_name name = hf_general_name_any(r);
    bool empty = is_one_of(TEXTS, name.kind) && name.value.len == 0;
    bool fits = name.kind != HF_NAME_ADDRESS || name.value.len == 4 || name.value.len == 16;
    if (empty || !fits) {
        hf_read_spoil_at(r, start);
    }
    return name;
}
