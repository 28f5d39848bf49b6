/* What a certificate presents against who is meant (RFC 9525 6.4): see host.h. */
#include "x509/der.h"
#include "x509/general_name.h"
#include "x509/host.h"

hf_code hf_host_check(const hf_host *host, const hf_certificate *certificate)
{
    if (certificate->alt_names.ptr == NULL) {
        return HF_E_CERT_NO_NAME;
    }
    const hf_span address = {.ptr = host->address, .len = host->address_len};
    hf_reader list = hf_read_span_of(certificate->alt_names);
    while (hf_read_left(&list) > 0) {
        hf_general_name name = hf_general_name_read(&list);
        bool fits = host->address_len > 0
                        ? name.kind == HF_NAME_ADDRESS && hf_span_same(name.value, address)
                        : name.kind == HF_NAME_DNS && hf_host_matches(host->name, name.value);
        if (fits && !list.bad) {
            return HF_OK;
        }
    }
    return HF_E_CERT_NAME;
}
