/* handfast explain: what a code means and what to do: errors of this library, TLS alerts, MQTT's
 * CONNACK codes, and codes of other stacks (explain_foreign.c). A bare number is explained in every
 * sense that it has.
 */
#include "command.h"
#include "explain_foreign.h"
#include "report.h"

#include <ctype.h>
#include <handfast/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum sense {
    SENSE_ANY,
    SENSE_ERROR,
    SENSE_ALERT,
    SENSE_CONNACK,
} sense;

/* The lists themselves, so that this command works in a build without error texts as well. */
typedef struct entry {
    unsigned number;
    const char *name;
    const char *what;
    const char *todo;
} entry;

static const entry ERRORS[] = {
#define HF_ERROR(name, number, class_, alert, what, todo) {number, "HF_E_" #name, what, todo},
#include <handfast/errors.def>
#undef HF_ERROR
};
#define ERRORS_COUNT (sizeof ERRORS / sizeof ERRORS[0])

static const entry ALERTS[] = {
#define HF_ALERT(number, name, what, todo) {number, name, what, todo},
#include <handfast/alerts.def>
#undef HF_ALERT
};
#define ALERTS_COUNT (sizeof ALERTS / sizeof ALERTS[0])

/* CONNACK return codes (MQTT 3.1.1 3.2.2.3), from 1 on. */
static const hf_code CONNACKS[] = {HF_E_MQTT_REFUSED_VERSION, HF_E_MQTT_REFUSED_CLIENT_ID,
                                   HF_E_MQTT_REFUSED_UNAVAILABLE, HF_E_MQTT_REFUSED_LOGIN,
                                   HF_E_MQTT_REFUSED_AUTHORITY};
#define CONNACKS_COUNT (sizeof CONNACKS / sizeof CONNACKS[0])

/* What is asked for: a number, or a name when `number` is -1. */
typedef struct question {
    sense in;
    const char *name;
    long number;
    unsigned answers;
} question;

static bool wants(const question *asked, sense in)
{
    return asked->in == SENSE_ANY || asked->in == in;
}

static void print(question *asked, const char *kind, unsigned number, const entry *found)
{
    printf("%s%s %s (%u)\nwhat: %s\n  do: %s\n", asked->answers > 0 ? "\n" : "", kind, found->name,
           number, found->what, found->todo);
    asked->answers++;
}

static const entry *find(const entry *list, size_t count, unsigned number)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].number == number) {
            return &list[i];
        }
    }
    return NULL;
}

static void explain_errors(question *asked)
{
    for (size_t i = 0; i < ERRORS_COUNT; i++) {
        const entry *error = &ERRORS[i];
        bool named = strcasecmp(asked->name, error->name) == 0 ||
                     strcasecmp(asked->name, error->name + strlen("HF_E_")) == 0;
        if (named || asked->number == (long)error->number) {
            uint8_t number = hf_error_alert_of((hf_code)error->number);
            const entry *alert = number == HF_NO_ALERT ? NULL : find(ALERTS, ALERTS_COUNT, number);
            print(asked, "error", error->number, error);
            if (alert != NULL) {
                printf("alert: the peer is sent %s (%u)\n", alert->name, alert->number);
            }
            printf(" exit: %d\n", (int)cli_exit_of((hf_code)error->number));
        }
    }
}

static void explain_alerts(question *asked)
{
    for (size_t i = 0; i < ALERTS_COUNT; i++) {
        if (strcasecmp(asked->name, ALERTS[i].name) == 0 ||
            asked->number == (long)ALERTS[i].number) {
            print(asked, "TLS alert", ALERTS[i].number, &ALERTS[i]);
        }
    }
}

static void explain_connacks(question *asked)
{
    static const entry ACCEPTED = {0, "accepted", "The broker has accepted the connection.",
                                   "Nothing."};
    if (asked->number == 0) {
        print(asked, "MQTT CONNACK", 0, &ACCEPTED);
    }
    for (unsigned i = 0; i < CONNACKS_COUNT; i++) {
        const entry *error = find(ERRORS, ERRORS_COUNT, CONNACKS[i]);
        if (asked->number == (long)i + 1 && error != NULL) {
            print(asked, "MQTT CONNACK", i + 1, error);
        }
    }
}

