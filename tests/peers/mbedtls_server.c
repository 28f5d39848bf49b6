/* Test server over Mbed TLS 2.28: TLS 1.2. See server.h; the library itself is in mbedtls_stack.c.
 */
#include "peers/mbedtls_stack.h"
#include "peers/server.h"

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
    return true;
}

bool stack_open(peer *p, const server_options *o)
{
    (void)o;
    return mbed_begin(p) && mbed_handshake(p);
}
