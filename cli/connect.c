/* handfast connect: a handshake, the server's verdict, and what there is to know about both.
 *
 * A TLS 1.3 server decides about our certificate after our side of the handshake is done (RFC 8446
 * 4.4.2.4, E.1.2): so close_notify is sent and everything read up to the server's end.
 */
#include "command.h"
#include "options.h"
#include "remember.h"
#include "report.h"
#include "summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VERDICT_MS 2000u /* and four round trips: how long a server may take to refuse us */

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

static uint32_t milliseconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u);
}

/* For the verdict, within what is left of the deadline. */
static uint32_t verdict_ms(const hf_conn *conn, uint32_t spent, uint32_t timeout)
{
    uint32_t left = spent < timeout ? timeout - spent : 1;
    uint32_t wait = VERDICT_MS + conn->stats.tcp_us / 1000u * 4u;
    return wait < left ? wait : left;
}

/* Whether an end without a word leaves the verdict open: the server's Finished of TLS 1.2, and any
 * record after the handshake, come from a server that has let us in. */
static bool is_decided(const hf_conn *conn, uint32_t records_before)
{
    return hf_tls_version(&conn->tls) == HF_TLS12 || hf_tls_records_in(&conn->tls) > records_before;
}

/* The verdict in words; NULL: it is an error, which stands in the connection. */
static const char *read_verdict(hf_conn *conn, uint32_t wait)
{
    uint32_t records = hf_tls_records_in(&conn->tls);
    hf_code code = hf_conn_shutdown(conn, wait);
    switch (code) {
    case HF_OK:
        return conn->stats.clean_end ? "accepted: the server closed in order"
                                     : "accepted: the server closed, without close_notify";
    case HF_E_TRUNCATED:
        return "accepted: the server closed, without close_notify";
    case HF_PENDING:
    case HF_E_TIMEOUT:
        return is_decided(conn, records) ? "accepted: the server stays connected"
                                         : "accepted, as it seems: the server sent no refusal";
    case HF_E_NETWORK:
        return is_decided(conn, records) ? "accepted: the server reset the connection at the end"
                                         : NULL;
    default:
        return NULL;
    }
}

static cli_exit run(const char *address, const cli_options *options, cli_setup *setup,
                    hf_conn *conn)
{
    uint32_t begin = milliseconds_now();
    const char *verdict = NULL;
    hf_code code = hf_conn_start(conn, &setup->config, &setup->memory, address, &setup->conn,
                                 options->timeout_ms);
    if (code == HF_PENDING) {
        code = hf_conn_wait(conn);
    }
    if (code == HF_OK) {
        cli_remember_store(setup, &conn->tls);
        uint32_t wait = verdict_ms(conn, milliseconds_now() - begin, options->timeout_ms);
        verdict = read_verdict(conn, wait);
    }
    cli_trace_note(&setup->trace, conn, verdict);
    if (!options->trace.json) {
        cli_summary_print(stdout, conn, setup, 0);
    }
    if (verdict == NULL) {
        (void)fflush(stdout);
        return cli_fail_record(hf_conn_error(conn), address);
    }
    if (!options->trace.json) {
        printf("  verdict      %s\n", verdict);
    }
    return CLI_OK;
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
