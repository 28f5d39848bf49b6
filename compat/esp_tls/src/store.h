/* Trust anchors out of PEM or DER, in memory of their own: those of one connection, the global CA
 * store, and the system's bundle.
 *
 * Certificates that cannot be anchors (unknown kinds of keys, damaged blocks of DER) are left out
 * and counted, as Mbed TLS does with bundles; a store without any anchor is an error.
 */
#ifndef HF_ESP_STORE_H
#define HF_ESP_STORE_H

#include <handfast/x509.h>

/* Zeroed: empty. `list` is what hf_anchor_list_find() takes. */
typedef struct hf_esp_store {
    hf_anchor_list list;
    hf_anchor *anchors; /* one block with the certificates behind them */
    size_t skipped;     /* certificates that were left out */
    uint32_t mark;      /* of the text it was made from: another text, another mark */
} hf_esp_store;

/* Errors: HF_E_BACKEND (out of memory), HF_E_PEM_EMPTY, HF_E_PEM_UNREADABLE, HF_E_CERT_UNREADABLE
 * (nothing could be used). The store is empty after an error. */
hf_code hf_esp_store_make(hf_esp_store *store, hf_span text);
/* The same, with what `before` has in front of it. */
hf_code hf_esp_store_extend(hf_esp_store *store, const hf_esp_store *before, hf_span text);
void hf_esp_store_free(hf_esp_store *store);

/* The length without the zero that ends PEM and that sizes of ESP-TLS include. */
hf_span hf_esp_text(const unsigned char *bytes, size_t len);

#endif
