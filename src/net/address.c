/* Takes the text of an address apart: host, port, zone.
 *
 * Forms: host, host:port, 1.2.3.4, 1.2.3.4:port, [v6], [v6]:port, v6, and a %zone behind every
 * IPv6 address (RFC 4007 11, RFC 3986 3.2.2 for the brackets). A host whose last label is a number
 * is an IPv4 address or an error, never a name (RFC 1123 2.1).
 */
#include "net/address.h"

#include "x509/host_address.h"

#include <string.h>

bool hf_ip_parse(const char *text, hf_ip *ip)
{
    memset(ip, 0, sizeof *ip);
    const hf_span span = {(const uint8_t *)text, strlen(text)};
    uint8_t len = 0;
    (void)hf_host_address_parse(span, ip->bytes, &len);
    ip->family = len == 16 ? 6 : len;
    return len != 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool copy(char *to, size_t size, const char *from, size_t len)
{
    if (len == 0 || len >= size) {
        return false;
    }
    memcpy(to, from, len);
    to[len] = '\0';
    return true;
}

static bool parse_port(const char *text, uint16_t *port)
{
    uint32_t value = 0;
    size_t i = 0;
    for (; i < 5 && is_digit(text[i]); i++) {
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    if (i == 0 || text[i] != '\0' || value == 0 || value > UINT16_MAX) {
        return false;
    }
    *port = (uint16_t)value;
    return true;
}

/* Labels of 1 to 63 letters, digits, '-' and '_'; 253 letters and a trailing dot at most. */
static bool is_host_name(const char *host)
{
    size_t len = strlen(host);
    if (host[len - 1] == '.') {
        len--;
    }
    if (len == 0 || len > 253) {
        return false;
    }
    size_t label = 0;
    for (size_t i = 0; i < len; i++) {
        if (host[i] == '.') {
            if (label == 0) {
                return false;
            }
            label = 0;
        } else if (is_letter(host[i]) || is_digit(host[i]) || host[i] == '-' || host[i] == '_') {
            label++;
        } else {
            return false;
        }
        if (label > 63) {
            return false;
        }
    }
    return label > 0;
}

/* Whether the last label is a number: then the whole is meant as an IPv4 address. */
static bool ends_in_number(const char *host)
{
    const char *dot = strrchr(host, '.');
    const char *label = dot == NULL ? host : dot + 1;
    size_t i = 0;
    while (is_digit(label[i])) {
        i++;
    }
    return i > 0 && label[i] == '\0';
}

static hf_code parse_v6(const char *text, size_t len, hf_address *address)
{
    const char *percent = memchr(text, '%', len);
    size_t host_len = percent == NULL ? len : (size_t)(percent - text);
    if (!copy(address->host, sizeof address->host, text, host_len)) {
        return HF_E_NAME_SYNTAX;
    }
    if (percent != NULL &&
        !copy(address->zone, sizeof address->zone, percent + 1, len - host_len - 1)) {
        return HF_E_NAME_SYNTAX;
    }
    bool good = hf_ip_parse(address->host, &address->ip) && address->ip.family == 6;
    return good ? HF_OK : HF_E_NAME_SYNTAX;
}

static hf_code parse_bracketed(const char *text, hf_address *address)
{
    const char *end = strchr(text, ']');
    if (end == NULL) {
        return HF_E_NAME_SYNTAX;
    }
    if (end[1] != '\0' && (end[1] != ':' || !parse_port(end + 2, &address->port))) {
        return HF_E_NAME_SYNTAX;
    }
    return parse_v6(text + 1, (size_t)(end - text) - 1, address);
}

static hf_code parse_name(const char *text, hf_address *address)
{
    const char *colon = strchr(text, ':');
    size_t len = colon == NULL ? strlen(text) : (size_t)(colon - text);
    if (colon != NULL && !parse_port(colon + 1, &address->port)) {
        return HF_E_NAME_SYNTAX;
    }
    if (!copy(address->host, sizeof address->host, text, len) || !is_host_name(address->host)) {
        return HF_E_NAME_SYNTAX;
    }
    if (ends_in_number(address->host) && !hf_ip_parse(address->host, &address->ip)) {
        return HF_E_NAME_SYNTAX;
    }
    return HF_OK;
}

hf_code hf_address_parse(const char *text, uint16_t default_port, hf_address *address)
{
    memset(address, 0, sizeof *address);
    address->port = default_port;
    if (text == NULL || text[0] == '\0') {
        return HF_E_NO_NAME;
    }
    if (text[0] == '[') {
        return parse_bracketed(text, address);
    }
    const char *colon = strchr(text, ':');
    if (colon != NULL && strchr(colon + 1, ':') != NULL) {
        return parse_v6(text, strlen(text), address);
    }
    return parse_name(text, address);
}
