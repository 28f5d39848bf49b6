/* The options of a connection: from words to values. See options.h. */
#include "options.h"

#include "report.h"
#include "when.h"

#include <ctype.h>
#include <errno.h>
#include <handfast/tls.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 10000u
#define DAY_MS     86400000u
#define BUFFER_MAX 65536ul

static const char HELP[] =
    "  --ca FILE|system     the CAs to trust, PEM or DER; \"system\": those of this machine;\n"
    "                       may be given again (--cafile is the same)\n"
    "  --cert FILE          this device's certificate and what stands between it and the root\n"
    "  --key FILE|URI       its private key; one that stays in a token: pkcs11:token=T;object=O\n"
    "                       (RFC 7512), in a TPM 2.0: handle:0x81000001, or a TSS2 key file\n"
    "  --key-password-file FILE\n"
    "                       the password of an encrypted key, the PIN of a token\n"
    "  --tls 1.2|1.3        only this version (default: 1.3, else 1.2)\n"
    "  --alpn NAME          an application protocol to offer; may be given again\n"
    "  --servername NAME    the name that the certificate must show, and that is sent as SNI,\n"
    "                       when it is not the host's\n"
    "  --pin SHA256         the server's public key must have this SHA-256 (hex or base64),\n"
    "                       besides all other checks; may be given again\n"
    "  --psk-file FILE      instead of certificates: the key agreed with the server beforehand, in "
    "a\n"
    "                       file with a line IDENTITY:HEX\n"
    "  --psk-identity ID    which line of it; or whose key it is when the file holds HEX alone\n"
    "  --psk-plain          do not import it (RFC 9258), for servers that do not\n"
    "  --psk-mode dhe|dhe-or-ke|ke\n"
    "                       with a key exchange (default), or without: no forward secrecy\n"
    "  --psk-hash sha256|sha384\n"
    "                       the hash that goes with the key (default sha256)\n"
    "  --timeout SECONDS    for everything together: resolve, TCP, TLS (default 10)\n"
    "  --dns SERVER         ask this DNS server: ADDRESS or ADDRESS:PORT\n"
    "  --session FILE       offer the TLS session in this file, and keep the newest one there: a\n"
    "                       secret, like a key\n"
    "  --time TIME          check certificates as of then, like 2027-01-31T12:00:00Z\n"
    "  --remember FILE      keep there which signatures of the server's chain were verified, and\n"
    "                       do not verify them again; guard it like the file of --ca\n"
    "  --report FILE        write a page about the connection there (HTML), also when it fails\n"
    "  --force              replace that file if it is there\n"
    "  --input-buffer N     bytes of receive buffer, to see what a small device would meet\n"
    "                       (512 to 65536, default 16645; devices often have 2048)\n"
    "  --trace[=WHAT]       draw the ladder of the handshake; WHAT: fields (each field with its\n"
    "                       bytes), times, or fields,times\n"
    "  --json               tell everything that happens as JSON lines on stdout, and nothing "
    "else\n"
    "                       there; the last line is the result\n"
    "  --color auto|always|never\n"
    "                       of the ladder (default auto: on a terminal, without NO_COLOR)\n"
    "  --pcap FILE          write what crosses the socket there, for Wireshark (pcapng), with the\n"
    "                       secrets inside: a secret, like a key\n"
    "  --pcap-without-secrets FILE\n"
    "                       the same without them, to hand on\n"
    "  --keylog FILE        append the connection's secrets to this key log: a secret, too\n"
    "  --require-extended-master-secret\n"
    "                       refuse TLS 1.2 servers without it (RFC 7627)\n"
    "  --insecure-skip-name-check\n"
    "  --insecure-skip-certificate-check\n"
    "                       for looking at a server only: anybody could be at the other end\n"
    "  --help               this text\n";

const char *cli_options_help(void)
{
    return HELP;
}

void cli_options_init(cli_options *options, const char *command)
{
    *options = (cli_options){
        .command = command, .timeout_ms = TIMEOUT_MS, .input_buffer = HF_TLS_INPUT_MAX};
}

bool cli_number(const char *text, unsigned long min, unsigned long max, unsigned long *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtoul(text, &end, 10);
    return isdigit((unsigned char)text[0]) != 0 && *end == 0 && errno == 0 && *value >= min &&
           *value <= max;
}

bool cli_milliseconds(const char *text, uint32_t *value)
{
    char *end = NULL;
    double seconds = strtod(text, &end);
    bool plain = strspn(text, "0123456789.") == strlen(text) && text[0] != 0; /* no inf, 0x, 1e9 */
    if (!plain || *end != 0 || !(seconds >= 0.001) || seconds > DAY_MS / 1000.0) {
        return false;
    }
    *value = (uint32_t)(seconds * 1000.0 + 0.5);
    return true;
}

