/* Which message of the server may follow which, as the guest sees it: RFC 8446 2 and A.1, RFC 5246
 * 7.3, RFC 5077 3.1. See guest.h.
 */
#include "puppet/guest_inside.h"

#define FULL         1u
#define RESUMED      2u
#define PROMISED     4u /* a ticket, in ServerHello (RFC 5077 3.2) */
#define NOT_PROMISED 8u

static const struct {
    uint16_t version; /* 0: both */
    int after, next;
    unsigned when; /* 0: always */
} ORDER[] = {
    {0, M_CLIENT_HELLO, M_SERVER_HELLO, 0},
    {0, M_CLIENT_HELLO, M_RETRY, 0},
    {0, M_RETRY, M_SERVER_HELLO, 0},
    {HF_TLS13, M_SERVER_HELLO, M_ENCRYPTED_EXTENSIONS, 0},
    {HF_TLS13, M_ENCRYPTED_EXTENSIONS, M_CERTIFICATE_REQUEST, FULL},
    {HF_TLS13, M_ENCRYPTED_EXTENSIONS, M_CERTIFICATE, FULL},
    {HF_TLS13, M_ENCRYPTED_EXTENSIONS, M_FINISHED, RESUMED},
    {HF_TLS13, M_CERTIFICATE_REQUEST, M_CERTIFICATE, 0},
    {HF_TLS13, M_CERTIFICATE, M_CERTIFICATE_VERIFY, 0},
    {HF_TLS13, M_CERTIFICATE_VERIFY, M_FINISHED, 0},
    {HF_TLS13, M_FINISHED, M_NEW_SESSION_TICKET, 0},
    {HF_TLS13, M_FINISHED, M_KEY_UPDATE, 0},
    {HF_TLS12, M_SERVER_HELLO, M_CERTIFICATE, FULL},
    {HF_TLS12, M_CERTIFICATE, M_CERTIFICATE_STATUS, 0},
    {HF_TLS12, M_CERTIFICATE, M_SERVER_KEY_EXCHANGE, 0},
    {HF_TLS12, M_CERTIFICATE_STATUS, M_SERVER_KEY_EXCHANGE, 0},
    {HF_TLS12, M_SERVER_KEY_EXCHANGE, M_CERTIFICATE_REQUEST, 0},
    {HF_TLS12, M_SERVER_KEY_EXCHANGE, M_SERVER_HELLO_DONE, 0},
    {HF_TLS12, M_CERTIFICATE_REQUEST, M_SERVER_HELLO_DONE, 0},
    {HF_TLS12, M_SERVER_HELLO_DONE, M_NEW_SESSION_TICKET, PROMISED},
    {HF_TLS12, M_SERVER_HELLO_DONE, M_CCS, NOT_PROMISED},
    {HF_TLS12, M_SERVER_HELLO, M_NEW_SESSION_TICKET, RESUMED | PROMISED},
    {HF_TLS12, M_SERVER_HELLO, M_CCS, RESUMED | NOT_PROMISED},
    {HF_TLS12, M_NEW_SESSION_TICKET, M_CCS, 0},
    {HF_TLS12, M_CCS, M_FINISHED, 0},
    {HF_TLS12, M_FINISHED, M_HELLO_REQUEST, 0},
};

static unsigned facts_of(const guest *g)
{
    return (g->p.session != NULL ? RESUMED : FULL) | (g->ticket_promised ? PROMISED : NOT_PROMISED);
}

bool guest_may_follow(const guest *g, int message)
{
    for (size_t i = 0; i < sizeof ORDER / sizeof ORDER[0]; i++) {
        if (ORDER[i].after == g->last && ORDER[i].next == message &&
            (ORDER[i].version == 0 || ORDER[i].version == g->p.version) &&
            (ORDER[i].when & ~facts_of(g)) == 0) {
            return true;
        }
    }
    return false;
}
