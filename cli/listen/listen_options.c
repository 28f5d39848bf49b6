/* Options of `handfast listen`: from words to values, and what does not fit together. */
#include "listen_options.h"

#include "report.h"

#include <stdio.h>
#include <string.h>

#define HANDSHAKE_MS    10000u
#define GRACE_MS        5000u
#define WWW_IDLE_MS     30000u
#define FOLD_MS         1000u
#define CONNECTIONS_MAX 1000000ul
#define TICKETS_MAX     16ul
#define LIFETIME_MAX    604800ul /* RFC 8446 4.6.1 */

enum own_option {
    OPTION_CLIENT_CA = CLI_OPTION_OWN,
    OPTION_REQUIRE,
    OPTION_REQUEST,
    OPTION_WWW,
    OPTION_FORWARD,
    OPTION_REGISTRY,
    OPTION_HANDSHAKE_TIMEOUT,
    OPTION_IDLE_TIMEOUT,
    OPTION_GRACE,
    OPTION_FOLD_AFTER,
    OPTION_MAX_CONNECTIONS,
    OPTION_COUNT,
    OPTION_ANY_NAME,
    OPTION_SEND_AUTHORITIES,
    OPTION_STAPLE,
    OPTION_NO_TICKETS,
    OPTION_TICKETS,
    OPTION_TICKET_LIFETIME,
    OPTION_TICKET_KEYS,
    OPTION_QUIET,
};

static const struct option OPTIONS[] = {
    {"cert", required_argument, NULL, CLI_OPTION_CERT},
    {"key", required_argument, NULL, CLI_OPTION_KEY},
    {"key-password-file", required_argument, NULL, CLI_OPTION_KEY_PASSWORD_FILE},
    {"tls", required_argument, NULL, CLI_OPTION_TLS},
    {"alpn", required_argument, NULL, CLI_OPTION_ALPN},
    {"psk-file", required_argument, NULL, CLI_OPTION_PSK_FILE},
    {"psk-plain", no_argument, NULL, CLI_OPTION_PSK_PLAIN},
    {"psk-mode", required_argument, NULL, CLI_OPTION_PSK_MODE},
    {"psk-hash", required_argument, NULL, CLI_OPTION_PSK_HASH},
    {"client-ca", required_argument, NULL, OPTION_CLIENT_CA},
    {"require", no_argument, NULL, OPTION_REQUIRE},
    {"request", no_argument, NULL, OPTION_REQUEST},
    {"www", no_argument, NULL, OPTION_WWW},
    {"forward", required_argument, NULL, OPTION_FORWARD},
    {"registry", required_argument, NULL, OPTION_REGISTRY},
    {"handshake-timeout", required_argument, NULL, OPTION_HANDSHAKE_TIMEOUT},
    {"idle-timeout", required_argument, NULL, OPTION_IDLE_TIMEOUT},
    {"grace", required_argument, NULL, OPTION_GRACE},
    {"fold-after", required_argument, NULL, OPTION_FOLD_AFTER},
    {"max-connections", required_argument, NULL, OPTION_MAX_CONNECTIONS},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"any-name", no_argument, NULL, OPTION_ANY_NAME},
    {"send-authorities", no_argument, NULL, OPTION_SEND_AUTHORITIES},
    {"staple", required_argument, NULL, OPTION_STAPLE},
    {"no-tickets", no_argument, NULL, OPTION_NO_TICKETS},
    {"tickets", required_argument, NULL, OPTION_TICKETS},
    {"ticket-lifetime", required_argument, NULL, OPTION_TICKET_LIFETIME},
    {"ticket-keys", required_argument, NULL, OPTION_TICKET_KEYS},
    {"trace", optional_argument, NULL, CLI_OPTION_TRACE},
    {"color", required_argument, NULL, CLI_OPTION_COLOR},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"help", no_argument, NULL, CLI_OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static cli_exit wrong(const char *what, const char *subject)
{
    return cli_fail_usage("listen", what, subject);
}

static cli_exit add(const char **list, size_t *count, const char *value)
{
    if (*count == LISTEN_IDENTITIES_MAX) {
        return wrong("An option is given more than 8 times.", value);
    }
    list[(*count)++] = value;
    return CLI_OK;
}
_Static_assert(LISTEN_IDENTITIES_MAX <= CLI_CA_MAX && LISTEN_IDENTITIES_MAX <= CLI_ALPN_MAX,
               "one limit for all lists");

