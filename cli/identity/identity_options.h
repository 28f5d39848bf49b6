/* The command line of identity show, verify, csr and convert: each says which options it has and
 * where their values go; what is no option is left in argv, from optind on. */
#ifndef HF_CLI_IDENTITY_OPTIONS_H
#define HF_CLI_IDENTITY_OPTIONS_H

#include "exit.h"

#include <stdbool.h>
#include <stddef.h>

#define IDENTITY_LIST_MAX    16
#define IDENTITY_OPTIONS_MAX 12

/* The values of an option that may be given again. */
typedef struct identity_list {
    const char *item[IDENTITY_LIST_MAX];
    size_t count;
} identity_list;

/* One of the three places is set. */
typedef struct identity_option {
    const char *name;
    const char **value;
    identity_list *list;
    bool *flag;
} identity_option;

/* *help: --help stands there, and nothing else is to be done. */
cli_exit identity_take_options(const char *command, int argc, char **argv,
                               const identity_option *options, size_t count, bool *help);

#endif