static long number_of(const char *text)
{
    char *end = NULL;
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    long number = isdigit((unsigned char)text[0]) != 0 ? strtol(text, &end, hex ? 16 : 10) : -1;
    return number >= 0 && *end == 0 && number <= UINT16_MAX ? number : -1;
}

static cli_exit print_help(void)
{
    puts("usage: handfast explain [error|alert|connack|STACK] CODE\n"
         "       handfast explain --list\n"
         "\n"
         "Explains an error of this library, a TLS alert, a return code of MQTT's CONNACK, or a "
         "code "
         "of\n"
         "another stack: what it means, usual causes in order, how to check each, and the fix. A "
         "bare\n"
         "number is explained in every sense that it has, the likeliest first; STACK, also as "
         "STACK:CODE,\n"
         "narrows that.\n"
         "\n"
         "stacks:\n"
         "  mbedtls    Mbed TLS 2.x, 3.x, 4.x with PSA's codes, and sums of high and low level "
         "codes\n"
         "  flags      Mbed TLS's verification flags (esp_tls_flags)\n"
         "  esp        ESP-IDF: esp_err_t, ESP-TLS, esp_http_client\n"
         "  openssl    verify errors, reasons, and packed codes such as 0A000086 and 1416F086\n"
         "  wolfssl, gnutls, bearssl, mosquitto\n"
         "  mqtt5      reason codes of MQTT 5\n"
         "\n"
         "CODE is decimal, 0x... or a name, with the stack's prefix or without.\n"
         "\n"
         "options:\n"
         "  --list     all codes of other stacks, one per line\n"
         "\n"
         "examples:\n"
         "  handfast explain HF_E_CERT_UNKNOWN_CA\n"
         "  handfast explain alert 48\n"
         "  handfast explain -0x2700\n"
         "  handfast explain esp:0x8006\n"
         "  handfast explain error:0A000086");
    return CLI_OK;
}

/* What is known here in a sense of its own, then what other stacks mean by it. */
static void explain_all(question *asked, const char *stack)
{
    if (stack == NULL && wants(asked, SENSE_ERROR)) {
        explain_errors(asked);
    }
    if (stack == NULL && wants(asked, SENSE_ALERT)) {
        explain_alerts(asked);
    }
    if (stack == NULL && wants(asked, SENSE_CONNACK)) {
        explain_connacks(asked);
    }
    if (asked->in == SENSE_ANY) {
        cli_explain_foreign(stack, asked->name, &asked->answers);
    }
}

cli_exit cli_explain(int argc, char **argv)
{
    static const char *const SENSES[] = {
        [SENSE_ERROR] = "error", [SENSE_ALERT] = "alert", [SENSE_CONNACK] = "connack"};
    question asked = {.in = SENSE_ANY};
    const char *stack = NULL;
    int at = 1;
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        return print_help();
    }
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        cli_explain_list();
        return CLI_OK;
    }
    for (int i = SENSE_ERROR; i <= SENSE_CONNACK && argc > 2 && at == 1; i++) {
        if (strcasecmp(argv[1], SENSES[i]) == 0) {
            asked.in = (sense)i;
            at = 2;
        }
    }
    if (at == 1 && argc > 2 && cli_explain_is_stack(argv[1])) {
        stack = argv[1];
        at = 2;
    }
    if (argc > at + 1 && strcmp(argv[at], "--") == 0) {
        at++; /* codes begin with a minus, too, so some write it */
    }
    if (argc != at + 1) {
        return cli_fail_usage("explain",
                              argc <= at ? "The code is missing." : "There is a word too many.",
                              argc <= at ? NULL : argv[at]);
    }
    asked.name = argv[at];
    asked.number = number_of(argv[at]);
    explain_all(&asked, stack);
    if (asked.answers == 0) {
        return cli_fail_usage("explain",
                              "This code is not known; names, decimal and 0x... numbers are, and "
                              "those of other stacks after its name, as in gnutls:-9.",
                              argv[at]);
    }
    return CLI_OK;
}