static cli_exit take_alpn(listen_options *options, char *value)
{
    cli_exit result = CLI_OK;
    char *rest = value;
    char *name = strsep(&rest, ",");
    while (name != NULL && result == CLI_OK) {
        result = name[0] == 0 ? wrong("--alpn has an empty name.", NULL)
                              : add(options->alpn, &options->alpn_count, name);
        name = strsep(&rest, ",");
    }
    return result;
}

static cli_exit take_version(listen_options *options, const char *value)
{
    if (strcmp(value, "1.2") != 0 && strcmp(value, "1.3") != 0) {
        return wrong("--tls takes 1.2 or 1.3.", value);
    }
    options->version = value[2] == '2' ? HF_TLS12 : HF_TLS13;
    return CLI_OK;
}

static cli_exit take_staple(listen_options *options, const char *value)
{
    if (options->cert_count == 0 || options->staple[options->cert_count - 1] != NULL) {
        return wrong("--staple belongs behind a --cert, one for each.", value);
    }
    options->staple[options->cert_count - 1] = value;
    return CLI_OK;
}

static cli_exit take_time(uint32_t *to, const char *value)
{
    return cli_milliseconds(value, to)
               ? CLI_OK
               : wrong("A time-out takes seconds: 0.001 to 86400, like 2.5.", value);
}

static cli_exit take_number(unsigned long *to, const char *value)
{
    return cli_number(value, 1, CONNECTIONS_MAX, to)
               ? CLI_OK
               : wrong("A number of connections is from 1 to 1000000.", value);
}

static bool take_flag(listen_options *options, int option)
{
    switch (option) {
    case OPTION_REQUIRE:
        options->require = true;
        return true;
    case OPTION_REQUEST:
        options->request = true;
        return true;
    case OPTION_WWW:
        options->www = true;
        return true;
    case OPTION_ANY_NAME:
        options->any_name = true;
        return true;
    case OPTION_SEND_AUTHORITIES:
        options->send_authorities = true;
        return true;
    case OPTION_QUIET:
        options->quiet = true;
        return true;
    case OPTION_NO_TICKETS:
        options->no_tickets = true;
        return true;
    case OPTION_TICKET_KEYS:
        options->ticket_keys = optarg;
        return true;
    case OPTION_FORWARD:
        options->forward = optarg;
        return true;
    case OPTION_REGISTRY:
        options->registry = optarg;
        return true;
    case CLI_OPTION_KEY_PASSWORD_FILE:
        options->key_password_file = optarg;
        return true;
    default:
        return false;
    }
}

static cli_exit take(listen_options *options, int option, char *value)
{
    cli_exit result = CLI_OK;
    if (cli_options_psk(&options->psk, "listen", option, value, &result)) {
        return result;
    }
    switch (option) {
    case CLI_OPTION_CERT:
        return add(options->cert, &options->cert_count, value);
    case CLI_OPTION_KEY:
        return add(options->key, &options->key_count, value);
    case OPTION_CLIENT_CA:
        return add(options->client_ca, &options->client_ca_count, value);
    case CLI_OPTION_ALPN:
        return take_alpn(options, value);
    case CLI_OPTION_TLS:
        return take_version(options, value);
    case CLI_OPTION_TRACE:
        return cli_trace_take(&options->trace, "listen", value);
    case CLI_OPTION_COLOR:
        return cli_trace_color(&options->trace, "listen", value);
    case OPTION_STAPLE:
        return take_staple(options, value);
    case OPTION_HANDSHAKE_TIMEOUT:
        return take_time(&options->handshake_ms, value);
    case OPTION_IDLE_TIMEOUT:
        return take_time(&options->idle_ms, value);
    case OPTION_GRACE:
        return take_time(&options->grace_ms, value);
    case OPTION_FOLD_AFTER:
        return take_time(&options->fold_ms, value);
    case OPTION_MAX_CONNECTIONS:
        return take_number(&options->max_connections, value);
    case OPTION_COUNT:
        return take_number(&options->count, value);
    case OPTION_TICKETS:
        return cli_number(value, 1, TICKETS_MAX, &options->tickets)
                   ? CLI_OK
                   : wrong("--tickets takes a number from 1 to 16.", value);
    case OPTION_TICKET_LIFETIME:
        return cli_number(value, 1, LIFETIME_MAX, &options->ticket_lifetime)
                   ? CLI_OK
                   : wrong("--ticket-lifetime takes 1 to 604800 seconds.", value);
    default:
        return take_flag(options, option) ? CLI_OK : wrong("There is no such option.", value);
    }
}

