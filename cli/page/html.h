/* HTML that is made of other people's words: markup is written by the program as it stands, and
 * everything else goes through here, where it is escaped. Printable ASCII only; any other byte is
 * shown as \xNN, as in the tool's other output.
 */
#ifndef HF_CLI_HTML_H
#define HF_CLI_HTML_H

#include <stdio.h>

/* Text between tags and in quoted attributes. */
void html_text(FILE *out, const char *text);

/* The same of what is formatted; at most 1023 bytes, longer ones are cut. */
__attribute__((format(printf, 2, 3))) void html_print(FILE *out, const char *format, ...);

#endif
