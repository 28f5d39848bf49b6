/* handfast identity: finds what is asked for; of ca, server and device, reads the command line into
 * a request, loads the issuer, makes the identity, saves it. The rules for each role stand in
 * identity_names.c and identity_cert.c.
 */
#include "identity.h"
#include "command.h"
#include "report.h"
#include "when.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY   86400
#define SLACK 300 /* a new identity is valid since five minutes ago, for clocks a little behind */
/* 99991231235959Z: does not expire (RFC 5280 4.1.2.5), and the last second that can be written. */
#define NEVER    INT64_C(253402300799)
#define EARLIEST (-INT64_C(631152000)) /* 1950-01-01: the first year of a certificate's date */

/* Dates as given; identity_request has them as meant. */
typedef struct date_options {
    const char *from;
    const char *to;
    const char *days;
} date_options;

enum {
    OPTION_DIR = 'c', /* --ca of a leaf, --issuer of a CA */
    OPTION_NAME = 'n',
    OPTION_ID = 'i',
    OPTION_IP = 'p',
    OPTION_OUT = 'o',
    OPTION_DAYS = 'd',
    OPTION_FROM = 'b',
    OPTION_TO = 'a',
    OPTION_KEY = 'k',
    OPTION_ORG = 'O',
    OPTION_COUNTRY = 'C',
    OPTION_SERIAL = 's',
    OPTION_FORCE = 'f',
    OPTION_DER = 'D',
    OPTION_HELP = 'h',
};

#define COMMON_OPTIONS                                                                             \
    {"out", required_argument, NULL, OPTION_OUT}, {"days", required_argument, NULL, OPTION_DAYS},  \
        {"not-before", required_argument, NULL, OPTION_FROM},                                      \
        {"not-after", required_argument, NULL, OPTION_TO},                                         \
        {"key", required_argument, NULL, OPTION_KEY}, {"force", no_argument, NULL, OPTION_FORCE},  \
        {"der", no_argument, NULL, OPTION_DER}, {"help", no_argument, NULL, OPTION_HELP},          \
    {                                                                                              \
        NULL, 0, NULL, 0                                                                           \
    }

static const struct option CA_OPTIONS[] = {
    {"issuer", required_argument, NULL, OPTION_DIR},
    {"name", required_argument, NULL, OPTION_NAME},
    {"org", required_argument, NULL, OPTION_ORG},
    {"country", required_argument, NULL, OPTION_COUNTRY},
    COMMON_OPTIONS,
};
static const struct option SERVER_OPTIONS[] = {
    {"ca", required_argument, NULL, OPTION_DIR},
    {"name", required_argument, NULL, OPTION_NAME},
    {"ip", required_argument, NULL, OPTION_IP},
    COMMON_OPTIONS,
};
static const struct option DEVICE_OPTIONS[] = {
    {"ca", required_argument, NULL, OPTION_DIR},
    {"id", required_argument, NULL, OPTION_ID},
    {"serial-number", required_argument, NULL, OPTION_SERIAL},
    COMMON_OPTIONS,
};

typedef struct role_facts {
    const char *name;
    const char *command;
    const struct option *options;
    const char *days; /* default validity */
} role_facts;

static const role_facts ROLES[] = {
    [IDENTITY_CA] = {"ca", "identity ca", CA_OPTIONS, "3650"},
    [IDENTITY_SERVER] = {"server", "identity server", SERVER_OPTIONS, "365"},
    [IDENTITY_DEVICE] = {"device", "identity device", DEVICE_OPTIONS, "365"},
};
#define ROLES_COUNT (sizeof ROLES / sizeof ROLES[0])

static cli_exit add_value(const char *list[IDENTITY_NAMES_MAX], size_t *count, const char *value)
{
    if (*count == IDENTITY_NAMES_MAX) {
        return cli_fail_usage("identity server", "There are more than 16 names or addresses.",
                              value);
    }
    list[(*count)++] = value;
    return CLI_OK;
}

