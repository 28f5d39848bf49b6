/* The registry file of `handfast listen`: read at the start and whenever it changes; the file of
 * ticket keys: on SIGHUP.
 *
 * The folder is watched, not the file: an editor or a deployment puts a new file in the old one's
 * place. A file that is being written is read when it is closed. One that cannot be read or does
 * not parse changes nothing but the log: locking everybody out, or letting the revoked in, because
 * of a typing error would both be worse than yesterday's registry.
 */
#include "listen_log.h"
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHY 512

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static uint64_t inode(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 ? (uint64_t)facts.st_ino : 0;
}

static cli_exit watch_folder(listen_server *server, const char *path)
{
    char folder[4096] = ".";
    size_t len = (size_t)(file_name(path) - path);
    if (len >= sizeof folder) {
        return cli_fail_usage("listen", "The path of the registry is too long.", path);
    }
    if (len > 0) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)len, path);
    }
    server->folder.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (server->folder.fd < 0 ||
        inotify_add_watch(server->folder.fd, folder, IN_CLOSE_WRITE | IN_MOVED_TO) < 0 ||
        !listen_watch_source(server, &server->folder, EPOLLIN)) {
        return cli_fail_file("The folder of the registry cannot be watched.", folder,
                             "Check the permissions and the limits of inotify(7).");
    }
    return CLI_OK;
}

/* Watched first, read then: no change is missed. */
cli_exit listen_reload_begin(listen_server *server)
{
    const char *path = server->options->registry;
    char why[WHY];
    if (path == NULL) {
        return CLI_OK;
    }
    cli_exit result = watch_folder(server, path);
    if (result != CLI_OK) {
        return result;
    }
    server->registry_inode = inode(path);
    if (!listen_registry_load(&server->registry, path, why, sizeof why)) {
        return cli_fail_at(CLI_LOCAL, "The registry cannot be used.", path, why,
                           "Correct it: SHA-256, thing name and state in each line, each "
                           "certificate once.");
    }
    return CLI_OK;
}

void listen_reload(listen_server *server)
{
    listen_registry fresh;
    char why[WHY];
    const char *path = server->options->registry;
    if (path == NULL) {
        return;
    }
    server->registry_inode = inode(path);
    if (!listen_registry_load(&fresh, path, why, sizeof why)) {
        listen_log(NULL, "registry-broken",
                   "file=\"%s\" reason=\"%s\" kept=\"the old one with %zu certificates\"", path,
                   why, server->registry.count);
        return;
    }
    listen_registry_release(&server->registry);
    server->registry = fresh;
    listen_log(NULL, "registry", "file=\"%s\" certificates=%zu", path, fresh.count);
    listen_client_check_all(server);
}

/* On SIGHUP: those who share the file are told when it is complete. */
void listen_reload_keys(listen_server *server)
{
    const char *path = server->options->ticket_keys;
    char why[WHY];
    if (path == NULL) {
        return;
    }
    if (!listen_tickets_load(&server->tickets, path, why, sizeof why)) {
        listen_log(NULL, "tickets-broken", "file=\"%s\" reason=\"%s\" kept=\"the old keys\"", path,
                   why);
        return;
    }
    listen_log(NULL, "tickets", "file=\"%s\"", path);
}

/* Our file by its name; or by another inode behind it, when a link was put elsewhere. */
void listen_reload_events(listen_server *server)
{
    union {
        struct inotify_event event; /* for the alignment */
        char bytes[16384];
    } buffer;
    const char *path = server->options->registry;
    const char *name = file_name(path);
    bool changed = false;
    ssize_t n = read(server->folder.fd, buffer.bytes, sizeof buffer.bytes);
    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *event = (const struct inotify_event *)(buffer.bytes + at);
        changed = changed || (event->mask & IN_Q_OVERFLOW) != 0 ||
                  (event->len > 0 && strcmp(event->name, name) == 0);
        at += (ssize_t)(sizeof *event + event->len);
    }
    uint64_t now = inode(path);
    if (changed || (now != 0 && now != server->registry_inode)) {
        listen_reload(server);
    }
}
