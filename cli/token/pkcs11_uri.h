/* pkcs11: URIs (RFC 7512): which module, token and key, and where the PIN is. Text in, values out;
 * nothing is looked up here. */
#ifndef HF_CLI_PKCS11_URI_H
#define HF_CLI_PKCS11_URI_H

#include <stdbool.h>
#include <stddef.h>

#define PKCS11_URI_WHY 256 /* room for the reason of a refusal */

/* "": not in the URI. Decoded, without a zero inside except in `id`. */
typedef struct pkcs11_uri {
    char token[33];
    char manufacturer[33];
    char model[17];
    char serial[17];
    char object[256];
    char id[256];
    size_t id_len;
    char type[16];
    char slot[21]; /* slot-id: a decimal number */
    char module_path[1024];
    char module_name[64];
    char pin_source[1024];
    char pin_value[256];
} pkcs11_uri;

/* False, and `why` says so: not a URI that can be used. */
bool pkcs11_uri_parse(const char *text, pkcs11_uri *uri, char why[PKCS11_URI_WHY]);

/* Whether it is a URI of this kind at all. */
bool pkcs11_uri_is(const char *text);

#endif
