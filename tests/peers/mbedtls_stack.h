/* Mbed TLS 2.28 as both test programs have it: TLS 1.2. See peer.h.
 *
 * Several facts are told by nobody but the library's log: the group, the alert sent, and at a
 * visitor what the handshake held. */
#ifndef HF_TESTS_PEERS_MBEDTLS_STACK_H
#define HF_TESTS_PEERS_MBEDTLS_STACK_H

#include "peers/peer.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>

typedef struct mbed_stack {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_ssl_config config;
    mbedtls_x509_crt chain;
    mbedtls_x509_crt ca;
    mbedtls_pk_context key;
    mbedtls_ssl_context ssl;
    int suites[PEER_LIST_MAX + 1];
    mbedtls_ecp_group_id groups[PEER_LIST_MAX + 1];
} mbed_stack;

extern mbed_stack mbed;

bool mbed_worked(const char *what, int result);
bool mbed_setup(peer *p, int endpoint); /* everything in peer_options */
bool mbed_begin(peer *p);               /* a connection, before its handshake */
bool mbed_handshake(peer *p);

#endif
