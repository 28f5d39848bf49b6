/* The options of pub and sub: from words to values. See mqtt_options.h. */
#include "mqtt_options.h"

#include "report.h"

#include <handfast/conn.h>
#include <handfast/mqtt.h>
#include <stdio.h>
#include <string.h>

#define KEEP_ALIVE 60

enum mqtt_option {
    OPTION_WILL_TOPIC = CLI_OPTION_OWN,
    OPTION_WILL_PAYLOAD,
    OPTION_WILL_QOS,
    OPTION_WILL_RETAIN,
    OPTION_PASSWORD_FILE,
    OPTION_SUMMARY,
    OPTION_RECONNECT,
};

/* Long forms stand for the letters. */
#define COMMON_OPTIONS                                                                             \
    {"host", required_argument, NULL, 'h'}, {"port", required_argument, NULL, 'p'},                \
        {"topic", required_argument, NULL, 't'}, {"qos", required_argument, NULL, 'q'},            \
        {"id", required_argument, NULL, 'i'}, {"username", required_argument, NULL, 'u'},          \
        {"pw", required_argument, NULL, 'P'}, {"keepalive", required_argument, NULL, 'k'},         \
        {"disable-clean-session", no_argument, NULL, 'c'}, {"debug", no_argument, NULL, 'd'},      \
        {"will-topic", required_argument, NULL, OPTION_WILL_TOPIC},                                \
        {"will-payload", required_argument, NULL, OPTION_WILL_PAYLOAD},                            \
        {"will-qos", required_argument, NULL, OPTION_WILL_QOS},                                    \
        {"will-retain", no_argument, NULL, OPTION_WILL_RETAIN},                                    \
        {"password-file", required_argument, NULL, OPTION_PASSWORD_FILE},                          \
    {                                                                                              \
        "summary", no_argument, NULL, OPTION_SUMMARY                                               \
    }

static const struct option PUB_OPTIONS[] = {
    COMMON_OPTIONS,
    {"message", required_argument, NULL, 'm'},
    {"file", required_argument, NULL, 'f'},
    {"stdin-file", no_argument, NULL, 's'},
    {"null-message", no_argument, NULL, 'n'},
    {"retain", no_argument, NULL, 'r'},
    CLI_CONNECTION_OPTIONS,
};
static const struct option SUB_OPTIONS[] = {
    COMMON_OPTIONS,
    {"verbose", no_argument, NULL, 'v'},
    {"reconnect", no_argument, NULL, OPTION_RECONNECT},
    CLI_CONNECTION_OPTIONS,
};
#define PUB_LETTERS ":h:p:t:m:f:snq:ri:u:P:k:cdV:"
#define SUB_LETTERS ":h:p:t:q:i:u:P:k:cC:W:NvdV:"

static cli_exit wrong(const mqtt_options *options, const char *what, const char *value)
{
    return cli_fail_usage(options->tls.command, what, value);
}

static cli_exit take_qos(const mqtt_options *options, const char *value, unsigned long max,
                         uint8_t *qos)
{
    unsigned long number = 0;
    if (!cli_number(value, 0, max, &number)) {
        return wrong(options,
                     max == 1 ? "-q takes 0 or 1: QoS 2 is not offered here."
                              : "--will-qos takes 0, 1 or 2.",
                     value);
    }
    *qos = (uint8_t)number;
    return CLI_OK;
}

static cli_exit take_source(mqtt_options *options, mqtt_source source, const char *value)
{
    if (options->source != MQTT_FROM_NOTHING) {
        return wrong(options, "Only one message can be given: -m, -f, -s or -n.", value);
    }
    options->source = source;
    options->message = value;
    return CLI_OK;
}

static cli_exit take_topic(mqtt_options *options, const char *value)
{
    if (options->topics_count == (options->is_sub ? MQTT_TOPICS_MAX : 1u)) {
        return wrong(options,
                     options->is_sub ? "There are more than 32 topics."
                                     : "A message has one topic, and -t is given twice.",
                     value);
    }
    options->topics[options->topics_count++] = value;
    return CLI_OK;
}

