/* Reads the options of identity show, verify, csr and convert. See identity_options.h. */
#include "identity_options.h"

#include "report.h"

#include <getopt.h>
#include <string.h>

#define HELP 'h'

static cli_exit store(const char *command, const identity_option *option, const char *value)
{
    if (option->flag != NULL) {
        *option->flag = true;
    } else if (option->value != NULL) {
        *option->value = value;
    } else if (option->list->count == IDENTITY_LIST_MAX) {
        return cli_fail_usage(command, "An option is given more than 16 times.", value);
    } else {
        option->list->item[option->list->count++] = value;
    }
    return CLI_OK;
}

cli_exit identity_take_options(const char *command, int argc, char **argv,
                               const identity_option *options, size_t count, bool *help)
{
    struct option table[IDENTITY_OPTIONS_MAX + 2];
    cli_exit result = CLI_OK;
    int index = 0;
    memset(table, 0, sizeof table);
    for (size_t i = 0; i < count; i++) {
        table[i].name = options[i].name;
        table[i].has_arg = options[i].flag != NULL ? no_argument : required_argument;
    }
    table[count] = (struct option){"help", no_argument, NULL, HELP};
    opterr = 0;
    optind = 1;
    while (result == CLI_OK) {
        int found = getopt_long(argc, argv, ":h", table, &index);
        if (found == -1) {
            break;
        }
        if (found == HELP) {
            *help = true;
            return CLI_OK;
        }
        if (found != 0) {
            return cli_fail_usage(command,
                                  found == '?' ? "There is no such option, or it is not exact."
                                               : "An option lacks its value.",
                                  argv[optind - 1]);
        }
        result = store(command, &options[index], optarg);
    }
    return result;
}
