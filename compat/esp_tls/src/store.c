/* Two walks over the text: the first measures, the second decodes into one block. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

static const char BEGIN[] = "-----BEGIN ";

#define MARK 2166136261u

/* A SEQUENCE whose length takes more than one byte; text that begins with "0" is none. */
static bool is_der(hf_span text)
{
    return text.len > 1 && text.ptr[0] == 0x30 && (text.ptr[1] & 0x80) != 0;
}

hf_span hf_esp_text(const unsigned char *bytes, size_t len)
{
    hf_span text = {bytes, bytes == NULL ? 0 : len};
    while (text.len > 0 && !is_der(text) && bytes[text.len - 1] == 0) {
        text.len--;
    }
    return text;
}

/* FNV-1a: tells texts apart, protects nothing. */
static uint32_t mark_of(uint32_t mark, hf_span text)
{
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
    return code == HF_E_PEM_EMPTY && used > 0 ? HF_OK : code;
}

static size_t size_of(const hf_esp_store *store)
{
    size_t size = 0;
    for (size_t i = 0; i < store->list.count; i++) {
        size += store->anchors[i].certificate.len;
    }
    return size;
}

/* Returns the room that is used then. */
static size_t copy(hf_esp_store *store, const hf_esp_store *before, uint8_t *room)
{
    size_t used = 0;
    for (size_t i = 0; i < before->list.count; i++) {
        hf_span der = before->anchors[i].certificate;
        memcpy(room + used, der.ptr, der.len);
        add(store, (hf_span){room + used, der.len});
        used += der.len;
    }
    return used;
}

hf_code hf_esp_store_extend(hf_esp_store *store, const hf_esp_store *before, hf_span text)
{
    memset(store, 0, sizeof *store);
    size_t most = is_der(text) ? 1 : count_blocks(text);
    if (most == 0) {
        return HF_E_PEM_EMPTY;
    }
    size_t array = (most + before->list.count) * sizeof(hf_anchor);
    store->anchors = calloc(1, array + size_of(before) + text.len); /* DER is shorter than PEM */
    if (store->anchors == NULL) {
        return HF_E_BACKEND;
    }
    uint8_t *room = (uint8_t *)store->anchors + array;
    store->list.anchors = store->anchors;
    store->mark = mark_of(before->list.count == 0 ? MARK : before->mark, text);
    room += copy(store, before, room);
    size_t count = store->list.count;
    hf_code code = decode(store, text, room, text.len);
    if (code == HF_OK && store->list.count == count) {
        code = HF_E_CERT_UNREADABLE;
    }
    if (code != HF_OK) {
        hf_esp_store_free(store);
    }
    return code;
}

hf_code hf_esp_store_make(hf_esp_store *store, hf_span text)
{
    static const hf_esp_store none;
    return hf_esp_store_extend(store, &none, text);
}

void hf_esp_store_free(hf_esp_store *store)
{
    free(store->anchors);
    memset(store, 0, sizeof *store);
}
