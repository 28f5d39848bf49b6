/* The budget on the page: public-key operations, the table, what would be cheaper. See
 * page_parts.h.
 */
#include "advice.h"
#include "html.h"
#include "page_parts.h"
#include "words.h"

#include <inttypes.h>

void page_works(FILE *out, const cli_account *account)
{
    const cli_budget *budget = account->budget;
    char name[128];
    char ms[CLI_MS_SIZE];
    if (budget->works_count == 0) {
        return;
    }
    (void)fputs("<section>\n<h2>Public-key operations</h2>\n<table>\n<thead><tr><th "
                "scope=\"col\">What was done here</th><th scope=\"col\" "
                "class=\"num\">Computing</th></tr></thead>\n<tbody>\n",
                out);
    for (size_t i = 0; i < budget->works_count; i++) {
        name[0] = 0;
        cli_work_text(&budget->works[i], name, sizeof name);
        (void)fputs("<tr><th scope=\"row\">", out);
        html_text(out, name);
        (void)fprintf(out, "</th><td class=\"num\">%s</td></tr>\n",
                      cli_ms(budget->works[i].cpu, ms));
    }
    (void)fputs("</tbody>\n</table>\n</section>\n", out);
}

static void print_times(FILE *out, const char *name, uint64_t wall, uint64_t wait)
{
    char texts[3][CLI_MS_SIZE];
    (void)fprintf(out,
                  "<tr><th scope=\"row\">%s</th><td class=\"num\">%s</td><td class=\"num\">%s</td>"
                  "<td class=\"num\">%s</td></tr>\n",
                  name, cli_ms(wall, texts[0]), cli_ms(wait, texts[1]),
                  cli_ms(wall - wait, texts[2]));
}

static void print_time_table(FILE *out, const cli_budget *budget)
{
    uint64_t wait = 0;
    (void)fputs("<table>\n<thead><tr><th scope=\"col\">Stage</th><th scope=\"col\" "
                "class=\"num\">Together</th><th scope=\"col\" class=\"num\">Waiting</th><th "
                "scope=\"col\" class=\"num\">Computing</th></tr></thead>\n<tbody>\n",
                out);
    for (unsigned i = 0; i < CLI_STAGES; i++) {
        const cli_stage *stage = &budget->stages[i];
        if (stage->seen) {
            print_times(out, hf_stage_name((hf_stage)i), stage->wall, cli_stage_wait(stage));
            wait += cli_stage_wait(stage);
        }
    }
    print_times(out, "together", cli_budget_wall(budget), wait);
    (void)fputs("</tbody>\n</table>\n", out);
}

static void print_counts(FILE *out, const cli_account *account)
{
    const cli_memory_use *memory = &account->memory;
    size_t buffers = memory->input + memory->output + memory->certificate + memory->names;
    (void)fprintf(out,
                  "<dl>\n<dt>handshake</dt><dd>%s</dd>\n<dt>round trips</dt><dd>%" PRIu32
                  ", with TCP's own</dd>\n"
                  "<dt>bytes</dt><dd>%" PRIu64 " sent, %" PRIu64 " received</dd>\n"
                  "<dt>records</dt><dd>%" PRIu32 " sent, %" PRIu32 " received</dd>\n",
                  cli_handshake_text(account), account->round_trips, account->bytes[1],
                  account->bytes[0], account->records[1], account->records[0]);
    (void)fprintf(out,
                  "<dt>memory</dt><dd>connection %zu bytes (of which the TLS engine %zu); TLS "
                  "buffers %zu: input %zu, output %zu, certificate %zu, names %zu",
                  memory->connection, memory->engine, buffers, memory->input, memory->output,
                  memory->certificate, memory->names);
    if (memory->mqtt > 0) {
        (void)fprintf(out, "; MQTT %zu", memory->mqtt);
    }
    (void)fputs("</dd>\n</dl>\n", out);
}

static void print_advice(FILE *out, const cli_account *account)
{
    cli_advice list[CLI_ADVICE_MAX];
    size_t count = cli_advice_find(account, list);
    if (count == 0) {
        return;
    }
    (void)fputs("<section>\n<h2>What would be cheaper here</h2>\n<ul class=\"advice\">\n", out);
    for (size_t i = 0; i < count; i++) {
        char text[192];
        (void)fputs("<li><b>", out);
        cli_advice_what(&list[i], text, sizeof text);
        html_text(out, text);
        (void)fputs("</b><br>", out);
        cli_advice_gain(&list[i], text, sizeof text);
        html_text(out, text);
        (void)fputs("</li>\n", out);
    }
    (void)fputs("</ul>\n</section>\n", out);
}

void page_costs(FILE *out, const cli_account *account)
{
    (void)fputs("<section>\n<h2>What it cost</h2>\n", out);
    print_time_table(out, account->budget);
    print_counts(out, account);
    (void)fputs("</section>\n", out);
    print_advice(out, account);
}
