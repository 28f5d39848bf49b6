/* Test client over wolfSSL 5.5: TLS 1.2 and 1.3. See visitor.h; the library itself is in
 * wolfssl_stack.c.
 *
 * Its limits: it does not say whether TLS 1.2 used extended_master_secret, nor whether the server
 * agreed to max_fragment_length; no record_size_limit, no raw public keys. A HelloRetryRequest
 * comes from --no-share, or from a first group that the server does not take: only that one has a
 * share. With an RSA-PSS scheme of one kind (rsa_pss_rsae, rsa_pss_pss) it offers the other. */
#include "peers/wolfssl_stack.h"

#include "peers/visitor.h"

#include <stdio.h>
#include <string.h>

#define TYPE_CHANGE    20
#define TYPE_HANDSHAKE 22
#define CLIENT_HELLO   1
#define CERTIFICATE    11
#define RECORD_HEADER  5u
#define LIST_LENGTH    3 /* of an empty certificate list in TLS 1.2 */

static peer_facts *facts;
static char schemes[512]; /* as wolfSSL names them, with colons */

static void set_schemes(const peer_list *list)
{
    static const struct {
        unsigned number;
        const char *name;
    } NAMES[] = {
        {0x0401, "RSA+SHA256"},     {0x0501, "RSA+SHA384"},     {0x0601, "RSA+SHA512"},
        {0x0403, "ECDSA+SHA256"},   {0x0503, "ECDSA+SHA384"},   {0x0603, "ECDSA+SHA512"},
        {0x0804, "RSA-PSS+SHA256"}, {0x0805, "RSA-PSS+SHA384"}, {0x0806, "RSA-PSS+SHA512"},
        {0x0807, "ED25519"},
    };
    for (size_t i = 0; i < list->count; i++) {
        const char *name = NULL;
        for (size_t k = 0; k < sizeof NAMES / sizeof NAMES[0]; k++) {
            name = NAMES[k].number == list->numbers[i] ? NAMES[k].name : name;
        }
        if (name == NULL) {
            peer_refuse("--schemes", "unknown to wolfSSL");
        }
        size_t used = strlen(schemes);
        snprintf(schemes + used, sizeof schemes - used, "%s%s", used == 0 ? "" : ":", name);
    }
}

/* wolfSSL_CTX_set_groups() says which groups have shares, this which are offered at all. */
static bool set_groups(const peer_list *groups)
{
    bool good = true;
    for (size_t i = 0; i < groups->count && good; i++) {
        good = wolf_worked("--groups",
                           wolfSSL_CTX_UseSupportedCurve(wolf.context, groups->numbers[i]));
    }
    return good;
}

/* Our messages, behind their record's header. In TLS 1.2 those after ChangeCipherSpec come
 * encrypted and look like anything; in 1.3 they do not come here. */
static void note_message(int ours, int version, int type, const void *message, size_t len,
                         WOLFSSL *ssl, void *ctx)
{
    static bool greeted;
    static bool hidden;
    peer_facts *f = ctx;
    (void)ssl;
    hidden = hidden || (ours != 0 && type == TYPE_CHANGE && version != (int)PEER_TLS13);
    if (type != TYPE_HANDSHAKE || ours == 0 || hidden || len < RECORD_HEADER + 4) {
        return;
    }
    const uint8_t *bytes = (const uint8_t *)message + RECORD_HEADER;
    if (bytes[0] == CLIENT_HELLO) {
        f->retried = greeted ? YES : f->retried;
        greeted = true;
    } else if (bytes[0] == CERTIFICATE) {
        f->certificate_sent = bytes[2] != 0 || bytes[3] > LIST_LENGTH ? YES : NO;
    }
}

/* ---- a CertificateRequest. Two callbacks, as each is for one case: with the first the library
 * takes it that there is a certificate, the second it asks for one when there is none. */

/* In TLS 1.3 it answers with its identity or ends the connection; that answer is encrypted and
 * seen by nobody. */
