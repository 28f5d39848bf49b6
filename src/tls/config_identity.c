/* hf_config: identities, each a chain and its private key: loading them, and for hf_config_build()
 * whether the two belong together.
 */
#include "tls/config.h"

#include "crypto/crypto.h"
#include "tls/choose.h"
#include "x509/pem.h"

static bool is_key_label(hf_span label)
{
    return hf_pem_label_is(label, "PRIVATE KEY") || hf_pem_label_is(label, "EC PRIVATE KEY") ||
           hf_pem_label_is(label, "RSA PRIVATE KEY") ||
           hf_pem_label_is(label, "ENCRYPTED PRIVATE KEY");
}

static bool is_public_key_label(hf_span label)
{
    return hf_pem_label_is(label, "PUBLIC KEY");
}

/* What may stand in the file of a chain: certificates, or a raw public key (RFC 7250). */
static bool is_chain_label(hf_span label)
{
    return hf_config_is_certificate(label) || is_public_key_label(label);
}

static hf_code load_chain(hf_config *config, hf_identity *it, hf_span text)
{
    hf_span label;
    hf_span der;
    size_t at = 0;
    it->chain_count = 0;
    hf_code code = hf_pem_or_der_next(text, &at, &label, hf_config_free(config), &der);
    while (code == HF_OK) {
        if (hf_config_is_certificate(label)) {
            if (it->chain_count == HF_CHAIN_MAX) {
                return hf_config_fail(config, HF_E_TOO_MANY, at, HF_CHAIN_MAX);
            }
            hf_config_keep(config, der);
            it->chain[it->chain_count++] = der;
        } else if (is_public_key_label(label)) {
            hf_config_keep(config, der);
            it->raw_key = der;
        }
        code = hf_pem_or_der_next(text, &at, &label, hf_config_free(config), &der);
    }
    if (code == HF_E_MEMORY_TOO_SMALL) {
        return code;
    }
    bool found = it->chain_count > 0 || it->raw_key.len > 0;
    return code == HF_E_PEM_EMPTY && found ? HF_OK : hf_config_fail(config, code, at, 0);
}

/* The key's DER, out of a file that may hold other blocks too (EC PARAMETERS, certificates). */
static hf_code find_key(hf_config *config, hf_span text, const char *password, hf_span *der)
{
    hf_span label;
    size_t at = 0;
    hf_code code = HF_OK;
    do {
        code = hf_pem_or_der_next(text, &at, &label, hf_config_free(config), der);
    } while (code == HF_OK && !is_key_label(label));
    if (code == HF_E_KEY_ENCRYPTED && password != NULL) {
        code = HF_E_KEY_NO_DECRYPT; /* RFC 1421's own encryption: no backend opens it */
    }
    return code == HF_OK || code == HF_E_MEMORY_TOO_SMALL ? code
                                                          : hf_config_fail(config, code, at, 0);
}

/* Opens an encrypted PKCS#8 key into the memory behind its encrypted form. */
static hf_code decrypt(hf_config *config, hf_span *der, const char *password)
{
    hf_config_keep(config, *der);
    hf_space room = hf_config_free(config);
    size_t len = 0;
    if (password == NULL) {
        return hf_config_fail(config, HF_E_KEY_ENCRYPTED, 0, 0);
    }
    hf_code code = hf_crypto_decrypt_key(*der, password, room, &len);
    if (code == HF_E_MEMORY_TOO_SMALL) {
        return hf_config_too_small(config, config->memory_used + len, config->anchor_list.count);
    }
    *der = (hf_span){room.ptr, len};
    return code == HF_OK ? HF_OK : hf_config_fail(config, code, 0, 0);
}

static hf_code load_key(hf_config *config, hf_identity *it, hf_span text, const char *password)
{
    hf_span der;
    uint32_t offset = 0;
    hf_code code = find_key(config, text, password, &der);
    if (code != HF_OK) {
        return code;
    }
    code = hf_key_parse(&it->key_parts, der, &offset);
    if (code == HF_E_KEY_ENCRYPTED) {
        code = decrypt(config, &der, password);
        if (code != HF_OK) {
            return code;
        }
        code = hf_key_parse(&it->key_parts, der, &offset);
    }
    if (code == HF_OK) {
        hf_config_keep(config, der);
    }
    return code == HF_OK ? HF_OK : hf_config_fail(config, code, offset, 0);
}

