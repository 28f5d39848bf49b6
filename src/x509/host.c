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

/* How many labels a host name has; 0 when it is none. A label is 1 to 63 letters, digits, hyphens
 * inside (RFC 1123 2.1), underscores. The last one is not a number, or the name would be (or look
 * like) an address. */
static unsigned count_labels(hf_span name)
{
    unsigned count = 0;
    size_t len = 0; /* of the label, so far */
    bool number = true;
    uint8_t before = '.';
    if (name.len > HF_HOST_NAME_MAX) {
        return 0;
    }
    for (size_t i = 0; i <= name.len; i++) {
        uint8_t c = i < name.len ? name.ptr[i] : '.'; /* the end of the last one */
        if (c == '.') {
            if (len < 1 || len > 63 || before == '-') {
                return 0;
            }
            count++;
            len = 0;
        } else {
            if (!is_label_byte(c) || (len == 0 && c == '-')) {
                return 0;
            }
            number = is_digit(c) && (number || len == 0);
            len++;
        }
        before = c;
    }
    return number ? 0 : count;
}

static bool is_wildcard(hf_span pattern)
{
    return pattern.len > 2 && pattern.ptr[0] == '*' && pattern.ptr[1] == '.';
}

bool hf_host_is_pattern(hf_span text)
{
    unsigned least = 1;
    if (is_wildcard(text)) {
        text.ptr += 2;
        text.len -= 2;
        least = 2; /* one label would cover a whole top-level domain */
    }
    return count_labels(text) >= least;
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
    if (pattern.ptr[0] == '*') { /* what follows the first label, its dot included */
        const uint8_t *dot = memchr(name.ptr, '.', name.len);
        if (dot == NULL) {
            return false;
        }
        name = (hf_span){.ptr = dot, .len = (size_t)(name.ptr + name.len - dot)};
        pattern.ptr++;
        pattern.len--;
    }
    return hf_host_same_text(name, pattern);
}
