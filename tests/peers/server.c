/* Entry of the test servers: options, the echo, and the line about each connection. See server.h.
 */
#include "peers/server.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 4096u

static peer it;
static server_options options;

/* ---- options */

static bool set_auth(const char *text)
{
    static const char *const NAMES[] = {"none", "request", "require"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, NAMES[i]) == 0) {
            options.auth = (server_auth)i;
            return true;
        }
    }
    peer_refuse(text, "none, request or require");
    return false;
}

static bool set_flag(const char *name)
{
    bool *flag = strcmp(name, "--reverse") == 0  ? &options.reverse
                 : strcmp(name, "--cookie") == 0 ? &options.cookie
                 : strcmp(name, "--resume") == 0 ? &options.resume
                                                 : NULL;
    if (flag != NULL) {
        *flag = true;
    }
    return flag != NULL;
}

static bool set_value(const char *name, char *value)
{
    if (strcmp(name, "--client-ca") == 0) {
        it.options.ca = value;
        return true;
    }
    return strcmp(name, "--client-auth") == 0 && set_auth(value);
}

static void read_options(int count, char **words)
{
    static const peer_readers OWN = {set_flag, set_value};
    peer_read_options(&it, &OWN, count, words);
    if (it.options.chain == NULL) {
        peer_refuse("options", "--chain and --key are needed");
    }
    if (options.auth != AUTH_NONE && it.options.ca == NULL) {
        peer_refuse("--client-auth", "needs --client-ca");
    }
}

/* ---- echo */

/* Writes the lines that are complete, each reversed; the first `used` bytes of `line` are the rest.
 * False: the line is too long, or it could not be written. */
static bool reverse_lines(peer *p, uint8_t *line, size_t *used, const uint8_t *bytes, size_t len)
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
        if (!stack_write(p, line, *used)) {
            return false;
        }
        *used = 0;
    }
    return true;
}

static void echo(peer *p)
{
    static uint8_t bytes[16384];
    static uint8_t line[LINE_MAX_BYTES];
    size_t used = 0;
    for (;;) {
        int got = stack_read(p, bytes, sizeof bytes);
        if (got <= 0) {
            p->facts.closed = got == 0;
            return;
        }
        p->facts.received += (size_t)got;
        bool sent = options.reverse ? reverse_lines(p, line, &used, bytes, (size_t)got)
                                    : stack_write(p, bytes, (size_t)got);
        if (!sent) {
            return;
        }
    }
}

int main(int count, char **words)
{
    read_options(count, words);
    if (!stack_setup(&it, &options)) {
        return 2;
    }
    if (!server_start(&it.options.port)) {
        perror("server: listen");
        return 2;
    }
    printf("listening on %u\n", it.options.port);
    fflush(stdout);
    while (server_accept(&it.link)) {
        peer_forget(&it);
        it.facts.open = stack_open(&it, &options);
        if (it.facts.open) {
            echo(&it);
        }
        stack_finish(&it);
        stack_close(&it);
        link_close(&it.link);
        printf("{");
        peer_print_facts(&it);
        printf("}\n");
        fflush(stdout);
    }
    bool told = server_stopping();
    server_stop();
    stack_tear_down();
    return told ? 0 : 1;
}
