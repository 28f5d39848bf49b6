/* --trace, -v, --color: from words to values. See trace_options.h. */
#include "trace_options.h"

#include "report.h"

#include <string.h>

static bool is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

cli_exit cli_trace_take(cli_trace_options *trace, const char *command, const char *value)
{
    const char *at = value == NULL ? "" : value;
    trace->ladder = true;
    if (value == NULL) {
        return CLI_OK;
    }
    for (;;) {
        size_t len = strcspn(at, ",");
        if (is_word(at, len, "fields")) {
            trace->fields = true;
        } else if (is_word(at, len, "times")) {
            trace->times = true;
        } else {
            return cli_fail_usage(command, "--trace takes fields, times, or fields,times.", value);
        }
        if (at[len] == 0) {
            return CLI_OK;
        }
        at += len + 1;
    }
}

void cli_trace_more(cli_trace_options *trace)
{
    trace->fields = trace->ladder;
    trace->ladder = true;
}

cli_exit cli_trace_color(cli_trace_options *trace, const char *command, const char *value)
{
    static const char *const WORDS[] = {"auto", "always", "never"};
    for (uint8_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (strcmp(value, WORDS[i]) == 0) {
            trace->color = i;
            return CLI_OK;
        }
    }
    return cli_fail_usage(command, "--color takes auto, always or never.", value);
}
