/* A remembered chain in a file. See remember.h. */
#include "remember.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void warn(const char *path, const char *what, const char *why)
{
    (void)fprintf(stderr, "warning: %s: %s (%s)\n", path, what, why);
}

void cli_remember_load(cli_setup *setup, const char *path)
{
    hf_remembered *remembered = &setup->remembered;
    uint8_t bytes[sizeof *remembered + 1];
    setup->remember = path;
    setup->memory.remembered = remembered;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT) {
            warn(path, "the remembered chain cannot be read", strerror(errno));
        }
        return;
    }
    ssize_t len = read(fd, bytes, sizeof bytes); /* so few bytes come at once, or it is no file */
    (void)close(fd);
    if (len == (ssize_t)sizeof *remembered) {
        memcpy(remembered, bytes, sizeof *remembered);
    } else {
        warn(path, "this is no remembered chain, so everything is verified", "wrong size");
    }
}

static bool write_part(const char *part, const hf_remembered *remembered)
{
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    errno = ENOSPC; /* of a short write */
    bool written = write(fd, remembered, sizeof *remembered) == (ssize_t)sizeof *remembered;
    written = written && fsync(fd) == 0;
    return close(fd) == 0 && written;
}

void cli_remember_store(const cli_setup *setup, const hf_tls *tls)
{
    char part[4096];
    if (setup->remember == NULL || !hf_tls_remembered_changed(tls)) {
        return;
    }
    int len = snprintf(part, sizeof part, "%s.%ld", setup->remember, (long)getpid());
    errno = ENAMETOOLONG;
    bool fits = len > 0 && (size_t)len < sizeof part;
    bool written = fits && write_part(part, &setup->remembered);
    if (!written || rename(part, setup->remember) != 0) {
        warn(setup->remember, "the chain was not remembered", strerror(errno));
        if (fits) {
            (void)unlink(part);
        }
    }
}

void cli_remember_print(FILE *out, const cli_setup *setup, const hf_tls *tls)
{
    unsigned saved = hf_tls_signatures_saved(tls);
    unsigned verified = hf_tls_signatures(tls);
    if (setup->remember == NULL) {
        return;
    }
    (void)fprintf(out, "  chain        %s, %u signature%s saved, %u verified\n",
                  saved > 0 ? "remembered" : "not remembered before", saved, saved == 1 ? "" : "s",
                  verified);
}
