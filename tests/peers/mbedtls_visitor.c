/* Test client over Mbed TLS 2.28. See visitor.h; the library itself is in mbedtls_stack.c.
 *
 * Its limits: TLS 1.2 only. --schemes chooses hashes, as the library always offers ECDSA and RSA
 * PKCS #1 v1.5 with each: both have to be in the list. No record_size_limit. It does not put
 * handshake messages together that come in several records, so that --max-fragment has to be larger
 * than any message of the server. Whether the server agreed to it is not told: the sizes of its
 * records are. */
#include "peers/mbedtls_stack.h"
#include "peers/visitor.h"

static int hashes[PEER_LIST_MAX + 1]; /* with MBEDTLS_MD_NONE at the end */

static bool offered(const peer_list *schemes, unsigned scheme)
{
    for (size_t i = 0; i < schemes->count; i++) {
        if (schemes->numbers[i] == scheme) {
            return true;
        }
    }
    return false;
}

static void set_schemes(const peer_list *schemes)
{
    static const struct {
        unsigned number;
        mbedtls_md_type_t type;
    } HASHES[] = {{4, MBEDTLS_MD_SHA256}, {5, MBEDTLS_MD_SHA384}, {6, MBEDTLS_MD_SHA512}};
    size_t count = 0;
    for (size_t i = 0; i < sizeof HASHES / sizeof HASHES[0]; i++) {
        unsigned rsa = HASHES[i].number << 8 | 1;
        unsigned ecdsa = HASHES[i].number << 8 | 3;
        if (offered(schemes, rsa) && offered(schemes, ecdsa)) {
            hashes[count++] = (int)HASHES[i].type;
        }
    }
    hashes[count] = MBEDTLS_MD_NONE;
    if (schemes->count != 2 * count) {
        peer_refuse("--schemes", "Mbed TLS has ECDSA and RSA of a hash together");
    }
    if (count > 0) {
        mbedtls_ssl_conf_sig_hashes(&mbed.config, hashes);
    }
}

bool stack_setup(peer *p, const visitor_options *o)
{
    if (o->no_share) {
        peer_refuse("--no-share", "Mbed TLS 2.28 has TLS 1.2 only");
    }
    if (!mbed_setup(p, MBEDTLS_SSL_IS_CLIENT)) {
        return false;
    }
    mbedtls_ssl_conf_authmode(&mbed.config, MBEDTLS_SSL_VERIFY_REQUIRED);
    if (o->no_extended_master) {
        mbedtls_ssl_conf_extended_master_secret(&mbed.config, MBEDTLS_SSL_EXTENDED_MS_DISABLED);
    }
    mbedtls_ssl_conf_session_tickets(&mbed.config, p->options.no_tickets
                                                       ? MBEDTLS_SSL_SESSION_TICKETS_DISABLED
                                                       : MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
    set_schemes(&o->schemes);
    /* Its codes are those of RFC 6066 4. */
    return mbed_worked(
        "--max-fragment",
        mbedtls_ssl_conf_max_frag_len(&mbed.config, (unsigned char)visitor_fragment_code(o)));
}

static bool offer_session(const visitor_options *o)
{
    mbedtls_ssl_session session;
    if (o->offered == NULL) {
        return true;
    }
    mbedtls_ssl_session_init(&session);
    bool good =
        mbed_worked("--session", mbedtls_ssl_session_load(&session, o->offered, o->offered_len)) &&
        mbed_worked("--session", mbedtls_ssl_set_session(&mbed.ssl, &session));
    mbedtls_ssl_session_free(&session);
    return good;
}

size_t stack_session(uint8_t *bytes, size_t cap)
{
    mbedtls_ssl_session session;
    size_t len = 0;
    mbedtls_ssl_session_init(&session);
    if (!mbed_worked("session", mbedtls_ssl_get_session(&mbed.ssl, &session)) ||
        !mbed_worked("session", mbedtls_ssl_session_save(&session, bytes, cap, &len))) {
        len = 0;
    }
    mbedtls_ssl_session_free(&session);
    return len;
}

bool stack_open(peer *p, const visitor_options *o)
{
    peer_facts *f = &p->facts;
    f->extended_master = f->certificate_requested = f->certificate_sent = f->retried = NO;
    return mbed_begin(p) && offer_session(o) &&
           (o->name == NULL ||
            mbed_worked("--name", mbedtls_ssl_set_hostname(&mbed.ssl, o->name))) &&
           mbed_handshake(p);
}
