/* Test clients over other TLS libraries: what server.h is for servers. (client.h is Handfast's own
 * client.) One program makes one connection and prints one line of JSON about it; exit code 0 when
 * it did, whatever became of it; 1 when there was nobody to connect to; 2 for wrong options.
 *
 * visitor.c has main(), the options, the plan of a connection and the report; visitor_link.c the
 * connection's beginning; <library>_visitor.c what a library does at this end only.
 *
 * With --session FILE the session in that file is offered, and the last one of this connection is
 * put there at its end, in the library's own format.
 *
 * After the handshake everything is sent, everything expected is read, then close_notify, and what
 * the server still says is read to its end: in TLS 1.3 its verdict on our certificate comes there.
 */
#ifndef HF_TESTS_PEERS_VISITOR_H
#define HF_TESTS_PEERS_VISITOR_H

#include "peers/peer.h"

#define VISITOR_KEPT_MAX    262144u /* bytes of received data, all of which are printed */
#define VISITOR_SESSION_MAX 16384u

/* Beside peer_options; --ca is the server's CA. */
typedef struct visitor_options {
    const char *host;      /* an IPv4 address */
    const char *name;      /* for server_name, and to be found in the certificate; NULL: neither */
    const char *send;      /* text that is sent first */
    uint32_t fill;         /* then this many bytes of a pattern */
    uint32_t expect;       /* bytes to read before closing */
    uint32_t timeout;      /* ms, for everything together */
    peer_list schemes;     /* SignatureScheme numbers */
    uint32_t max_fragment; /* max_fragment_length: 512, 1024, 2048 or 4096 */
    bool no_share;         /* no key share: the server has to send a HelloRetryRequest */
    bool no_extended_master; /* extended_master_secret is not offered */
    const char *session;     /* the file of a session; it may not exist yet */
    const uint8_t *offered;  /* what stood in it */
    size_t offered_len;
} visitor_options;

/* ---- visitor_link.c */
bool visitor_connect(peer_link *link, const char *host, uint32_t port, uint32_t ms);

/* ---- visitor.c */
unsigned visitor_fragment_code(const visitor_options *o); /* RFC 6066 4: 1..4; 0: not asked for */

/* ---- <library>_visitor.c. Text on stderr says why setup failed. */
bool stack_setup(peer *p, const visitor_options *o);
bool stack_open(peer *p, const visitor_options *o); /* the handshake, and what it has settled */
size_t stack_session(uint8_t *bytes, size_t cap);   /* of this connection, at its end; 0: none */

#endif