static cli_exit take_number(mqtt_options *options, int option, const char *value)
{
    unsigned long number = 0;
    switch (option) {
    case 'p':
        return cli_number(value, 1, 65535, &options->port)
                   ? CLI_OK
                   : wrong(options, "-p takes a port: 1 to 65535.", value);
    case 'k':
        if (!cli_number(value, 0, 65535, &number)) {
            return wrong(options, "-k takes seconds: 0 (off) to 65535.", value);
        }
        options->keep_alive = (uint16_t)number;
        return CLI_OK;
    case 'C':
        return cli_number(value, 1, 4294967295, &options->count)
                   ? CLI_OK
                   : wrong(options, "-C takes a number of messages, at least 1.", value);
    default:
        return cli_milliseconds(value, &options->wait_ms)
                   ? CLI_OK
                   : wrong(options, "-W takes seconds: 0.001 to 86400.", value);
    }
}

/* The version can be named, as scripts for mosquitto's clients do. */
static cli_exit take_protocol(const mqtt_options *options, const char *value)
{
    bool known = strcmp(value, "311") == 0 || strcmp(value, "mqttv311") == 0;
    return known ? CLI_OK : wrong(options, "Only MQTT 3.1.1 is offered here (-V 311).", value);
}

static cli_exit take_will(mqtt_options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_WILL_TOPIC:
        options->will_topic = value;
        return CLI_OK;
    case OPTION_WILL_PAYLOAD:
        options->will_payload = value;
        return CLI_OK;
    case OPTION_WILL_RETAIN:
        options->will_retain = true;
        return CLI_OK;
    default:
        return take_qos(options, value, 2, &options->will_qos);
    }
}

/* Options that only set something. False: it is another one. */
static bool take_plain(mqtt_options *options, int option, const char *value)
{
    switch (option) {
    case 'h':
        options->host = value;
        return true;
    case 'i':
        options->client_id = value;
        return true;
    case 'u':
        options->user = value;
        return true;
    case 'P':
        options->password = value;
        return true;
    case OPTION_PASSWORD_FILE:
        options->password_file = value;
        return true;
    default:
        return false;
    }
}

static bool take_switch(mqtt_options *options, int option)
{
    bool *const switches[] = {['r'] = &options->retain,
                              ['c'] = &options->keep_session,
                              ['N'] = &options->no_newline,
                              ['v'] = &options->print_topics,
                              ['d'] = &options->debug,
                              [OPTION_SUMMARY] = &options->summary,
                              [OPTION_RECONNECT] = &options->reconnect,
                              [CLI_OPTION_HELP] = &options->help};
    if ((size_t)option >= sizeof switches / sizeof switches[0] || switches[option] == NULL) {
        return false;
    }
    *switches[option] = true;
    return true;
}

static cli_exit take(mqtt_options *options, int option, const char *value)
{
    if (take_switch(options, option) || take_plain(options, option, value)) {
        return CLI_OK;
    }
    switch (option) {
    case 't':
        return take_topic(options, value);
    case 'm':
        return take_source(options, MQTT_FROM_TEXT, value);
    case 'f':
        return take_source(options, MQTT_FROM_FILE, value);
    case 's':
        return take_source(options, MQTT_FROM_STDIN, "-s");
    case 'n':
        return take_source(options, MQTT_FROM_NULL, "-n");
    case 'q':
        return take_qos(options, value, 1, &options->qos);
    case 'V':
        return take_protocol(options, value);
    case 'p':
    case 'k':
    case 'C':
    case 'W':
        return take_number(options, option, value);
    case OPTION_WILL_TOPIC:
    case OPTION_WILL_PAYLOAD:
    case OPTION_WILL_QOS:
    case OPTION_WILL_RETAIN:
        return take_will(options, option, value);
    default:
        return cli_options_take(&options->tls, option, value);
    }
}

