/* What the files cause_....c share. See cause_part.h. */
#include "cause_part.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void cli_cause_say(char text[CLI_CAUSE_SIZE], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, CLI_CAUSE_SIZE, format, args);
    va_end(args);
}

static bool is_name(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    return host[0] != 0 && inet_pton(AF_INET, host, &v4) != 1 &&
           inet_pton(AF_INET6, host, &v6) != 1;
}

bool cli_cause_sent_name(const cli_scene *scene)
{
    const char *given = scene->setup->conn.name;
    return is_name(given != NULL ? given : scene->conn->address.host);
}

FILE *cli_cause_open(char text[CLI_CAUSE_SIZE])
{
    return fmemopen(text, CLI_CAUSE_SIZE, "w");
}

void cli_cause_close(FILE *out, char text[CLI_CAUSE_SIZE])
{
    (void)fclose(out);
    text[CLI_CAUSE_SIZE - 1] = 0; /* a text that fills all of it ends without one */
    text[strcspn(text, "\n")] = 0;
}

const char *cli_cause_name(hf_span name, char text[CLI_CAUSE_NAME])
{
    (void)hf_x509_name_text(name, text, CLI_CAUSE_NAME);
    return text[0] == 0 ? "(no name)" : text;
}

static bool visit_der(hf_span der, cli_cause_visitor visit, void *ctx)
{
    hf_certificate certificate;
    return hf_x509_parse(&certificate, der, NULL) != HF_OK || visit(ctx, &certificate);
}

void cli_cause_each(const cli_file *file, cli_cause_visitor visit, void *ctx)
{
    const hf_span text = {file->bytes, file->len};
    uint8_t *room = file->len > 0 ? malloc(file->len) : NULL;
    hf_span label;
    hf_span der;
    size_t at = 0;
    bool go_on = room != NULL;
    bool is_pem = false;
    while (go_on && hf_pem_next(text, &at, &label, (hf_space){room, file->len}, &der) == HF_OK) {
        is_pem = true;
        go_on = visit_der(der, visit, ctx); /* what is no certificate does not parse as one */
    }
    if (go_on && !is_pem) {
        (void)visit_der(text, visit, ctx);
    }
    free(room);
}

void cli_cause_each_anchor(const cli_setup *setup, cli_cause_visitor visit, void *ctx)
{
    for (size_t i = 0; i < CLI_CA_MAX; i++) {
        cli_cause_each(&setup->ca[i], visit, ctx);
    }
}
