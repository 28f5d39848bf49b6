/* Entry of the test servers: options, the echo, and the line about each connection. See server.h.
 */
#include "peers/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 4096u

static server it;

void server_refuse(const char *what, const char *why)
{
    fprintf(stderr, "server: %s: %s\n", what, why);
    exit(2);
}

/* ---- options */

static void set_list(server_list *list, const char *text)
{
    const char *at = text;
    while (at != NULL && list->count < SERVER_LIST_MAX) {
        char *end = NULL;
        unsigned long value = strtoul(at, &end, 0);
        if (end == at || (*end != '\0' && *end != ',') || value > UINT16_MAX) {
            server_refuse(text, "no list of numbers");
        }
        list->numbers[list->count++] = (uint16_t)value;
        at = *end == '\0' ? NULL : end + 1;
    }
}

static void set_auth(server_auth *auth, const char *text)
{
    static const char *const NAMES[] = {"none", "request", "require"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, NAMES[i]) == 0) {
            *auth = (server_auth)i;
            return;
        }
    }
    server_refuse(text, "none, request or require");
}

static bool set_flag(server_options *o, const char *name)
{
    bool *flag = strcmp(name, "--reverse") == 0  ? &o->reverse
                 : strcmp(name, "--cookie") == 0 ? &o->cookie
                                                 : NULL;
    if (flag != NULL) {
        *flag = true;
    }
    return flag != NULL;
}

static bool set_file(server_options *o, const char *name, char *value)
{
    const char **text = strcmp(name, "--chain") == 0       ? &o->chain
                        : strcmp(name, "--key") == 0       ? &o->key
                        : strcmp(name, "--client-ca") == 0 ? &o->client_ca
                                                           : NULL;
    if (text != NULL) {
        *text = value;
    }
    return text != NULL;
}

static void set(server_options *o, const char *name, char *value)
{
    server_list port = {.count = 0};
    server_list *list = strcmp(name, "--versions") == 0 ? &o->versions
                        : strcmp(name, "--suites") == 0 ? &o->suites
                        : strcmp(name, "--groups") == 0 ? &o->groups
                        : strcmp(name, "--port") == 0   ? &port
                                                        : NULL;
    if (list != NULL) {
        set_list(list, value);
        o->port = port.count > 0 ? port.numbers[0] : o->port;
    } else if (strcmp(name, "--client-auth") == 0) {
        set_auth(&o->auth, value);
    } else if (strcmp(name, "--alpn") == 0) {
        o->alpn = value;
    } else if (!set_file(o, name, value)) {
        server_refuse(name, "no such option");
    }
}

static void read_options(server_options *o, int count, char **words)
{
    for (int i = 1; i < count; i++) {
        if (set_flag(o, words[i])) {
            continue;
        }
        if (i + 1 == count) {
            server_refuse(words[i], "no such option, or its value is missing");
        }
        set(o, words[i], words[i + 1]);
        i++;
    }
    if (o->chain == NULL || o->key == NULL) {
        server_refuse("options", "--chain and --key are needed");
    }
    if (o->versions.count != 0 && o->versions.count != 2) {
        server_refuse("--versions", "the least and the largest");
    }
    if (o->auth != AUTH_NONE && o->client_ca == NULL) {
        server_refuse("--client-auth", "needs --client-ca");
    }
}

/* ---- echo */

/* Writes the lines that are complete, each reversed; the first `used` bytes of `line` are the rest.
 * False: the line is too long, or it could not be written. */
static bool reverse_lines(server *s, uint8_t *line, size_t *used, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        line[(*used)++] = bytes[i];
        if (bytes[i] != '\n') {
            if (*used == LINE_MAX_BYTES) {
                return false;
            }
            continue;
        }
        for (size_t k = 0; k < (*used - 1) / 2; k++) {
            uint8_t other = line[*used - 2 - k];
            line[*used - 2 - k] = line[k];
            line[k] = other;
        }
        if (!stack_write(s, line, *used)) {
            return false;
        }
        *used = 0;
    }
    return true;
}

static void echo(server *s)
{
    static uint8_t bytes[16384];
    static uint8_t line[LINE_MAX_BYTES];
    size_t used = 0;
    for (;;) {
        int got = stack_read(s, bytes, sizeof bytes);
        if (got <= 0) {
            s->facts.closed = got == 0;
            return;
        }
        s->facts.received += (size_t)got;
        bool sent = s->options.reverse ? reverse_lines(s, line, &used, bytes, (size_t)got)
                                       : stack_write(s, bytes, (size_t)got);
        if (!sent) {
            return;
        }
    }
}

/* ---- report */

static const char *yes(bool value)
{
    return value ? "true" : "false";
}

static void report(const server *s)
{
    const server_facts *f = &s->facts;
    const server_link *l = &s->link;
    printf("{\"open\": %s, \"closed\": %s, \"verified\": %s", yes(f->open), yes(f->closed),
           yes(f->verified));
    printf(", \"version\": %u, \"suite\": %u, \"group\": %u, \"alpn\": \"%s\"", f->version,
           f->suite, f->group, f->alpn);
    printf(", \"error\": %ld, \"alert_in\": %d, \"alert_out\": %d, \"received\": %llu", f->error,
           f->alert_in, f->alert_out, (unsigned long long)f->received);
    printf(", \"in_handshake\": %u, \"in_data\": %u, \"in_records\": %u", l->in.handshake,
           l->in.data, l->in.records);
    printf(", \"out_handshake\": %u, \"out_data\": %u, \"out_records\": %u}\n", l->out.handshake,
           l->out.data, l->out.records);
    fflush(stdout);
}

int main(int count, char **words)
{
    read_options(&it.options, count, words);
    if (!stack_setup(&it)) {
        return 2;
    }
    if (!link_start(&it.options.port)) {
        perror("server: listen");
        return 2;
    }
    printf("listening on %u\n", it.options.port);
    fflush(stdout);
    while (link_accept(&it.link)) {
        it.facts = (server_facts){.alert_in = -1, .alert_out = -1};
        it.facts.open = stack_open(&it);
        if (it.facts.open) {
            echo(&it);
        }
        stack_close(&it);
        link_close(&it.link);
        report(&it);
    }
    link_stop();
    stack_tear_down();
    return link_stopping() ? 0 : 1;
}
