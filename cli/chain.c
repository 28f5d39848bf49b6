/* The server's certificates in words. See chain.h. Names come from the peer: nothing but printable
 * ASCII of them reaches the terminal. */
#include "chain.h"

#include "when.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DAY        86400
#define NAMES_MAX  20 /* subjectAltNames that are printed */
#define NAME_WIDTH 512

void cli_chain_trace(void *ctx, const hf_event *event)
{
    cli_chain *chain = ctx;
    if (event->kind != HF_EVENT_CERTIFICATE) {
        return;
    }
    if (chain->count < CLI_CHAIN_MAX && event->body.len > 0) {
        uint8_t *copy = malloc(event->body.len);
        if (copy != NULL) {
            memcpy(copy, event->body.ptr, event->body.len);
            chain->der[chain->count] = copy;
            chain->len[chain->count] = event->body.len;
        }
    }
    chain->count++;
}

void cli_chain_clear(cli_chain *chain)
{
    for (size_t i = 0; i < CLI_CHAIN_MAX; i++) {
        free(chain->der[i]);
    }
    *chain = (cli_chain){.count = 0};
}

static void print_text(FILE *out, hf_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        if (byte > ' ' && byte < 0x7f && byte != '\\') {
            (void)fputc(byte, out);
        } else {
            (void)fprintf(out, "\\x%02x", byte);
        }
    }
}

static void print_address(FILE *out, hf_span value)
{
    char text[INET6_ADDRSTRLEN];
    int family = value.len == 4 ? AF_INET : AF_INET6;
    if ((value.len == 4 || value.len == 16) &&
        inet_ntop(family, value.ptr, text, sizeof text) != NULL) {
        (void)fprintf(out, "IP %s", text);
    } else {
        (void)fprintf(out, "IP of %zu bytes", value.len);
    }
}

/* GeneralName (RFC 5280 4.2.1.6) */
enum general_name {
    NAME_EMAIL = 1,
    NAME_DNS = 2,
    NAME_URI = 6,
    NAME_IP = 7,
};

typedef struct names_out {
    FILE *out;
    unsigned count;
} names_out;

static bool print_alt_name(void *ctx, unsigned kind, hf_span value)
{
    names_out *names = ctx;
    if (names->count == NAMES_MAX) {
        (void)fputs(", ...", names->out);
        return false;
    }
    (void)fputs(names->count++ == 0 ? " " : ", ", names->out);
    switch (kind) {
    case NAME_DNS:
        (void)fputs("DNS ", names->out);
        print_text(names->out, value);
        break;
    case NAME_EMAIL:
        (void)fputs("email ", names->out);
        print_text(names->out, value);
        break;
    case NAME_URI:
        (void)fputs("URI ", names->out);
        print_text(names->out, value);
        break;
    case NAME_IP:
        print_address(names->out, value);
        break;
    default:
        (void)fprintf(names->out, "name of kind %u", kind);
        break;
    }
    return true;
}

void cli_chain_names(FILE *out, const hf_certificate *certificate)
{
    names_out names = {.out = out, .count = 0};
    hf_x509_alt_names(certificate, print_alt_name, &names);
    (void)fputs(names.count == 0 ? " none" : "", out);
}

void cli_chain_key(FILE *out, const hf_public_key *key)
{
    switch (key->kind) {
    case HF_KEY_P256:
        (void)fputs("P-256", out);
        break;
    case HF_KEY_P384:
        (void)fputs("P-384", out);
        break;
    case HF_KEY_RSA:
        (void)fprintf(out, "RSA %zu", key->point.len * 8);
        break;
    default:
        (void)fputs("key of an unknown kind", out);
        break;
    }
}

void cli_chain_dates(FILE *out, int64_t not_before, int64_t not_after, int64_t now)
{
    char from[CLI_WHEN_SIZE];
    char to[CLI_WHEN_SIZE];
    cli_when_text(not_before, from);
    cli_when_text(not_after, to);
    if (not_after == HF_TIME_NEVER) {
        (void)fprintf(out, "%s, does not expire", from);
    } else if (now > not_after) {
        (void)fprintf(out, "%s to %s: EXPIRED %" PRId64 " days ago", from, to,
                      (now - not_after) / DAY);
    } else {
        (void)fprintf(out, "%s to %s: %" PRId64 " days left", from, to, (not_after - now) / DAY);
    }
    if (now < not_before) {
        (void)fprintf(out, "; NOT YET, begins in %" PRId64 " days",
                      (not_before - now + DAY - 1) / DAY);
    }
    (void)fputc('\n', out);
}

static void print_certificate(FILE *out, size_t depth, hf_span der, int64_t now)
{
    hf_certificate certificate;
    char text[NAME_WIDTH];
    if (hf_x509_parse(&certificate, der, NULL) != HF_OK) {
        (void)fprintf(out, "    %zu unreadable, %zu bytes\n", depth, der.len);
        return;
    }
    (void)hf_x509_name_text(certificate.subject, text, sizeof text);
    (void)fprintf(out, "    %zu subject  %s\n", depth, text[0] != 0 ? text : "(empty)");
    (void)hf_x509_name_text(certificate.issuer, text, sizeof text);
    (void)fprintf(out, "      issuer   %s\n", text);
    if (depth == 0) {
        (void)fputs("      names   ", out);
        cli_chain_names(out, &certificate);
        (void)fputc('\n', out);
    }
    (void)fputs("      key      ", out);
    cli_chain_key(out, &certificate.key);
    (void)fprintf(out, ", certificate of %zu bytes\n", der.len);
    (void)fputs("      valid    ", out);
    cli_chain_dates(out, certificate.not_before, certificate.not_after, now);
}

void cli_chain_print(FILE *out, const cli_chain *chain, int64_t now)
{
    size_t shown = 0;
    for (size_t i = 0; i < chain->count && i < CLI_CHAIN_MAX; i++) {
        if (chain->der[i] != NULL) {
            print_certificate(out, i, (hf_span){chain->der[i], chain->len[i]}, now);
            shown++;
        }
    }
    if (chain->count > shown) {
        (void)fprintf(out, "    %zu more, not looked at\n", chain->count - shown);
    }
}
