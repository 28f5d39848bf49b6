/* Entry of the test clients: options, the plan of the connection, the line about it. See visitor.h.
 */
#include "peers/visitor.h"

#include <stdio.h>
#include <string.h>

#define LINE       4096u  /* of the data of --fill */
#define PIECE      16384u /* written at once: as much as a record can hold */
#define UNANSWERED 65536u /* an echo that is not read may fill the sockets of both ends */

static peer it;
static visitor_options options = {.host = "127.0.0.1", .timeout = 20000};
static uint8_t kept[VISITOR_KEPT_MAX];
static uint8_t session[VISITOR_SESSION_MAX];

/* ---- options */

static bool set_flag(const char *name)
{
    bool *flag = strcmp(name, "--no-share") == 0             ? &options.no_share
                 : strcmp(name, "--no-extended-master") == 0 ? &options.no_extended_master
                                                             : NULL;
    if (flag != NULL) {
        *flag = true;
    }
    return flag != NULL;
}

static bool set_number(const char *name, const char *value)
{
    static const struct {
        const char *name;
        uint32_t *at;
        uint32_t most;
    } NUMBERS[] = {
        {"--fill", &options.fill, VISITOR_KEPT_MAX},
        {"--expect", &options.expect, VISITOR_KEPT_MAX},
        {"--timeout", &options.timeout, 600000},
        {"--max-fragment", &options.max_fragment, 4096},
    };
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++) {
        if (strcmp(name, NUMBERS[i].name) == 0) {
            *NUMBERS[i].at = peer_number(value, NUMBERS[i].most);
            return true;
        }
    }
    return false;
}

static bool set_value(const char *name, char *value)
{
    const char **text = strcmp(name, "--host") == 0      ? &options.host
                        : strcmp(name, "--name") == 0    ? &options.name
                        : strcmp(name, "--send") == 0    ? &options.send
                        : strcmp(name, "--session") == 0 ? &options.session
                        : strcmp(name, "--ca") == 0      ? &it.options.ca
                                                         : NULL;
    if (text != NULL) {
        *text = value;
        return true;
    }
    if (strcmp(name, "--schemes") == 0) {
        peer_set_list(&options.schemes, value);
        return true;
    }
    return set_number(name, value);
}

unsigned visitor_fragment_code(const visitor_options *o)
{
    for (unsigned code = 1; code <= 4; code++) {
        if (o->max_fragment == 256u << code) {
            return code;
        }
    }
    return 0;
}

static void read_options(int count, char **words)
{
    static const peer_readers OWN = {set_flag, set_value};
    peer_read_options(&it, &OWN, count, words);
    if (it.options.port == 0 || it.options.ca == NULL) {
        peer_refuse("options", "--port and --ca are needed");
    }
    if (options.max_fragment != 0 && visitor_fragment_code(&options) == 0) {
        peer_refuse("--max-fragment", "512, 1024, 2048 or 4096");
    }
}

/* ---- the session */

static void read_session(void)
{
    FILE *file = options.session == NULL ? NULL : fopen(options.session, "rb");
    if (file != NULL) {
        options.offered_len = fread(session, 1, sizeof session, file);
        options.offered = options.offered_len == 0 ? NULL : session;
        fclose(file);
    }
}

/* Where there is no new one, the old one stays. */
static void write_session(void)
{
    static uint8_t newest[VISITOR_SESSION_MAX];
    size_t len =
        options.session == NULL || !it.facts.open ? 0 : stack_session(newest, sizeof newest);
    FILE *file = len == 0 ? NULL : fopen(options.session, "wb");
    if (file != NULL) {
        fwrite(newest, 1, len, file);
        fclose(file);
    }
}

/* ---- the connection */

/* Lines of letters; the same in the Python part of the tests. */
static uint8_t fill_byte(uint32_t i)
{
    return i % LINE == LINE - 1 ? '\n' : (uint8_t)('a' + (i * 7 + i / LINE) % 26);
}

/* Reads until `until` bytes are there; false at the end of the connection. */
static bool receive(uint64_t until)
{
    while (it.facts.received < until) {
        uint8_t *at = kept + it.facts.received;
        size_t room = VISITOR_KEPT_MAX - (size_t)it.facts.received;
        int got = room == 0 ? -1 : stack_read(&it, at, room);
        if (got <= 0) {
            it.facts.closed = got == 0;
            return false;
        }
        it.facts.received += (size_t)got;
    }
    return true;
}

static bool send_all(void)
{
    static uint8_t piece[PIECE];
    const char *text = options.send == NULL ? "" : options.send;
    if (*text != '\0' && !stack_write(&it, (const uint8_t *)text, strlen(text))) {
        return false;
    }
    for (uint32_t done = 0; done < options.fill;) {
        uint32_t len = options.fill - done < PIECE ? options.fill - done : PIECE;
        for (uint32_t i = 0; i < len; i++) {
            piece[i] = fill_byte(done + i);
        }
        if (!stack_write(&it, piece, len)) {
            return false;
        }
        done += len;
        uint64_t answered = done > UNANSWERED ? done - UNANSWERED : 0;
        if (!receive(answered < options.expect ? answered : options.expect)) {
            return false;
        }
    }
    return true;
}

/* After our close_notify the end of the connection is no error, however it comes; an alert is. */
static void part(void)
{
    uint8_t rest[1024];
    long before = it.facts.error;
    int got = 1;
    stack_finish(&it);
    while (got > 0) {
        got = stack_read(&it, rest, sizeof rest);
    }
    it.facts.closed = got == 0;
    long error = it.facts.error;
    write_session();
    stack_close(&it);
    it.facts.error = before != 0 || it.facts.alert_in < 0 ? before : error;
}

static void visit(void)
{
    it.facts.open = stack_open(&it, &options);
    bool more = it.facts.open && send_all() && receive(options.expect);
    if (more) {
        part();
    } else {
        stack_finish(&it);
        stack_close(&it);
    }
    link_close(&it.link);
}

/* ---- report */

static void print_answer(const char *name, peer_answer answer)
{
    static const char *const WORDS[] = {"null", "false", "true"};
    printf(", \"%s\": %s", name, WORDS[answer]);
}

static void report(void)
{
    const peer_facts *f = &it.facts;
    printf("{");
    peer_print_facts(&it);
    print_answer("extended_master", f->extended_master);
    print_answer("certificate_requested", f->certificate_requested);
    print_answer("certificate_sent", f->certificate_sent);
    print_answer("retried", f->retried);
    printf(", \"data\": \"");
    for (uint64_t i = 0; i < f->received; i++) {
        printf("%02x", kept[i]);
    }
    printf("\"}\n");
}

int main(int count, char **words)
{
    read_options(count, words);
    if (!stack_setup(&it, &options)) {
        return 2;
    }
    if (!visitor_connect(&it.link, options.host, it.options.port, options.timeout)) {
        perror("visitor: connect");
        return 1;
    }
    peer_forget(&it);
    read_session();
    visit();
    report();
    stack_tear_down();
    return 0;
}
