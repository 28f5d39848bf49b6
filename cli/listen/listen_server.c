/* The loop of `handfast listen`. See listen_server.h. */
#include "listen_log.h"
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 256
#define KEYS_MS    600000 /* how often ticket keys are looked at */

static int64_t monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool listen_watch_source(listen_server *server, listen_source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    return epoll_ctl(server->epoll, EPOLL_CTL_ADD, source->fd, &event) == 0;
}

void listen_enqueue(listen_conn *conn)
{
    listen_server *server = conn->server;
    if (conn->queued) {
        return;
    }
    conn->queued = true;
    conn->behind = NULL;
    if (server->tail == NULL) {
        server->head = conn;
    } else {
        server->tail->behind = conn;
    }
    server->tail = conn;
    server->queued++;
}

static listen_conn *dequeue(listen_server *server)
{
    listen_conn *conn = server->head;
    server->head = conn->behind;
    if (server->head == NULL) {
        server->tail = NULL;
    }
    conn->queued = false;
    server->queued--;
    return conn;
}

/* The first signal: new connections are not taken, and those there are end in order. */
static void begin_stop(listen_server *server, const char *signal_name)
{
    server->stopping = true;
    listen_log(NULL, "stop", "signal=%s connections=%zu", signal_name, server->connections);
    for (listen_conn *conn = server->first; conn != NULL; conn = conn->next) {
        listen_conn_close(conn, "the server stops");
    }
    (void)listen_timer_set(&server->timers, &server->grace_timer,
                           server->now + server->options->grace_ms);
}

static void signal_events(listen_server *server)
{
    struct signalfd_siginfo facts;
    while (read(server->signals.fd, &facts, sizeof facts) == (ssize_t)sizeof facts) {
        if (facts.ssi_signo == SIGHUP) {
            listen_reload(server);
            listen_reload_keys(server);
        } else if (facts.ssi_signo == SIGUSR1) {
            listen_log(NULL, "status", "connections=%zu folded=%zu folds=%" PRIu64,
                       server->connections, server->connections - server->awake, server->folds);
        } else if (server->stopping) {
            server->at_once = true;
        } else {
            begin_stop(server, facts.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
        }
    }
}

static void take_event(listen_server *server, listen_source *source, uint32_t events)
{
    switch (source->kind) {
    case LISTEN_KIND_LISTENER:
        if (server->accepting) {
            listen_accept_events(server);
        }
        break;
    case LISTEN_KIND_SIGNALS:
        signal_events(server);
        break;
    case LISTEN_KIND_FOLDER:
        listen_reload_events(server);
        break;
    default:
        if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
            source->readable = true;
        }
        if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
            source->writable = true;
        }
        listen_enqueue(source->conn);
        break;
    }
}

static int wait_ms(const listen_server *server)
{
    const listen_timer *first = listen_timers_first(&server->timers);
    if (server->queued > 0) {
        return 0;
    }
    if (first == NULL) {
        return -1;
    }
    int64_t left = first->due - monotonic_ms();
    return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

/* Keys whose day is over are forgotten also when nobody comes. */
static void watch_keys(listen_server *server)
{
    listen_tickets_settle(&server->tickets, (int64_t)time(NULL));
    (void)listen_timer_set(&server->timers, &server->keys_timer, server->now + KEYS_MS);
}

static void fire_timers(listen_server *server)
{
    listen_timer *timer = listen_timers_first(&server->timers);
    while (timer != NULL && timer->due <= server->now) {
        listen_timer_stop(&server->timers, timer);
        if (timer == &server->grace_timer) {
            server->at_once = true;
        } else if (timer == &server->keys_timer) {
            watch_keys(server);
        } else if (timer != &server->accept_timer) {
            listen_conn *conn = timer->owner;
            conn->expired = true;
            listen_enqueue(conn);
        }
        timer = listen_timers_first(&server->timers);
    }
}

/* Those that are in the queue now; who comes into it meanwhile has to wait for the next round. */
static void take_turns(listen_server *server)
{
    for (size_t left = server->queued; left > 0; left--) {
        listen_conn *conn = dequeue(server);
        if (listen_conn_turn(conn)) {
            listen_enqueue(conn);
        }
    }
}

static bool is_finished(const listen_server *server)
{
    return server->at_once || (server->listener.fd < 0 && server->connections == 0);
}

static cli_exit loop(listen_server *server)
{
    struct epoll_event events[EVENTS_MAX];
    while (!is_finished(server)) {
        int count = epoll_wait(server->epoll, events, EVENTS_MAX, wait_ms(server));
        if (count < 0 && errno != EINTR) {
            return cli_fail_at(CLI_INTERNAL, "Waiting for connections failed.", "epoll_wait",
                               strerror(errno), "Report it.");
        }
        server->now = monotonic_ms();
        for (int i = 0; i < count; i++) {
            take_event(server, events[i].data.ptr, events[i].events);
        }
        fire_timers(server);
        take_turns(server);
        listen_accept_update(server);
    }
    return CLI_OK;
}

static cli_exit prepare(listen_server *server)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    listen_accept_limit(server);
    /* more than connections: accept_timer, grace_timer and keys_timer */
    if (server->epoll < 0 || server->signals.fd < 0 ||
        !listen_timers_init(&server->timers, server->connections_max + 3) ||
        !listen_watch_source(server, &server->signals, EPOLLIN)) {
        return cli_fail_at(CLI_LOCAL, "The server cannot start.", "epoll and signalfd",
                           strerror(errno), "Check the limits of this process.");
    }
    return CLI_OK;
}

