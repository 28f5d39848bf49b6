/* The options of a connection, the same for connect, pub and sub; read in one place.
 *
 * A command puts CLI_CONNECTION_OPTIONS into its getopt_long() table, gives every option it does
 * not know itself to cli_options_take(), and shows cli_options_help() in its help.
 */
#ifndef HF_CLI_OPTIONS_H
#define HF_CLI_OPTIONS_H

#include "capture.h"
#include "exit.h"
#include "psk.h"
#include "trace_options.h"

#include <getopt.h>
#include <handfast/config.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_CA_MAX   8
#define CLI_ALPN_MAX 8
#define CLI_PIN_MAX  8

/* Numbers of long options; those with a letter have the letter. */
enum cli_option {
    CLI_OPTION_CA = 256,
    CLI_OPTION_CERT,
    CLI_OPTION_KEY,
    CLI_OPTION_KEY_PASSWORD_FILE,
    CLI_OPTION_ALPN,
    CLI_OPTION_TLS,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_SERVER_NAME,
    CLI_OPTION_PIN,
    CLI_OPTION_DNS,
    CLI_OPTION_TIME,
    CLI_OPTION_REMEMBER,
    CLI_OPTION_INPUT_BUFFER,
    CLI_OPTION_SESSION,
    CLI_OPTION_PCAP,
    CLI_OPTION_PCAP_BARE,
    CLI_OPTION_KEYLOG,
    CLI_OPTION_SKIP_NAME,
    CLI_OPTION_SKIP_CERTIFICATE,
    CLI_OPTION_EXTENDED_SECRET,
    CLI_OPTION_PSK_FILE,
    CLI_OPTION_PSK_IDENTITY,
    CLI_OPTION_PSK_PLAIN,
    CLI_OPTION_PSK_MODE,
    CLI_OPTION_PSK_HASH,
    CLI_OPTION_REPORT,
    CLI_OPTION_FORCE,
    CLI_OPTION_TRACE,
    CLI_OPTION_JSON,
    CLI_OPTION_COLOR,
    CLI_OPTION_HELP,
    CLI_OPTION_OWN, /* the first number for a command's own long options */
};

#define CLI_CONNECTION_OPTIONS                                                                     \
    {"ca", required_argument, NULL, CLI_OPTION_CA},                                                \
        {"cafile", required_argument, NULL, CLI_OPTION_CA},                                        \
        {"cert", required_argument, NULL, CLI_OPTION_CERT},                                        \
        {"key", required_argument, NULL, CLI_OPTION_KEY},                                          \
        {"key-password-file", required_argument, NULL, CLI_OPTION_KEY_PASSWORD_FILE},              \
        {"alpn", required_argument, NULL, CLI_OPTION_ALPN},                                        \
        {"tls", required_argument, NULL, CLI_OPTION_TLS},                                          \
        {"timeout", required_argument, NULL, CLI_OPTION_TIMEOUT},                                  \
        {"servername", required_argument, NULL, CLI_OPTION_SERVER_NAME},                           \
        {"pin", required_argument, NULL, CLI_OPTION_PIN},                                          \
        {"dns", required_argument, NULL, CLI_OPTION_DNS},                                          \
        {"time", required_argument, NULL, CLI_OPTION_TIME},                                        \
        {"remember", required_argument, NULL, CLI_OPTION_REMEMBER},                                \
        {"input-buffer", required_argument, NULL, CLI_OPTION_INPUT_BUFFER},                        \
        {"session", required_argument, NULL, CLI_OPTION_SESSION},                                  \
        {"pcap", required_argument, NULL, CLI_OPTION_PCAP},                                        \
        {"pcap-without-secrets", required_argument, NULL, CLI_OPTION_PCAP_BARE},                   \
        {"keylog", required_argument, NULL, CLI_OPTION_KEYLOG},                                    \
        {"psk-file", required_argument, NULL, CLI_OPTION_PSK_FILE},                                \
        {"psk-identity", required_argument, NULL, CLI_OPTION_PSK_IDENTITY},                        \
        {"psk-plain", no_argument, NULL, CLI_OPTION_PSK_PLAIN},                                    \
        {"psk-mode", required_argument, NULL, CLI_OPTION_PSK_MODE},                                \
        {"psk-hash", required_argument, NULL, CLI_OPTION_PSK_HASH},                                \
        {"insecure-skip-name-check", no_argument, NULL, CLI_OPTION_SKIP_NAME},                     \
        {"insecure-skip-certificate-check", no_argument, NULL, CLI_OPTION_SKIP_CERTIFICATE},       \
        {"require-extended-master-secret", no_argument, NULL, CLI_OPTION_EXTENDED_SECRET},         \
        {"report", required_argument, NULL, CLI_OPTION_REPORT},                                    \
        {"force", no_argument, NULL, CLI_OPTION_FORCE},                                            \
        {"trace", optional_argument, NULL, CLI_OPTION_TRACE},                                      \
        {"json", no_argument, NULL, CLI_OPTION_JSON},                                              \
        {"color", required_argument, NULL, CLI_OPTION_COLOR},                                      \
        {"help", no_argument, NULL, CLI_OPTION_HELP},                                              \
    {                                                                                              \
        NULL, 0, NULL, 0                                                                           \
    }

/* Strings are borrowed from the command line. */
typedef struct cli_options {
    const char *command; /* for errors: "connect" */
    const char *ca[CLI_CA_MAX];
    size_t ca_count;
    const char *cert;
    const char *key;
    const char *key_password_file;
    const char *alpn[CLI_ALPN_MAX];
    size_t alpn_count;
    const char *server_name; /* SNI, and what the certificate must show; NULL: the host */
    const char *dns;
    const char *remember; /* file of the remembered chain */
    const char *session;  /* the file of a TLS session */
    const char *report;   /* the page of the connection */
    cli_psk_options psk;
    cli_trace_options trace;
    cli_capture_options capture;
    hf_pin pins[CLI_PIN_MAX];
    size_t pins_count;
    int64_t time; /* check dates as of then */
    bool has_time;
    uint16_t version; /* 0: 1.2 or 1.3 */
    uint32_t timeout_ms;
    size_t input_buffer;
    bool force; /* replace the file of `report` */
    bool insecure_skip_name;
    bool insecure_skip_certificate;
    bool require_extended_secret;
    /* A command's own changes to the configuration, before it is built; NULL: none. */
    void (*adjust)(void *ctx, hf_config *config);
    void *adjust_ctx;
} cli_options;

void cli_options_init(cli_options *options, const char *command);

/* One option that getopt_long() has found. */
cli_exit cli_options_take(cli_options *options, int option, const char *value);

/* An option about pre-shared keys, for any command; its `result`. False: it is none. */
bool cli_options_psk(cli_psk_options *psk, const char *command, int option, const char *value,
                     cli_exit *result);

/* What does not fit together; warns on stderr about checks that are switched off. */
cli_exit cli_options_check(const cli_options *options);

/* The error for '?' and ':' of getopt_long(), called before it is called again. */
cli_exit cli_options_wrong(const cli_options *options, int option, char **argv);

/* The lines of a command's help about these options. */
const char *cli_options_help(void);

/* Numbers on a command line: false when the text is anything else or out of the range. */
bool cli_number(const char *text, unsigned long min, unsigned long max, unsigned long *value);
bool cli_milliseconds(const char *text, uint32_t *value); /* seconds, fractions allowed; not 0 */

#endif
