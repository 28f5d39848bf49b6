/* handfast connect: a handshake, the server's verdict, and what there is to know about both. */
#include "cause.h"
#include "command.h"
#include "options.h"
#include "page.h"
#include "remember.h"
#include "report.h"
#include "summary.h"
#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>

static const struct option OPTIONS[] = {{"verbose", no_argument, NULL, 'v'},
                                        CLI_CONNECTION_OPTIONS};
#define LETTERS ":hv"

static cli_exit print_help(void)
{
    printf(
        "usage: handfast connect HOST[:PORT] --ca FILE [OPTION...]\n"
        "\n"
        "Connects as a device does, waits for the server's verdict about the device, and prints\n"
        "what was agreed and what it cost. The port is 8883 unless one is given; an IPv6\n"
        "address with a port stands in brackets.\n"
        "\n"
        "  -v, -vv              --trace, --trace=fields\n"
        "%s"
        "\n"
        "The verdict: an alert is a refusal (exit code 7). A server that closes, or says nothing\n"
        "for 2 seconds and four round trips after the handshake, has let us in.\n"
        "\n"
        "examples:\n"
        "  handfast connect broker.example --ca ca.pem --cert device.chain.pem --key device.key\n"
        "  handfast connect broker.example --ca ca.pem -vv | less\n"
        "  handfast connect broker.example --ca ca.pem --json | jq 'select(.event == "
        "\"decision\")'\n",
        cli_options_help());
    return CLI_OK;
}

static cli_exit run(const char *address, const cli_options *options, cli_setup *setup,
                    hf_conn *conn)
{
    uint32_t begin = cli_verdict_clock();
    const char *verdict = NULL;
    cli_exit result = CLI_OK;
    hf_code code = hf_conn_start(conn, &setup->config, &setup->memory, address, &setup->conn,
                                 options->timeout_ms);
    if (code == HF_PENDING) {
        code = hf_conn_wait(conn);
    }
    if (code == HF_OK) {
        cli_remember_store(setup, &conn->tls);
        verdict = cli_verdict_read(conn, begin, options->timeout_ms);
    }
    cli_account account;
    cli_account_make(&account, conn, setup, 0);
    account.address = address;
    account.verdict = verdict;
    account.error = verdict == NULL ? hf_conn_error(conn) : NULL;
    cli_trace_note(&setup->trace, conn, verdict);
    if (!options->trace.json) {
        cli_summary_print(stdout, conn, setup, &account);
    }
    if (verdict == NULL) {
        (void)fflush(stdout);
        const cli_scene scene = {.error = hf_conn_error(conn), .setup = setup, .conn = conn};
        result = cli_cause_fail(&scene, address);
    } else if (!options->trace.json) {
        printf("  verdict      %s\n", verdict);
    }
    if (options->report != NULL) {
        cli_exit written = cli_page_write(options->report, &account);
        result = result == CLI_OK ? written : result;
    }
    return result;
}

/* A hf_conn is too large for the stack of the careful. */
static cli_exit connect_to(const char *address, const cli_options *options)
{
    cli_setup *setup = calloc(1, sizeof *setup);
    hf_conn *conn = calloc(1, sizeof *conn);
    cli_exit result = CLI_LOCAL;
    if (setup == NULL || conn == NULL) {
        result = cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some.");
    } else {
        result = cli_setup_make(setup, options);
        if (result == CLI_OK) {
            result = run(address, options, setup, conn);
        }
        hf_conn_close(conn);
        (void)cli_resume_keep(&setup->resume);
        result = cli_setup_finish(setup, result);
        cli_trace_end(&setup->trace, result);
        cli_setup_release(setup);
    }
    free(conn);
    free(setup);
    return result;
}

cli_exit cli_connect(int argc, char **argv)
{
    cli_options options;
    cli_options_init(&options, "connect");
    cli_exit result = CLI_OK;
    opterr = 0;
    optind = 1;
    int option = getopt_long(argc, argv, LETTERS, OPTIONS, NULL);
    while (option != -1 && result == CLI_OK) {
        if (option == 'h' || option == CLI_OPTION_HELP) {
            return print_help();
        }
        if (option == 'v') {
            cli_trace_more(&options.trace);
        } else {
            result = option == '?' || option == ':' ? cli_options_wrong(&options, option, argv)
                                                    : cli_options_take(&options, option, optarg);
        }
        option = result == CLI_OK ? getopt_long(argc, argv, LETTERS, OPTIONS, NULL) : -1;
    }
    if (result == CLI_OK && optind >= argc) {
        result = cli_fail_usage("connect", "The host is missing.", NULL);
    }
    if (result == CLI_OK && optind + 1 < argc) {
        result = cli_fail_usage("connect", "There is a word too many.", argv[optind + 1]);
    }
    if (result == CLI_OK) {
        result = cli_options_check(&options);
    }
    return result == CLI_OK ? connect_to(argv[optind], &options) : result;
}
