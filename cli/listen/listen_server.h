/* The server of `handfast listen`: one thread, one epoll, any number of connections.
 *
 * Each round of the loop has three parts, in this order: events set flags of their source and put
 * its connection into the queue; deadlines that are due do the same; every connection that was in
 * the queue gets one turn, and goes to its end when there is more to do. A connection makes at most
 * one call that may cost a public-key operation in a turn, so nobody waits for more than one of
 * each other connection's. Connections end in their own turn only: no event of the same round can
 * point to one that is gone.
 *
 * Sockets are watched edge-triggered, once: `readable` and `writable` hold until a call says
 * EAGAIN.
 *
 * A connection that has been silent for a while is folded: its engine and buffers are somebody
 * else's until it has something to do. Only its own turn folds and unfolds it, so within a turn
 * that has begun to serve it, conn->engine is there.
 */
#ifndef HF_CLI_LISTEN_SERVER_H
#define HF_CLI_LISTEN_SERVER_H

#include "listen_registry.h"
#include "listen_setup.h"
#include "listen_timer.h"

#include <handfast/fold.h>
#include <sys/socket.h>

#define LISTEN_TARGETS_MAX 8
#define LISTEN_ADDRESS_MAX 64
#define LISTEN_TEXT_MAX    256
#define LISTEN_OUTPUT      4352u /* of the engine: 4 KB of data in a record */

typedef enum listen_kind {
    LISTEN_KIND_LISTENER = 0,
    LISTEN_KIND_SIGNALS,
    LISTEN_KIND_FOLDER, /* the registry's */
    LISTEN_KIND_CONN,
} listen_kind;

/* Something that epoll watches. */
typedef struct listen_source {
    int fd; /* -1: none */
    listen_kind kind;
    bool readable;
    bool writable;
    struct listen_conn *conn;
} listen_source;

typedef enum listen_phase {
    LISTEN_HANDSHAKE = 0,
    LISTEN_OPEN,
    LISTEN_CLOSING,  /* our close_notify is out, or about to; the client's is awaited */
    LISTEN_DRAINING, /* failed: the alert goes out, and what comes is thrown away */
    LISTEN_ENDED,
} listen_phase;

/* The client, as the authorise hook saw it; the engine only lends these. */
typedef struct listen_client {
    bool seen; /* the hook was called */
    bool has_certificate;
    bool resumed; /* and shown in an earlier handshake */
    bool has_psk;
    uint8_t sha256[32]; /* of either: see hf_peer */
    int64_t not_before;
    int64_t not_after;
    char subject[LISTEN_TEXT_MAX];    /* or the identity of its PSK */
    char thing[LISTEN_THING_MAX + 1]; /* of the registry; empty without one */
    char server_name[LISTEN_TEXT_MAX];
} listen_client;

/* What a connection has while it is awake; the buffers follow. */
typedef struct listen_engine {
    hf_tls tls; /* first: see listen_conn_of() */
    struct listen_conn *conn;
    struct listen_engine *next; /* among the spare ones */
    uint8_t buffers[];
} listen_engine;

typedef struct listen_conn {
    listen_engine *engine; /* NULL: folded */
    hf_folded folded;
    struct listen_server *server;
    struct listen_conn *previous; /* of all connections */
    struct listen_conn *next;
    struct listen_conn *behind; /* in the queue */
    bool queued;
    bool opened;  /* was open once: its end is logged as "closed" */
    bool eof;     /* the client's TCP end */
    bool mute;    /* the client's socket takes nothing more */
    bool shut;    /* our TCP end */
    bool expired; /* the timer fired */
    bool leaving; /* folded, and to be closed in its next turn */
    listen_phase phase;
    listen_source peer;
    listen_timer timer;
    int64_t since;   /* in this phase */
    int64_t active;  /* bytes moved last */
    int64_t blocked; /* the client takes nothing since; 0: it does */
    int64_t kept;    /* it could not be folded last */
    const char *reason;
    struct listen_trace *trace; /* NULL: none */
    char address[LISTEN_ADDRESS_MAX];
    listen_client client;
    uint64_t bytes_in;
    uint64_t bytes_out;
    /* ---- --www */
    char *request;
    size_t request_len;
    char *answer;
    size_t answer_len;
    size_t answer_done;
    /* ---- --forward */
    listen_source upstream;
    size_t target; /* index of the address in use */
    bool connected;
    bool upstream_eof;
    bool upstream_shut;
} listen_conn;

typedef struct listen_target {
    struct sockaddr_storage address;
    socklen_t len;
} listen_target;

