/* handfast explain, codes of other stacks: which of them a text stands for, and what they mean.
 *
 * A text is a number (decimal, hexadecimal, as unsigned 32 bits), a name with or without the
 * stack's prefix, a packed code of OpenSSL, or one of these after "stack:".
 */
#ifndef HF_CLI_EXPLAIN_FOREIGN_H
#define HF_CLI_EXPLAIN_FOREIGN_H

#include <stdbool.h>

/* Whether a word names a stack, as in "gnutls". */
bool cli_explain_is_stack(const char *word);

/* Prints every meaning of `text`, the likeliest first; `stack` NULL: in all stacks. `answers`
 * counts what is printed. */
void cli_explain_foreign(const char *stack, const char *text, unsigned *answers);

/* All codes, one per line: stack, decimal, hexadecimal, name. */
void cli_explain_list(void);

#endif
