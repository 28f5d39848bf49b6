/* Trust anchors: out of certificates, and the lookup in a list in memory. */
#include "x509/der.h"
#include "x509/general_name.h"
#include "x509/name.h"

#include <handfast/x509.h>

/* May this certificate issue others? Version 1 cannot say; as an anchor it is taken at the word of
 * whoever configured it (RFC 5280 6.1.4 k). A critical extension that is not processed could limit
 * what it may issue, so it issues nothing. */
static bool may_issue(const hf_certificate *certificate)
{
    if (certificate->version < 3) {
        return true;
    }
    bool signs =
        !certificate->has_key_usage || (certificate->key_usage & HF_KEY_USAGE_KEY_CERT_SIGN) != 0;
    return certificate->is_ca && signs && !certificate->unknown_critical;
}

hf_code hf_anchor_from_der(hf_anchor *anchor, hf_span der, uint32_t *offset)
{
    hf_certificate certificate;
    if (hf_x509_parse(&certificate, der, offset) != HF_OK) {
        return HF_E_CERT_UNREADABLE;
    }
    *anchor = (hf_anchor){
        .name = certificate.subject,
        .key = certificate.key,
        .certificate = der,
        .constraints = certificate.constraints,
        .path_length = certificate.path_length,
        .leaf_only = !may_issue(&certificate),
    };
    return anchor->key.kind == HF_KEY_NONE ? HF_E_CERT_WEAK_KEY : HF_OK;
}

bool hf_anchor_list_find(void *ctx, hf_span issuer, size_t index, hf_anchor *anchor)
{
    const hf_anchor_list *list = ctx;
    for (size_t i = 0; i < list->count; i++) {
        if (!hf_name_same(list->anchors[i].name, issuer)) {
            continue;
        }
        if (index == 0) {
            *anchor = list->anchors[i];
            return true;
        }
        index--;
    }
    return false;
}

void hf_x509_alt_names(const hf_certificate *certificate,
                       bool (*visit)(void *ctx, unsigned kind, hf_span value), void *ctx)
{
    hf_reader list = hf_read_span_of(certificate->alt_names);
    while (hf_read_left(&list) > 0) {
        hf_general_name name = hf_general_name_read(&list);
        if (!list.bad && !visit(ctx, (unsigned)name.kind, name.value)) {
            return;
        }
    }
}
