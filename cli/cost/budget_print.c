/* The table of what a connection cost. See account.h. */
#include "account.h"
#include "advice.h"
#include "words.h"

#include <handfast/tls.h>
#include <inttypes.h>
#include <string.h>

#define CERTIFICATE 11u /* RFC 8446 B.3 */

static void print_times(FILE *out, const char *name, uint64_t wall, uint64_t wait, uint64_t cpu)
{
    char texts[3][CLI_MS_SIZE];
    (void)fprintf(out, "    %-9s%12s%12s%12s", name, cli_ms(wall, texts[0]), cli_ms(wait, texts[1]),
                  cli_ms(cpu, texts[2]));
}

/* The waits are what is left beside computing, so a row adds up. */
static void print_stages(FILE *out, const cli_budget *budget)
{
    uint64_t wall = cli_budget_wall(budget);
    uint64_t wait = 0;
    (void)fputs("  time          together     waiting   computing\n", out);
    for (unsigned i = 0; i < CLI_STAGES; i++) {
        const cli_stage *stage = &budget->stages[i];
        if (stage->seen) {
            uint64_t waited = cli_stage_wait(stage);
            wait += waited;
            print_times(out, hf_stage_name((hf_stage)i), stage->wall, waited, stage->wall - waited);
            (void)fputs(stage->code == HF_OK ? "\n" : "   not over\n", out);
        }
    }
    print_times(out, "together", wall, wait, wall - wait);
    (void)fputc('\n', out);
}

/* ---- public-key operations */

void cli_work_text(const cli_work *work, char *text, size_t cap)
{
    static const char *const WORDS[][2] = {
        [HF_WORK_MAKE_KEY] = {"key pair made", "key pairs made"},
        [HF_WORK_AGREE] = {"secret agreed", "secrets agreed"},
        [HF_WORK_SIGN] = {"signature made", "signatures made"},
        [HF_WORK_VERIFY] = {"handshake signature verified", "handshake signatures verified"},
        [HF_WORK_VERIFY_CERTIFICATE] = {"certificate signature verified",
                                        "certificate signatures verified"},
    };
    bool exchange = work->type == HF_WORK_MAKE_KEY || work->type == HF_WORK_AGREE;
    const char *name = exchange ? hf_tls_group_name((uint16_t)work->number)
                                : hf_tls_scheme_name((uint16_t)work->number);
    if (work->type > HF_WORK_VERIFY_CERTIFICATE) {
        return;
    }
    cli_add(text, cap, "%s%" PRIu32 " %s", text[0] != 0 ? ", " : "", work->count,
            WORDS[work->type][work->count == 1 ? 0 : 1]);
    if (work->number != 0 && name != NULL && name[0] != 0) {
        cli_add(text, cap, " (%s)", name);
    }
}

void cli_works_text(const cli_budget *budget, char *text, size_t cap)
{
    text[0] = 0;
    for (size_t i = 0; i < budget->works_count; i++) {
        cli_work_text(&budget->works[i], text, cap);
    }
    if (budget->works_count == 0) {
        cli_add(text, cap, "none");
    }
}

static void print_works(FILE *out, const cli_budget *budget)
{
    char text[512];
    char ms[CLI_MS_SIZE];
    uint64_t cpu = 0;
    cli_works_text(budget, text, sizeof text);
    uint32_t count = cli_budget_work(budget, ~0u, &cpu);
    (void)fprintf(out, "  public keys  %s", text);
    (void)fprintf(out, count > 0 ? ": %s\n" : "\n", cli_ms(cpu, ms));
}

/* ---- the rest */

const char *cli_handshake_text(const cli_account *account)
{
    const cli_decision *resumed = cli_budget_decided(account->budget, HF_DECIDED_RESUMPTION);
    if (!account->open) {
        return "not over";
    }
    return resumed == NULL || resumed->number == 0 ? "full"
           : account->psk                          ? "with a pre-shared key"
                                                   : "resumed";
}

static void print_bytes(FILE *out, const cli_account *account)
{
    const cli_budget *budget = account->budget;
    (void)fprintf(out, "  handshake    %s\n", cli_handshake_text(account));
    (void)fprintf(out, "  sent         %" PRIu64 " bytes in %" PRIu32 " records\n",
                  account->bytes[1], account->records[1]);
    (void)fprintf(out, "  received     %" PRIu64 " bytes in %" PRIu32 " records\n",
                  account->bytes[0], account->records[0]);
    (void)fprintf(out, "  certificates %" PRIu32 " bytes sent, %" PRIu32 " bytes received%s\n",
                  budget->messages[1][CERTIFICATE], budget->messages[0][CERTIFICATE],
                  budget->untold > 0 ? ", as far as known: records larger than the input buffer"
                                     : "");
    (void)fprintf(out, "  round trips  %" PRIu32 ", with TCP's own\n", account->round_trips);
}

static void print_memory(FILE *out, const cli_memory_use *memory)
{
    size_t buffers = memory->input + memory->output + memory->certificate + memory->names;
    (void)fprintf(out,
                  "  memory       connection %zu (of which the TLS engine %zu), TLS buffers %zu",
                  memory->connection, memory->engine, buffers);
    if (memory->mqtt > 0) {
        (void)fprintf(out, ", MQTT %zu", memory->mqtt);
    }
    (void)fprintf(out,
                  " bytes\n"
                  "  buffers      input %zu, output %zu, certificate %zu, names %zu\n",
                  memory->input, memory->output, memory->certificate, memory->names);
}

static void print_advice(FILE *out, const cli_account *account)
{
    cli_advice list[CLI_ADVICE_MAX];
    size_t count = cli_advice_find(account, list);
    for (size_t i = 0; i < count; i++) {
        char what[128];
        char gain[160];
        cli_advice_what(&list[i], what, sizeof what);
        cli_advice_gain(&list[i], gain, sizeof gain);
        (void)fprintf(out, "  cheaper      %s: %s\n", what, gain);
    }
}

void cli_budget_print(FILE *out, const cli_account *account)
{
    print_stages(out, account->budget);
    print_bytes(out, account);
    print_works(out, account->budget);
    print_memory(out, &account->memory);
    print_advice(out, account);
}
