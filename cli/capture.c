/* Writing captures and key logs. See capture.h. */
#include "capture.h"

#include "keylog/keylog.h"
#include "report.h"
#include "trace/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HELD_ROOM   (65536u + 16384u) /* more than --input-buffer can be */
#define OUTPUT_ROOM 16384u
#define OTHERS      (S_IRWXG | S_IRWXO)
#define MAGIC       "\x0a\x0d\x0d\x0a" /* the first bytes of any pcapng file */
#define MAGIC_SIZE  4u

/* A file with its output buffer, which may hold secrets. */
typedef struct target {
    const char *path; /* NULL: not wanted */
    int fd;
    int system; /* errno of the first failure */
    size_t len;
    uint8_t bytes[OUTPUT_ROOM];
} target;

struct cli_capture {
    target pcap;
    target keylog;
    bool with_secrets; /* in the capture */
    hf_capture capture;
    hf_keylog log;
    hf_sink lines_sink;
    size_t lines_len;
    uint8_t lines[HF_KEYLOG_LINES_MAX];
    uint8_t held[HELD_ROOM];
};

/* ---- output */

static void flush(target *t)
{
    size_t done = 0;
    while (t->system == 0 && done < t->len) {
        ssize_t n = write(t->fd, t->bytes + done, t->len - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno != EINTR) {
            t->system = errno;
        }
    }
    t->len = 0;
}

static void put(void *ctx, const char *text, size_t len)
{
    target *t = ctx;
    while (len > 0) {
        if (t->len == sizeof t->bytes) {
            flush(t);
        }
        size_t room = sizeof t->bytes - t->len;
        size_t n = len < room ? len : room;
        memcpy(t->bytes + t->len, text, n);
        t->len += n;
        text += n;
        len -= n;
    }
}

static void put_line(void *ctx, const char *text, size_t len)
{
    cli_capture *c = ctx;
    if (len <= sizeof c->lines - c->lines_len) {
        memcpy(c->lines + c->lines_len, text, len);
        c->lines_len += len;
    }
}

/* ---- events */

static uint64_t nanoseconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The address from which this machine reaches the peer: a datagram socket that is connected sends
 * nothing, but has it. */
static void learn_local4(hf_capture *capture, const hf_event *event, int fd)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)event->size)};
    socklen_t size = sizeof to;
    memcpy(&to.sin_addr, event->body.ptr, 4);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
        getsockname(fd, (struct sockaddr *)&to, &size) == 0) {
        memcpy(capture->local[0], &to.sin_addr, 4);
    }
}

static void learn_local6(hf_capture *capture, const hf_event *event, int fd)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)event->size)};
    socklen_t size = sizeof to;
    memcpy(&to.sin6_addr, event->body.ptr, 16);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
        getsockname(fd, (struct sockaddr *)&to, &size) == 0) {
        memcpy(capture->local[1], &to.sin6_addr, 16);
    }
}

static void learn_local(hf_capture *capture, const hf_event *event)
{
    bool v6 = event->type == 6;
    int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    if (v6 && event->body.len == 16) {
        learn_local6(capture, event, fd);
    } else if (!v6 && event->body.len == 4) {
        learn_local4(capture, event, fd);
    }
    (void)close(fd);
}

static void take_keys(cli_capture *c, const hf_event *event)
{
    c->lines_len = 0;
    hf_keylog_event(&c->log, event, &c->lines_sink);
    if (c->keylog.path != NULL) {
        put(&c->keylog, (const char *)c->lines, c->lines_len);
        flush(&c->keylog);
    }
    if (c->with_secrets) {
        hf_capture_secrets(&c->capture, (hf_span){c->lines, c->lines_len});
    }
    explicit_bzero(c->lines, sizeof c->lines);
}

static void take_event(void *ctx, const hf_event *event)
{
    cli_capture *c = ctx;
    if (event->kind == HF_EVENT_KEYS) {
        take_keys(c, event);
    }
    if (c->pcap.path != NULL) {
        if (event->kind == HF_EVENT_ADDRESS) {
            learn_local(&c->capture, event);
        }
        hf_capture_event(&c->capture, event, nanoseconds_now());
        flush(&c->pcap);
    }
}

/* ---- files */

static cli_exit refuse(const target *t, const char *what, const char *reason, const char *todo)
{
    return cli_fail_at(CLI_LOCAL, what, t->path, reason, todo);
}

/* Whoever can read the file can read the connection. */
static cli_exit check_mode(const target *t, const struct stat *facts)
{
    if (S_ISREG(facts->st_mode) && (facts->st_mode & OTHERS) != 0) {
        return refuse(t, "A file for secrets could be read by others.", "its mode is not 0600",
                      "Remove it, or: chmod 600 it; or name another file.");
    }
    return CLI_OK;
}

/* Only a capture is overwritten, or a file that is empty. */
static cli_exit check_old(const target *t, const struct stat *facts)
{
    uint8_t first[MAGIC_SIZE];
    if (!S_ISREG(facts->st_mode) || facts->st_size == 0) {
        return CLI_OK;
    }
    if (pread(t->fd, first, sizeof first, 0) != (ssize_t)sizeof first ||
        memcmp(first, MAGIC, sizeof first) != 0) {
        return refuse(t, "A file is there already, and it is no capture.",
                      "it does not begin like a pcapng file", "Remove it, or name another file.");
    }
    return CLI_OK;
}

