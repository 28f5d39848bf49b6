/* wolfSSL 5.5 as both test programs have it: TLS 1.2 and 1.3. See peer.h. */
#ifndef HF_TESTS_PEERS_WOLFSSL_STACK_H
#define HF_TESTS_PEERS_WOLFSSL_STACK_H

#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include "peers/peer.h"

typedef struct wolf_stack {
    WOLFSSL_CTX *context;
    WOLFSSL *ssl;
} wolf_stack;

extern wolf_stack wolf;

bool wolf_worked(const char *what, int result);
bool wolf_setup(const peer_options *o, WOLFSSL_METHOD *method); /* everything but alpn */
bool wolf_begin(peer *p, uint8_t alpn_policy); /* a connection, before its handshake */
bool wolf_handshake(peer *p, int result);      /* result of wolfSSL_accept() or _connect() */

#endif
