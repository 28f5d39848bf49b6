/* BearSSL 0.6 as both test programs have it: TLS 1.2. See peer.h; bearssl_files.c reads
 * certificates and keys. A program prepares its own context, then hands the engine in it to
 * bear_handshake(). */
#ifndef HF_TESTS_PEERS_BEARSSL_STACK_H
#define HF_TESTS_PEERS_BEARSSL_STACK_H

#include "peers/bearssl_files.h"
#include "peers/peer.h"

typedef struct bear_stack {
    bear_files files;
    br_ec_impl curves; /* the library's, less those that --groups leaves out */
    br_x509_minimal_context validator;
    br_ssl_engine_context *engine;
} bear_stack;

extern bear_stack bear;

bool bear_setup(const peer_options *o);
void bear_begin(peer *p, br_ssl_engine_context *engine); /* version, groups, suites, ALPN */
bool bear_handshake(peer *p);
bool bear_has_id(const uint8_t *id, size_t len); /* the session of the connection that is open */

#endif
