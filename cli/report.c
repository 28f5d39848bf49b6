/* The words of a failure. See report.h; one format for every command. */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static cli_failure last;

/* Of the signer. */
static struct {
    char what[160];
    char why[640];
    char todo[400];
    char line[802];
    unsigned ms;
} signer;

#define SIGNING_MS 100u /* less is not worth a word */

void cli_note_signing(unsigned ms)
{
    signer.ms = ms;
}

void cli_note_signer(const char *what, const char *why, const char *todo)
{
    (void)snprintf(signer.what, sizeof signer.what, "%s", what);
    (void)snprintf(signer.why, sizeof signer.why, "%s", why);
    (void)snprintf(signer.todo, sizeof signer.todo, "%s", todo);
    (void)snprintf(signer.line, sizeof signer.line, "%s %s", signer.what, signer.why);
}

const char *cli_signer_why(void)
{
    return signer.line[0] == 0 ? NULL : signer.line;
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

/* Of a record in words: "what: ...", lines about where, "   do: ...". */
static void note_record(const hf_error *error, const char *text, const char *subject)
{
    static const char BEFORE[] = "what: ";
    static const char REMEDY[] = "\n   do: ";
    char what[sizeof last.what];
    char todo[sizeof last.todo];
    const char *from =
        strncmp(text, BEFORE, sizeof BEFORE - 1) == 0 ? text + sizeof BEFORE - 1 : text;
    const char *remedy = strstr(text, REMEDY);
    remedy = remedy == NULL ? "" : remedy + sizeof REMEDY - 1;
    (void)snprintf(what, sizeof what, "%.*s", (int)strcspn(from, "\n"), from);
    (void)snprintf(todo, sizeof todo, "%.*s", (int)strcspn(remedy, "\n"), remedy);
    note(hf_error_name((hf_code)error->code), what, subject, todo);
}

/* The text's first line is what happened; then comes what it happened to. */
cli_exit cli_fail_record(const hf_error *error, const char *subject)
{
    char text[2048];
    if (error->code == HF_E_SIGNER && signer.what[0] != 0) {
        cli_exit result = cli_fail(CLI_LOCAL, signer.what, signer.why, signer.todo);
        (void)snprintf(last.name, sizeof last.name, "%s", hf_error_name(HF_E_SIGNER));
        return result;
    }
    if (hf_error_describe(error, text, sizeof text) == 0) { /* a build without error texts */
        (void)snprintf(text, sizeof text, "what: error %u\n   do: Look it up in docs/errors.md.\n",
                       error->code);
    }
    note_record(error, text, subject);
    size_t first = strcspn(text, "\n");
    (void)fprintf(stderr, "%.*s\n", (int)first, text);
    if (subject != NULL) {
        (void)fprintf(stderr, "  for: %s\n", subject);
    }
    if (error->code == HF_E_TLS_TIMEOUT && signer.ms >= SIGNING_MS) {
        (void)fprintf(stderr, "  why: our own key's token took %u ms to sign\n", signer.ms);
    }
    if (has_errno(error)) {
        (void)fprintf(stderr, "  why: %s\n", strerror(error->system));
    }
    (void)fputs(text[first] == '\n' ? text + first + 1 : "", stderr);
    return cli_exit_of((hf_code)error->code);
}
