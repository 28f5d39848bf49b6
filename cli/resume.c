/* A session in a file. See resume.h. */
#include "resume.h"

#include "file.h"
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_ROOM 4096

static cli_exit read_old(cli_resume *resume)
{
    cli_file file = {NULL, 0};
    if (access(resume->path, F_OK) != 0 && errno == ENOENT) {
        return CLI_OK;
    }
    cli_exit result = cli_file_read(resume->path, CLI_SESSION_ROOM, &file);
    if (result == CLI_OK && file.len > 0) {
        memcpy(resume->session.ptr, file.bytes, file.len);
        memcpy(resume->kept, file.bytes, file.len);
        resume->session.len = resume->kept_len = file.len;
        resume->read = true;
    }
    cli_file_release(&file);
    return result;
}

cli_exit cli_resume_make(cli_resume *resume, const char *path)
{
    resume->path = path;
    if (path == NULL) {
        return CLI_OK;
    }
    resume->session = (hf_session){.ptr = malloc(CLI_SESSION_ROOM), .cap = CLI_SESSION_ROOM};
    resume->kept = malloc(CLI_SESSION_ROOM);
    if (resume->session.ptr == NULL || resume->kept == NULL) {
        return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some.");
    }
    return read_old(resume);
}

static bool has_changed(const cli_resume *resume)
{
    const hf_session *session = &resume->session;
    return session->len != resume->kept_len ||
           memcmp(session->ptr, resume->kept, session->len) != 0;
}

/* Into a file beside it, with a mode of 0600, which takes its place when it is whole. */
static bool write_new(const cli_resume *resume)
{
    char beside[PATH_ROOM];
    const hf_session *session = &resume->session;
    int len = snprintf(beside, sizeof beside, "%s.XXXXXX", resume->path);
    int fd = len > 0 && (size_t)len < sizeof beside ? mkstemp(beside) : -1;
    if (fd < 0) {
        return false;
    }
    bool good = write(fd, session->ptr, session->len) == (ssize_t)session->len && fsync(fd) == 0;
    good = close(fd) == 0 && good && rename(beside, resume->path) == 0;
    if (!good) {
        int system = errno;
        (void)unlink(beside);
        errno = system;
    }
    return good;
}

bool cli_resume_keep(cli_resume *resume)
{
    if (resume->path == NULL || !has_changed(resume)) {
        return true;
    }
    bool none = resume->session.len == 0;
    bool good = none ? unlink(resume->path) == 0 || errno == ENOENT : write_new(resume);
    if (!good) {
        (void)fprintf(stderr, "warning: the session could not be kept in %s: %s\n", resume->path,
                      strerror(errno));
        return false;
    }
    memcpy(resume->kept, resume->session.ptr, resume->session.len);
    resume->kept_len = resume->session.len;
    return true;
}

static void release(uint8_t *bytes)
{
    if (bytes != NULL) {
        explicit_bzero(bytes, CLI_SESSION_ROOM);
        free(bytes);
    }
}

void cli_resume_release(cli_resume *resume)
{
    release(resume->session.ptr);
    release(resume->kept);
    *resume = (cli_resume){.path = NULL};
}
