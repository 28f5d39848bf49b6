/* A client's answer to CertificateRequest: which identity, and whether there is one that fits. */
#include "tls/choose.h"
#include "tls/handshake.h"

void hf_answer_request(hf_handshake *hs, const hf_certificate_request *request)
{
    hf_answer answer;
    const hf_request wishes = {
        .version = hs->version,
        .type = hs->our_type,
        .key_kinds = request->key_kinds,
        .schemes = request->schemes,
        .schemes_cert = request->extensions.schemes_cert,
        .authorities = request->names,
    };
    if (hs->config->identity.leaf_key.kind == HF_KEY_NONE) {
        return; /* RFC 8446 4.4.2: an empty Certificate, and the server decides */
    }
    if (hf_choose_identity(hs->config, &wishes, &answer) != HF_OK) {
        hs->certificate_kept_back = true;
        return;
    }
    hs->identity = answer.identity;
    hs->our_scheme = answer.scheme->id;
    hs->facts |= HF_FACT_CLIENT_CERT;
}
