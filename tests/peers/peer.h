/* What the test programs over other TLS libraries share, servers and visitors alike: options, the
 * link with its deadline and its meter of records, what became of a connection.
 *
 * peer.c reads the options that both have and prints the facts that both know; link.c moves bytes.
 * <library>_stack.c puts one TLS library behind the functions named stack_...; what differs between
 * the two ends stands in <library>_server.c (see server.h) and <library>_visitor.c (visitor.h).
 *
 * These programs decide nothing: tests judge by what they print.
 */
#ifndef HF_TESTS_PEERS_PEER_H
#define HF_TESTS_PEERS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEER_LIST_MAX 16u
#define PEER_TLS12    0x0303u
#define PEER_TLS13    0x0304u

enum {
    GROUP_P256 = 0x17,
    GROUP_P384 = 0x18,
    GROUP_P521 = 0x19,
    GROUP_X25519 = 0x1d,
    GROUP_X448 = 0x1e,
};

typedef struct peer_list {
    uint16_t numbers[PEER_LIST_MAX];
    size_t count;
} peer_list;

/* With a NULL after the last: count is at most PEER_LIST_MAX. */
typedef struct peer_names {
    const char *names[PEER_LIST_MAX + 1];
    size_t count;
} peer_names;

typedef struct peer_options {
    uint32_t port;
    const char *chain;  /* PEM, leaf first: this end's own identity */
    const char *key;    /* PEM */
    const char *ca;     /* PEM, one or more: what the other end is checked with */
    peer_list versions; /* least, largest; empty: TLS 1.2 and whatever the library has above */
    peer_list suites;   /* IANA numbers, best first; empty: the library's own */
    peer_list groups;   /* likewise */
    peer_names alpn;
    bool no_tickets; /* sessions of TLS 1.2 by their ids alone (RFC 5246 7.3); none of TLS 1.3 */
    bool psk_ke;     /* resumes without a new key exchange only (RFC 8446 4.2.9: psk_ke) */
} peer_options;

/* The largest record of each kind in one direction, body without header. */
typedef struct peer_meter {
    uint8_t header[5];
    size_t have;
    size_t left;
    uint32_t handshake; /* largest handshake record before encryption */
    uint32_t data;      /* largest record of type application_data */
    uint32_t records;
    uint64_t bytes; /* with headers */
} peer_meter;

typedef struct peer_link {
    int fd;
    int stop; /* readable: every wait ends; -1: there is none */
    int64_t deadline;
    peer_meter in;
    peer_meter out;
} peer_link;

typedef enum peer_answer {
    UNKNOWN, /* the library does not say */
    NO,
    YES,
} peer_answer;

/* What became of one connection. */
typedef struct peer_facts {
    bool open;     /* the handshake was completed */
    bool closed;   /* close_notify was received */
    bool verified; /* the other end has shown a certificate, and it is valid; of a resumed session
                      some libraries still know it */
    bool resumed;  /* a session of before was taken up */
    uint16_t version;
    uint16_t suite;
    uint16_t group; /* 0: the library does not say */
    char alpn[32];
    long error;    /* the library's code; 0: none */
    int alert_in;  /* fatal alert received; -1: none */
    int alert_out; /* fatal alert sent; -1: none, or the library does not say */
    uint64_t received;
    peer_answer extended_master; /* these four at visitors only. TLS 1.2: RFC 7627 was agreed on */
    peer_answer certificate_requested;
    peer_answer certificate_sent;
    peer_answer retried; /* there was a HelloRetryRequest */
} peer_facts;

typedef struct peer {
    peer_options options;
    peer_link link;
    peer_facts facts;
} peer;

/* ---- peer.c */
void peer_refuse(const char *what, const char *why); /* an option it cannot serve: exit 2 */
uint32_t peer_number(const char *text, uint32_t most);
void peer_set_list(peer_list *list, const char *text);

/* Options of one end only: true when they know the name. */
typedef struct peer_readers {
    bool (*flag)(const char *name);
    bool (*value)(const char *name, char *value);
} peer_readers;

void peer_read_options(peer *p, const peer_readers *own, int count, char **words);
void peer_forget(peer *p);            /* the facts, before a connection */
void peer_print_facts(const peer *p); /* members of a JSON object */
const char *peer_truth(bool value);

/* ---- link.c */
int64_t link_now(void);                                     /* ms */
bool link_poll(int fd, short events, int stop, int64_t ms); /* ms < 0: for ever */
void link_begin(peer_link *link, int fd, int stop, uint32_t ms);
int link_read(peer_link *link, void *bytes, size_t cap);        /* 0: the end; -1: failure */
int link_write(peer_link *link, const void *bytes, size_t len); /* all of it, or -1 */
void link_close(peer_link *link);

/* ---- <library>_stack.c. Text on stderr says why setup failed. */
int stack_read(peer *p, uint8_t *bytes, size_t cap); /* 0: close_notify; -1: failure */
bool stack_write(peer *p, const uint8_t *bytes, size_t len);
void stack_finish(peer *p); /* close_notify, where the connection still stands */
void stack_close(peer *p);  /* the rest of the facts, then the connection's memory */
void stack_tear_down(void);

#endif
