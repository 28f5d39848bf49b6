/* The help of handfast pub and sub, and the options of mosquitto's clients that they lack. */
#include "mqtt_options.h"

#include "report.h"

#include <stdio.h>
#include <string.h>

static const char PUB_BEGIN[] =
    "usage: handfast pub -t TOPIC {-m TEXT | -f FILE | -s | -n} --ca FILE [OPTION...]\n"
    "\n"
    "Publishes one message. With -q 1 it waits for the broker's acknowledgement.\n"
    "\n"
    "  -t TOPIC             where to publish\n"
    "  -m TEXT              the message\n"
    "  -f FILE              the file's content is the message\n"
    "  -s                   what comes from standard input is the message\n"
    "  -n                   an empty message (with -r it removes the retained one)\n"
    "  -r                   the broker is to retain the message\n";

static const char SUB_BEGIN[] =
    "usage: handfast sub -t TOPIC... --ca FILE [OPTION...]\n"
    "\n"
    "Prints messages as they come, until Ctrl-C, -C or -W.\n"
    "\n"
    "  -t FILTER            what to subscribe to, with + and #; may be given again\n"
    "  -C N                 end after N messages\n"
    "  -W SECONDS           end after so long: exit code 8 if -C wants more messages\n"
    "  -v                   print the topic before each message\n"
    "  -N                   no line end after each message\n"
    "  --reconnect          when the connection breaks, connect again after a pause that doubles\n"
    "                       up to a minute\n";

static const char BOTH[] =
    "  -h HOST              the broker (default localhost)\n"
    "  -p PORT              its port (default 8883)\n"
    "  -q 0|1               quality of service (default 0)\n"
    "  -i ID                client id (default: handfast- and a random number)\n"
    "  -u NAME              user name\n"
    "  -P PASSWORD          password; others on this machine can see it: better --password-file\n"
    "  --password-file FILE the password is in this file\n"
    "  -k SECONDS           keep-alive (default 60)\n"
    "  -c                   keep the session at the broker (no clean session); needs -i\n"
    "  --will-topic TOPIC, --will-payload TEXT, --will-qos 0|1|2, --will-retain\n"
    "                       what the broker publishes should we vanish\n"
    "  -d                   say on stderr what happens\n"
    "  --summary            print a summary of the connection on stderr at the end\n";

static const char PUB_EXAMPLE[] =
    "\n"
    "example:\n"
    "  handfast pub -h broker.example --ca ca.pem --cert device.chain.pem --key device.key \\\n"
    "      -i thing-0001 -t things/thing-0001/telemetry -q 1 -m '{\"temperature\": 21.5}'\n";

static const char SUB_EXAMPLE[] =
    "\n"
    "example:\n"
    "  handfast sub -h broker.example --ca ca.pem --cert device.chain.pem --key device.key \\\n"
    "      -i thing-0001 -t 'things/thing-0001/#' -q 1 -v\n";

cli_exit mqtt_print_help(bool is_sub)
{
    printf("%s%s%s%s", is_sub ? SUB_BEGIN : PUB_BEGIN, BOTH, cli_options_help(),
           is_sub ? SUB_EXAMPLE : PUB_EXAMPLE);
    return CLI_OK;
}

/* What mosquitto_pub and mosquitto_sub have and we have not; `instead` may be NULL. */
typedef struct foreign_option {
    const char *name;
    const char *instead;
} foreign_option;

static const foreign_option FOREIGN[] = {
    {"-A", NULL},
    {"-D", NULL},
    {"-E", NULL},
    {"-F", "use -v for the topic"},
    {"-I", "use -i"},
    {"-L", "use -h, -p, -t"},
    {"-M", NULL},
    {"-R", NULL},
    {"-S", NULL},
    {"-T", NULL},
    {"-U", NULL},
    {"-l", "use -s, or run it once for each line"},
    {"-o", NULL},
    {"-x", NULL},
    {"--capath", "use --ca FILE or --ca system"},
    {"--ciphers", NULL},
    {"--filter-out", NULL},
    {"--id-prefix", "use -i"},
    {"--insecure", "use --insecure-skip-name-check, for looking at a server only"},
    {"--keyform", "PEM and DER are told apart by themselves"},
    {"--nodelay", "it is always so"},
    {"--pretty", NULL},
    {"--property", NULL},
    {"--protocol-version", "MQTT 3.1.1 is what is spoken"},
    {"--proxy", NULL},
    {"--psk", NULL},
    {"--psk-identity", NULL},
    {"--quiet", NULL},
    {"--remove-retained", NULL},
    {"--repeat", NULL},
    {"--repeat-delay", NULL},
    {"--retain-as-published", NULL},
    {"--retain-handling", NULL},
    {"--retained-only", NULL},
    {"--stdin-line", "use -s, or run it once for each line"},
    {"--tls-alpn", "use --alpn"},
    {"--tls-engine", NULL},
    {"--tls-engine-kpass-sha1", NULL},
    {"--tls-use-os-certs", "use --ca system"},
    {"--tls-version", "use --tls 1.2 or --tls 1.3"},
    {"--unix", NULL},
    {"--unsubscribe", NULL},
    {"--url", "use -h, -p, -t"},
};
#define FOREIGN_COUNT (sizeof FOREIGN / sizeof FOREIGN[0])

cli_exit mqtt_options_unknown(const mqtt_options *options, char **argv)
{
    char letter[3] = {'-', (char)optopt, 0};
    const char *word = optopt > 0 && optopt < 256 ? letter : argv[optind - 1];
    size_t len = strcspn(word, "=");
    for (size_t i = 0; i < FOREIGN_COUNT; i++) {
        if (strlen(FOREIGN[i].name) == len && strncmp(FOREIGN[i].name, word, len) == 0) {
            char why[160];
            const char *instead = FOREIGN[i].instead;
            (void)snprintf(why, sizeof why, "%s%s%s", FOREIGN[i].name, instead == NULL ? "" : ": ",
                           instead == NULL ? "" : instead);
            return cli_fail_usage(options->tls.command,
                                  "Mosquitto's clients have this option; here there is none.", why);
        }
    }
    return cli_options_wrong(&options->tls, '?', argv);
}
