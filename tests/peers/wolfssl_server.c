/* Test server over wolfSSL: TLS 1.2 and 1.3. See server.h; the library itself is in
 * wolfssl_stack.c. */
#include "peers/wolfssl_stack.h"

#include "peers/server.h"

bool stack_setup(peer *p, const server_options *o)
{
    int mode = o->auth == AUTH_NONE ? WOLFSSL_VERIFY_NONE : WOLFSSL_VERIFY_PEER;
    mode |= o->auth == AUTH_REQUIRE ? WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    if (!wolf_setup(&p->options, wolfSSLv23_server_method())) {
        return false;
    }
    wolfSSL_CTX_set_verify(wolf.context, mode, NULL);
    /* It keeps sessions and gives tickets by itself. */
    return !p->options.no_tickets ||
           (wolf_worked("--no-tickets", wolfSSL_CTX_NoTicketTLSv12(wolf.context)) &&
            wolfSSL_CTX_no_ticket_TLSv13(wolf.context) == 0);
}

bool stack_open(peer *p, const server_options *o)
{
    if (!wolf_begin(p, WOLFSSL_ALPN_FAILED_ON_MISMATCH)) {
        return false;
    }
    if (o->cookie && !wolf_worked("--cookie", wolfSSL_send_hrr_cookie(wolf.ssl, NULL, 0))) {
        p->facts.error = 1;
        return false;
    }
    return wolf_handshake(p, wolfSSL_accept(wolf.ssl));
}
