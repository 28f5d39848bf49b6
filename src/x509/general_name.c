/* General names (RFC 5280 4.2.1.6): see general_name.h. */
#include "x509/general_name.h"

#include "x509/der.h"
#include "x509/name.h"

/* IA5String content: 7 bits, and no zero byte that could cut a name short for somebody else. */
static void check_ia5(hf_reader *r, hf_span text, const uint8_t *start)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == 0 || text.ptr[i] >= 0x80) {
            hf_read_spoil_at(r, start);
        }
    }
}

hf_general_name hf_general_name_any(hf_reader *r)
{
    const uint8_t *start = r->at;
    uint8_t tag;
    hf_general_name name = {.value = hf_der_read_any(r, &tag)};
    unsigned number = tag & 0x1fu;
    /* Context class; otherName, x400Address, directoryName, ediPartyName are constructed. */
    bool constructed = number == 0 || (number >= 3 && number <= 5);
    unsigned expected = constructed ? HF_DER_EXPLICIT(number) : HF_DER_CONTEXT(number);
    if (number > 8 || tag != expected) {
        hf_read_spoil_at(r, start);
    }
    name.kind = (hf_general_kind)number;
    if (name.kind == HF_NAME_DNS || name.kind == HF_NAME_EMAIL || name.kind == HF_NAME_URI) {
        check_ia5(r, name.value, start);
    } else if (name.kind == HF_NAME_DIRECTORY && !r->bad) {
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
    bool text = name.kind == HF_NAME_DNS || name.kind == HF_NAME_EMAIL || name.kind == HF_NAME_URI;
    bool address = name.kind == HF_NAME_ADDRESS;
    if ((text && name.value.len == 0) || (address && name.value.len != 4 && name.value.len != 16)) {
        hf_read_spoil_at(r, start);
    }
    return name;
}
