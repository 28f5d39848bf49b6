/* Test server over Mbed TLS 2.28: TLS 1.2. See server.h; the library itself is in mbedtls_stack.c.
 */
#include "peers/mbedtls_stack.h"
#include "peers/server.h"

#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_ticket.h>

#define TICKET_SECONDS 86400u

static mbedtls_ssl_cache_context cache;
static mbedtls_ssl_ticket_context tickets;

/* Session ids, and tickets with keys of this process. */
static bool keep_sessions(const peer_options *o)
{
    mbedtls_ssl_cache_init(&cache);
    mbedtls_ssl_conf_session_cache(&mbed.config, &cache, mbedtls_ssl_cache_get,
                                   mbedtls_ssl_cache_set);
    if (o->no_tickets) {
        return true;
    }
    mbedtls_ssl_ticket_init(&tickets);
    mbedtls_ssl_conf_session_tickets_cb(&mbed.config, mbedtls_ssl_ticket_write,
                                        mbedtls_ssl_ticket_parse, &tickets);
    return mbed_worked("tickets",
                       mbedtls_ssl_ticket_setup(&tickets, mbedtls_ctr_drbg_random, &mbed.random,
                                                MBEDTLS_CIPHER_AES_256_GCM, TICKET_SECONDS));
}

bool stack_setup(peer *p, const server_options *o)
{
    static const int MODES[] = {MBEDTLS_SSL_VERIFY_NONE, MBEDTLS_SSL_VERIFY_OPTIONAL,
                                MBEDTLS_SSL_VERIFY_REQUIRED};
    if (o->cookie) {
        peer_refuse("Mbed TLS 2.28", "has TLS 1.2 only");
    }
    if (!mbed_setup(p, MBEDTLS_SSL_IS_SERVER)) {
        return false;
    }
    mbedtls_ssl_conf_authmode(&mbed.config, MODES[o->auth]);
    return !o->resume || keep_sessions(&p->options);
}

bool stack_open(peer *p, const server_options *o)
{
    (void)o;
    return mbed_begin(p) && mbed_handshake(p);
}
