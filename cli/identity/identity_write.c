/* Writing files of identities. See identity_write.h for what holds of them. */
#include "identity_write.h"

#include "report.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME_ROOM 160 /* a file's name, its suffix and a temporary one */

bool identity_join(char path[IDENTITY_PATH_MAX], const char *folder, const char *name,
                   const char *suffix)
{
    int len = snprintf(path, IDENTITY_PATH_MAX, "%s/%s%s", folder, name, suffix);
    return len > 0 && len < IDENTITY_PATH_MAX;
}

cli_exit identity_fail_too_long(const char *folder)
{
    return cli_fail(CLI_USAGE, "The path is too long.", folder, "Choose a shorter folder name.");
}

/* Ids may hold anything printable; file names hold letters, digits, dot, hyphen, underscore. */
static void file_name_of(const identity_request *request, char name[128])
{
    const char *text = request->role == IDENTITY_CA ? "ca" : request->name;
    size_t len = 0;
    for (; text[len] != 0 && len < 127; len++) {
        char at = text[len];
        bool plain = isalnum((unsigned char)at) || at == '-' || at == '_' || (at == '.' && len > 0);
        name[len] = at;
        if (!plain) {
            name[len] = '_';
        }
    }
    name[len] = 0;
}

identity_file *identity_add_path(identity_output *output, const char *path, const char *label,
                                 mode_t mode)
{
    identity_file *file = &output->file[output->count];
    int len = snprintf(file->path, sizeof file->path, "%s", path);
    file->label = label;
    file->mode = mode;
    file->content = BIO_new(BIO_s_mem());
    output->count++;
    return len < IDENTITY_PATH_MAX && file->content != NULL ? file : NULL;
}

identity_file *identity_add_file(identity_output *output, const identity_request *request,
                                 const char *suffix, const char *label, mode_t mode)
{
    char name[128];
    char path[IDENTITY_PATH_MAX];
    file_name_of(request, name);
    bool fits = suffix[0] == '.' ? identity_join(path, request->out, name, suffix)
                                 : identity_join(path, request->out, suffix, "");
    return fits ? identity_add_path(output, path, label, mode) : NULL;
}

cli_exit identity_make_folders(const char *folder)
{
    char path[IDENTITY_PATH_MAX];
    if (strlen(folder) > IDENTITY_PATH_MAX - FILE_NAME_ROOM ||
        !identity_join(path, folder, "", "")) {
        return identity_fail_too_long(folder);
    }
    for (char *at = path + 1; *at != 0; at++) {
        if (*at == '/') {
            *at = 0;
            if (mkdir(path, 0755) != 0 && errno != EEXIST) {
                return cli_fail_file("The folder cannot be made.", path,
                                     "Choose another one with --out, or check its permissions.");
            }
            *at = '/';
        }
    }
    return CLI_OK;
}

static bool write_all(int fd, const char *bytes, long left)
{
    while (left > 0) {
        ssize_t written = write(fd, bytes, (size_t)left);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        left -= written > 0 ? (long)written : 0;
    }
    return true;
}

/* To a file of its own first: the name appears only when everything is in it. */
static bool write_file(const identity_file *file)
{
    char part[IDENTITY_PATH_MAX + 16];
    char *bytes = NULL;
    long len = BIO_get_mem_data(file->content, &bytes);
    (void)snprintf(part, sizeof part, "%s.%ld", file->path, (long)getpid());
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file->mode);
    if (fd < 0) {
        return false;
    }
    bool written = write_all(fd, bytes, len);
    int reason = errno;
    if (close(fd) != 0 && written) {
        written = false;
        reason = errno;
    }
    if (written && rename(part, file->path) == 0) {
        return true;
    }
    reason = written ? errno : reason;
    (void)unlink(part);
    errno = reason;
    return false;
}

cli_exit identity_write(const identity_output *output, bool force)
{
    struct stat there;
    for (size_t i = 0; i < output->count && !force; i++) {
        if (lstat(output->file[i].path, &there) == 0) {
            return cli_fail_at(CLI_LOCAL, "Nothing was written.", output->file[i].path,
                               "this file exists already",
                               "Choose another place (--out), or --force to replace it.");
        }
    }
    for (size_t i = 0; i < output->count; i++) {
        if (!write_file(&output->file[i])) {
            return cli_fail_file("A file cannot be written.", output->file[i].path,
                                 "Check the folder's permissions and the free space.");
        }
    }
    return CLI_OK;
}

void identity_print_files(const identity_output *output)
{
    for (size_t i = 0; i < output->count; i++) {
        printf("  %-16s %s\n", output->file[i].label, output->file[i].path);
    }
}

void identity_release_output(identity_output *output)
{
    for (size_t i = 0; i < output->count; i++) {
        BIO_free(output->file[i].content);
    }
}
