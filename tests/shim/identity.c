/* The shim's own certificate and key. With -async the key is behind an hf_signer that is pending
 * once: the answer comes with hf_tls_sign_done(). */
#include "shim/shim.h"

#include "tls/keys/suite.h"

#include <string.h>

static hf_code sign_later(void *ctx, uint16_t scheme, hf_span hash, hf_space signature, size_t *len)
{
    shim *s = ctx;
    (void)signature;
    *len = 0;
    s->signer.asked++;
    s->signer.scheme = scheme;
    memcpy(s->signer.hash, hash.ptr, hash.len);
    return HF_PENDING;
}

hf_code shim_signature_due(shim *s)
{
    uint8_t signature[HF_SIGNATURE_MAX];
    size_t len = 0;
    const hf_scheme_info *info = hf_scheme_find(s->signer.scheme);
    if (hf_tls_run(&s->tls) != HF_PENDING) {
        s->result = shim_failed("the engine does not wait for the signature it asked for");
        return HF_E_USAGE;
    }
    hf_code code = hf_key_sign(&s->signer.key, &s->signer.crypto, info->kind, info->hash,
                               s->signer.hash, signature, sizeof signature, &len);
    return hf_tls_sign_done(&s->tls, code, (hf_span){signature, len});
}

static hf_code load_signer(shim *s, hf_span text)
{
    hf_private_key parts;
    size_t at = 0;
    hf_code code = shim_pem(&s->signer.der, text, &at, "PRIVATE KEY");
    code = code == HF_OK ? hf_key_parse(&parts, s->signer.der, NULL) : code;
    code = code == HF_OK ? hf_crypto_init(&s->signer.crypto, (hf_random_source){NULL, NULL}) : code;
    return code == HF_OK ? hf_key_load(&s->signer.key, &s->signer.crypto, &parts) : code;
}

static int loaded(const shim *s, hf_code code)
{
    if (code == HF_E_KEY_UNSUPPORTED) {
        return shim_unimplemented("our own key: of a kind or size that is not supported");
    }
    if (code == HF_E_TOO_MANY) {
        return shim_unimplemented("our own chain: more than %d certificates", HF_CHAIN_MAX);
    }
    return s->config.error.code != HF_OK ? shim_report_error(&s->config.error)
                                         : shim_report_code(code);
}

int shim_identity(shim *s)
{
    const shim_options *o = s->options;
    hf_config *config = &s->config;
    hf_span chain = {NULL, 0};
    hf_span key = {NULL, 0};
    if (o->cert_file == NULL) {
        return SHIM_OK;
    }
    if (!shim_file(&chain, o->cert_file) ||
        (o->key_file != NULL && !shim_file(&key, o->key_file))) {
        return shim_failed("-cert-file, -key-file: cannot be read");
    }
    hf_span given = o->async ? (hf_span){NULL, 0} : key;
    hf_code code = HF_OK;
    if (o->async) {
        code = load_signer(s, key);
        config->identity.signer = (hf_signer){sign_later, s};
    }
    code = code == HF_OK
               ? hf_config_identity(config, chain.ptr, chain.len, given.ptr, given.len, NULL)
               : code;
    if (code == HF_OK && o->ocsp_response != NULL &&
        !shim_base64(&config->identity.staple, o->ocsp_response)) {
        return shim_bad_flag("-ocsp-response", "no base64");
    }
    return code == HF_OK ? SHIM_OK : loaded(s, code);
}

void shim_identity_release(shim *s)
{
    hf_key_release(&s->signer.key);
    hf_crypto_release(&s->signer.crypto);
}
