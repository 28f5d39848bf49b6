/* hf_config: loading credentials. Checks that need all of them are in config_build.c.
 *
 * The memory given at init is filled from its front with decoded DER and from its end with the
 * array of anchors, which grows downwards.
 */
#include <handfast/config.h>

#include "crypto/crypto.h"
#include "wire/secret.h"
#include "x509/pem.h"

#include <string.h>

void hf_config_init(hf_config *config, void *memory, size_t size)
{
    memset(config, 0, sizeof *config);
    hf_error_clear(&config->error);
    config->error.stage = HF_STAGE_SETUP;
    config->memory = (hf_space){memory, size};
    config->memory_end = size;
}

static hf_code fail(hf_config *config, hf_code code, size_t offset, size_t detail)
{
    if (config->error.code == HF_OK) {
        config->error.offset = (uint32_t)offset;
        config->error.detail = (uint32_t)detail;
    }
    return hf_fail(&config->error, code);
}

static hf_space free_memory(const hf_config *config)
{
    return (hf_space){config->memory.ptr == NULL ? NULL : config->memory.ptr + config->memory_used,
                      config->memory_end - config->memory_used};
}

/* `bytes` of decoded text and `anchors` in all would do, wherever the memory begins. */
static hf_code too_small(hf_config *config, size_t bytes, size_t anchors)
{
    size_t slack = anchors > 0 ? _Alignof(hf_anchor) - 1 : 0;
    return fail(config, HF_E_MEMORY_TOO_SMALL, 0, bytes + anchors * sizeof(hf_anchor) + slack);
}

/* Room that decoding `text` needs, where blocks that `keeps` accepts stay and others do not;
 * *kept says how many stay. Nothing for DER, which is borrowed. */
static size_t measure(hf_span text, bool (*keeps)(hf_span label), size_t *kept)
{
    const hf_space none = {NULL, 0};
    hf_span label;
    hf_span der;
    size_t at = 0;
    size_t used = 0;
    size_t most = 0;
    hf_code code = hf_pem_or_der_next(text, &at, &label, none, &der);
    *kept = code == HF_OK ? 1 : 0;
    while (code == HF_E_MEMORY_TOO_SMALL) {
        most = used + der.len > most ? used + der.len : most;
        used += keeps(label) ? der.len : 0;
        *kept += keeps(label) ? 1 : 0;
        at = (size_t)(label.ptr - text.ptr) + label.len; /* behind its BEGIN */
        code = hf_pem_or_der_next(text, &at, &label, none, &der);
    }
    return most;
}

static bool is_certificate_label(hf_span label)
{
    return hf_pem_label_is(label, "CERTIFICATE");
}

static bool is_anchor_label(hf_span label)
{
    return is_certificate_label(label) || hf_pem_label_is(label, "TRUSTED CERTIFICATE");
}

static bool is_key_label(hf_span label)
{
    return hf_pem_label_is(label, "PRIVATE KEY") || hf_pem_label_is(label, "EC PRIVATE KEY") ||
           hf_pem_label_is(label, "RSA PRIVATE KEY") ||
           hf_pem_label_is(label, "ENCRYPTED PRIVATE KEY");
}

/* Keeps what was decoded into the free memory; DER of the caller's is borrowed as it is. */
static void keep(hf_config *config, hf_span der)
{
    if (der.ptr == free_memory(config).ptr) {
        config->memory_used += der.len;
    }
}

/* ---- anchors */

static hf_code add_anchor(hf_config *config, const hf_anchor *anchor)
{
    uintptr_t end = (uintptr_t)(config->memory.ptr + config->memory_end);
    size_t slack = config->anchor_list.count == 0 ? end % _Alignof(hf_anchor) : 0;
    size_t size = sizeof *anchor + slack;
    if (size > config->memory_end - config->memory_used) {
        return HF_E_MEMORY_TOO_SMALL;
    }
    config->memory_end -= size;
    /* Aligned: the slack was taken off before the first one. */
    hf_anchor *place = (hf_anchor *)(void *)(config->memory.ptr + config->memory_end);
    *place = *anchor;
    config->anchor_list.anchors = place;
    config->anchor_list.count++;
    return HF_OK;
}

