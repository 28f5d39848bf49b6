/* The time line: stages where they lie, waiting and computing apart. See page_parts.h. */
#include "html.h"
#include "page_parts.h"
#include "words.h"

static uint64_t whole(const cli_budget *budget)
{
    uint64_t end = 0;
    for (size_t i = 0; i < CLI_STAGES; i++) {
        const cli_stage *stage = &budget->stages[i];
        uint64_t over = stage->from + stage->wall;
        end = stage->seen && over > end ? over : end;
    }
    return end;
}

static double share(uint64_t part, uint64_t all)
{
    return all == 0 ? 0 : 100.0 * (double)part / (double)all;
}

static void print_stage(FILE *out, const cli_budget *budget, hf_stage which)
{
    const cli_stage *stage = &budget->stages[which];
    char texts[3][CLI_MS_SIZE];
    uint64_t all = whole(budget);
    uint64_t wait = cli_stage_wait(stage);
    (void)fprintf(out, "<li><b>%s</b> <span class=\"track\" aria-hidden=\"true\">",
                  hf_stage_name(which));
    (void)fprintf(out,
                  "<i class=\"cpu\" style=\"margin-left:%.2f%%;width:%.2f%%\"></i>"
                  "<i class=\"wait\" style=\"width:%.2f%%\"></i></span>\n",
                  share(stage->from, all), share(stage->wall - wait, all), share(wait, all));
    (void)fprintf(out, "<span class=\"num\"><b>%s</b>: %s computing, %s waiting</span></li>\n",
                  cli_ms(stage->wall, texts[0]), cli_ms(stage->wall - wait, texts[1]),
                  cli_ms(wait, texts[2]));
}

void page_times(FILE *out, const cli_account *account)
{
    const cli_budget *budget = account->budget;
    if (whole(budget) == 0) {
        return;
    }
    (void)fputs(
        "<section>\n<h2>Time line</h2>\n<p class=\"key\"><span><i class=\"cpu\"></i>computing "
        "here</span> <span><i class=\"wait\"></i>waiting for the network and the "
        "server</span></p>\n<ol class=\"times\">\n",
        out);
    for (unsigned i = 0; i < CLI_STAGES; i++) {
        if (budget->stages[i].seen) {
            print_stage(out, budget, (hf_stage)i);
        }
    }
    (void)fputs("</ol>\n</section>\n", out);
}
