/* handfast: one program, a table of commands. This file finds the command and says what there is;
 * everything else stands in the command's own file. */
#include "command.h"
#include "report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const cli_command COMMANDS[] = {
    {"connect", cli_connect, "connect as a device, and show what was agreed and what it cost"},
    {"doctor", cli_doctor, "try what a device would meet, and say what is wrong and what to do"},
    {"listen", cli_listen, "a TLS server: echo, a page, or in front of a broker"},
    {"pub", cli_pub, "publish an MQTT message"},
    {"sub", cli_sub, "subscribe, and print MQTT messages as they come"},
    {"identity", cli_identity, "make, show, verify and convert identities"},
    {"decode", cli_decode, "the transcript of a capture with TLS in it, and why it went so"},
    {"explain", cli_explain,
     "what a code of ours, of TLS, MQTT or another stack means, and what to do"},
};
#define COMMANDS_COUNT (sizeof COMMANDS / sizeof COMMANDS[0])

static cli_exit print_help(void)
{
    puts("handfast: secure connections between devices and the cloud\n"
         "\n"
         "usage: handfast COMMAND [OPTION...]\n"
         "       handfast COMMAND --help\n"
         "       handfast --version\n"
         "\n"
         "commands:");
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        printf("  %-10s %s\n", COMMANDS[i].name, COMMANDS[i].summary);
    }
    puts("\n"
         "example: a CA, a device under it, and its first connection\n"
         "  handfast identity ca --out ca\n"
         "  handfast identity device --ca ca --id thing-0001 --out device\n"
         "  handfast connect broker.example --ca ca/ca.pem \\\n"
         "      --cert device/thing-0001.chain.pem --key device/thing-0001.key\n"
         "\n"
         "exit codes:\n"
         "  0 done              1 a defect of this program\n"
         "  2 command line      3 this machine: files, keys, clock, memory\n"
         "  4 network           5 TLS: the peer breaks the protocol or has nothing in common with "
         "us\n"
         "  6 the peer's certificate is not acceptable\n"
         "  7 the peer refused us                      8 the deadline passed");
    return CLI_OK;
}

static const cli_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        if (strcmp(COMMANDS[i].name, name) == 0) {
            return &COMMANDS[i];
        }
    }
    return NULL;
}

static cli_exit run_command(int argc, char **argv)
{
    const cli_command *command = find_command(argv[0]);
    if (command == NULL) {
        return cli_fail_usage("", "There is no such command.", argv[0]);
    }
    return command->run(argc, argv);
}

/* `handfast help identity` is `handfast identity --help`. */
static cli_exit run_help(char *name)
{
    char option[] = "--help";
    char *arguments[] = {name, option, NULL};
    return name == NULL ? print_help() : run_command(2, arguments);
}

/* Output that could not be written (a full disk, a closed pipe) is a failure too, also one of
 * before, whose reason is gone. */
static cli_exit finish(cli_exit code)
{
    bool flushed = fflush(stdout) == 0;
    bool whole = ferror(stdout) == 0;
    if (flushed && !whole) {
        errno = EIO;
    }
    if ((!flushed || !whole) && code == CLI_OK) {
        return cli_fail_file("The result could not be written.", "standard output",
                             "Check where the output of this command goes.");
    }
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        return (int)cli_fail_usage("", "No command is given.", NULL);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        return (int)finish(print_help());
    }
    if (strcmp(argv[1], "help") == 0) {
        return (int)finish(run_help(argc > 2 ? argv[2] : NULL));
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("handfast " HF_TOOL_VERSION);
        return (int)finish(CLI_OK);
    }
    return (int)finish(run_command(argc - 1, argv + 1));
}
