/* Files that the command line names: read whole, with a limit, and named in every error. */
#ifndef HF_CLI_FILE_H
#define HF_CLI_FILE_H

#include "exit.h"

#include <stddef.h>
#include <stdint.h>

/* Owned: give it back with cli_file_release(). `bytes` ends with a zero that `len` leaves out. */
typedef struct cli_file {
    uint8_t *bytes;
    size_t len;
} cli_file;

/* Reads `path`, or standard input when it is NULL; more than `limit` bytes are an error. */
cli_exit cli_file_read(const char *path, size_t limit, cli_file *file);

/* Reads a password: the file's text without the line end after it; never empty, no zero inside. */
cli_exit cli_file_read_password(const char *path, cli_file *file);

/* Wipes and frees. */
void cli_file_release(cli_file *file);

#endif
