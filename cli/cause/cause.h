/* Why a connection failed, from everything that the tool knows about it: the error record, the
 * certificates that came, the files that were given, how far it got.
 *
 * An error of the library says what it met. Often the reason stands beside it: the certificate that
 * nobody sent, the name that was not asked for, the client certificate that was not given. Nothing
 * here sends anything or asks anybody; what cannot be known is not claimed.
 */
#ifndef HF_CLI_CAUSE_H
#define HF_CLI_CAUSE_H

#include "setup.h"

#define CLI_CAUSE_SIZE 1024

/* What MQTT adds; for a connection that has come so far. */
typedef struct cli_cause_mqtt {
    const char *client_id;
    bool shared;          /* another client may have the same id, and this one stays connected */
    bool has_user;        /* user name or password */
    const char *awaiting; /* the topic of a message that is under way, or NULL */
    uint64_t open_ms;     /* since CONNACK; 0: not known */
} cli_cause_mqtt;

/* All borrowed for the time of the call. */
typedef struct cli_scene {
    const hf_error *error;
    const cli_setup *setup;
    const hf_conn *conn;
    const cli_cause_mqtt *mqtt; /* NULL: MQTT has no part in it */
} cli_scene;

/* Texts without a line end; an empty one: the error's own says it. */
typedef struct cli_cause {
    char what[CLI_CAUSE_SIZE];
    char why[CLI_CAUSE_SIZE];
    char todo[CLI_CAUSE_SIZE];
} cli_cause;

void cli_cause_find(const cli_scene *scene, cli_cause *cause);

/* Finds it and says it on stderr, as cli_fail_record() says an error; returns the exit code. */
cli_exit cli_cause_fail(const cli_scene *scene, const char *subject);

#endif
