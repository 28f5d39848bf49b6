/* An MQTT session of pub or sub: setup, link, signals, and one place that waits for all of them.
 *
 * SIGINT and SIGTERM are blocked and read from a descriptor: they set `stopped`, and whoever waits
 * ends in order.
 */
#ifndef HF_CLI_SESSION_H
#define HF_CLI_SESSION_H

#include "mqtt_options.h"
#include "setup.h"

#include <handfast/link.h>

typedef struct session {
    hf_link link;
    cli_setup setup;
    const mqtt_options *options;
    bool stopped;         /* a signal asks for the end */
    const char *awaiting; /* the topic of a message under way, or NULL */
    /* ---- private */
    hf_mqtt_options mqtt;
    hf_mqtt_will will;
    cli_file password;
    char client_id[32];
    void *buffers;
    size_t buffers_size;
    int signals;
    uint64_t opened; /* session_now() at CONNACK; 0: never */
} session;

/* Owned by the caller, who gives it back with the result of the command; NULL when something is
 * wrong, which is said on stderr; *result says what. */
session *session_make(const mqtt_options *options, cli_exit *result);
/* Gives `result` back, or what went wrong with files that were written on the way. */
cli_exit session_release(session *s, cli_exit result);

/* Connects up to CONNACK. HF_OK; HF_PENDING: stopped before; or the error. */
hf_code session_open(session *s);

/* Waits until the link has news, a signal comes, or it is `until` (of session_now(); 0: no limit).
 * Step the link before and after. */
void session_wait(session *s, uint64_t until);
uint64_t session_now(void); /* milliseconds, steady, never 0 */

/* Prints the summary if it is wanted; DISCONNECT; close. The session may be opened again. */
hf_code session_close(session *s);

/* The link's error on stderr. */
cli_exit session_failed(const session *s);

/* With -d: a line on stderr about what happens. */
__attribute__((format(printf, 2, 3))) void session_say(const session *s, const char *format, ...);

#endif
