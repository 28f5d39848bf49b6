/* The commands of the tool. Each is a function with the shape of main(): argv[0] is the command's
 * own name; it returns a cli_exit. main.c holds the table of them. */
#ifndef HF_CLI_COMMAND_H
#define HF_CLI_COMMAND_H

#include "exit.h"

typedef struct cli_command {
    const char *name;
    cli_exit (*run)(int argc, char **argv);
    const char *summary;
} cli_command;

cli_exit cli_connect(int argc, char **argv);
cli_exit cli_decode(int argc, char **argv);
cli_exit cli_doctor(int argc, char **argv);
cli_exit cli_explain(int argc, char **argv);
cli_exit cli_identity(int argc, char **argv);
cli_exit cli_listen(int argc, char **argv);
cli_exit cli_pub(int argc, char **argv);
cli_exit cli_sub(int argc, char **argv);

#endif