static bool hex_pin(const char *text, hf_pin *pin)
{
    if (strlen(text) != 2 * sizeof pin->sha256 || strspn(text, "0123456789abcdefABCDEF") != 64) {
        return false;
    }
    for (size_t i = 0; i < sizeof pin->sha256; i++) {
        const char pair[3] = {text[2 * i], text[2 * i + 1], 0};
        pin->sha256[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

/* 32 bytes are 43 letters and one "=" (RFC 4648 4). */
static bool base64_pin(const char *text, hf_pin *pin)
{
    uint8_t bytes[33];
    if (strlen(text) != 44 || text[43] != '=' || text[42] == '=' ||
        EVP_DecodeBlock(bytes, (const unsigned char *)text, 44) != 33) {
        return false;
    }
    memcpy(pin->sha256, bytes, sizeof pin->sha256);
    return bytes[32] == 0;
}

static cli_exit take_pin(cli_options *options, const char *value)
{
    static const char PREFIX[] = "sha256//";
    size_t skip = strncmp(value, PREFIX, sizeof PREFIX - 1) == 0 ? sizeof PREFIX - 1 : 0;
    if (options->pins_count == CLI_PIN_MAX) {
        return cli_fail_usage(options->command, "There are more than 8 pins.", value);
    }
    hf_pin *pin = &options->pins[options->pins_count];
    if (!hex_pin(value + skip, pin) && !base64_pin(value + skip, pin)) {
        return cli_fail_usage(options->command,
                              "A pin is a SHA-256: 64 hex digits, or 44 letters of base64.", value);
    }
    options->pins_count++;
    return CLI_OK;
}

static cli_exit take_version(cli_options *options, const char *value)
{
    if (strcmp(value, "1.2") == 0) {
        options->version = HF_TLS12;
    } else if (strcmp(value, "1.3") == 0) {
        options->version = HF_TLS13;
    } else {
        return cli_fail_usage(options->command, "--tls takes 1.2 or 1.3.", value);
    }
    return CLI_OK;
}

static cli_exit take_buffer(cli_options *options, const char *value)
{
    unsigned long size = 0;
    if (!cli_number(value, HF_TLS_INPUT_MIN, BUFFER_MAX, &size)) {
        return cli_fail_usage(options->command, "--input-buffer takes 512 to 65536 bytes.", value);
    }
    options->input_buffer = size;
    return CLI_OK;
}

static cli_exit take_in_list(const cli_options *options, const char **list, size_t *count,
                             const char *value)
{
    if (*count == CLI_CA_MAX) {
        return cli_fail_usage(options->command, "An option is given more than 8 times.", value);
    }
    list[(*count)++] = value;
    return CLI_OK;
}
_Static_assert(CLI_CA_MAX == CLI_ALPN_MAX, "one limit for both lists");

static cli_exit take_psk_word(cli_psk_options *psk, const char *command, int option,
                              const char *value)
{
    if (option == CLI_OPTION_PSK_MODE) {
        return cli_psk_mode(value, &psk->modes)
                   ? CLI_OK
                   : cli_fail_usage(command, "--psk-mode takes dhe, dhe-or-ke or ke.", value);
    }
    return cli_psk_hash(value, &psk->hash)
               ? CLI_OK
               : cli_fail_usage(command, "--psk-hash takes sha256 or sha384.", value);
}

bool cli_options_psk(cli_psk_options *psk, const char *command, int option, const char *value,
                     cli_exit *result)
{
    *result = CLI_OK;
    switch (option) {
    case CLI_OPTION_PSK_FILE:
        psk->file = value;
        return true;
    case CLI_OPTION_PSK_IDENTITY:
        psk->identity = value;
        return true;
    case CLI_OPTION_PSK_PLAIN:
        psk->plain = true;
        return true;
    case CLI_OPTION_PSK_MODE:
    case CLI_OPTION_PSK_HASH:
        *result = take_psk_word(psk, command, option, value);
        return true;
    default:
        return false;
    }
}

static cli_exit take_checked(cli_options *options, int option, const char *value)
{
    switch (option) {
    case CLI_OPTION_CA:
        return take_in_list(options, options->ca, &options->ca_count, value);
    case CLI_OPTION_ALPN:
        return take_in_list(options, options->alpn, &options->alpn_count, value);
    case CLI_OPTION_PIN:
        return take_pin(options, value);
    case CLI_OPTION_TLS:
        return take_version(options, value);
    case CLI_OPTION_INPUT_BUFFER:
        return take_buffer(options, value);
    case CLI_OPTION_TRACE:
        return cli_trace_take(&options->trace, options->command, value);
    case CLI_OPTION_COLOR:
        return cli_trace_color(&options->trace, options->command, value);
    case CLI_OPTION_TIMEOUT:
        return cli_milliseconds(value, &options->timeout_ms)
                   ? CLI_OK
                   : cli_fail_usage(options->command,
                                    "--timeout takes seconds: 0.001 to 86400, like 2.5.", value);
    case CLI_OPTION_TIME:
        options->has_time = true;
        return cli_when_parse(value, &options->time)
                   ? CLI_OK
                   : cli_fail_usage(options->command,
                                    "--time takes a time in RFC 3339's form: "
                                    "2027-01-31T12:00:00Z.",
                                    value);
    default:
        return cli_fail_usage(options->command, "There is no such option.", value);
    }
}

cli_exit cli_options_take(cli_options *options, int option, const char *value)
{
    cli_exit result = CLI_OK;
    if (cli_options_psk(&options->psk, options->command, option, value, &result)) {
        return result;
    }
    switch (option) {
    case CLI_OPTION_CERT:
        options->cert = value;
        break;
    case CLI_OPTION_KEY:
        options->key = value;
        break;
    case CLI_OPTION_KEY_PASSWORD_FILE:
        options->key_password_file = value;
        break;
    case CLI_OPTION_SERVER_NAME:
        options->server_name = value;
        break;
    case CLI_OPTION_DNS:
        options->dns = value;
        break;
    case CLI_OPTION_REMEMBER:
        options->remember = value;
        break;
    case CLI_OPTION_SESSION:
        options->session = value;
        break;
    case CLI_OPTION_REPORT:
        options->report = value;
        break;
    case CLI_OPTION_FORCE:
        options->force = true;
        break;
    case CLI_OPTION_JSON:
        options->trace.json = true;
        break;
    case CLI_OPTION_PCAP:
        options->capture.pcap = value;
        break;
    case CLI_OPTION_PCAP_BARE:
        options->capture.bare = value;
        break;
    case CLI_OPTION_KEYLOG:
        options->capture.keylog = value;
        break;
    case CLI_OPTION_SKIP_NAME:
        options->insecure_skip_name = true;
        break;
    case CLI_OPTION_SKIP_CERTIFICATE:
        options->insecure_skip_certificate = true;
        break;
    case CLI_OPTION_EXTENDED_SECRET:
        options->require_extended_secret = true;
        break;
    default:
        return take_checked(options, option, value);
    }
    return CLI_OK;
}

static cli_exit check_psk(const cli_options *options)
{
    const cli_psk_options *psk = &options->psk;
    const cli_psk_options unused = {.file = NULL};
    if (psk->file == NULL) {
        bool others = psk->identity != NULL || psk->plain || psk->modes != unused.modes ||
                      psk->hash != unused.hash;
        return others ? cli_fail_usage(options->command,
                                       "An option about a pre-shared key needs --psk-file.", NULL)
                      : CLI_OK;
    }
    if (options->ca_count > 0 || options->cert != NULL || options->pins_count > 0 ||
        options->insecure_skip_certificate) {
        return cli_fail_usage(options->command,
                              "--psk-file stands instead of certificates: it does not go with "
                              "--ca, --cert, --pin and --insecure-skip-certificate-check.",
                              NULL);
    }
    return CLI_OK;
}

cli_exit cli_options_check(const cli_options *options)
{
    cli_exit result = check_psk(options);
    if (result != CLI_OK) {
        return result;
    }
    if ((options->cert == NULL) != (options->key == NULL)) {
        return cli_fail_usage(options->command, "--cert and --key belong together.",
                              options->cert == NULL ? "--cert is missing" : "--key is missing");
    }
    if (options->key_password_file != NULL && options->key == NULL) {
        return cli_fail_usage(options->command, "--key-password-file needs --key.", NULL);
    }
    if (options->force && options->report == NULL) {
        return cli_fail_usage(options->command, "--force needs --report.", NULL);
    }
    if (options->capture.pcap != NULL && options->capture.bare != NULL) {
        return cli_fail_usage(options->command,
                              "There is one capture: --pcap, or --pcap-without-secrets.", NULL);
    }
    if (options->insecure_skip_certificate && options->pins_count > 0) {
        return cli_fail_usage(options->command,
                              "--pin has no effect with --insecure-skip-certificate-check.", NULL);
    }
    if (options->insecure_skip_certificate) {
        (void)fputs("warning: the server's certificate is not checked: anybody could be at the "
                    "other end\n",
                    stderr);
    } else if (options->insecure_skip_name) {
        (void)fputs("warning: the name in the server's certificate is not checked: every holder "
                    "of a certificate of these CAs could be at the other end\n",
                    stderr);
    }
    return CLI_OK;
}

cli_exit cli_options_wrong(const cli_options *options, int option, char **argv)
{
    char letter[3] = {'-', (char)optopt, 0};
    bool is_letter = optopt > 0 && optopt < 256;
    return cli_fail_usage(options->command,
                          option == '?' ? "There is no such option, or it is not exact."
                                        : "An option lacks its value.",
                          is_letter ? letter : argv[optind - 1]);
}
