/* What is known about a connection, in a few lines. */
#ifndef HF_CLI_SUMMARY_H
#define HF_CLI_SUMMARY_H

#include "account.h"
#include "setup.h"

#include <stdio.h>

/* Prints what is known, also of one that failed; before hf_conn_close(), which wipes the engine.
 * `account`: what the connection cost. */
void cli_summary_print(FILE *out, const hf_conn *conn, const cli_setup *setup,
                       const cli_account *account);

#endif
