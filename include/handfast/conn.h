/* hf_conn: one secure connection, from a host name to application data, under one deadline.
 *
 * It resolves the name, tries every address as RFC 8305 says, does the TLS handshake and moves
 * application data. No heap (only the resolver library, c-ares, uses one while a name is looked
 * up), no thread, never SIGPIPE.
 *
 *     blocking          hf_conn_open()                 then read, write with a time-out
 *     non-blocking      hf_conn_start(), then hf_conn_step() whenever hf_conn_fd() is readable or
 *                       hf_conn_timeout() has passed; read and write with time-out 0
 *
 * What it stands on is a port (port.h): POSIX sockets, lwIP, or a serial line.
 *
 * The config needs a clock: on POSIX systems set config.clock = hf_clock_system() before
 * hf_config_build().
 *
 * Ownership: hf_conn and the memory given to it belong to the caller and must not move or be freed
 * before hf_conn_close(). A zeroed hf_conn is a closed one. One thread at a time; see tls.h for
 * threads and fork.
 */
#ifndef HANDFAST_CONN_H
#define HANDFAST_CONN_H

#include <handfast/conn_state.h>
#include <handfast/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_DEFAULT_PORT 8883u      /* MQTT over TLS */
#define HF_FOREVER      UINT32_MAX /* a time-out that never ends */

/* A resolver of the program's own, instead of DNS. Numeric addresses never come here.
 *
 * resolve: writes at most `cap` addresses, the preferred first, and returns HF_OK; or an error
 *          (HF_E_RESOLVE_NOT_FOUND, HF_E_RESOLVE_FAILED); or HF_PENDING: then it is called again
 *          when the descriptor it wrote to *fd is readable, or, with -1 in *fd or where the port
 *          has no descriptors, every 20 ms. The
 *          descriptor stays the resolver's and must not be closed before the answer or cancel.
 * cancel:  the answer is not needed any more (deadline, close); only called after HF_PENDING; may
 *          be NULL. */
typedef struct hf_resolver {
    hf_code (*resolve)(void *ctx, const char *host, hf_ip *list, size_t cap, size_t *count,
                       int *fd);
    void (*cancel)(void *ctx, const char *host);
    void *ctx;
} hf_resolver;

/* All zero is the default. Strings are borrowed until hf_conn_close(). */
typedef struct hf_conn_options {
    const char *name;      /* that the certificate must show; NULL: the host part of the address */
    uint16_t default_port; /* when the address names none; 0: HF_DEFAULT_PORT */
    uint16_t keep_alive_idle;   /* TCP keep-alive: seconds of silence before it asks; 0: 60 */
    uint16_t keep_alive_period; /* seconds between two questions; 0: 15 */
    uint16_t keep_alive_count;  /* questions without an answer that end the connection; 0: 4 */
    bool no_keep_alive;
    bool nagle;              /* let the system collect small writes (TCP_NODELAY off) */
    const char *dns_servers; /* "9.9.9.9,127.0.0.1:5353"; NULL: those of the system */
    hf_resolver resolver;    /* resolve = NULL: hosts file and DNS */
    /* Report the connection as open before the client's last flight is sent, so that the first
     * hf_conn_write() travels with it (TLS 1.3: one send). The program must then write or step
     * without delay: the server waits. */
    bool hold_last_flight;
} hf_conn_options;

/* Times in microseconds, 0 while a stage is not over. */
typedef struct hf_conn_stats {
    uint32_t resolve_us;
    uint32_t tcp_us;
    uint32_t tls_us;
    uint32_t mqtt_us;  /* filled by hf_link: until CONNACK */
    uint64_t bytes_in; /* on the TCP connection */
    uint64_t bytes_out;
    uint32_t reads;       /* receive calls that brought something */
    uint32_t writes;      /* send calls that took something */
    uint32_t round_trips; /* TCP's own, and every time data came in after data went out */
    uint8_t attempts;     /* addresses tried */
    bool clean_end;       /* the peer's close_notify has arrived */
    bool again;           /* the session was to blame for a failure, so it was dialled once more
                             without it, within the same deadline */
    hf_ip peer;           /* the address that answered */
} hf_conn_stats;

typedef struct hf_conn {
    hf_tls tls;          /* ask it for version, suite, ...; do not feed or drain it */
    hf_conn_stats stats; /* read only */
    /* ---- private */
    hf_error error;
    hf_conn_options options;
#if HF_PORT_DIALS
    hf_address address;
    hf_answers answers;
    hf_lookup lookup;
    hf_dial dial;
#endif
    uint64_t deadline; /* of the opening; microseconds of the monotonic clock; 0: none */
    uint64_t stage_began;
    uint64_t prepared; /* time that the engine worked while attempts were under way */
    uint64_t linger_until;
    uint32_t drained; /* bytes thrown away while lingering */
    hf_port_state port;
    hf_channel channel;  /* the way to the peer, once it stands */
    int32_t write_error; /* a send failed: what has arrived is read first */
    uint8_t state;       /* enum hf_conn_state */
    bool blocked;        /* the socket took less than there was */
    bool more;           /* the step ended with work left: come again at once */
    bool last_sent;      /* the last thing that happened on the socket was a send */
    bool ended;          /* the peer's end of the TCP connection was read */
    bool half_closed;
    bool closing;    /* close_notify was asked for */
    bool has_engine; /* hf_tls_client() has accepted */
    bool held;       /* the last flight was held back once */
} hf_conn;

/* Sessions (session.h): one that is offered never makes the opening fail. When the server answers
 * it with an alert, the same address is dialled once more without it. */

