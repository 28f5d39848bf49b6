/* What a command shows of its connections while they happen: --trace, --json, --color. */
#ifndef HF_CLI_TRACE_OPTIONS_H
#define HF_CLI_TRACE_OPTIONS_H

#include "exit.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum cli_color {
    CLI_COLOR_AUTO = 0, /* on a terminal, unless NO_COLOR is set or TERM is "dumb" */
    CLI_COLOR_ALWAYS,
    CLI_COLOR_NEVER,
} cli_color;

/* All zero: nothing is shown. */
typedef struct cli_trace_options {
    bool ladder; /* draw it */
    bool fields; /* with every field of every message and its bytes */
    bool times;  /* with a column of times, also where the output is no terminal */
    bool json;   /* stdout has JSON lines and nothing else; the ladder goes to stderr */
    bool beside; /* stdout has the command's results: the ladder goes to stderr */
    uint8_t color;
} cli_trace_options;

/* The value of --trace: fields, times, or both with a comma; NULL: the ladder alone. */
cli_exit cli_trace_take(cli_trace_options *trace, const char *command, const char *value);
/* -v: once the ladder, twice every field. */
void cli_trace_more(cli_trace_options *trace);
/* The value of --color. */
cli_exit cli_trace_color(cli_trace_options *trace, const char *command, const char *value);

#endif
