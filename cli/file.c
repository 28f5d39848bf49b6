/* Reading files whole. See file.h. */
#include "file.h"

#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM     4096u
#define PASSWORD_LIMIT 4096u

static cli_exit no_memory(void)
{
    return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some, and try again.");
}

/* Doubles the room, up to `limit` and the zero after it. */
static uint8_t *grow(cli_file *file, size_t *cap, size_t limit)
{
    size_t wanted = *cap == 0 ? FIRST_ROOM : *cap * 2;
    wanted = wanted < limit + 2 ? wanted : limit + 2;
    uint8_t *bytes = malloc(wanted);
    if (bytes == NULL) {
        return NULL;
    }
    if (file->len > 0) {
        memcpy(bytes, file->bytes, file->len);
    }
    cli_file_release(&(cli_file){file->bytes, *cap}); /* a copy of a key must not stay behind */
    *cap = wanted;
    return bytes;
}

static cli_exit read_all(FILE *stream, const char *name, size_t limit, cli_file *file)
{
    size_t cap = 0;
    size_t n = 0;
    do {
        if (cap - file->len < 2) {
            uint8_t *bytes = grow(file, &cap, limit);
            if (bytes == NULL) {
                return no_memory();
            }
            file->bytes = bytes;
        }
        n = fread(file->bytes + file->len, 1, cap - 1 - file->len, stream);
        file->len += n;
        if (file->len > limit) {
            char why[80];
            (void)snprintf(why, sizeof why, "more than %zu bytes", limit);
            return cli_fail_at(CLI_LOCAL, "A file is too large.", name, why,
                               "Check that the right file is given.");
        }
    } while (n > 0);
    if (ferror(stream) != 0) {
        return cli_fail_file("A file could not be read.", name,
                             "Check the path and the permissions.");
    }
    file->bytes[file->len] = 0;
    return CLI_OK;
}

cli_exit cli_file_read(const char *path, size_t limit, cli_file *file)
{
    *file = (cli_file){NULL, 0};
    if (path == NULL) {
        return read_all(stdin, "standard input", limit, file);
    }
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        return cli_fail_file("A file could not be opened.", path,
                             "Check the path and the permissions.");
    }
    (void)setvbuf(stream, NULL, _IONBF, 0); /* no copy of a key in a buffer of stdio's */
    cli_exit result = read_all(stream, path, limit, file);
    (void)fclose(stream);
    return result;
}

cli_exit cli_file_read_password(const char *path, cli_file *file)
{
    cli_exit result = cli_file_read(path, PASSWORD_LIMIT, file);
    if (result != CLI_OK) {
        return result;
    }
    if (file->len > 0 && file->bytes[file->len - 1] == '\n') {
        file->bytes[--file->len] = 0;
    }
    if (file->len > 0 && file->bytes[file->len - 1] == '\r') {
        file->bytes[--file->len] = 0;
    }
    if (file->len == 0 || memchr(file->bytes, 0, file->len) != NULL) {
        return cli_fail(CLI_LOCAL, "A password file is empty or holds a zero byte.", path,
                        "Write the password, and nothing else, into the file.");
    }
    return CLI_OK;
}

void cli_file_release(cli_file *file)
{
    if (file->bytes != NULL) {
        explicit_bzero(file->bytes, file->len);
        free(file->bytes);
    }
    file->bytes = NULL;
    file->len = 0;
}
