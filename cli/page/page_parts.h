/* The sections of the page (page.h). Each prints itself, from heading to end, or nothing where
 * there is nothing to show.
 */
#ifndef HF_CLI_PAGE_PARTS_H
#define HF_CLI_PAGE_PARTS_H

#include "account.h"

extern const char PAGE_STYLE[]; /* CSS; page_style.c */

void page_times(FILE *out, const cli_account *account);     /* the time line */
void page_ladder(FILE *out, const cli_account *account);    /* what happened, message by message */
void page_bytes(FILE *out, const cli_account *account);     /* where the bytes went */
void page_chain(FILE *out, const cli_account *account);     /* the server's certificates */
void page_decisions(FILE *out, const cli_account *account); /* what was agreed, and why */
void page_works(FILE *out, const cli_account *account);     /* public-key operations */
void page_costs(FILE *out, const cli_account *account);     /* the table, and what is cheaper */

/* "ClientHello" */
#define PAGE_NAME_SIZE 48
const char *page_message_name(const cli_step *step, char text[PAGE_NAME_SIZE]);

/* What happened, in one sentence: for alerts, which one and why peers send it. */
#define PAGE_ERROR_SIZE 512
const char *page_error_what(const hf_error *error, char text[PAGE_ERROR_SIZE]);

#endif
