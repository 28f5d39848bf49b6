/* The server's certificates, with bars of their validity. See page_parts.h. */
#include "html.h"
#include "page_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SOON (30 * 86400) /* seconds: less is marked */

typedef struct shown {
    const hf_certificate *certificate;
    int64_t now;
} shown;

/* What chain.h prints for a terminal, escaped: it ends in a line end, or begins with a blank. */
static void capture(FILE *out, void (*print)(FILE *to, const shown *what), const shown *what)
{
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len);
    if (memory == NULL) {
        return;
    }
    print(memory, what);
    if (fclose(memory) == 0) {
        text[strcspn(text, "\n")] = 0;
        html_text(out, text + strspn(text, " "));
    }
    free(text);
}

static void print_names(FILE *to, const shown *what)
{
    cli_chain_names(to, what->certificate);
}

static void print_key(FILE *to, const shown *what)
{
    cli_chain_key(to, &what->certificate->key);
}

static void print_dates(FILE *to, const shown *what)
{
    const hf_certificate *certificate = what->certificate;
    cli_chain_dates(to, certificate->not_before, certificate->not_after, what->now);
}

static void print_name(FILE *out, const char *term, hf_span name)
{
    char text[512];
    (void)hf_x509_name_text(name, text, sizeof text);
    (void)fprintf(out, "<dt>%s</dt><dd>", term);
    html_text(out, text[0] != 0 ? text : "(empty)");
    (void)fputs("</dd>\n", out);
}

static void print_term(FILE *out, const char *term, void (*print)(FILE *to, const shown *what),
                       const shown *what)
{
    (void)fprintf(out, "<dt>%s</dt><dd>", term);
    capture(out, print, what);
    (void)fputs("</dd>\n", out);
}

/* Where now is between the dates; outside of them, at the end. */
static void print_validity(FILE *out, const shown *what)
{
    int64_t from = what->certificate->not_before;
    int64_t to = what->certificate->not_after;
    double at = to > from ? 100.0 * (double)(what->now - from) / (double)(to - from) : 100;
    bool valid = what->now >= from && what->now <= to;
    const char *class = !valid ? "bad" : to - what->now < SOON ? "soon" : "good";
    at = at < 0 ? 0 : at > 100 ? 100 : at;
    (void)fprintf(out, "<p class=\"validity %s\" role=\"img\" aria-label=\"", class);
    html_print(out, "%s; %.0f percent of its time is over",
               valid              ? "valid now"
               : what->now < from ? "not valid yet"
                                  : "expired",
               at);
    (void)fprintf(out, "\"><i style=\"width:%.2f%%\"></i><b style=\"left:%.2f%%\"></b></p>\n", at,
                  at);
}

static void print_certificate(FILE *out, size_t depth, hf_span der, int64_t now)
{
    hf_certificate certificate;
    const shown what = {&certificate, now};
    (void)fprintf(out, "<article>\n<h3>%zu: %s</h3>\n", depth,
                  depth == 0 ? "the server itself" : "a CA");
    if (hf_x509_parse(&certificate, der, NULL) != HF_OK) {
        (void)fprintf(out, "<p>Unreadable, %zu bytes.</p>\n</article>\n", der.len);
        return;
    }
    (void)fputs("<dl>\n", out);
    print_name(out, "subject", certificate.subject);
    print_name(out, "issuer", certificate.issuer);
    if (depth == 0) {
        print_term(out, "names", print_names, &what);
    }
    print_term(out, "key", print_key, &what);
    (void)fprintf(out, "<dt>size</dt><dd>%zu bytes</dd>\n", der.len);
    print_term(out, "valid", print_dates, &what);
    (void)fputs("</dl>\n", out);
    print_validity(out, &what);
    (void)fputs("</article>\n", out);
}

void page_chain(FILE *out, const cli_account *account)
{
    const cli_chain *chain = account->chain;
    size_t seen = 0;
    if (chain->count == 0) {
        return;
    }
    (void)fputs("<section class=\"chain\">\n<h2>The server's certificates</h2>\n", out);
    for (size_t i = 0; i < chain->count && i < CLI_CHAIN_MAX; i++) {
        if (chain->der[i] != NULL) {
            print_certificate(out, i, (hf_span){chain->der[i], chain->len[i]}, account->now);
            seen++;
        }
    }
    if (chain->count > seen) {
        (void)fprintf(out, "<p>%zu more came, and nobody looked at them.</p>\n",
                      chain->count - seen);
    }
    (void)fputs("</section>\n", out);
}
