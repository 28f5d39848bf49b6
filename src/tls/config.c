/* hf_config: its memory. Anchors are loaded in config_anchors.c, identities in config_identity.c;
 * checks that need everything are in config_build.c.
 *
 * The memory given at init is filled from its front with decoded DER and from its end with the
 * array of anchors, which grows downwards.
 */
#include "tls/config.h"

#include "crypto/crypto.h"
#include "wire/secret.h"

#include <string.h>

void hf_config_init(hf_config *config, void *memory, size_t size)
{
    memset(config, 0, sizeof *config);
    hf_error_clear(&config->error);
    config->error.stage = HF_STAGE_SETUP;
    config->memory = (hf_space){memory, size};
    config->memory_end = size;
}

hf_code hf_config_fail(hf_config *config, hf_code code, size_t offset, size_t detail)
{
    if (config->error.code == HF_OK) {
        config->error.offset = (uint32_t)offset;
        config->error.detail = (uint32_t)detail;
    }
    return hf_fail(&config->error, code);
}

hf_space hf_config_free(const hf_config *config)
{
    return (hf_space){config->memory.ptr == NULL ? NULL : config->memory.ptr + config->memory_used,
                      config->memory_end - config->memory_used};
}

hf_code hf_config_too_small(hf_config *config, size_t bytes, size_t anchors)
{
    size_t slack = anchors > 0 ? _Alignof(hf_anchor) - 1 : 0;
    return hf_config_fail(config, HF_E_MEMORY_TOO_SMALL, 0,
                          bytes + anchors * sizeof(hf_anchor) + slack);
}

void hf_config_keep(hf_config *config, hf_span der)
{
    if (der.ptr == hf_config_free(config).ptr) {
        config->memory_used += der.len;
    }
}

bool hf_config_has_identity(const hf_config *config)
{
    const hf_identity *first = &config->identity;
    return first->chain_count > 0 || first->raw_key.len > 0;
}

/* ---- end */

void hf_config_release(hf_config *config)
{
    hf_config_release_keys(config);
    hf_crypto_release(&config->crypto);
    if (config->memory.ptr != NULL) {
        hf_wipe(config->memory.ptr, config->memory.cap);
    }
    for (hf_identity *it = &config->identity; it != NULL; it = it->next) {
        hf_wipe(&it->key_parts, sizeof it->key_parts);
    }
    config->built = false;
}