static cli_exit take_name(identity_request *request, const char *value)
{
    if (request->role == IDENTITY_SERVER) {
        return add_value(request->dns, &request->dns_count, value);
    }
    request->name = value;
    return CLI_OK;
}

static cli_exit take_option(identity_request *request, date_options *dates, int option, char *value)
{
    switch (option) {
    case OPTION_NAME:
    case OPTION_ID:
        return take_name(request, value);
    case OPTION_IP:
        return add_value(request->ip, &request->ip_count, value);
    case OPTION_DIR:
        request->issuer = value;
        break;
    case OPTION_OUT:
        request->out = value;
        break;
    case OPTION_DAYS:
        dates->days = value;
        break;
    case OPTION_FROM:
        dates->from = value;
        break;
    case OPTION_TO:
        dates->to = value;
        break;
    case OPTION_KEY:
        request->key = value;
        break;
    case OPTION_ORG:
        request->organization = value;
        break;
    case OPTION_COUNTRY:
        request->country = value;
        break;
    case OPTION_SERIAL:
        request->serial_number = value;
        break;
    case OPTION_FORCE:
        request->force = true;
        break;
    default:
        request->der = true;
        break;
    }
    return CLI_OK;
}

/* *help: nothing else is to be done. */
static cli_exit take_options(identity_request *request, date_options *dates, int argc, char **argv,
                             bool *help)
{
    const role_facts *role = &ROLES[request->role];
    cli_exit result = CLI_OK;
    int option = 0;
    opterr = 0;
    optind = 1;
    while (result == CLI_OK) {
        option = getopt_long(argc, argv, ":h", role->options, NULL);
        if (option == -1) {
            break;
        }
        if (option == OPTION_HELP) {
            *help = true;
            return CLI_OK;
        }
        if (option == '?' || option == ':') {
            return cli_fail_usage(role->command,
                                  option == '?' ? "There is no such option, or it is not exact."
                                                : "An option lacks its value.",
                                  argv[optind - 1]);
        }
        result = take_option(request, dates, option, optarg);
    }
    if (result == CLI_OK && optind < argc) {
        return cli_fail_usage(role->command, "There is a word too many.", argv[optind]);
    }
    return result;
}

static cli_exit check_request(identity_request *request)
{
    const char *command = ROLES[request->role].command;
    if (request->role != IDENTITY_CA && request->issuer == NULL) {
        return cli_fail_usage(command, "The CA that issues it is missing (--ca DIR).", NULL);
    }
    if (request->role == IDENTITY_DEVICE && request->name == NULL) {
        return cli_fail_usage(command, "The device's id is missing (--id TEXT).", NULL);
    }
    if (request->role == IDENTITY_CA && request->name == NULL) {
        request->name = request->issuer == NULL ? "Handfast test CA" : "Handfast test sub CA";
    }
    if (request->role == IDENTITY_SERVER) {
        if (request->dns_count + request->ip_count == 0) {
            return cli_fail_usage(command, "The server's name is missing (--name HOST).", NULL);
        }
        request->name = request->dns_count > 0 ? request->dns[0] : request->ip[0];
    }
    if (strcmp(request->key, "p256") != 0 && strcmp(request->key, "p384") != 0 &&
        strcmp(request->key, "rsa2048") != 0) {
        return cli_fail_usage(command, "There is no such kind of key: p256, p384 or rsa2048.",
                              request->key);
    }
    return identity_check_names(request);
}

static cli_exit parse_date(const char *command, const char *text, int64_t *seconds)
{
    if (strcmp(text, "never") == 0) {
        *seconds = NEVER;
        return CLI_OK;
    }
    if (!cli_when_parse(text, seconds) || *seconds < EARLIEST || *seconds > NEVER) {
        return cli_fail_usage(command, "This is no time between 1950 and 9999 in RFC 3339's form.",
                              text);
    }
    return CLI_OK;
}

