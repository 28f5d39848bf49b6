/* What the test servers share: one command line, one socket, one line of JSON per connection.
 *
 * server.c has main(), the options and the echo; server_link.c the socket, the deadline and the
 * meter of records; <library>_server.c one TLS library behind the functions named stack_.... One
 * program serves one connection after the other and ends at SIGTERM, with exit code 0.
 *
 * The servers decide nothing: tests judge by what they print. What a client asks for with
 * max_fragment_length is answered as the library does by itself.
 */
#ifndef HF_TESTS_PEERS_SERVER_H
#define HF_TESTS_PEERS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVER_LIST_MAX 16u
#define SERVER_TLS12    0x0303u
#define SERVER_TLS13    0x0304u

enum {
    GROUP_P256 = 0x17,
    GROUP_P384 = 0x18,
    GROUP_X25519 = 0x1d,
};

typedef struct server_list {
    uint16_t numbers[SERVER_LIST_MAX];
    size_t count;
} server_list;

typedef enum server_auth {
    AUTH_NONE,
    AUTH_REQUEST,
    AUTH_REQUIRE,
} server_auth;

typedef struct server_options {
    uint32_t port;         /* 0: any; the line "listening on PORT" names it */
    const char *chain;     /* PEM, leaf first */
    const char *key;       /* PEM */
    const char *client_ca; /* PEM, one or more */
    server_auth auth;
    server_list versions; /* least, largest; empty: TLS 1.2 and whatever the library has above */
    server_list suites;   /* IANA numbers, best first; empty: the library's own */
    server_list groups;   /* likewise */
    char *alpn;           /* names with commas; one that does not match ends the connection */
    bool reverse;         /* every line comes back reversed; otherwise bytes as they are */
    bool cookie;          /* HelloRetryRequests carry a cookie */
} server_options;

/* The largest record of each kind in one direction, body without header. */
typedef struct server_meter {
    uint8_t header[5];
    size_t have;
    size_t left;
    uint32_t handshake; /* largest handshake record before encryption */
    uint32_t data;      /* largest record of type application_data */
    uint32_t records;
} server_meter;

typedef struct server_link {
    int fd;
    int64_t deadline;
    server_meter in;
    server_meter out;
} server_link;

/* What became of one connection. */
typedef struct server_facts {
    bool open;     /* the handshake was completed */
    bool closed;   /* close_notify was received */
    bool verified; /* a client certificate was shown and is valid */
    uint16_t version;
    uint16_t suite;
    uint16_t group; /* 0: the library does not say */
    char alpn[32];
    long error;    /* the library's code; 0: none */
    int alert_in;  /* fatal alert received; -1: none */
    int alert_out; /* fatal alert sent; -1: none, or the library does not say */
    uint64_t received;
} server_facts;

typedef struct server {
    server_options options;
    server_link link;
    server_facts facts;
} server;

/* ---- server_link.c */
bool link_start(uint32_t *port);
bool link_accept(server_link *link);                              /* false: SIGTERM has come */
int link_read(server_link *link, void *bytes, size_t cap);        /* 0: the end; -1: failure */
int link_write(server_link *link, const void *bytes, size_t len); /* all of it, or -1 */
void link_close(server_link *link);
void link_stop(void);
bool link_stopping(void);

/* ---- server.c */
void server_refuse(const char *what, const char *why); /* an option it cannot serve: exit 2 */

/* ---- <library>_server.c. Text on stderr says why setup failed. */
bool stack_setup(server *s);
bool stack_open(server *s); /* the handshake, and what of the facts it has settled */
int stack_read(server *s, uint8_t *bytes, size_t cap); /* 0: close_notify; -1: failure */
bool stack_write(server *s, const uint8_t *bytes, size_t len);
void stack_close(server *s); /* close_notify where the connection stands, then the rest of facts */
void stack_tear_down(void);

#endif
