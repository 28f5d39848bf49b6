/* Facts about the server's certificates. See decode_chain.h. */
#include "decode_chain.h"

#include "wire/reader.h"
#include "x509/host.h"

#include <string.h>

void decode_chain_ask(decode_chain *chain, hf_span extension)
{
    hf_reader r = hf_read_span_of(extension);
    hf_reader list = hf_read_sub(&r, 2, 0, 0xffff);
    uint8_t type = hf_read_u8(&list);
    hf_span name = hf_read_vec(&list, 2, 0, 0xffff);
    chain->asked[0] = 0;
    if (list.bad || type != 0 || name.len == 0 || name.len >= DECODE_NAME_SIZE) {
        return;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~') {
            return;
        }
    }
    memcpy(chain->asked, name.ptr, name.len);
    chain->asked[name.len] = 0;
}

void decode_chain_take(decode_chain *chain, uint32_t depth, hf_span der)
{
    hf_certificate certificate;
    if (depth == 0) {
        chain->seen = chain->other_name = false;
    }
    if (hf_x509_parse(&certificate, der, NULL) != HF_OK) {
        return;
    }
    bool first = !chain->seen;
    chain->seen = true;
    if (first || certificate.not_before > chain->not_before) {
        chain->not_before = certificate.not_before;
    }
    if (first || certificate.not_after < chain->not_after) {
        chain->not_after = certificate.not_after;
    }
    hf_host host;
    if (depth == 0 && chain->asked[0] != 0 && hf_host_parse(&host, chain->asked) == HF_OK) {
        chain->other_name = hf_host_check(&host, &certificate) != HF_OK;
    }
}
