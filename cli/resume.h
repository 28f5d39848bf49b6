/* The file of --session: what a device keeps in flash, so that its next connection costs less.
 *
 * It is read before the first connection and written after each one that has changed it. A file
 * that is damaged, too old or for another server is no error: the library does the handshake in
 * full.
 */
#ifndef HF_CLI_RESUME_H
#define HF_CLI_RESUME_H

#include "exit.h"

#include <handfast/session.h>

#define CLI_SESSION_ROOM (2u * (HF_SESSION_HEAD + 65536u)) /* the one offered and a new one */

typedef struct cli_resume {
    hf_session session;
    const char *path; /* NULL: without */
    uint8_t *kept;    /* what stands in the file */
    size_t kept_len;
    bool read; /* there was a session in it */
} cli_resume;

/* Fills a zeroed `resume`. A file that does not exist is an empty one; says on stderr what is wrong
 * with one that cannot be read. Release must be called in either case. */
cli_exit cli_resume_make(cli_resume *resume, const char *path);

/* After a connection: the session that there is now, or no file when there is none. False: that
 * could not be done, which is said on stderr, and harms nothing but the next time. */
bool cli_resume_keep(cli_resume *resume);

void cli_resume_release(cli_resume *resume);

#endif
