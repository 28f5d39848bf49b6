/* Parts of identity show: each prints some lines on stdout. Names in certificates come from
 * strangers: nothing but printable ASCII of them reaches the terminal. */
#ifndef HF_CLI_IDENTITY_SHOW_H
#define HF_CLI_IDENTITY_SHOW_H

#include "identity_items.h"

/* ---- identity_show_cert.c */
void identity_show_certificate(const identity_item *item, int64_t now);

/* One line for each: what it is called, whether it is critical, its value. */
void identity_show_extensions(const STACK_OF(X509_EXTENSION) * extensions);

/* ---- identity_show.c */
void identity_show_name(const char *label, const X509_NAME *name);
void identity_show_key(EVP_PKEY *key);  /* "P-256" */
void identity_show_spki(EVP_PKEY *key); /* the line with its SHA-256 */
void identity_show_octets(const char *label, const uint8_t *octets, size_t len);
void identity_show_printable(const char *text, size_t len);

#endif