static cli_exit read_words(mqtt_options *options, int argc, char **argv)
{
    const struct option *longs = options->is_sub ? SUB_OPTIONS : PUB_OPTIONS;
    const char *letters = options->is_sub ? SUB_LETTERS : PUB_LETTERS;
    cli_exit result = CLI_OK;
    opterr = 0;
    optind = 1;
    while (result == CLI_OK) {
        int option = getopt_long(argc, argv, letters, longs, NULL);
        if (option == -1) {
            break;
        }
        if (option == '?') {
            return mqtt_options_unknown(options, argv);
        }
        result = option == ':' ? cli_options_wrong(&options->tls, option, argv)
                               : take(options, option, optarg);
    }
    if (result == CLI_OK && optind < argc) {
        return wrong(options, "There is a word too many.", argv[optind]);
    }
    return result;
}

static cli_exit check_topics(const mqtt_options *options)
{
    hf_error error;
    hf_error_clear(&error);
    if (options->topics_count == 0) {
        return wrong(options, "The topic is missing (-t).", NULL);
    }
    for (size_t i = 0; i < options->topics_count; i++) {
        hf_span topic = hf_mqtt_text(options->topics[i]);
        bool valid =
            options->is_sub ? hf_mqtt_topic_filter_valid(topic) : hf_mqtt_topic_name_valid(topic);
        if (!valid) {
            (void)hf_fail(&error, HF_E_MQTT_TOPIC);
            return cli_fail_record(&error, options->topics[i]);
        }
    }
    if (options->will_topic != NULL &&
        !hf_mqtt_topic_name_valid(hf_mqtt_text(options->will_topic))) {
        (void)hf_fail(&error, HF_E_MQTT_TOPIC);
        return cli_fail_record(&error, options->will_topic);
    }
    return CLI_OK;
}

static cli_exit check(const mqtt_options *options)
{
    bool has_password = options->password != NULL || options->password_file != NULL;
    if (!options->is_sub && options->source == MQTT_FROM_NOTHING) {
        return wrong(options, "The message is missing: -m TEXT, -f FILE, -s or -n.", NULL);
    }
    if (options->password != NULL && options->password_file != NULL) {
        return wrong(options, "-P and --password-file exclude each other.", NULL);
    }
    if (has_password && options->user == NULL) {
        return wrong(options, "A password needs a user name (-u).", NULL);
    }
    if (options->will_topic == NULL &&
        (options->will_payload != NULL || options->will_qos != 0 || options->will_retain)) {
        return wrong(options, "A will needs a topic (--will-topic).", NULL);
    }
    if (options->will_payload != NULL && strlen(options->will_payload) > 65535) {
        return wrong(options, "A will has at most 65535 bytes.", NULL);
    }
    if (options->keep_session && (options->client_id == NULL || options->client_id[0] == 0)) {
        return wrong(options, "-c needs a client id (-i), by which the broker keeps the session.",
                     NULL);
    }
    cli_exit result = check_topics(options);
    return result == CLI_OK ? cli_options_check(&options->tls) : result;
}

/* A bare IPv6 address gets its brackets, so that the port can stand apart. */
static cli_exit set_address(mqtt_options *options)
{
    const char *host = options->host;
    const char *colon = strchr(host, ':');
    bool bare = host[0] != '[' && colon != NULL && strchr(colon + 1, ':') != NULL;
    int len = snprintf(options->address, sizeof options->address, bare ? "[%s]:%lu" : "%s", host,
                       options->port);
    return len >= 0 && (size_t)len < sizeof options->address
               ? CLI_OK
               : wrong(options, "The host is too long.", host);
}

cli_exit mqtt_options_read(mqtt_options *options, bool is_sub, int argc, char **argv)
{
    *options = (mqtt_options){
        .is_sub = is_sub, .host = "localhost", .port = HF_DEFAULT_PORT, .keep_alive = KEEP_ALIVE};
    cli_options_init(&options->tls, is_sub ? "sub" : "pub");
    options->tls.trace.beside = true;
    cli_exit result = read_words(options, argc, argv);
    if (result != CLI_OK || options->help) {
        return result;
    }
    result = check(options);
    return result == CLI_OK ? set_address(options) : result;
}