static cli_exit open_file(target *t, int flags, mode_t mode, struct stat *facts)
{
    t->fd = open(t->path, flags | O_CREAT | O_CLOEXEC, mode);
    if (t->fd < 0 || fstat(t->fd, facts) != 0) {
        return cli_fail_file("A file could not be opened for writing.", t->path,
                             "Check the path and the permissions.");
    }
    return CLI_OK;
}

static cli_exit open_keylog(target *t)
{
    struct stat facts;
    cli_exit result = open_file(t, O_WRONLY | O_APPEND, 0600, &facts);
    return result == CLI_OK ? check_mode(t, &facts) : result;
}

/* A pipe that we had open for reading, too, would never break. Its end is an error like others. */
static cli_exit open_pipe(target *t, struct stat *facts)
{
    (void)signal(SIGPIPE, SIG_IGN);
    return open_file(t, O_WRONLY, 0, facts);
}

static cli_exit open_pcap(target *t, bool with_secrets)
{
    struct stat facts;
    bool special = stat(t->path, &facts) == 0 && !S_ISREG(facts.st_mode);
    cli_exit result =
        special ? open_pipe(t, &facts) : open_file(t, O_RDWR, with_secrets ? 0600 : 0644, &facts);
    if (result == CLI_OK && with_secrets) {
        result = check_mode(t, &facts);
    }
    if (result == CLI_OK) {
        result = check_old(t, &facts);
    }
    if (result == CLI_OK && S_ISREG(facts.st_mode) && ftruncate(t->fd, 0) != 0) {
        result =
            cli_fail_file("A capture could not be overwritten.", t->path, "Check the permissions.");
    }
    return result;
}

static void warn(const char *path)
{
    (void)fprintf(stderr,
                  "warning: %s gets the secrets of the connection: whoever has that file can read "
                  "all that is said; remove it when it has served\n",
                  path);
}

static cli_exit check_apart(const cli_capture *c)
{
    struct stat one;
    struct stat other;
    bool both = c->pcap.path != NULL && c->keylog.path != NULL;
    if (both && fstat(c->pcap.fd, &one) == 0 && fstat(c->keylog.fd, &other) == 0 &&
        S_ISREG(one.st_mode) && one.st_dev == other.st_dev && one.st_ino == other.st_ino) {
        return refuse(&c->keylog, "The capture and the key log are one file.", "it was given twice",
                      "Give two names; --pcap has the secrets inside anyway.");
    }
    return CLI_OK;
}

static cli_exit open_files(cli_capture *c)
{
    cli_exit result = CLI_OK;
    if (c->keylog.path != NULL) {
        result = open_keylog(&c->keylog);
    }
    if (result == CLI_OK && c->pcap.path != NULL) {
        result = open_pcap(&c->pcap, c->with_secrets);
    }
    if (result == CLI_OK) {
        result = check_apart(c);
    }
    if (result == CLI_OK && c->keylog.path != NULL) {
        warn(c->keylog.path);
    }
    if (result == CLI_OK && c->with_secrets) {
        warn(c->pcap.path);
    }
    return result;
}

static void start(cli_capture *c, cli_watch *watch)
{
    c->lines_sink = (hf_sink){.put = put_line, .ctx = c};
    if (c->pcap.path != NULL) {
        const hf_sink sink = {.put = put, .ctx = &c->pcap};
        const hf_space held = {c->held, sizeof c->held};
        hf_capture_begin(&c->capture, &sink, held, "handfast " HF_TOOL_VERSION);
        flush(&c->pcap);
    }
    cli_watch_add(watch, take_event, c);
}

/* An error that was there before wins. */
static cli_exit close_target(target *t, const char *what, cli_exit result)
{
    if (t->fd < 0) {
        return result;
    }
    flush(t);
    if (close(t->fd) != 0 && t->system == 0) {
        t->system = errno;
    }
    t->fd = -1;
    if (t->system == 0) {
        return result;
    }
    errno = t->system;
    cli_exit failed = cli_fail_file(what, t->path, "Check the room on that disk; run it again.");
    return result == CLI_OK ? failed : result;
}

cli_exit cli_capture_open(cli_capture **capture, const cli_capture_options *options,
                          cli_watch *watch)
{
    *capture = NULL;
    if (options->pcap == NULL && options->bare == NULL && options->keylog == NULL) {
        return CLI_OK;
    }
    cli_capture *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some.");
    }
    c->with_secrets = options->pcap != NULL;
    c->pcap.path = options->pcap != NULL ? options->pcap : options->bare;
    c->keylog.path = options->keylog;
    c->pcap.fd = c->keylog.fd = -1;
    cli_exit result = open_files(c);
    if (result != CLI_OK) {
        return cli_capture_close(c, result);
    }
    start(c, watch);
    *capture = c;
    return CLI_OK;
}

cli_exit cli_capture_close(cli_capture *c, cli_exit result)
{
    if (c == NULL) {
        return result;
    }
    if (c->capture.sink.put != NULL) {
        hf_capture_end(&c->capture, nanoseconds_now());
    }
    result = close_target(&c->pcap, "The capture is not whole.", result);
    result = close_target(&c->keylog, "The key log is not whole.", result);
    explicit_bzero(c, sizeof *c);
    free(c);
    return result;
}