typedef struct listen_server {
    const listen_options *options;
    listen_mode mode;
    listen_setup setup;
    listen_registry registry;
    listen_timers timers;
    listen_timer accept_timer; /* when to try again after EMFILE */
    listen_timer grace_timer;
    listen_timer keys_timer; /* when ticket keys are looked at */
    listen_tickets tickets;
    listen_target targets[LISTEN_TARGETS_MAX];
    size_t targets_count;
    listen_conn *first; /* all connections */
    listen_conn *head;  /* the queue */
    listen_conn *tail;
    size_t queued;
    listen_conn *traced; /* whose lines stand last in the trace */
    struct listen_slab *slabs;
    listen_conn *unused; /* in the slabs */
    listen_engine *spare;
    size_t spares;
    size_t awake;      /* connections with an engine; the others are folded */
    size_t awake_most; /* since the heap was trimmed */
    uint64_t folds;
    int epoll;
    listen_source listener;
    listen_source signals;
    listen_source folder;
    uint64_t registry_inode; /* of the file that was read */
    size_t connections;
    size_t connections_max;
    unsigned long accepted;
    bool accepting;
    int64_t full_logged; /* when the log last said so */
    bool stopping;
    bool at_once;
    int64_t now; /* monotonic, of this round */
} listen_server;

/* Runs until it is stopped. */
cli_exit listen_server_run(const listen_options *options);

/* ---- listen_server.c: for the other files */
bool listen_watch_source(listen_server *server, listen_source *source, uint32_t events);
void listen_enqueue(listen_conn *conn);

/* ---- listen_accept.c: the listening socket */
cli_exit listen_accept_open(listen_server *server);
/* Whether new connections are taken: not when it is full, stopping, or `--count` is reached. */
void listen_accept_update(listen_server *server);
void listen_accept_events(listen_server *server);
/* Raises the limit of open files and finds connections_max. */
void listen_accept_limit(listen_server *server);

/* ---- listen_conn.c */
void listen_conn_begin(listen_server *server, int fd, const char *address);
bool listen_conn_turn(
    listen_conn *conn); /* true: more to do; when the phase is ENDED, it is gone */
/* Closes in order; `reason` is for the log. */
void listen_conn_close(listen_conn *conn, const char *reason);
void listen_conn_release(listen_conn *conn);

/* Whose engine this is, for what the library calls. */
static inline listen_conn *listen_conn_of(const hf_tls *tls)
{
    return ((const listen_engine *)(const void *)tls)->conn;
}

/* ---- listen_pool.c */
listen_conn *listen_conn_take(listen_server *server); /* all zero; NULL: no memory */
void listen_conn_give(listen_conn *conn);
bool listen_engine_take(listen_conn *conn, hf_tls_memory *memory); /* false: no memory */
void listen_engine_give(listen_conn *conn);                        /* released and wiped */
void listen_pool_release(listen_server *server);                   /* after the last connection */

/* ---- listen_fold.c */
/* When the connection is to be folded; INT64_MAX: not in this state. */
int64_t listen_fold_due(const listen_conn *conn);
void listen_fold(listen_conn *conn); /* if its engine is idle */
/* Whether a folded connection has something to do. */
bool listen_fold_wakes(const listen_conn *conn);
hf_code listen_unfold(listen_conn *conn);

/* ---- listen_deadline.c */
int64_t listen_conn_deadline(const listen_conn *conn);
bool listen_conn_expire(listen_conn *conn); /* true: it has to end now */

/* ---- listen_app.c: what is done with the plain bytes; true: something moved */
bool listen_app_turn(listen_conn *conn, unsigned wants);

/* ---- listen_forward.c */
cli_exit listen_forward_resolve(listen_server *server, const char *to);
void listen_forward_begin(listen_conn *conn);
bool listen_forward_turn(listen_conn *conn, unsigned wants);
void listen_forward_failed(listen_conn *conn, int system);
void listen_forward_end(listen_conn *conn);

/* ---- listen_client.c */
hf_code listen_client_authorise(void *ctx, const hf_tls *tls, const hf_peer *peer);
const char *listen_client_name(const listen_client *client); /* thing name, subject, or "-" */
/* Ends connections that the registry does not allow any more. */
void listen_client_check_all(listen_server *server);

/* ---- listen_reload.c: the registry file, and that of ticket keys */
cli_exit listen_reload_begin(listen_server *server);
void listen_reload(listen_server *server);
void listen_reload_keys(listen_server *server);
void listen_reload_events(listen_server *server);

#endif
