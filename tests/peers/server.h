/* Test servers over other TLS libraries: one command line, one line of JSON per connection.
 *
 * server.c has main(), the options and the echo; server_link.c the socket that listens. What they
 * share with the visitors is in peer.h. One program serves one connection after the other and ends
 * at SIGTERM, with exit code 0.
 *
 * What a client asks for with max_fragment_length is answered as the library does by itself.
 */
#ifndef HF_TESTS_PEERS_SERVER_H
#define HF_TESTS_PEERS_SERVER_H

#include "peers/peer.h"

typedef enum server_auth {
    AUTH_NONE,
    AUTH_REQUEST,
    AUTH_REQUIRE,
} server_auth;

/* Beside peer_options, where port 0 is any (the line "listening on PORT" names it), and an ALPN
 * name that does not match ends the connection. */
typedef struct server_options {
    server_auth auth; /* of clients; --client-ca names the CA */
    bool reverse;     /* every line comes back reversed; otherwise bytes as they are */
    bool cookie;      /* HelloRetryRequests carry a cookie */
    bool resume;      /* keeps sessions and gives tickets, where the library does not by itself */
} server_options;

/* ---- server_link.c */
bool server_start(uint32_t *port);
bool server_accept(peer_link *link); /* false: SIGTERM has come */
void server_stop(void);
bool server_stopping(void);

/* ---- <library>_server.c. Text on stderr says why setup failed. */
bool stack_setup(peer *p, const server_options *o);
bool stack_open(peer *p, const server_options *o); /* the handshake, and what it has settled */

#endif