/* Contradictions in what is asked for. */
static cli_exit check(listen_options *options)
{
    bool psks_alone = options->psk.file != NULL && options->cert_count == 0;
    if (options->cert_count != options->key_count || (options->cert_count == 0 && !psks_alone)) {
        return wrong("A server needs --cert and --key, as many of the one as of the other, or "
                     "--psk-file.",
                     NULL);
    }
    if (options->psk.file == NULL &&
        (options->psk.plain || options->psk.modes != HF_PSK_DHE || options->psk.hash != 0)) {
        return wrong("An option about pre-shared keys needs --psk-file.", NULL);
    }
    if (psks_alone && options->client_ca_count > 0) {
        return wrong("--client-ca needs --cert and --key: with pre-shared keys alone no client "
                     "shows a certificate.",
                     NULL);
    }
    if (options->www && options->forward != NULL) {
        return wrong("--www and --forward exclude each other.", NULL);
    }
    if (options->require && options->request) {
        return wrong("--require and --request exclude each other.", NULL);
    }
    if (options->client_ca_count == 0 &&
        (options->require || options->request || options->send_authorities)) {
        return wrong("--require, --request and --send-authorities need --client-ca.", NULL);
    }
    bool certain = options->client_ca_count > 0 || psks_alone;
    if (options->registry != NULL && (!certain || options->request)) {
        return wrong("--registry needs --client-ca, and a certificate of every client: it does not "
                     "go with --request; or --psk-file without --cert.",
                     NULL);
    }
    if (options->no_tickets &&
        (options->ticket_keys != NULL || options->tickets != 0 || options->ticket_lifetime != 0)) {
        return wrong("--no-tickets excludes the other options about tickets.", NULL);
    }
    if (options->www && options->alpn_count == 0) {
        options->alpn[options->alpn_count++] = "http/1.1";
    }
    if (options->www && options->idle_ms == 0) {
        options->idle_ms = WWW_IDLE_MS;
    }
    return CLI_OK;
}

cli_exit listen_options_read(listen_options *options, int argc, char **argv)
{
    *options =
        (listen_options){.handshake_ms = HANDSHAKE_MS, .grace_ms = GRACE_MS, .fold_ms = FOLD_MS};
    const cli_options for_errors = {.command = "listen"};
    cli_exit result = CLI_OK;
    opterr = 0;
    optind = 1;
    int option = getopt_long(argc, argv, ":h", OPTIONS, NULL);
    while (option != -1 && result == CLI_OK) {
        if (option == 'h' || option == CLI_OPTION_HELP) {
            options->help = true;
            return CLI_OK;
        }
        result = option == '?' || option == ':' ? cli_options_wrong(&for_errors, option, argv)
                                                : take(options, option, optarg);
        option = result == CLI_OK ? getopt_long(argc, argv, ":h", OPTIONS, NULL) : -1;
    }
    if (result == CLI_OK && optind >= argc) {
        result = wrong("The port is missing.", NULL);
    }
    if (result == CLI_OK && optind + 1 < argc) {
        result = wrong("There is a word too many.", argv[optind + 1]);
    }
    if (result == CLI_OK) {
        options->address = argv[optind];
        result = check(options);
    }
    return result;
}

listen_mode listen_options_mode(const listen_options *options)
{
    if (options->www) {
        return LISTEN_WWW;
    }
    return options->forward != NULL ? LISTEN_FORWARD : LISTEN_ECHO;
}

uint8_t listen_options_auth(const listen_options *options)
{
    if (options->client_ca_count == 0) {
        return HF_CLIENT_AUTH_NONE;
    }
    return options->request ? HF_CLIENT_AUTH_REQUEST : HF_CLIENT_AUTH_REQUIRE;
}
