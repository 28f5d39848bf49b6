/* hf_signer over an EVP_PKEY: see handfast/openssl.h. Everything goes through EVP, so that the
 * operation is fetched from the provider that holds the key: by name, for others would be asked
 * first, and would get no more than the public half. Uses hf_config's types, so it stands above the
 * crypto layer. */
#include <handfast/openssl.h>

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <stdio.h>

typedef struct scheme_row {
    uint16_t scheme;
    const char *key_type;
    const char *hash;
    size_t hash_size;
    int padding; /* 0: not RSA */
} scheme_row;

static const scheme_row schemes[] = {
    {HF_ECDSA_SECP256R1_SHA256, "EC", "SHA2-256", 32, 0},
    {HF_ECDSA_SECP384R1_SHA384, "EC", "SHA2-384", 48, 0},
    {HF_RSA_PSS_RSAE_SHA256, "RSA", "SHA2-256", 32, RSA_PKCS1_PSS_PADDING},
    {HF_RSA_PSS_RSAE_SHA384, "RSA", "SHA2-384", 48, RSA_PKCS1_PSS_PADDING},
    {HF_RSA_PKCS1_SHA256, "RSA", "SHA2-256", 32, RSA_PKCS1_PADDING},
    {HF_RSA_PKCS1_SHA384, "RSA", "SHA2-384", 48, RSA_PKCS1_PADDING},
};

static const scheme_row *find(uint16_t scheme)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (schemes[i].scheme == scheme) {
            return &schemes[i];
        }
    }
    return NULL;
}

/* The salt is as long as the hash (RFC 8446 4.2.3); MGF1's hash is the signature's by default. */
static bool prepare(EVP_PKEY_CTX *ctx, const EVP_MD *hash, const scheme_row *row)
{
    if (EVP_PKEY_sign_init(ctx) != 1) {
        return false;
    }
    if (row->padding != 0 && EVP_PKEY_CTX_set_rsa_padding(ctx, row->padding) != 1) {
        return false;
    }
    if (EVP_PKEY_CTX_set_signature_md(ctx, hash) != 1) {
        return false;
    }
    return row->padding != RSA_PKCS1_PSS_PADDING ||
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static hf_code operate(EVP_PKEY_CTX *ctx, hf_span hash, hf_space signature, size_t *len)
{
    size_t most = 0;
    if (EVP_PKEY_sign(ctx, NULL, &most, hash.ptr, hash.len) != 1) {
        return HF_E_SIGNER;
    }
    if (most > signature.cap) {
        return HF_E_MEMORY_TOO_SMALL;
    }
    *len = most;
    return EVP_PKEY_sign(ctx, signature.ptr, len, hash.ptr, hash.len) == 1 ? HF_OK : HF_E_SIGNER;
}

/* A key of an engine has no provider. */
static EVP_PKEY_CTX *context_for(const hf_openssl_key *held)
{
    char query[128];
    const OSSL_PROVIDER *provider = EVP_PKEY_get0_provider(held->key);
    if (provider == NULL) {
        return EVP_PKEY_CTX_new_from_pkey(held->context, held->key, NULL);
    }
    (void)snprintf(query, sizeof query, "provider=%s", OSSL_PROVIDER_get0_name(provider));
    return EVP_PKEY_CTX_new_from_pkey(held->context, held->key, query);
}

static hf_code sign_in(const hf_openssl_key *held, uint16_t scheme, hf_span hash,
                       hf_space signature, size_t *len)
{
    const scheme_row *row = find(scheme);
    *len = 0;
    if (row == NULL || hash.len != row->hash_size || EVP_PKEY_is_a(held->key, row->key_type) != 1) {
        return HF_E_UNSUPPORTED;
    }
    EVP_MD *md = EVP_MD_fetch(NULL, row->hash, NULL);
    EVP_PKEY_CTX *ctx = context_for(held);
    hf_code code = HF_E_SIGNER;
    if (md != NULL && ctx != NULL && prepare(ctx, md, row)) {
        code = operate(ctx, hash, signature, len);
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_MD_free(md);
    if (code != HF_OK) {
        *len = 0;
    }
    return code;
}

static hf_code sign(void *key, uint16_t scheme, hf_span hash, hf_space signature, size_t *len)
{
    const hf_openssl_key held = {.key = key, .context = NULL};
    return sign_in(&held, scheme, hash, signature, len);
}

static hf_code sign_held(void *held, uint16_t scheme, hf_span hash, hf_space signature, size_t *len)
{
    return sign_in(held, scheme, hash, signature, len);
}

hf_signer hf_openssl_signer(struct evp_pkey_st *key)
{
    return (hf_signer){.sign = sign, .ctx = key};
}

/* hf_signer has no const context; it is only read. */
hf_signer hf_openssl_signer_in(const hf_openssl_key *key)
{
    return (hf_signer){.sign = sign_held, .ctx = (void *)(uintptr_t)key};
}
