/* What names a test identity may have: the rules of the IoT profile for what is issued, checked
 * before any key is made. */
#include "identity.h"
#include "report.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#define CN_MAX 64 /* ub-common-name, RFC 5280 appendix A.1; likewise organization and serial */

static bool is_address(const char *text)
{
    uint8_t bytes[16];
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* RFC 1034 3.5: letters, digits and hyphens, no hyphen at either end, 1 to 63 of them. */
static bool is_label(const char *text, size_t len)
{
    if (len == 0 || len > 63 || text[0] == '-' || text[len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '-') {
            return false;
        }
    }
    return true;
}

static bool is_dns_name(const char *text)
{
    if (strlen(text) > 253 || is_address(text)) {
        return false;
    }
    for (;;) {
        size_t len = strcspn(text, ".");
        if (!is_label(text, len)) {
            return false;
        }
        if (text[len] == 0) {
            return true;
        }
        text += len + 1;
    }
}

static bool is_text(const char *text, size_t max)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (iscntrl((unsigned char)text[i])) {
            return false;
        }
    }
    return len > 0 && len <= max;
}

/* X520SerialNumber and countryName are PrintableStrings. */
static bool is_printable(const char *text, size_t max)
{
    for (const char *at = text; *at != 0; at++) {
        if (!isalnum((unsigned char)*at) && strchr(" '()+,-./:=?", *at) == NULL) {
            return false;
        }
    }
    return is_text(text, max);
}

static cli_exit check_server(const identity_request *request)
{
    for (size_t i = 0; i < request->dns_count; i++) {
        const char *name = request->dns[i];
        if (strchr(name, '*') != NULL) {
            return cli_fail_at(CLI_USAGE, "Wildcards are not issued.", name,
                               "a device's server has one name (IoT profile, section 16)",
                               "Give the whole name, or several with --name each.");
        }
        if (!is_dns_name(name)) {
            return cli_fail_at(CLI_USAGE, "This is no host name.", name,
                               is_address(name) ? "it is an address"
                                                : "not letters, digits, hyphens",
                               "Write names like broker.example (international ones as xn--...), "
                               "addresses with --ip.");
        }
    }
    for (size_t i = 0; i < request->ip_count; i++) {
        if (!is_address(request->ip[i])) {
            return cli_fail_at(CLI_USAGE, "This is no IP address.", request->ip[i],
                               "neither IPv4 nor IPv6",
                               "Write it like 192.0.2.1 or 2001:db8::1; names go with --name.");
        }
    }
    return CLI_OK;
}

cli_exit identity_check_names(const identity_request *request)
{
    if (request->role != IDENTITY_SERVER && !is_text(request->name, CN_MAX)) {
        return cli_fail_at(CLI_USAGE, "The name cannot stand in a certificate.", request->name,
                           "it is empty, longer than 64 bytes, or has control characters",
                           "Give a shorter, printable name.");
    }
    if (!is_text(request->organization, CN_MAX)) {
        return cli_fail_at(CLI_USAGE, "The organization cannot stand in a certificate.",
                           request->organization, "empty, too long, or control characters",
                           "Give 1 to 64 printable characters with --org.");
    }
    if (strlen(request->country) != 2 || !isupper((unsigned char)request->country[0]) ||
        !isupper((unsigned char)request->country[1])) {
        return cli_fail_at(CLI_USAGE, "This is no country code.", request->country,
                           "it has two capital letters (ISO 3166)", "Give one like --country DE.");
    }
    if (request->serial_number != NULL && !is_printable(request->serial_number, CN_MAX)) {
        return cli_fail_at(CLI_USAGE, "The serial number cannot stand in a certificate.",
                           request->serial_number, "1 to 64 of letters, digits and '()+,-./:=?",
                           "Give the number that the maker printed on the device.");
    }
    return request->role == IDENTITY_SERVER ? check_server(request) : CLI_OK;
}