static cli_exit begin_tickets(listen_server *server)
{
    const listen_options *options = server->options;
    listen_tickets *tickets = &server->tickets;
    char why[256];
    if (options->no_tickets) {
        return CLI_OK;
    }
    if (!listen_tickets_store(tickets) ||
        (options->ticket_keys == NULL && !listen_tickets_make(tickets, (int64_t)time(NULL)))) {
        return cli_fail(CLI_LOCAL, "There is not enough memory, or there are no random numbers.",
                        NULL, "Free some, and try again.");
    }
    if (options->ticket_keys != NULL &&
        !listen_tickets_load(tickets, options->ticket_keys, why, sizeof why)) {
        return cli_fail_at(CLI_LOCAL, "The ticket keys cannot be used.", options->ticket_keys, why,
                           "Correct the file: previous, current or next; id; secret; when it "
                           "begins, in each line.");
    }
    watch_keys(server);
    return CLI_OK;
}

static cli_exit start(listen_server *server)
{
    const listen_options *options = server->options;
    const hf_hooks hooks = {.authorise = listen_client_authorise, .ctx = server};
    cli_exit result = prepare(server);
    if (result == CLI_OK) {
        result = begin_tickets(server);
    }
    if (result == CLI_OK) {
        result = listen_setup_make(&server->setup, options, hooks, &server->tickets);
    }
    if (result == CLI_OK && options->forward != NULL) {
        result = listen_forward_resolve(server, options->forward);
    }
    if (result == CLI_OK) {
        result = listen_reload_begin(server);
    }
    return result == CLI_OK ? listen_accept_open(server) : result;
}

static void close_source(listen_source *source)
{
    if (source->fd >= 0) {
        (void)close(source->fd);
    }
}

static void release(listen_server *server)
{
    if (server->connections > 0) {
        listen_log(NULL, "cut", "connections=%zu", server->connections);
    }
    while (server->first != NULL) {
        listen_conn_release(server->first);
    }
    listen_pool_release(server);
    close_source(&server->listener);
    close_source(&server->signals);
    close_source(&server->folder);
    if (server->epoll >= 0) {
        (void)close(server->epoll);
    }
    listen_timers_release(&server->timers);
    listen_registry_release(&server->registry);
    listen_setup_release(&server->setup);
    listen_tickets_release(&server->tickets);
    free(server);
}

cli_exit listen_server_run(const listen_options *options)
{
    listen_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some.");
    }
    server->options = options;
    server->mode = listen_options_mode(options);
    server->epoll = -1;
    server->listener = (listen_source){.fd = -1, .kind = LISTEN_KIND_LISTENER};
    server->signals = (listen_source){.fd = -1, .kind = LISTEN_KIND_SIGNALS};
    server->folder = (listen_source){.fd = -1, .kind = LISTEN_KIND_FOLDER};
    server->now = monotonic_ms();
    cli_exit result = start(server);
    if (result == CLI_OK) {
        result = loop(server);
    }
    release(server);
    return result;
}
