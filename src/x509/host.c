/* Host names and their comparison: see host.h. Addresses are parsed in host_address.c, certificates
 * are compared in host_check.c. */
#include "x509/host.h"

#include "x509/host_address.h"

#include <string.h>

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool hf_host_same_text(hf_span a, hf_span b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_label_byte(uint8_t c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '_';
}

/* A label: 1 to 63 letters, digits, hyphens inside (RFC 1123 2.1), underscores. */
static bool is_label(hf_span label)
{
    if (label.len < 1 || label.len > 63 || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        if (!is_label_byte(label.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool is_number(hf_span label)
{
    for (size_t i = 0; i < label.len; i++) {
        if (!is_digit(label.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* Takes the first label off `rest`. */
static hf_span take_label(hf_span *rest)
{
    const uint8_t *dot = memchr(rest->ptr, '.', rest->len);
    size_t len = dot == NULL ? rest->len : (size_t)(dot - rest->ptr);
    hf_span label = {.ptr = rest->ptr, .len = len};
    size_t skip = dot == NULL ? len : len + 1;
    rest->ptr += skip;
    rest->len -= skip;
    return label;
}

/* How many labels a host name has; 0 when it is none. Its last label is not a number, or it would
 * be (or look like) an address. */
static unsigned count_labels(hf_span name)
{
    if (name.len < 1 || name.len > HF_HOST_NAME_MAX || name.ptr[name.len - 1] == '.') {
        return 0;
    }
    unsigned count = 0;
    bool number = true;
    while (name.len > 0) {
        hf_span label = take_label(&name);
        if (!is_label(label)) {
            return 0;
        }
        number = is_number(label);
        count++;
    }
    return number ? 0 : count;
}

static bool is_wildcard(hf_span pattern)
{
    return pattern.len > 2 && pattern.ptr[0] == '*' && pattern.ptr[1] == '.';
}

bool hf_host_is_pattern(hf_span text)
{
    if (!is_wildcard(text)) {
        return count_labels(text) > 0;
    }
    /* One label after the star would cover a whole top-level domain. */
    return count_labels((hf_span){.ptr = text.ptr + 2, .len = text.len - 2}) >= 2;
}

bool hf_host_after_at(hf_span *text)
{
    for (size_t i = text->len; i > 0; i--) {
        if (text->ptr[i - 1] == '@') {
            text->ptr += i;
            text->len -= i;
            return true;
        }
    }
    return false;
}

bool hf_host_is_mailbox(hf_span text)
{
    hf_span host = text;
    return hf_host_after_at(&host) && text.len > host.len + 1 && count_labels(host) > 0;
}

hf_code hf_host_parse(hf_host *host, const char *text)
{
    *host = (hf_host){0};
    size_t len = strlen(text);
    hf_span bytes = {.ptr = (const uint8_t *)text, .len = len};
    hf_code code = hf_host_address_parse(bytes, host->address, &host->address_len);
    if (code == HF_OK) {
        return HF_OK;
    }
    if (len > 1 && text[len - 1] == '.') {
        bytes.len--; /* the root's label: a name that is already whole */
    }
    if (count_labels(bytes) == 0) {
        return code;
    }
    host->name = bytes;
    return HF_OK;
}

bool hf_host_matches(hf_span name, hf_span pattern)
{
    if (!hf_host_is_pattern(pattern)) {
        return false;
    }
    if (is_wildcard(pattern)) {
        (void)take_label(&name);
        pattern.ptr += 2;
        pattern.len -= 2;
    }
    return hf_host_same_text(name, pattern);
}
