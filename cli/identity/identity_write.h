/* Files that identity commands write, several as one: without force none is written when one of
 * them exists; each appears whole or not at all; a key's is never readable by others, not even for
 * a moment. */
#ifndef HF_CLI_IDENTITY_WRITE_H
#define HF_CLI_IDENTITY_WRITE_H

#include "identity.h"

#include <sys/types.h>

#define IDENTITY_FILES_MAX 6

typedef struct identity_file {
    char path[IDENTITY_PATH_MAX];
    const char *label; /* what it is, for the summary */
    mode_t mode;
    BIO *content;
} identity_file;

/* All zero is empty. */
typedef struct identity_output {
    identity_file file[IDENTITY_FILES_MAX];
    size_t count;
} identity_output;

/* FOLDER/NAMESUFFIX; false when it is too long. */
bool identity_join(char path[IDENTITY_PATH_MAX], const char *folder, const char *name,
                   const char *suffix);

/* Says that a path is too long. */
cli_exit identity_fail_too_long(const char *path);

/* Another file, empty yet; NULL when the path is too long or memory lacks. */
identity_file *identity_add_path(identity_output *output, const char *path, const char *label,
                                 mode_t mode);

/* The same in the request's folder: NAME.suffix, or just `suffix` when it begins with no dot. */
identity_file *identity_add_file(identity_output *output, const identity_request *request,
                                 const char *suffix, const char *label, mode_t mode);

/* Makes a folder and those above it, unless they are there. */
cli_exit identity_make_folders(const char *folder);

cli_exit identity_write(const identity_output *output, bool force);

/* One line for each file. */
void identity_print_files(const identity_output *output);

void identity_release_output(identity_output *output);

#endif