/* Both ends are inclusive, so N days end one second early (IoT profile 16.1.5). */
static cli_exit set_dates(identity_request *request, const date_options *dates)
{
    const role_facts *role = &ROLES[request->role];
    const char *days_text = dates->days == NULL ? role->days : dates->days;
    char *end = NULL;
    long days = strtol(days_text, &end, 10);
    if (*end != 0 || days < 1 || days > 36500) {
        return cli_fail_usage(role->command, "--days takes a number from 1 to 36500.", days_text);
    }
    int64_t length = (int64_t)days * DAY - 1;
    request->not_before = (int64_t)time(NULL) - SLACK;
    request->to_issuers_end = dates->days == NULL && dates->to == NULL;
    cli_exit result = CLI_OK;
    if (dates->from != NULL) {
        result = parse_date(role->command, dates->from, &request->not_before);
    }
    request->not_after = request->not_before + length;
    if (result == CLI_OK && dates->to != NULL) {
        result = parse_date(role->command, dates->to, &request->not_after);
        if (dates->from == NULL && request->not_after < request->not_before) {
            request->not_before = request->not_after - length;
        }
    }
    if (result == CLI_OK && (request->not_before > request->not_after ||
                             request->not_before < EARLIEST || request->not_after > NEVER)) {
        return cli_fail_usage(role->command, "It would end before it begins, or beyond year 9999.",
                              NULL);
    }
    return result;
}

/* A default that outlived the issuer would promise what does not hold. */
static void end_with_issuer(identity_request *request, const identity *issuer)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(X509_get0_notAfter(issuer->certificate), &parts) == 1) {
        int64_t end = (int64_t)timegm(&parts);
        if (end < request->not_after && end > request->not_before) {
            request->not_after = end;
        }
    }
}

static cli_exit make_and_save(identity_request *request)
{
    identity issuer = {0};
    identity made = {0};
    cli_exit result = CLI_OK;
    if (request->issuer != NULL) {
        result = identity_load_issuer(request->issuer, &issuer);
        if (result == CLI_OK && request->to_issuers_end) {
            end_with_issuer(request, &issuer);
        }
    }
    if (result == CLI_OK) {
        result = identity_make(request, request->issuer == NULL ? NULL : &issuer, &made);
    }
    if (result == CLI_OK) {
        result = identity_save(request, &made);
    }
    identity_release(&made);
    identity_release(&issuer);
    return result;
}

static cli_exit run_role(identity_role role, int argc, char **argv)
{
    identity_request request = {.role = role,
                                .out = ".",
                                .name = NULL,
                                .organization = "Handfast tests",
                                .country = "XX",
                                .key = "p256"};
    date_options dates = {0};
    bool help = false;
    cli_exit result = take_options(&request, &dates, argc, argv, &help);
    if (help) {
        identity_print_help(role, ROLES[role].days);
        return CLI_OK;
    }
    if (result == CLI_OK) {
        result = check_request(&request);
    }
    if (result == CLI_OK) {
        result = set_dates(&request, &dates);
    }
    return result == CLI_OK ? make_and_save(&request) : result;
}

/* What works on files that are there. */
static const struct {
    const char *name;
    cli_exit (*run)(int argc, char **argv);
} WORKS[] = {
    {"show", identity_show},
    {"verify", identity_verify},
    {"csr", identity_csr},
    {"convert", identity_convert},
};
#define WORKS_COUNT (sizeof WORKS / sizeof WORKS[0])

cli_exit cli_identity(int argc, char **argv)
{
    if (argc < 2) {
        return cli_fail_usage("identity",
                              "What to do is missing: ca, server, device, show, verify, csr or "
                              "convert.",
                              NULL);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        identity_print_overview();
        return CLI_OK;
    }
    for (size_t i = 0; i < ROLES_COUNT; i++) {
        if (strcmp(argv[1], ROLES[i].name) == 0) {
            return run_role((identity_role)i, argc - 1, argv + 1);
        }
    }
    for (size_t i = 0; i < WORKS_COUNT; i++) {
        if (strcmp(argv[1], WORKS[i].name) == 0) {
            return WORKS[i].run(argc - 1, argv + 1);
        }
    }
    return cli_fail_usage("identity",
                          "There is no such thing to do: it is one of ca, server, device, show, "
                          "verify, csr, convert.",
                          argv[1]);
}
