/* Dates that do not fit: which certificate's, and whether rather the clock is wrong. See
 * cause_part.h.
 */
#include "cause_part.h"
#include "when.h"

#include <time.h>

static bool is_fixed_time(const cli_setup *setup)
{
    return setup->config.clock.ctx == setup;
}

static bool is_valid_at(const hf_certificate *certificate, int64_t now)
{
    return certificate->not_before <= now && now <= certificate->not_after;
}

static void say_dates(const cli_scene *scene, const hf_certificate *it, cli_cause *cause)
{
    int64_t now = cli_setup_now(scene->setup);
    char when[CLI_WHEN_SIZE];
    char name[CLI_CAUSE_NAME];
    FILE *out = cli_cause_open(cause->why);
    if (out == NULL) {
        return;
    }
    cli_when_text(now, when);
    (void)fprintf(out, "by %s it is %s; %s is valid ",
                  is_fixed_time(scene->setup) ? "--time" : "this machine's clock", when,
                  cli_cause_name(it->subject, name));
    cli_chain_dates(out, it->not_before, it->not_after, now);
    cli_cause_close(out, cause->why);
    if (is_fixed_time(scene->setup) && is_valid_at(it, time(NULL))) {
        cli_cause_say(cause->todo,
                      "Leave --time out: by this machine's clock the certificate is valid.");
    }
}

typedef struct first {
    int64_t not_before;
} first;

static bool note_first(void *ctx, const hf_certificate *certificate)
{
    first *it = ctx;
    it->not_before = certificate->not_before;
    return false; /* the device's own stands first */
}

/* Several certificates that all are not valid yet: rather the clock is behind than all of them
 * early. */
static bool is_clock_behind(const cli_setup *setup, const cli_cause_sent *certificates)
{
    int64_t now = cli_setup_now(setup);
    size_t early = 0;
    first ours = {.not_before = now};
    for (size_t i = 0; i < certificates->count; i++) {
        early += certificates->list[i].not_before > now ? 1u : 0u;
    }
    cli_cause_each(&setup->cert, note_first, &ours);
    return ours.not_before > now || (early > 1 && early == certificates->count);
}

void cli_cause_date(const cli_scene *scene, const cli_cause_sent *certificates, cli_cause *cause)
{
    int64_t now = cli_setup_now(scene->setup);
    bool is_early = scene->error->code == HF_E_CERT_NOT_YET_VALID;
    for (size_t i = 0; i < certificates->count; i++) {
        const hf_certificate *it = &certificates->list[i];
        char name[CLI_CAUSE_NAME];
        if (is_early ? it->not_before <= now : it->not_after >= now) {
            continue;
        }
        (void)cli_cause_name(it->subject, name);
        if (is_early && is_clock_behind(scene->setup, certificates)) {
            cli_cause_say(cause->what, "The clock is behind: by it, none of the certificates at "
                                       "hand is valid yet.");
            cli_cause_say(cause->todo, "Set this machine's clock (NTP, RTC battery).");
        } else if (i == 0) {
            cli_cause_say(cause->what, "The server's certificate %s.",
                          is_early ? "is not valid yet" : "has expired");
        } else {
            cli_cause_say(cause->what, "The certificate of %s, above the server's, %s.", name,
                          is_early ? "is not valid yet" : "has expired");
        }
        say_dates(scene, it, cause);
        return;
    }
}

void cli_cause_clock(const cli_scene *scene, cli_cause *cause)
{
    char when[CLI_WHEN_SIZE];
    cli_when_text(cli_setup_now(scene->setup), when);
    cli_cause_say(cause->why, "by %s it is %s",
                  is_fixed_time(scene->setup) ? "--time" : "this machine's clock", when);
    if (is_fixed_time(scene->setup)) {
        cli_cause_say(cause->what, "The clock (--time) is before this software was built, so a "
                                   "certificate seems not valid yet.");
        cli_cause_say(cause->todo,
                      "Leave --time out. On the device: set the clock (NTP, RTC battery) before "
                      "connecting, or give a lower bound such as the last time seen.");
    }
}
