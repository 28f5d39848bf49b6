/* Entry of the test client: options, in the order of struct client_options. See client.h. */
#include "peers/client.h"
#include "peers/pcap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    TEXT,
    NUMBER,
    FLAG,
    LIST,  /* numbers, separated by commas */
    NAMES, /* words, separated by commas */
};

typedef struct option {
    const char *name;
    enum kind kind;
    size_t at;
} option;

#define AT(member) offsetof(client_options, member)
static const option OPTIONS[] = {
    {"--host", TEXT, AT(host)},
    {"--port", NUMBER, AT(port)},
    {"--timeout", NUMBER, AT(timeout)},
    {"--name", TEXT, AT(name)},
    {"--sni", TEXT, AT(sni)},
    {"--ca", TEXT, AT(ca)},
    {"--cert", TEXT, AT(cert)},
    {"--key", TEXT, AT(key)},
    {"--password", TEXT, AT(password)},
    {"--pin", TEXT, AT(pin)},
    {"--versions", LIST, AT(versions)},
    {"--suites", LIST, AT(suites)},
    {"--groups", LIST, AT(groups)},
    {"--schemes", LIST, AT(schemes)},
    {"--shares", NUMBER, AT(shares)},
    {"--alpn", NAMES, AT(alpn)},
    {"--compatible", FLAG, AT(compatible)},
    {"--no-limits", FLAG, AT(no_limits)},
    {"--skip-name", FLAG, AT(skip_name)},
    {"--skip-check", FLAG, AT(skip_check)},
    {"--raw-keys", FLAG, AT(raw_keys)},
    {"--whole-chain", FLAG, AT(whole_chain)},
    {"--require-extended-master", FLAG, AT(require_extended_master)},
    {"--input", NUMBER, AT(input)},
    {"--output", NUMBER, AT(output)},
    {"--slot", NUMBER, AT(slot)},
    {"--names", NUMBER, AT(names)},
    {"--depth-limit", NUMBER, AT(depth)},
    {"--key-limit", NUMBER, AT(key_limit)},
    {"--clock", TEXT, AT(clock)},
    {"--time", TEXT, AT(time)},
    {"--offset", TEXT, AT(offset)},
    {"--one-byte", FLAG, AT(one_byte)},
    {"--signer", TEXT, AT(signer)},
    {"--send-hex", TEXT, AT(send_hex)},
    {"--fill", NUMBER, AT(fill)},
    {"--expect", NUMBER, AT(expect)},
    {"--expect-close", FLAG, AT(expect_close)},
    {"--updates", NUMBER, AT(updates)},
    {"--updates-both", FLAG, AT(updates_both)},
    {"--session", TEXT, AT(session)},
    {"--session-room", NUMBER, AT(session_room)},
    {"--reuse-tickets", FLAG, AT(reuse_tickets)},
    {"--psk-modes", NUMBER, AT(psk_modes)},
    {"--export", TEXT, AT(export)},
    {"--pcap", TEXT, AT(pcap)},
    {"--fold", FLAG, AT(fold)},
};

static const option *find(const char *name)
{
    for (size_t i = 0; i < sizeof OPTIONS / sizeof OPTIONS[0]; i++) {
        if (strcmp(OPTIONS[i].name, name) == 0) {
            return &OPTIONS[i];
        }
    }
    fprintf(stderr, "client: no option %s\n", name);
    exit(2);
}

static uint32_t number(const char *text)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 0);
    if (end == text || (*end != '\0' && *end != ',') || value > UINT32_MAX) {
        fprintf(stderr, "client: no number: %s\n", text);
        exit(2);
    }
    return (uint32_t)value;
}

static void set_list(client_list *list, const char *text)
{
    const char *at = text;
    list->count = 0;
    while (at != NULL && list->count < CLIENT_LIST_MAX) {
        list->numbers[list->count++] = (uint16_t)number(at);
        at = strchr(at, ',');
        at = at == NULL ? NULL : at + 1;
    }
}

static void set_names(client_names *names, char *text)
{
    const size_t most = sizeof names->names / sizeof names->names[0];
    names->count = 0;
    for (char *word = strtok(text, ","); word != NULL && names->count < most;
         word = strtok(NULL, ",")) {
        names->names[names->count++] = word;
    }
}

static void set(client_options *options, const option *o, char *value)
{
    void *at = (char *)options + o->at;
    switch (o->kind) {
    case TEXT:
        *(const char **)at = value;
        break;
    case NUMBER:
        *(uint32_t *)at = number(value);
        break;
    case LIST:
        set_list(at, value);
        break;
    case NAMES:
        set_names(at, value);
        break;
    case FLAG:
        break;
    }
}

static void read_options(client_options *options, int count, char **words)
{
    for (int i = 1; i < count; i++) {
        const option *o = find(words[i]);
        if (o->kind == FLAG) {
            *(bool *)((char *)options + o->at) = true;
            continue;
        }
        if (i + 1 == count) {
            fprintf(stderr, "client: %s needs a value\n", words[i]);
            exit(2);
        }
        i++;
        set(options, o, words[i]);
    }
}

int main(int count, char **words)
{
    static client c;
    c.options = (client_options){
        .host = "127.0.0.1",
        .timeout = 20000,
        .input = HF_TLS_INPUT_MAX,
        .output = HF_TLS_OUTPUT_SIZE,
        .slot = HF_TLS_CERTIFICATE_SIZE,
        .names = HF_TLS_NAMES_SIZE,
        .clock = "exact",
        .session_room = 16384,
    };
    c.fd = -1;
    read_options(&c.options, count, words);
    if (!pcap_open(c.options.pcap, false)) {
        fprintf(stderr, "client: %s cannot be written\n", c.options.pcap);
        return 2;
    }
    if (client_setup(&c)) {
        client_run(&c);
        client_keep_session(&c);
    }
    pcap_close();
    client_report(&c);
    client_tear_down(&c);
    return 0;
}
