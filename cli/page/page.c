/* The frame of the page: head, verdict, sections in their order. See page.h. */
#include "page.h"

#include "html.h"
#include "page_parts.h"
#include "when.h"
#include "words.h"

#include <string.h>
#include <time.h>

static const char *headline(const cli_account *account)
{
    return account->error != NULL     ? "Failed"
           : account->verdict != NULL ? "Accepted"
                                      : "Not finished";
}

const char *page_error_what(const hf_error *error, char text[PAGE_ERROR_SIZE])
{
    static const char KEY[] = "what: ";
    if (hf_error_describe(error, text, PAGE_ERROR_SIZE) == 0 ||
        strncmp(text, KEY, sizeof KEY - 1) != 0) {
        return hf_error_what((hf_code)error->code);
    }
    text[strcspn(text, "\n")] = 0;
    return text + sizeof KEY - 1;
}

static const char *verdict(const cli_account *account, char text[PAGE_ERROR_SIZE])
{
    if (account->error != NULL) {
        return page_error_what(account->error, text);
    }
    if (account->verdict == NULL) {
        return "ended from here before it was open";
    }
    const char *colon = strchr(account->verdict, ':'); /* "accepted: " stands above already */
    return colon != NULL && strncmp(account->verdict, "accepted:", 9) == 0 ? colon + 2
                                                                           : account->verdict;
}

static void print_head(FILE *out, const cli_account *account)
{
    (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" "
                "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>",
                out);
    html_print(out, "%s: connection to %s", headline(account), account->address);
    (void)fprintf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n", PAGE_STYLE);
}

/* What became of a stage; a server may refuse us when it is done already (TLS 1.3). */
static const char *stage_end(const cli_account *account, unsigned which, char ms[CLI_MS_SIZE])
{
    const cli_stage *stage = &account->budget->stages[which];
    bool blamed = account->error != NULL && account->error->stage == which;
    if (!stage->seen) {
        return "not reached";
    }
    if (stage->code == HF_OK) {
        return blamed ? "done, then it failed" : cli_ms(stage->wall, ms);
    }
    return stage->code == HF_PENDING && !blamed ? "not over" : "failed here";
}

/* How far it came: each stage with its end. */
static void print_path(FILE *out, const cli_account *account)
{
    (void)fputs("<ol class=\"path\" aria-label=\"Stages\">\n", out);
    for (unsigned i = HF_STAGE_RESOLVE; i < CLI_STAGES; i++) {
        const cli_stage *stage = &account->budget->stages[i];
        bool blamed = account->error != NULL && account->error->stage == i;
        char ms[CLI_MS_SIZE];
        if (!stage->seen && i == HF_STAGE_MQTT && account->memory.mqtt == 0) {
            continue;
        }
        (void)fprintf(out, "<li class=\"%s\"><b>%s</b> <span>%s</span></li>\n",
                      !stage->seen                      ? "none"
                      : stage->code == HF_OK && !blamed ? "good"
                                                        : "bad",
                      hf_stage_name((hf_stage)i), stage_end(account, i, ms));
    }
    (void)fputs("</ol>\n", out);
}

/* A line "key: text" of hf_error_describe(); longer texts go on in lines of their own. */
static void print_line(FILE *out, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    size_t skip = strspn(line, " ");
    if (colon == NULL || colon < line + skip || colon - line > 8) {
        html_print(out, " %.*s", (int)len, line);
        return;
    }
    size_t key = (size_t)(colon - line);
    const char *text = colon + 1 + strspn(colon + 1, " ");
    (void)fputs("<dt>", out);
    html_print(out, "%.*s", (int)(key - skip), line + skip);
    (void)fputs("</dt><dd>", out);
    html_print(out, "%.*s", (int)(len - (size_t)(text - line)), text);
    (void)fputs("</dd>\n", out);
}

static void print_error(FILE *out, const hf_error *error)
{
    char text[2048];
    if (hf_error_describe(error, text, sizeof text) == 0) { /* a build without error texts */
        (void)snprintf(text, sizeof text, "what: error %u\n", error->code);
    }
    (void)fputs("<dl class=\"error\">\n", out);
    for (const char *line = text; *line != 0;) {
        size_t len = strcspn(line, "\n");
        print_line(out, line, len);
        line += len + (line[len] == '\n' ? 1 : 0);
    }
    (void)fputs("</dl>\n", out);
}

static void print_verdict(FILE *out, const cli_account *account)
{
    char when[CLI_WHEN_SIZE];
    char text[PAGE_ERROR_SIZE];
    bool good = account->error == NULL && account->verdict != NULL;
    cli_when_text((int64_t)time(NULL), when);
    (void)fprintf(out,
                  "<header class=\"verdict %s\">\n<p class=\"sign\" "
                  "aria-hidden=\"true\">%s</p>\n<h1>",
                  good ? "good" : "bad", good ? "&#10003;" : "&#10007;");
    html_text(out, headline(account));
    (void)fputs("</h1>\n<p>", out);
    html_text(out, verdict(account, text));
    (void)fputs("</p>\n<p class=\"where\">", out);
    html_text(out, account->address);
    if (account->peer[0] != 0) {
        html_print(out, " at %s", account->peer);
    }
    html_print(out, ", %s", when);
    (void)fputs("</p>\n</header>\n<main>\n", out);
    print_path(out, account);
    if (account->error != NULL) {
        (void)fputs("<section>\n<h2>What went wrong, and what to do</h2>\n", out);
        print_error(out, account->error);
        (void)fputs("</section>\n", out);
    }
}

void cli_page_print(FILE *out, const cli_account *account)
{
    print_head(out, account);
    print_verdict(out, account);
    page_decisions(out, account);
    page_times(out, account);
    page_ladder(out, account);
    page_bytes(out, account);
    page_chain(out, account);
    page_works(out, account);
    page_costs(out, account);
    (void)fputs("</main>\n<footer><p>Made by handfast " HF_TOOL_VERSION
                ". It holds no secret: no key, no password, no application data.</p></footer>\n"
                "</body>\n</html>\n",
                out);
}
