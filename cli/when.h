/* Points in time as RFC 3339 text (2027-01-31T12:00:00Z) and as seconds since 1970, UTC. */
#ifndef HF_CLI_WHEN_H
#define HF_CLI_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#define CLI_WHEN_SIZE 32 /* room for the text */

/* Reads a date and time with its offset (Z or +hh:mm); no fractions of a second. False when the
 * text is anything else or names a day that does not exist. */
bool cli_when_parse(const char *text, int64_t *seconds);

void cli_when_text(int64_t seconds, char text[CLI_WHEN_SIZE]);

#endif
