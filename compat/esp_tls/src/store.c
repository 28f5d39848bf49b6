/* Two walks over the text: the first measures, the second decodes into one block. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

static const char BEGIN[] = "-----BEGIN ";

hf_span hf_esp_text(const unsigned char *bytes, size_t len)
{
    while (bytes != NULL && len > 0 && bytes[0] == '-' && bytes[len - 1] == 0) {
        len--;
    }
    return (hf_span){bytes, bytes == NULL ? 0 : len};
}

static uint32_t mark_of(hf_span text)
{
    uint32_t mark = 2166136261u; /* FNV-1a: tells texts apart, protects nothing */
    for (size_t i = 0; i < text.len; i++) {
        mark = (mark ^ text.ptr[i]) * 16777619u;
    }
    return mark;
}

static size_t count_blocks(hf_span text)
{
    size_t count = 0;
    size_t len = sizeof BEGIN - 1;
    for (size_t at = 0; at + len <= text.len; at++) {
        count += memcmp(text.ptr + at, BEGIN, len) == 0 ? 1 : 0;
    }
    return count;
}

static bool is_der(hf_span text)
{
    return text.len > 0 && text.ptr[0] == 0x30; /* SEQUENCE */
}

static bool is_certificate(hf_span label)
{
    static const char *const LABELS[] = {"CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE"};
    for (size_t i = 0; i < sizeof LABELS / sizeof LABELS[0]; i++) {
        if (label.len == strlen(LABELS[i]) && memcmp(label.ptr, LABELS[i], label.len) == 0) {
            return true;
        }
    }
    return false;
}

static void add(hf_esp_store *store, hf_span der)
{
    uint32_t offset = 0;
    if (hf_anchor_from_der(&store->anchors[store->list.count], der, &offset) == HF_OK) {
        store->list.count++;
    } else {
        store->skipped++;
    }
}

static hf_code decode(hf_esp_store *store, hf_span text, uint8_t *room, size_t cap)
{
    if (is_der(text)) {
        memcpy(room, text.ptr, text.len);
        add(store, (hf_span){room, text.len});
        return HF_OK;
    }
    size_t at = 0;
    size_t used = 0;
    hf_span label;
    hf_span der;
    hf_code code = hf_pem_next(text, &at, &label, (hf_space){room, cap}, &der);
    while (code == HF_OK) {
        if (is_certificate(label)) {
            add(store, der);
            used += der.len;
        }
        code = hf_pem_next(text, &at, &label, (hf_space){room + used, cap - used}, &der);
    }
    bool none = code == HF_E_PEM_EMPTY && store->list.count + store->skipped == 0;
    return code == HF_E_PEM_EMPTY && !none ? HF_OK : code;
}

hf_code hf_esp_store_make(hf_esp_store *store, hf_span text)
{
    memset(store, 0, sizeof *store);
    size_t most = is_der(text) ? 1 : count_blocks(text);
    if (most == 0) {
        return HF_E_PEM_EMPTY;
    }
    size_t array = most * sizeof(hf_anchor);
    store->anchors = calloc(1, array + text.len); /* DER is shorter than its PEM */
    if (store->anchors == NULL) {
        return HF_E_BACKEND;
    }
    store->list.anchors = store->anchors;
    store->mark = mark_of(text);
    hf_code code = decode(store, text, (uint8_t *)store->anchors + array, text.len);
    if (code == HF_OK && store->list.count == 0) {
        code = HF_E_CERT_UNREADABLE;
    }
    if (code != HF_OK) {
        hf_esp_store_free(store);
    }
    return code;
}

void hf_esp_store_free(hf_esp_store *store)
{
    free(store->anchors);
    memset(store, 0, sizeof *store);
}
