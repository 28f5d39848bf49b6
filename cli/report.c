/* The words of a failure. See report.h; one format for every command. */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static cli_failure last;
static bool silent;

void cli_fail_silently(bool silently)
{
    silent = silently;
}

/* What the signer's failure was, and how long its last signature took. */
static struct {
    char what[160];
    char why[640];
    char todo[400];
    char line[802]; /* `what` and `why` */
    char slow[80];
} signer;

#define SIGNING_MS 100u /* less is not worth a word */

void cli_note_signing(unsigned ms)
{
    signer.slow[0] = 0;
    if (ms >= SIGNING_MS) {
        (void)snprintf(signer.slow, sizeof signer.slow, "our own key's token took %u ms to sign",
                       ms);
    }
}

void cli_note_signer(const char *what, const char *why, const char *todo)
{
    (void)snprintf(signer.what, sizeof signer.what, "%s", what);
    (void)snprintf(signer.why, sizeof signer.why, "%s", why);
    (void)snprintf(signer.todo, sizeof signer.todo, "%s", todo);
    (void)snprintf(signer.line, sizeof signer.line, "%s %s", signer.what, signer.why);
}

bool cli_is_of_signer(hf_code code)
{
    return code == HF_E_SIGNER || code == HF_E_SIGNER_GONE || code == HF_E_SIGNER_KEY;
}

const char *cli_signer_why(void)
{
    return signer.line[0] == 0 ? NULL : signer.line;
}

const char *cli_signer_todo(void)
{
    return signer.todo[0] == 0 ? NULL : signer.todo;
}

const cli_failure *cli_last_failure(void)
{
    return last.what[0] == 0 ? NULL : &last;
}

static void note(const char *name, const char *what, const char *why, const char *todo)
{
    (void)snprintf(last.name, sizeof last.name, "%s", name);
    (void)snprintf(last.what, sizeof last.what, "%s", what);
    (void)snprintf(last.why, sizeof last.why, "%s", why == NULL ? "" : why);
    (void)snprintf(last.todo, sizeof last.todo, "%s", todo);
}

cli_exit cli_exit_of(hf_code code)
{
    static const cli_exit BY_CLASS[] = {
        [HF_CLASS_NONE] = CLI_OK,          [HF_CLASS_USAGE] = CLI_USAGE,
        [HF_CLASS_LOCAL] = CLI_LOCAL,      [HF_CLASS_NETWORK] = CLI_NETWORK,
        [HF_CLASS_INVALID] = CLI_TLS,      [HF_CLASS_MISBEHAVED] = CLI_TLS,
        [HF_CLASS_INCOMPATIBLE] = CLI_TLS, [HF_CLASS_CERTIFICATE] = CLI_CERTIFICATE,
        [HF_CLASS_REFUSED] = CLI_REFUSED,
    };
    switch (code) {
    case HF_E_INTERNAL:
        return CLI_INTERNAL;
    case HF_E_RESOLVE_TIMEOUT:
    case HF_E_CONNECT_TIMEOUT:
    case HF_E_TLS_TIMEOUT:
    case HF_E_SIGNER_TIMEOUT:
    case HF_E_TIMEOUT:
    case HF_E_MQTT_TIMEOUT:
    case HF_E_MQTT_NO_PINGRESP:
        return CLI_TIMEOUT;
    case HF_E_PEM_UNREADABLE:
    case HF_E_PEM_EMPTY:
    case HF_E_KEY_UNREADABLE:
    case HF_E_KEY_UNSUPPORTED:
    case HF_E_KEY_MISMATCH:
    case HF_E_KEY_ENCRYPTED:
    case HF_E_KEY_PASSWORD:
    case HF_E_KEY_NO_DECRYPT:
    case HF_E_CERT_UNREADABLE:
        return CLI_LOCAL; /* for the library a wrong call, for the tool a wrong file */
    default:
        return BY_CLASS[hf_error_class_of(code)];
    }
}

cli_exit cli_fail(cli_exit code, const char *what, const char *why, const char *todo)
{
    note("", what, why, todo);
    if (silent) {
        return code;
    }
    (void)fprintf(stderr, "what: %s\n", what);
    if (why != NULL) {
        (void)fprintf(stderr, " why: %s\n", why);
    }
    (void)fprintf(stderr, "  do: %s\n", todo);
    return code;
}

cli_exit cli_fail_at(cli_exit code, const char *what, const char *subject, const char *reason,
                     const char *todo)
{
    char why[1024];
    (void)snprintf(why, sizeof why, "%s: %s", subject, reason);
    return cli_fail(code, what, why, todo);
}