static int note_request(WOLFSSL *ssl, void *ctx)
{
    peer_facts *f = ctx;
    f->certificate_requested = YES;
    f->certificate_sent = wolfSSL_version(ssl) == (int)PEER_TLS13 ? YES : f->certificate_sent;
    return 1;
}

static int have_none(WOLFSSL *ssl, WOLFSSL_X509 **certificate, WOLFSSL_EVP_PKEY **key)
{
    (void)ssl;
    (void)certificate;
    (void)key;
    facts->certificate_requested = YES;
    return 0;
}

bool stack_setup(peer *p, const visitor_options *o)
{
    facts = &p->facts;
    if (!wolf_setup(&p->options, wolfSSLv23_client_method()) || !set_groups(&p->options.groups)) {
        return false;
    }
    set_schemes(&o->schemes);
    wolfSSL_CTX_set_verify(wolf.context, WOLFSSL_VERIFY_PEER, NULL);
    if (p->options.chain != NULL) {
        wolfSSL_CTX_set_cert_cb(wolf.context, note_request, facts);
    } else {
        wolfSSL_CTX_set_client_cert_cb(wolf.context, have_none);
    }
    if (!p->options.no_tickets &&
        !wolf_worked("tickets", wolfSSL_CTX_UseSessionTicket(wolf.context))) {
        return false;
    }
    return (*schemes == '\0' ||
            wolf_worked("--schemes", wolfSSL_CTX_set1_sigalgs_list(wolf.context, schemes))) &&
           (!o->no_extended_master ||
            wolf_worked("--no-extended-master",
                        wolfSSL_CTX_DisableExtendedMasterSecret(wolf.context)));
}

/* The codes of max_fragment_length are those of RFC 6066 4. */
static bool prepare(const visitor_options *o)
{
    unsigned code = visitor_fragment_code(o);
    return (code == 0 ||
            wolf_worked("--max-fragment", wolfSSL_UseMaxFragment(wolf.ssl, (uint8_t)code))) &&
           (!o->no_share || wolf_worked("--no-share", wolfSSL_NoKeyShares(wolf.ssl))) &&
           (o->name == NULL ||
            (wolf_worked("--name", wolfSSL_UseSNI(wolf.ssl, WOLFSSL_SNI_HOST_NAME, o->name,
                                                  (unsigned short)strlen(o->name))) &&
             wolf_worked("--name", wolfSSL_check_domain_name(wolf.ssl, o->name))));
}

static void offer_session(const visitor_options *o)
{
    const uint8_t *at = o->offered;
    if (at == NULL) {
        return;
    }
    WOLFSSL_SESSION *session = wolfSSL_d2i_SSL_SESSION(NULL, &at, (long)o->offered_len);
    if (session == NULL || wolfSSL_set_session(wolf.ssl, session) != WOLFSSL_SUCCESS) {
        fprintf(stderr, "peer: --session: not taken by wolfSSL\n");
    }
    wolfSSL_SESSION_free(session);
}

size_t stack_session(uint8_t *bytes, size_t cap)
{
    WOLFSSL_SESSION *session = wolfSSL_get1_session(wolf.ssl);
    int len = session == NULL ? 0 : wolfSSL_i2d_SSL_SESSION(session, NULL);
    if (len > 0 && (size_t)len <= cap) {
        unsigned char *at = bytes;
        len = wolfSSL_i2d_SSL_SESSION(session, &at);
    } else {
        len = 0;
    }
    wolfSSL_SESSION_free(session);
    return len < 0 ? 0 : (size_t)len;
}

bool stack_open(peer *p, const visitor_options *o)
{
    peer_facts *f = &p->facts;
    f->certificate_requested = f->certificate_sent = f->retried = NO;
    f->extended_master = UNKNOWN;
    if (!wolf_begin(p, WOLFSSL_ALPN_FAILED_ON_MISMATCH) || !prepare(o)) {
        f->error = 1;
        return false;
    }
    offer_session(o);
    wolfSSL_set_msg_callback(wolf.ssl, note_message);
    wolfSSL_set_msg_callback_arg(wolf.ssl, f);
    return wolf_handshake(p, wolfSSL_connect(wolf.ssl));
}
