/* --remember FILE: the chain that a server showed, kept from one run to the next (handfast/
 * remembered.h). A file that cannot be read or written is worth a warning, never an error: without
 * it everything is verified.
 */
#ifndef HF_CLI_REMEMBER_H
#define HF_CLI_REMEMBER_H

#include "setup.h"

/* Reads `path` into setup->remembered and gives it to the connection. No file yet: nothing is
 * remembered. */
void cli_remember_load(cli_setup *setup, const char *path);

/* Once the handshake is over: writes the file anew if there is something new, whole or not at all,
 * for its owner alone. */
void cli_remember_store(const cli_setup *setup, const hf_tls *tls);

/* The line of the summary; nothing without --remember. */
void cli_remember_print(FILE *out, const cli_setup *setup, const hf_tls *tls);

#endif
