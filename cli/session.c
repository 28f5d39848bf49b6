/* An MQTT session of the tool. See session.h. */
#include "session.h"

#include "cause.h"
#include "page.h"
#include "remember.h"
#include "report.h"
#include "summary.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define INPUT_ROOM  (65536u + 1024u) /* a message with the longest topic can at least begin */
#define OUTPUT_ROOM 16384u           /* and the strings of CONNECT or of the topics on top */
#define GOODBYE_MS  2000u

uint64_t session_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u + 1u;
}

void session_say(const session *s, const char *format, ...)
{
    if (!s->options->debug) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)fputs("handfast: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
}

static int catch_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return -1;
    }
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static size_t length(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

static hf_code init_link(session *s)
{
    const mqtt_options *options = s->options;
    size_t output = OUTPUT_ROOM + strlen(s->client_id) + length(options->client_id) +
                    length(options->user) + length(options->password) + s->password.len +
                    length(options->will_topic) + length(options->will_payload);
    for (size_t i = 0; i < options->topics_count; i++) {
        output += strlen(options->topics[i]) + 3;
    }
    s->buffers_size = INPUT_ROOM + output;
    s->buffers = malloc(s->buffers_size);
    if (s->buffers == NULL) {
        return HF_E_MEMORY_TOO_SMALL;
    }
    uint8_t *at = s->buffers;
    const hf_link_memory memory = {
        .tls = s->setup.memory,
        .mqtt = {.input = {at, INPUT_ROOM}, .output = {at + INPUT_ROOM, output}},
    };
    return hf_link_init(&s->link, &memory);
}

static hf_span text_or_none(const char *text)
{
    return text == NULL ? (hf_span){NULL, 0} : hf_mqtt_text(text);
}

static void set_mqtt(session *s)
{
    const mqtt_options *options = s->options;
    uint32_t number = 0;
    (void)!getrandom(&number, sizeof number, 0); /* a name to tell clients apart, no secret */
    (void)snprintf(s->client_id, sizeof s->client_id, "handfast-%08" PRIx32, number);
    const char *id = options->client_id == NULL ? s->client_id : options->client_id;
    s->mqtt = (hf_mqtt_options){
        .client_id = hf_mqtt_text(id),
        .user_name = text_or_none(options->user),
        .password = text_or_none(options->password),
        .keep_alive = options->keep_alive,
        .keep_session = options->keep_session,
        .answer_timeout_ms = options->tls.timeout_ms,
        .ping_timeout_ms = options->tls.timeout_ms,
    };
    if (s->password.bytes != NULL) {
        s->mqtt.password = (hf_span){s->password.bytes, s->password.len};
    }
    if (options->will_topic != NULL) {
        s->will = (hf_mqtt_will){.topic = hf_mqtt_text(options->will_topic),
                                 .payload = text_or_none(options->will_payload),
                                 .qos = options->will_qos,
                                 .retain = options->will_retain};
        s->mqtt.will = &s->will;
    }
}

static cli_exit prepare(session *s)
{
    cli_exit result = cli_setup_make(&s->setup, &s->options->tls);
    if (result == CLI_OK && s->options->password_file != NULL) {
        result = cli_file_read_password(s->options->password_file, &s->password);
    }
    if (result != CLI_OK) {
        return result;
    }
    s->setup.conn.default_port = (uint16_t)s->options->port;
    set_mqtt(s);
    hf_code code = init_link(s);
    s->signals = catch_signals();
    if (code != HF_OK || s->signals < 0) {
        return cli_fail(CLI_LOCAL, "There is not enough memory, or no descriptor is left.",
                        strerror(errno), "Free some, and try again.");
    }
    return CLI_OK;
}

session *session_make(const mqtt_options *options, cli_exit *result)
{
    session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        *result = cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some.");
        return NULL;
    }
    s->options = options;
    s->signals = -1;
    *result = prepare(s);
    if (*result != CLI_OK) {
        *result = session_release(s, *result);
        return NULL;
    }
    return s;
}

cli_exit session_release(session *s, cli_exit result)
{
    (void)hf_link_close(&s->link, 0);
    result = cli_setup_finish(&s->setup, result);
    cli_trace_end(&s->setup.trace, result);
    cli_setup_release(&s->setup);
    cli_file_release(&s->password);
    if (s->buffers != NULL) {
        explicit_bzero(s->buffers, s->buffers_size); /* CONNECT holds the password */
        free(s->buffers);
    }
    if (s->signals >= 0) {
        (void)close(s->signals);
    }
    free(s);
    return result;
}

