/* handfast sub: prints messages as they come, until a signal, -C or -W. */
#include "command.h"
#include "report.h"
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

#define PAUSE_FIRST_MS 1000u
#define PAUSE_LAST_MS  60000u

typedef struct subscriber {
    session *s;
    uint64_t end;           /* -W; 0: none */
    unsigned long received; /* whole messages */
    size_t answers;         /* filters the broker has answered on this connection */
    uint32_t pause_ms;      /* before the next attempt */
    int output_errno;       /* stdout takes no more */
} subscriber;

/* Whether what was asked for is reached: a signal, -C, -W; or nobody reads the messages. */
static bool is_over(const subscriber *sub)
{
    const mqtt_options *options = sub->s->options;
    return sub->s->stopped || sub->output_errno != 0 ||
           (options->count != 0 && sub->received >= options->count) ||
           (sub->end != 0 && session_now() >= sub->end);
}

static void print_text(const mqtt_options *options, const hf_mqtt_message *message, bool last)
{
    if (options->print_topics && message->offset == 0) {
        (void)fwrite(message->topic.ptr, 1, message->topic.len, stdout);
        (void)fputc(' ', stdout);
    }
    if (message->payload.len > 0) {
        (void)fwrite(message->payload.ptr, 1, message->payload.len, stdout);
    }
    if (last && !options->no_newline) {
        (void)fputc('\n', stdout);
    }
}

static void print_piece(subscriber *sub, const hf_mqtt_message *message)
{
    const mqtt_options *options = sub->s->options;
    bool last = message->offset + message->payload.len == message->total;
    if (options->tls.trace.json) {
        cli_trace_message(&sub->s->setup.trace, message);
    } else {
        print_text(options, message, last);
    }
    if (last) {
        sub->received++;
        if (fflush(stdout) != 0 || ferror(stdout) != 0) {
            sub->output_errno = errno != 0 ? errno : EIO;
        }
    }
}

/* All messages that are there. One that could not be printed is not acknowledged. */
static hf_code take_messages(subscriber *sub)
{
    hf_mqtt *mqtt = &sub->s->link.mqtt;
    hf_mqtt_message message;
    hf_code code = HF_OK;
    while (code == HF_OK && !is_over(sub) && hf_mqtt_get_message(mqtt, &message)) {
        print_piece(sub, &message);
        if (sub->output_errno == 0) {
            (void)hf_mqtt_message_done(mqtt); /* an error stands in the next step */
        }
        code = hf_link_step(&sub->s->link);
    }
    return code;
}

/* The broker's answers, one for each filter; a refused one ends the command. */
static hf_code take_answers(subscriber *sub, size_t *refused)
{
    hf_mqtt_event event;
    hf_code code = HF_OK;
    while (code == HF_OK && hf_mqtt_get_event(&sub->s->link.mqtt, &event)) {
        if (event.kind == HF_MQTT_EVENT_SUBSCRIBED) {
            const char *topic = sub->s->options->topics[event.index];
            sub->answers++;
            code = event.code;
            *refused = event.index;
            if (code == HF_OK) {
                session_say(sub->s, "subscribed to %s with QoS %u", topic, event.qos);
            }
        }
        if (code == HF_OK) {
            code = hf_link_step(&sub->s->link);
        }
    }
    return code;
}

static hf_code subscribe(session *s)
{
    hf_mqtt_filter filters[MQTT_TOPICS_MAX];
    const mqtt_options *options = s->options;
    for (size_t i = 0; i < options->topics_count; i++) {
        filters[i] =
            (hf_mqtt_filter){.filter = hf_mqtt_text(options->topics[i]), .qos = options->qos};
    }
    return hf_mqtt_subscribe(&s->link.mqtt, filters, options->topics_count, NULL);
}

/* One connection, from its opening to its end. */
static hf_code receive(subscriber *sub, size_t *refused)
{
    session *s = sub->s;
    hf_code code = session_open(s);
    if (code != HF_OK) {
        return code;
    }
    sub->pause_ms = PAUSE_FIRST_MS;
    sub->answers = 0;
    code = subscribe(s);
    while (code == HF_OK) {
        code = hf_link_step(&s->link);
        code = code == HF_OK ? take_answers(sub, refused) : code;
        code = code == HF_OK ? take_messages(sub) : code;
        if (code == HF_OK && is_over(sub)) {
            return HF_PENDING;
        }
        if (code == HF_OK) {
            session_wait(s, sub->end);
        }
    }
    return code;
}

static cli_exit explain(const session *s, hf_code code, size_t refused)
{
    (void)fflush(stdout);
    if (hf_link_error(&s->link)->code != HF_OK) {
        return session_failed(s);
    }
    hf_error error;
    hf_error_clear(&error);
    error.stage = HF_STAGE_MQTT;
    error.detail = (uint32_t)refused;
    (void)hf_fail(&error, code);
    return cli_fail_record(&error, s->options->topics[refused]);
}

/* Asked-for ends are good ones, unless -W came before -C was content. */
static cli_exit finish(const subscriber *sub)
{
    const mqtt_options *options = sub->s->options;
    if (sub->output_errno != 0) {
        errno = sub->output_errno;
        return cli_fail_file("The message could not be written.", "standard output",
                             "Check where the output of this command goes.");
    }
    if (sub->s->stopped || options->count == 0 || sub->received >= options->count) {
        return CLI_OK;
    }
    char why[80];
    (void)snprintf(why, sizeof why, "%lu of %lu", sub->received, options->count);
    return cli_fail(CLI_TIMEOUT, "Not all messages came within the time that -W gives.", why,
                    "Check that somebody publishes to this topic; give more time.");
}

/* Waits before the next attempt: half of the pause, and a random part of the other half, so that
 * many clients do not come back at once. */
static void rest(subscriber *sub, hf_code code)
{
    uint32_t number = 0;
    (void)!getrandom(&number, sizeof number, 0);
    uint32_t half = sub->pause_ms / 2;
    uint32_t wait = half + number % (half + 1);
    sub->pause_ms = sub->pause_ms < PAUSE_LAST_MS / 2 ? sub->pause_ms * 2 : PAUSE_LAST_MS;
    (void)fprintf(stderr, "handfast: %s; connecting again in %u.%u s\n", hf_error_name(code),
                  wait / 1000u, wait / 100u % 10u);
    uint64_t until = session_now() + wait;
    while (session_now() < until && !is_over(sub)) {
        session_wait(sub->s, sub->end != 0 && sub->end < until ? sub->end : until);
    }
}

static cli_exit run(subscriber *sub)
{
    session *s = sub->s;
    size_t refused = 0;
    hf_code code = receive(sub, &refused);
    while (code != HF_PENDING && s->options->reconnect && hf_error_may_retry(code)) {
        (void)session_close(s);
        rest(sub, code);
        code = is_over(sub) ? HF_PENDING : receive(sub, &refused);
    }
    cli_exit result = code == HF_PENDING ? finish(sub) : explain(s, code, refused);
    (void)session_close(s);
    return result;
}

cli_exit cli_sub(int argc, char **argv)
{
    mqtt_options options;
    cli_exit result = mqtt_options_read(&options, true, argc, argv);
    if (result != CLI_OK || options.help) {
        return result == CLI_OK ? mqtt_print_help(true) : result;
    }
    session *s = session_make(&options, &result);
    if (s == NULL) {
        return result;
    }
    subscriber sub = {.s = s, .pause_ms = PAUSE_FIRST_MS};
    sub.end = options.wait_ms == 0 ? 0 : session_now() + options.wait_ms;
    result = run(&sub);
    return session_release(s, result);
}