/* What loading both would need, beside `before`. */
static hf_code tell_need(hf_config *config, size_t before, hf_span chain, hf_span key)
{
    size_t kept = 0;
    size_t bytes = chain.ptr == NULL ? 0 : hf_config_measure(chain, is_chain_label, &kept);
    bytes += key.ptr == NULL ? 0 : hf_config_measure(key, is_key_label, &kept);
    return hf_config_too_small(config, before + bytes, config->anchor_list.count);
}

static hf_code load(hf_config *config, hf_identity *it, hf_span chain, hf_span key,
                    const char *password)
{
    const size_t before = config->memory_used;
    hf_code code = chain.ptr == NULL ? HF_OK : load_chain(config, it, chain);
    if (code == HF_OK && key.ptr != NULL) {
        code = load_key(config, it, key, password);
    }
    if (code == HF_E_MEMORY_TOO_SMALL && config->error.code == HF_OK) {
        return tell_need(config, before, chain, key);
    }
    return code;
}

hf_code hf_config_identity(hf_config *config, const void *chain, size_t chain_len, const void *key,
                           size_t key_len, const char *password)
{
    return load(config, &config->identity, (hf_span){chain, chain_len}, (hf_span){key, key_len},
                password);
}

hf_code hf_config_add_identity(hf_config *config, hf_identity *identity, const void *chain,
                               size_t chain_len, const void *key, size_t key_len,
                               const char *password)
{
    hf_identity *last = &config->identity;
    while (last->next != NULL) {
        last = last->next;
    }
    identity->next = NULL;
    last->next = identity;
    config->weigh = hf_weigh_identity; /* only here, so that one identity costs no code for more */
    return load(config, identity, (hf_span){chain, chain_len}, (hf_span){key, key_len}, password);
}

/* ---- what hf_config_build() asks of them */

/* The certificates parse; what is sent as our key is that of the first one. */
static hf_code check_chain(hf_config *config, hf_identity *it)
{
    for (size_t i = 0; i < it->chain_count; i++) {
        hf_certificate certificate;
        if (hf_x509_parse(&certificate, it->chain[i], &config->error.offset) != HF_OK) {
            config->error.detail = (uint32_t)i;
            return HF_E_CERT_UNREADABLE;
        }
        if (i == 0) {
            it->leaf_key = certificate.key;
            it->alt_names = certificate.alt_names;
            it->raw_key = it->raw_key.len > 0 ? it->raw_key : certificate.spki;
        }
    }
    config->error.offset = 0;
    if (it->chain_count == 0) {
        return hf_x509_public_key(&it->leaf_key, it->raw_key) == HF_E_CERT_SYNTAX
                   ? HF_E_CERT_UNREADABLE
                   : HF_OK;
    }
    return HF_OK;
}

/* What is sent needs what it is sent of: certificates, or a raw public key. */
static bool can_be_sent(const hf_config *config, const hf_identity *it)
{
    return it->chain_count > 0 || (it->raw_key.len > 0 && config->raw_keys != HF_RAW_KEYS_NEVER);
}

/* The key is the private half of the first certificate, or of the raw public key. */
static hf_code check_identity(hf_config *config, hf_identity *it)
{
    bool in_memory = it->key_parts.pub.kind != HF_KEY_NONE;
    bool outside = it->signer.sign != NULL;
    if (!can_be_sent(config, it)) {
        bool empty = !in_memory && !outside && it->raw_key.len == 0;
        return empty && !hf_is_servers(config) ? HF_OK : HF_E_CERT_UNREADABLE;
    }
    hf_code code = check_chain(config, it);
    if (code != HF_OK) {
        return code;
    }
    if (it->leaf_key.kind == HF_KEY_NONE) {
        return HF_E_KEY_UNSUPPORTED;
    }
    if (!in_memory) {
        return outside ? HF_OK : HF_E_KEY_MISMATCH;
    }
    code = hf_key_load(&it->key, &config->crypto, &it->key_parts);
    return code == HF_OK ? hf_key_matches(&it->key, &config->crypto, &it->leaf_key) : code;
}

hf_code hf_config_check_identities(hf_config *config)
{
    hf_code code = HF_OK;
    if (hf_is_servers(config) && !hf_config_has_identity(config)) {
        return config->psks.find != NULL ? HF_OK : HF_E_NO_IDENTITY;
    }
    for (hf_identity *it = &config->identity; it != NULL && code == HF_OK; it = it->next) {
        code = check_identity(config, it);
    }
    return code;
}

void hf_config_release_keys(hf_config *config)
{
    for (hf_identity *it = &config->identity; it != NULL; it = it->next) {
        hf_key_release(&it->key);
    }
}
