/* Small pieces of text that several outputs share. */
#ifndef HF_CLI_WORDS_H
#define HF_CLI_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* Appends to the text that is there; cut at `cap`. */
__attribute__((format(printf, 3, 4))) void cli_add(char *text, size_t cap, const char *format, ...);

/* "0.21 ms" */
#define CLI_MS_SIZE 32
const char *cli_ms(uint64_t nanoseconds, char text[CLI_MS_SIZE]);

#endif
