/* handfast doctor: the command line, and the table of steps in the order of cause and effect. See
 * doctor.h. */
#include "doctor.h"
#include "command.h"
#include "report.h"

#include "net/address.h"
#include "net/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_ALIVE 60
#define HOLD_MS    3000u

enum doctor_option {
    OPTION_MQTT = CLI_OPTION_OWN,
    OPTION_CLIENT_ID,
    OPTION_USER,
    OPTION_PASSWORD_FILE,
    OPTION_KEEP_ALIVE,
    OPTION_HOLD,
    OPTION_ADDRESS,
};

static const struct option OPTIONS[] = {
    {"mqtt", no_argument, NULL, OPTION_MQTT},
    {"client-id", required_argument, NULL, OPTION_CLIENT_ID},
    {"username", required_argument, NULL, OPTION_USER},
    {"password-file", required_argument, NULL, OPTION_PASSWORD_FILE},
    {"keepalive", required_argument, NULL, OPTION_KEEP_ALIVE},
    {"hold", required_argument, NULL, OPTION_HOLD},
    {"address", required_argument, NULL, OPTION_ADDRESS},
    CLI_CONNECTION_OPTIONS,
};

/* What a step needs of those before it. */
typedef enum doctor_need {
    NEEDS_NOTHING,
    NEEDS_FILES,
    NEEDS_ADDRESS, /* an address was found */
    NEEDS_TCP,     /* something listens */
    NEEDS_HELLO,   /* the server answered a ClientHello */
    NEEDS_LOGIN,   /* the server is verified and has let us in */
    NEEDS_MQTT,    /* and MQTT is asked for */
} doctor_need;

static const struct {
    const char *name;
    void (*run)(doctor *d, doctor_result *result);
    doctor_need needs;
} STEPS[DOCTOR_STEPS] = {
    [STEP_FILES] = {"files", doctor_files, NEEDS_NOTHING},
    [STEP_RESOLVE] = {"resolve", doctor_resolve, NEEDS_NOTHING},
    [STEP_TCP] = {"tcp", doctor_tcp, NEEDS_ADDRESS},
    [STEP_SERVICE] = {"service", doctor_service, NEEDS_NOTHING},
    [STEP_TLS] = {"tls", doctor_tls, NEEDS_TCP},
    [STEP_VERSIONS] = {"versions", doctor_versions, NEEDS_TCP},
    [STEP_CLOCK] = {"clock", doctor_clock, NEEDS_FILES},
    [STEP_CHAIN] = {"chain", doctor_chain, NEEDS_HELLO},
    [STEP_NAME] = {"name", doctor_name_step, NEEDS_HELLO},
    [STEP_CLIENT] = {"client", doctor_client, NEEDS_HELLO},
    [STEP_ALPN] = {"alpn", doctor_alpn, NEEDS_TCP},
    [STEP_SNI] = {"sni", doctor_sni, NEEDS_TCP},
    [STEP_RECORDS] = {"records", doctor_records, NEEDS_HELLO},
    [STEP_FRAGMENTS] = {"fragments", doctor_fragments, NEEDS_HELLO},
    [STEP_PATH] = {"path", doctor_path, NEEDS_TCP},
    [STEP_RESUMPTION] = {"resumption", doctor_resumption, NEEDS_LOGIN},
    [STEP_MQTT] = {"mqtt", doctor_mqtt, NEEDS_MQTT},
    [STEP_KEEP_ALIVE] = {"keep-alive", doctor_keep_alive, NEEDS_MQTT},
    [STEP_FIT] = {"fit", doctor_fit, NEEDS_NOTHING},
};

const char *doctor_step_name(doctor_step_id step)
{
    return STEPS[step].name;
}

/* Why a step cannot be tried; NULL: it can. */
static const char *what_is_missing(const doctor *d, doctor_need needs)
{
    if (needs >= NEEDS_FILES && d->results[STEP_FILES].verdict == DOCTOR_FAULT &&
        !d->setup.config.built) {
        return "the device's files cannot be used";
    }
    if (needs >= NEEDS_ADDRESS && d->ips_count == 0) {
        return "there is no address";
    }
    if (needs >= NEEDS_TCP && d->ip.family == 0) {
        return "there is no TCP connection";
    }
    if (needs >= NEEDS_HELLO && d->first.version == 0) {
        return "the server answers no ClientHello";
    }
    if (needs == NEEDS_MQTT && !d->options->mqtt) {
        return "--mqtt is not given";
    }
    if (needs >= NEEDS_LOGIN && !d->verified) {
        return "the server is not verified";
    }
    return needs >= NEEDS_LOGIN && !d->works ? "the server has not let us in" : NULL;
}

static bool has_fault(const doctor *d)
{
    for (unsigned i = 0; i < DOCTOR_STEPS; i++) {
        if (d->results[i].verdict == DOCTOR_FAULT) {
            return true;
        }
    }
    return false;
}

static cli_exit examine(doctor *d)
{
    doctor_print_begin(d);
    for (unsigned i = 0; i < DOCTOR_STEPS; i++) {
        const char *missing = what_is_missing(d, STEPS[i].needs);
        if (missing != NULL) {
            doctor_skip(&d->results[i], "%s", missing);
        } else {
            STEPS[i].run(d, &d->results[i]);
        }
        doctor_print_step(d, (doctor_step_id)i);
    }
    if (d->first.tried && !d->works && !has_fault(d)) {
        doctor_unexplained(d, &d->results[STEP_TLS]); /* never "healthy" for what has failed */
    }
    return doctor_print_end(d);
}