/* Opens a connection and waits until our side of the handshake is done: at most `timeout_ms`
 * milliseconds for everything together. `address` is host, host:port, 1.2.3.4:port, [v6]:port or
 * [fe80::1%eth0]:8883; copied. The host part (without the zone) is the name that the server's
 * certificate must show. `memory` is borrowed until hf_conn_close().
 *
 * A TLS 1.3 server may still refuse us afterwards: its verdict comes with the first hf_conn_read()
 * or with hf_conn_shutdown().
 *
 * Errors: HF_E_NO_NAME, HF_E_NAME_SYNTAX, HF_E_RESOLVE_..., HF_E_CONNECT_..., HF_E_SOCKET,
 * HF_E_TLS_TIMEOUT, HF_E_SIGNER_TIMEOUT, HF_E_NETWORK, HF_E_CLOSED_IN_HANDSHAKE and all errors of
 * the TLS engine. After an error, hf_conn_error() tells more, and hf_conn_close() must still be
 * called. */
hf_code hf_conn_open(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                     const char *address, uint32_t timeout_ms);

/* Begins the same without waiting: HF_PENDING, or an error. `options` may be NULL; copied. */
hf_code hf_conn_start(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                      const char *address, const hf_conn_options *options, uint32_t timeout_ms);

/* The client's side over a way to the server that stands already (port.h: a connected TCP socket, a
 * serial line): nothing is looked up or dialled. `name` is what the server's certificate must show,
 * borrowed; from here on like hf_conn_start(): HF_PENDING, or an error. The handshake has
 * `timeout_ms` altogether (HF_E_TLS_TIMEOUT). The socket is the connection's, which makes it
 * non-blocking and closes it, also after an error. `options` may be NULL. */
hf_code hf_conn_attach(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                       hf_socket socket, const char *name, const hf_conn_options *options,
                       uint32_t timeout_ms);

/* The server's side: the same with a socket that accept() has returned, and a config whose role is
 * HF_SERVER. */
hf_code hf_conn_accept(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                       hf_socket socket, const hf_conn_options *options, uint32_t timeout_ms);

/* Goes on as far as is possible without waiting; while public-key operations are left to do it
 * comes back between them, with hf_conn_timeout() 0. HF_PENDING: not open yet (or the alert of a
 * failure is still being sent); HF_OK: open; or the error. Calling it for no reason does no harm. A
 * signer that is pending needs this form: call it again after hf_tls_sign_done() on conn->tls. */
hf_code hf_conn_step(hf_conn *conn);

/* Steps and waits until the connection is open or has failed: hf_conn_open() is hf_conn_start() and
 * this. */
hf_code hf_conn_wait(hf_conn *conn);

/* For the program's own poll loop: the descriptor, the same from hf_conn_start() to
 * hf_conn_close(); the events to wait for (POLLIN, always); and the milliseconds after which
 * hf_conn_step() must be called at the latest: -1 = never, 0 = at once. Read until HF_PENDING
 * before polling: data that the engine already holds do not make the descriptor readable.
 * Ports without descriptors (lwip, serial) say -1 and 0: step when something has arrived. */
int hf_conn_fd(const hf_conn *conn);
short hf_conn_events(const hf_conn *conn);
int hf_conn_timeout(const hf_conn *conn);

/* Bits of enum hf_want: HF_HAS_DATA, HF_HAS_ROOM, HF_IS_OPEN, HF_IS_CLOSED, HF_IS_FAILED, ... */
unsigned hf_conn_wants(const hf_conn *conn);

/* Reads at most `cap` bytes (at least 1). HF_OK with *len > 0; HF_OK with *len == 0: the peer's
 * orderly end; HF_PENDING: nothing yet, and timeout_ms is 0; HF_E_TIMEOUT: nothing within
 * timeout_ms (the connection goes on); HF_E_CLOSED, HF_E_USAGE (not open yet), or the connection's
 * error. */
hf_code hf_conn_read(hf_conn *conn, void *data, size_t cap, size_t *len, uint32_t timeout_ms);

/* Writes `len` bytes; *written counts those that were taken, also when it returns an error. With a
 * time-out: HF_OK when all was handed to the system; HF_E_TIMEOUT when that took too long (the
 * connection goes on). With 0: HF_OK when all was taken (hf_conn_step() sends the rest), HF_PENDING
 * when only a part was. HF_E_NETWORK while hf_conn_error() shows nothing yet: the connection is
 * broken, but data of the peer are still to be read, and its reason may stand behind them. */
hf_code hf_conn_write(hf_conn *conn, const void *data, size_t len, size_t *written,
                      uint32_t timeout_ms);

/* Says close_notify and reads to the peer's end, throwing away data that still arrive: this is how
 * the verdict of a TLS 1.3 server is learnt. HF_OK: the peer ended as well (stats.clean_end: with a
 * close_notify); HF_PENDING (timeout_ms 0: call again), HF_E_TIMEOUT, or the connection's error,
 * for example HF_E_ALERT. */
hf_code hf_conn_shutdown(hf_conn *conn, uint32_t timeout_ms);

/* Ends at once: a close_notify if it can go without waiting; gives everything back and wipes the
 * keys. Stats and error stay readable. May be called in every state, and again. */
void hf_conn_close(hf_conn *conn);

/* The first thing that went wrong; code HF_OK while nothing has. Never NULL. */
const hf_error *hf_conn_error(const hf_conn *conn);

/* This system's clock, as exact time. For config.clock; with the posix port only. */
hf_clock hf_clock_system(void);

#ifdef __cplusplus
}
#endif
#endif