static void take_signal(session *s)
{
    struct signalfd_siginfo info;
    if (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        session_say(s, "signal %u: ending", info.ssi_signo);
        s->stopped = true;
    }
}

static int shorter(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

void session_wait(session *s, uint64_t until)
{
    bool closed = s->link.state == HF_LINK_CLOSED;
    struct pollfd fds[2] = {{.fd = s->signals, .events = POLLIN},
                            {.fd = closed ? -1 : hf_link_fd(&s->link), .events = POLLIN}};
    int wait = closed ? -1 : hf_link_timeout(&s->link);
    if (until != 0) {
        uint64_t now = session_now();
        uint64_t left = until > now ? until - now : 0;
        wait = shorter(wait, left < 60000u ? (int)left : 60000); /* callers look again anyway */
    }
    if (poll(fds, 2, wait) > 0 && fds[0].revents != 0) {
        take_signal(s);
    }
}

static void say_connected(const session *s)
{
    char peer[CLI_PEER_SIZE];
    const hf_tls *tls = &s->link.conn.tls;
    cli_peer_text(&s->link.conn, peer);
    session_say(s, "connected to %s: TLS %s, %s%s; %s", peer,
                hf_tls_version(tls) == HF_TLS13 ? "1.3" : "1.2",
                hf_tls_suite_name(hf_tls_suite(tls)), hf_tls_resumed(tls) ? ", resumed" : "",
                s->link.session_present ? "the broker has kept the session" : "new session");
}

hf_code session_open(session *s)
{
    session_say(s, "connecting to %s, port %lu, as %.*s", s->options->host, s->options->port,
                (int)s->mqtt.client_id.len, (const char *)s->mqtt.client_id.ptr);
    cli_chain_clear(&s->setup.chain);
    cli_budget_begin(&s->setup.budget, &CLI_CLOCKS);
    hf_code code = hf_link_start(&s->link, &s->setup.config, s->options->address, &s->setup.conn,
                                 &s->mqtt, s->options->tls.timeout_ms);
    while (code == HF_PENDING && !s->stopped) {
        session_wait(s, 0);
        code = hf_link_step(&s->link);
    }
    if (code == HF_OK) {
        s->opened = session_now();
        cli_remember_store(&s->setup, &s->link.conn.tls);
        say_connected(s);
    }
    return code;
}

/* What the connection cost, for --summary and --report. */
static void give_account(const session *s)
{
    cli_account account;
    const hf_error *error = hf_link_error(&s->link);
    cli_account_make(&account, &s->link.conn, &s->setup,
                     s->buffers_size + sizeof s->link - sizeof s->link.conn);
    account.address = s->options->address;
    account.error = error->code == HF_OK ? NULL : error;
    if (s->link.state == HF_LINK_OPEN) {
        account.verdict = "the broker has accepted the connection";
    }
    if (s->options->summary) {
        (void)fflush(stdout);
        cli_summary_print(stderr, &s->link.conn, &s->setup, &account);
    }
    if (s->options->tls.report != NULL) {
        (void)cli_page_write(s->options->tls.report, &account); /* it says what is wrong */
    }
}

hf_code session_close(session *s)
{
    if (s->link.state == HF_LINK_CLOSED) {
        return HF_OK;
    }
    cli_trace_note(&s->setup.trace, &s->link.conn, NULL);
    give_account(s);
    if (s->link.state == HF_LINK_OPEN) {
        session_say(s, "sending DISCONNECT");
    }
    uint32_t timeout = s->options->tls.timeout_ms;
    hf_code code = hf_link_close(&s->link, timeout < GOODBYE_MS ? timeout : GOODBYE_MS);
    (void)cli_resume_keep(&s->setup.resume);
    return code;
}

cli_exit session_failed(const session *s)
{
    char subject[MQTT_ADDRESS_SIZE + 32];
    (void)fflush(stdout);
    (void)snprintf(subject, sizeof subject, "%s, port %lu", s->options->host, s->options->port);
    const cli_cause_mqtt mqtt = {
        .client_id = s->options->client_id != NULL ? s->options->client_id : s->client_id,
        .shared = s->options->client_id != NULL && s->options->is_sub,
        .has_user = s->options->user != NULL,
        .awaiting = s->awaiting,
        .open_ms = s->opened == 0 ? 0 : session_now() - s->opened,
    };
    const cli_scene scene = {
        .error = hf_link_error(&s->link), .setup = &s->setup, .conn = &s->link.conn, .mqtt = &mqtt};
    return cli_cause_fail(&scene, subject);
}