static cli_exit run(const doctor_options *options)
{
    doctor *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some.");
    }
    d->options = options;
    hf_error error;
    hf_error_clear(&error);
    error.stage = HF_STAGE_SETUP;
    hf_code code = hf_address_parse(options->target, HF_DEFAULT_PORT, &d->address);
    cli_exit result = CLI_OK;
    if (code != HF_OK) {
        (void)hf_fail(&error, code);
        result = cli_fail_record(&error, options->target);
    } else {
        if (d->address.zone[0] != '\0') {
            d->address.ip.scope = hf_net_scope(d->address.zone);
        }
        d->host_rules = doctor_host_find(doctor_name(d));
        result = examine(d);
    }
    doctor_seen_release(&d->first);
    doctor_seen_release(&d->look);
    doctor_seen_release(&d->small);
    doctor_seen_release(&d->resumed);
    if (d->session.ptr != NULL) {
        explicit_bzero(d->session.ptr, d->session.cap);
    }
    free(d->session.ptr);
    cli_file_release(&d->password);
    if (d->has_setup) {
        cli_trace_end(&d->setup.trace, CLI_OK);
        cli_setup_release(&d->setup);
    }
    free(d);
    return result;
}

/* ---- the command line */

static cli_exit take_number(doctor_options *options, int option, const char *value)
{
    unsigned long number = 0;
    if (option == OPTION_HOLD) {
        return cli_milliseconds(value, &options->hold_ms)
                   ? CLI_OK
                   : cli_fail_usage("doctor", "--hold takes seconds: 0.001 to 86400.", value);
    }
    if (!cli_number(value, 0, 65535, &number)) {
        return cli_fail_usage("doctor", "--keepalive takes seconds: 0 (off) to 65535.", value);
    }
    options->keep_alive = (uint16_t)number;
    return CLI_OK;
}

static cli_exit take_address(doctor_options *options, const char *value)
{
    hf_ip ip;
    options->address = value;
    return hf_ip_parse(value, &ip)
               ? CLI_OK
               : cli_fail_usage("doctor",
                                "--address takes an IPv4 or IPv6 address without "
                                "brackets.",
                                value);
}

static cli_exit take(doctor_options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_MQTT:
        options->mqtt = true;
        return CLI_OK;
    case CLI_OPTION_JSON:
        options->json = true; /* of results, not of events */
        return CLI_OK;
    case OPTION_CLIENT_ID:
        options->client_id = value;
        return CLI_OK;
    case OPTION_USER:
        options->user = value;
        return CLI_OK;
    case OPTION_PASSWORD_FILE:
        options->password_file = value;
        return CLI_OK;
    case OPTION_ADDRESS:
        return take_address(options, value);
    case OPTION_KEEP_ALIVE:
    case OPTION_HOLD:
        return take_number(options, option, value);
    default:
        return cli_options_take(&options->tls, option, value);
    }
}

static cli_exit check(const doctor_options *options)
{
    const cli_options *tls = &options->tls;
    if (tls->psk.file != NULL) {
        return cli_fail_usage("doctor",
                              "The doctor looks at servers with certificates: --psk-file "
                              "is for connect.",
                              NULL);
    }
    if (tls->insecure_skip_certificate || tls->insecure_skip_name) {
        return cli_fail_usage("doctor",
                              "The doctor makes every check, and looks further without "
                              "them by itself.",
                              "--insecure-...");
    }
    if (tls->capture.pcap != NULL || tls->capture.bare != NULL || tls->capture.keylog != NULL) {
        return cli_fail_usage("doctor",
                              "--pcap and --keylog are for connect: the doctor makes many "
                              "connections.",
                              NULL);
    }
    if (tls->session != NULL || tls->remember != NULL) {
        return cli_fail_usage("doctor",
                              "--session and --remember are for connect: the doctor "
                              "begins anew.",
                              NULL);
    }
    if (options->password_file != NULL && options->user == NULL) {
        return cli_fail_usage("doctor", "A password needs a user name (--username).", NULL);
    }
    if (!options->mqtt && (options->client_id != NULL || options->user != NULL)) {
        return cli_fail_usage("doctor", "--client-id and --username need --mqtt.", NULL);
    }
    return cli_options_check(tls);
}

cli_exit cli_doctor(int argc, char **argv)
{
    doctor_options options = {.keep_alive = KEEP_ALIVE, .hold_ms = HOLD_MS};
    cli_options_init(&options.tls, "doctor");
    options.tls.trace.beside = true;
    cli_exit result = CLI_OK;
    opterr = 0;
    optind = 1;
    int option = getopt_long(argc, argv, ":h", OPTIONS, NULL);
    while (option != -1 && result == CLI_OK) {
        if (option == 'h' || option == CLI_OPTION_HELP) {
            return doctor_print_help();
        }
        result = option == '?' || option == ':' ? cli_options_wrong(&options.tls, option, argv)
                                                : take(&options, option, optarg);
        option = result == CLI_OK ? getopt_long(argc, argv, ":h", OPTIONS, NULL) : -1;
    }
    if (result == CLI_OK && optind >= argc) {
        result = cli_fail_usage("doctor", "The host is missing.", NULL);
    }
    if (result == CLI_OK && optind + 1 < argc) {
        result = cli_fail_usage("doctor", "There is a word too many.", argv[optind + 1]);
    }
    result = result == CLI_OK ? check(&options) : result;
    options.target = result == CLI_OK ? argv[optind] : NULL;
    return result == CLI_OK ? run(&options) : result;
}