cli_exit cli_fail_file(const char *what, const char *path, const char *todo)
{
    return cli_fail_at(CLI_LOCAL, what, path, strerror(errno), todo);
}

cli_exit cli_fail_usage(const char *command, const char *what, const char *subject)
{
    char todo[256];
    (void)snprintf(todo, sizeof todo, "See: handfast %s%s--help", command,
                   command[0] != 0 ? " " : "");
    return cli_fail(CLI_USAGE, what, subject, todo);
}

/* errno explains these; for others `system` is a code of the crypto library or of a signer. */
static bool has_errno(const hf_error *error)
{
    switch ((hf_code)error->code) {
    case HF_E_CONNECT_UNREACHABLE:
    case HF_E_NETWORK:
    case HF_E_SOCKET:
    case HF_E_FILE:
        return error->system != 0;
    default:
        return false;
    }
}

static bool is_given(const char *text)
{
    return text != NULL && text[0] != 0;
}

/* Of a record in words: "what: ...", lines about where, "   do: ..."; what is given comes instead.
 */
static void note_record(const hf_error *error, const char *text, const char *what, const char *why,
                        const char *todo)
{
    static const char BEFORE[] = "what: ";
    static const char REMEDY[] = "\n   do: ";
    char own_what[sizeof last.what];
    char own_todo[sizeof last.todo];
    const char *from =
        strncmp(text, BEFORE, sizeof BEFORE - 1) == 0 ? text + sizeof BEFORE - 1 : text;
    const char *remedy = strstr(text, REMEDY);
    remedy = remedy == NULL ? "" : remedy + sizeof REMEDY - 1;
    (void)snprintf(own_what, sizeof own_what, "%.*s", (int)strcspn(from, "\n"), from);
    (void)snprintf(own_todo, sizeof own_todo, "%.*s", (int)strcspn(remedy, "\n"), remedy);
    note(hf_error_name((hf_code)error->code), is_given(what) ? what : own_what, why,
         is_given(todo) ? todo : own_todo);
}

static void print_about(const hf_error *error, const char *subject, const char *why)
{
    if (subject != NULL) {
        (void)fprintf(stderr, "  for: %s\n", subject);
    }
    if (is_given(why)) {
        (void)fprintf(stderr, "  why: %s\n", why);
    } else if (has_errno(error)) {
        (void)fprintf(stderr, "  why: %s\n", strerror(error->system));
    }
}

/* An alert that the first line does not name any more. */
static void print_alert(const hf_error *error)
{
    if (error->code == HF_E_ALERT) {
        (void)fprintf(stderr, "alert: %s (%u) received from the peer\n",
                      hf_alert_name(error->alert), error->alert);
    }
}

/* The record's text line by line: the first is what happened, then comes what it happened to. */
cli_exit cli_fail_cause(const hf_error *error, const char *subject, const char *what,
                        const char *why, const char *todo)
{
    static const char DO[] = "   do: ";
    char text[2048];
    bool late = error->code == HF_E_TLS_TIMEOUT || error->code == HF_E_SIGNER_TIMEOUT;
    if (cli_is_of_signer((hf_code)error->code) && signer.what[0] != 0) {
        what = signer.what;
        why = signer.why;
        todo = signer.todo;
    } else if (late && signer.slow[0] != 0) {
        why = signer.slow;
    }
    if (hf_error_describe(error, text, sizeof text) == 0) { /* a build without error texts */
        (void)snprintf(text, sizeof text,
                       "what: error %u\n   in: error %u\n   do: Look it up in docs/errors.md.\n",
                       error->code, error->code);
    }
    note_record(error, text, what, is_given(why) ? why : subject, todo);
    if (silent) {
        return cli_exit_of((hf_code)error->code);
    }
    const char *line = text;
    while (*line != 0) {
        size_t len = strcspn(line, "\n");
        if (line == text && is_given(what)) {
            (void)fprintf(stderr, "what: %s\n", what);
        } else if (strncmp(line, DO, sizeof DO - 1) == 0 && is_given(todo)) {
            (void)fprintf(stderr, "%s%s\n", DO, todo);
        } else {
            (void)fprintf(stderr, "%.*s\n", (int)len, line);
        }
        if (line == text) {
            print_about(error, subject, why);
            if (is_given(what)) {
                print_alert(error);
            }
        }
        line += len + (line[len] == '\n' ? 1 : 0);
    }
    return cli_exit_of((hf_code)error->code);
}

cli_exit cli_fail_record(const hf_error *error, const char *subject)
{
    return cli_fail_cause(error, subject, NULL, NULL, NULL);
}