hf_code hf_config_anchors(hf_config *config, const void *text, size_t len)
{
    const hf_span all = {text, len};
    const size_t before = config->memory_used;
    const size_t count = config->anchor_list.count;
    hf_span label;
    hf_span der;
    size_t at = 0;
    size_t found = 0;
    hf_code code = hf_pem_or_der_next(all, &at, &label, free_memory(config), &der);
    while (code == HF_OK) {
        hf_anchor anchor;
        uint32_t offset = 0;
        if (is_anchor_label(label)) {
            code = hf_anchor_from_der(&anchor, der, &offset);
            if (code != HF_OK) {
                return fail(config, code, offset, found);
            }
            keep(config, der);
            code = add_anchor(config, &anchor);
            found++;
        }
        if (code == HF_OK) {
            code = hf_pem_or_der_next(all, &at, &label, free_memory(config), &der);
        }
    }
    if (code == HF_E_MEMORY_TOO_SMALL) {
        size_t kept = 0;
        size_t bytes = measure(all, is_anchor_label, &kept);
        return too_small(config, before + bytes, count + kept);
    }
    return code == HF_E_PEM_EMPTY && found > 0 ? HF_OK : fail(config, code, at, 0);
}

/* ---- identity */

static hf_code load_chain(hf_config *config, hf_span text)
{
    hf_span label;
    hf_span der;
    size_t at = 0;
    config->chain_count = 0;
    hf_code code = hf_pem_or_der_next(text, &at, &label, free_memory(config), &der);
    while (code == HF_OK) {
        if (is_certificate_label(label)) {
            if (config->chain_count == HF_CHAIN_MAX) {
                return fail(config, HF_E_TOO_MANY, at, HF_CHAIN_MAX);
            }
            keep(config, der);
            config->chain[config->chain_count++] = der;
        }
        code = hf_pem_or_der_next(text, &at, &label, free_memory(config), &der);
    }
    if (code == HF_E_MEMORY_TOO_SMALL) {
        return code;
    }
    return code == HF_E_PEM_EMPTY && config->chain_count > 0 ? HF_OK : fail(config, code, at, 0);
}

/* The key's DER, out of a file that may hold other blocks too (EC PARAMETERS, certificates). */
static hf_code find_key(hf_config *config, hf_span text, const char *password, hf_span *der)
{
    hf_span label;
    size_t at = 0;
    hf_code code = HF_OK;
    do {
        code = hf_pem_or_der_next(text, &at, &label, free_memory(config), der);
    } while (code == HF_OK && !is_key_label(label));
    if (code == HF_E_KEY_ENCRYPTED && password != NULL) {
        code = HF_E_KEY_NO_DECRYPT; /* RFC 1421's own encryption: no backend opens it */
    }
    return code == HF_OK || code == HF_E_MEMORY_TOO_SMALL ? code : fail(config, code, at, 0);
}

/* Opens an encrypted PKCS#8 key into the memory behind its encrypted form. */
static hf_code decrypt(hf_config *config, hf_span *der, const char *password)
{
    keep(config, *der);
    hf_space room = free_memory(config);
    size_t len = 0;
    if (password == NULL) {
        return fail(config, HF_E_KEY_ENCRYPTED, 0, 0);
    }
    hf_code code = hf_crypto_decrypt_key(*der, password, room, &len);
    if (code == HF_E_MEMORY_TOO_SMALL) {
        return too_small(config, config->memory_used + len, config->anchor_list.count);
    }
    *der = (hf_span){room.ptr, len};
    return code == HF_OK ? HF_OK : fail(config, code, 0, 0);
}

static hf_code load_key(hf_config *config, hf_span text, const char *password)
{
    hf_span der;
    uint32_t offset = 0;
    hf_code code = find_key(config, text, password, &der);
    if (code != HF_OK) {
        return code;
    }
    code = hf_key_parse(&config->key_parts, der, &offset);
    if (code == HF_E_KEY_ENCRYPTED) {
        code = decrypt(config, &der, password);
        if (code != HF_OK) {
            return code;
        }
        code = hf_key_parse(&config->key_parts, der, &offset);
    }
    if (code == HF_OK) {
        keep(config, der);
    }
    return code == HF_OK ? HF_OK : fail(config, code, offset, 0);
}

hf_code hf_config_identity(hf_config *config, const void *chain, size_t chain_len, const void *key,
                           size_t key_len, const char *password)
{
    const size_t before = config->memory_used;
    hf_code code = load_chain(config, (hf_span){chain, chain_len});
    if (code == HF_OK && key != NULL) {
        code = load_key(config, (hf_span){key, key_len}, password);
    }
    if (code == HF_E_MEMORY_TOO_SMALL && config->error.code == HF_OK) {
        size_t kept = 0;
        size_t bytes = measure((hf_span){chain, chain_len}, is_certificate_label, &kept);
        bytes += key == NULL ? 0 : measure((hf_span){key, key_len}, is_key_label, &kept);
        return too_small(config, before + bytes, config->anchor_list.count);
    }
    return code;
}

void hf_config_release(hf_config *config)
{
    hf_key_release(&config->key);
    hf_crypto_release(&config->crypto);
    if (config->memory.ptr != NULL) {
        hf_wipe(config->memory.ptr, config->memory.cap);
    }
    hf_wipe(&config->key_parts, sizeof config->key_parts);
    config->built = false;
}
