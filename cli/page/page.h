/* The page of --report: one HTML file with everything about a connection, also about one that has
 * failed. No script, nothing loaded from elsewhere.
 *
 * page.c frames it, page_*.c are its sections (page_parts.h), page_write.c is the file.
 */
#ifndef HF_CLI_PAGE_H
#define HF_CLI_PAGE_H

#include "account.h"
#include "exit.h"

void cli_page_print(FILE *out, const cli_account *account);

/* Before the connection: whether the file can be written, and is not there yet (unless `force`);
 * says on stderr what is wrong. */
cli_exit cli_page_check(const char *path, bool force);

/* Writes the file, whole or not at all, and replaces one that is there. */
cli_exit cli_page_write(const char *path, const cli_account *account);

#endif
