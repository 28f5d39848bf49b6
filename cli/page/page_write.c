/* The file of --report. See page.h. */
#include "page.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_ROOM 4096u
#define TODO      "Check the folder, its permissions and the free space, or name another file."

/* The name under which the file is written until it is whole. */
static bool beside(char part[PATH_ROOM], const char *path)
{
    int len = snprintf(part, PATH_ROOM, "%s.%ld", path, (long)getpid());
    errno = ENAMETOOLONG;
    return len > 0 && (size_t)len < PATH_ROOM;
}

static cli_exit fail(const char *path)
{
    return cli_fail_file("The report cannot be written.", path, TODO);
}

static int open_part(const char *part)
{
    return open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
}

cli_exit cli_page_check(const char *path, bool force)
{
    char part[PATH_ROOM];
    struct stat there;
    bool exists = lstat(path, &there) == 0;
    if (exists && S_ISDIR(there.st_mode)) {
        errno = EISDIR;
        return fail(path);
    }
    if (exists && !force) {
        return cli_fail_at(CLI_LOCAL, "No connection was made: the report has no place.", path,
                           "this file exists already",
                           "Name another file with --report, or --force to replace it.");
    }
    int fd = beside(part, path) ? open_part(part) : -1;
    if (fd < 0) {
        return fail(path);
    }
    (void)close(fd);
    (void)unlink(part);
    return CLI_OK;
}

cli_exit cli_page_write(const char *path, const cli_account *account)
{
    char part[PATH_ROOM];
    int fd = beside(part, path) ? open_part(part) : -1;
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (out == NULL) {
        return fail(path);
    }
    cli_page_print(out, account);
    errno = EIO; /* where nothing says more */
    bool written = ferror(out) == 0;
    written = fclose(out) == 0 && written;
    if (written && rename(part, path) == 0) {
        return CLI_OK;
    }
    int reason = errno;
    (void)unlink(part);
    errno = reason;
    return fail(path);
}
