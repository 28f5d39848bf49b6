/* Parsing of pkcs11: URIs. See pkcs11_uri.h. A path attribute that is not known is refused (RFC
 * 7512 2.3: it would narrow the choice), a query attribute that is not known is left aside. */
#include "pkcs11_uri.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SCHEME "pkcs11:"

typedef struct attribute {
    const char *name;
    size_t at; /* in pkcs11_uri */
    size_t size;
} attribute;

#define ATTRIBUTE(name, member)                                                                    \
    {                                                                                              \
        name, offsetof(pkcs11_uri, member), sizeof(((pkcs11_uri *)0)->member)                      \
    }

static const attribute PATH[] = {
    ATTRIBUTE("token", token),   ATTRIBUTE("manufacturer", manufacturer),
    ATTRIBUTE("model", model),   ATTRIBUTE("serial", serial),
    ATTRIBUTE("object", object), ATTRIBUTE("id", id),
    ATTRIBUTE("type", type),     ATTRIBUTE("slot-id", slot),
};

static const attribute QUERY[] = {
    ATTRIBUTE("module-path", module_path),
    ATTRIBUTE("module-name", module_name),
    ATTRIBUTE("pin-source", pin_source),
    ATTRIBUTE("pin-value", pin_value),
};

bool pkcs11_uri_is(const char *text)
{
    return strncasecmp(text, SCHEME, sizeof SCHEME - 1) == 0;
}

static int digit(char letter)
{
    static const char DIGITS[] = "0123456789abcdef";
    const char *found =
        letter == 0 ? NULL : strchr(DIGITS, letter >= 'A' && letter <= 'F' ? letter + 32 : letter);
    return found == NULL ? -1 : (int)(found - DIGITS);
}

/* Percent-decodes; false: a "%" without two digits, or no room (one byte is kept for the zero). */
static bool decode(const char *text, size_t len, char *out, size_t cap, size_t *out_len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char byte = text[i];
        if (byte == '%') {
            int high = len - i > 2 ? digit(text[i + 1]) : -1;
            int low = len - i > 2 ? digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            byte = (char)(high * 16 + low);
            i += 2;
        }
        if (n + 1 >= cap) {
            return false;
        }
        out[n++] = byte;
    }
    out[n] = 0;
    *out_len = n;
    return true;
}

static const attribute *find(const attribute *table, size_t count, const char *name, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(table[i].name) == len && strncmp(table[i].name, name, len) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

static bool refuse(char why[PKCS11_URI_WHY], const char *what, const char *name, size_t len)
{
    (void)snprintf(why, PKCS11_URI_WHY, "%s: %.*s", what, (int)(len < 64 ? len : 64), name);
    return false;
}

/* One "name=value". */
static bool take(pkcs11_uri *uri, bool in_query, const char *part, size_t len, char *why)
{
    const char *equals = memchr(part, '=', len);
    size_t name_len = equals == NULL ? len : (size_t)(equals - part);
    const attribute *known = in_query ? find(QUERY, sizeof QUERY / sizeof QUERY[0], part, name_len)
                                      : find(PATH, sizeof PATH / sizeof PATH[0], part, name_len);
    if (equals == NULL || name_len == 0) {
        return refuse(why, "an attribute is not NAME=VALUE", part, len);
    }
    if (known == NULL) {
        return in_query || refuse(why, "there is no such attribute", part, name_len);
    }
    char *out = (char *)uri + known->at;
    size_t out_len = 0;
    bool is_id = out == uri->id;
    if (out[0] != 0 || (is_id && uri->id_len > 0)) {
        return refuse(why, "an attribute is given twice", part, name_len);
    }
    if (!decode(equals + 1, len - name_len - 1, out, known->size, &out_len)) {
        return refuse(why, "a value is too long, or has a % without two hex digits", part,
                      name_len);
    }
    if (out_len == 0 || (!is_id && strlen(out) != out_len)) {
        return refuse(why, "a value is empty, or has a zero byte", part, name_len);
    }
    uri->id_len = is_id ? out_len : uri->id_len;
    return true;
}

static bool take_all(pkcs11_uri *uri, bool in_query, const char *text, size_t len, char *why)
{
    const char separator = in_query ? '&' : ';';
    size_t at = 0;
    while (at < len) {
        const char *end = memchr(text + at, separator, len - at);
        size_t part = end == NULL ? len - at : (size_t)(end - (text + at));
        if (!take(uri, in_query, text + at, part, why)) {
            return false;
        }
        at += part + 1;
    }
    return true;
}

static bool is_number(const char *text)
{
    return strspn(text, "0123456789") == strlen(text) && strlen(text) < 19;
}

bool pkcs11_uri_parse(const char *text, pkcs11_uri *uri, char why[PKCS11_URI_WHY])
{
    *uri = (pkcs11_uri){.id_len = 0};
    if (!pkcs11_uri_is(text)) {
        return refuse(why, "it does not begin with", SCHEME, sizeof SCHEME - 1);
    }
    const char *path = text + sizeof SCHEME - 1;
    size_t path_len = strcspn(path, "?");
    const char *query = path + path_len + (path[path_len] == '?' ? 1 : 0);
    if (!take_all(uri, false, path, path_len, why) ||
        !take_all(uri, true, query, strlen(query), why)) {
        return false;
    }
    if (uri->pin_source[0] != 0 && uri->pin_value[0] != 0) {
        return refuse(why, "pin-source and pin-value exclude each other", "RFC 7512 2.4", 12);
    }
    if (!is_number(uri->slot)) {
        return refuse(why, "slot-id is not a number", uri->slot, strlen(uri->slot));
    }
    return true;
}
