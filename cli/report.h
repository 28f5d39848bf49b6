/* How the tool says that something failed: on stderr, what happened, why, and what to do.
 *
 * Every function returns the exit code it was given or found, so `return cli_fail(...)` ends a
 * command. Results go to stdout and never through here.
 */
#ifndef HF_CLI_REPORT_H
#define HF_CLI_REPORT_H

#include "exit.h"

#include <stdbool.h>

/* What was said last, for whoever has to say it in another form; "" where there was nothing. */
typedef struct cli_failure {
    char name[64]; /* "HF_E_..."; "": a failure of the tool's own */
    char what[1024];
    char why[1024];
    char todo[1024];
} cli_failure;

/* The last failure that was told; NULL: none was. */
const cli_failure *cli_last_failure(void);

/* From here on failures are only kept for cli_last_failure(), not told; until called with false. */
void cli_fail_silently(bool silently);

/* The tool's own failures. `why` may be NULL when `what` says it all. */
cli_exit cli_fail(cli_exit code, const char *what, const char *why, const char *todo);

/* The same with a subject in front of `why`: "why: SUBJECT: REASON". */
cli_exit cli_fail_at(cli_exit code, const char *what, const char *subject, const char *reason,
                     const char *todo);

/* A file that could not be used: the reason is errno's. */
cli_exit cli_fail_file(const char *what, const char *path, const char *todo);

/* A wrong command line; points to `handfast COMMAND --help`. */
cli_exit cli_fail_usage(const char *command, const char *what, const char *subject);

/* An error record of the library, in the words of hf_error_describe(). `subject` is the file or
 * address it is about; may be NULL. */
cli_exit cli_fail_record(const hf_error *error, const char *subject);

/* The same, with what is known of its cause (cause.h): `what` and `todo` in the place of the
 * record's own sentences, `why` after them. Each may be NULL or "". */
cli_exit cli_fail_cause(const hf_error *error, const char *subject, const char *what,
                        const char *why, const char *todo);

/* Why a signer failed, in the tool's words: told instead of the library's, which only knows that it
 * did. The texts are copied. */
void cli_note_signer(const char *what, const char *why, const char *todo);

/* Whether an error is one that cli_note_signer() has the words for. */
bool cli_is_of_signer(hf_code code);

/* How long a signer's last signature took: told with a handshake that was too late. */
void cli_note_signing(unsigned ms);

/* What was noted last, "WHAT WHY", and its remedy; NULL: nothing was. */
const char *cli_signer_why(void);
const char *cli_signer_todo(void);

#endif
