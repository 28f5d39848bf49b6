/* hf_config: anchors from text into its memory, where their array grows downwards from the end. */
#include "tls/config.h"

#include "x509/pem.h"

size_t hf_config_measure(hf_span text, bool (*keeps)(hf_span label), size_t *kept)
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

bool hf_config_is_certificate(hf_span label)
{
    return hf_pem_label_is(label, "CERTIFICATE");
}

static bool is_anchor_label(hf_span label)
{
    return hf_config_is_certificate(label) || hf_pem_label_is(label, "TRUSTED CERTIFICATE");
}

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
    hf_code code = hf_pem_or_der_next(all, &at, &label, hf_config_free(config), &der);
    while (code == HF_OK) {
        hf_anchor anchor;
        uint32_t offset = 0;
        if (is_anchor_label(label)) {
            code = hf_anchor_from_der(&anchor, der, &offset);
            if (code != HF_OK) {
                return hf_config_fail(config, code, offset, found);
            }
            hf_config_keep(config, der);
            code = add_anchor(config, &anchor);
            found++;
        }
        if (code == HF_OK) {
            code = hf_pem_or_der_next(all, &at, &label, hf_config_free(config), &der);
        }
    }
    if (code == HF_E_MEMORY_TOO_SMALL) {
        size_t kept = 0;
        size_t bytes = hf_config_measure(all, is_anchor_label, &kept);
        return hf_config_too_small(config, before + bytes, count + kept);
    }
    return code == HF_E_PEM_EMPTY && found > 0 ? HF_OK : hf_config_fail(config, code, at, 0);
}

void hf_config_settle_anchors(hf_config *config)
{
    if (config->anchor_list.count > 0 && config->anchors.find == NULL) {
        config->anchors = (hf_anchor_source){hf_anchor_list_find, &config->anchor_list};
    }
}

bool hf_config_has_certificates(void)
{
    return true;
}
