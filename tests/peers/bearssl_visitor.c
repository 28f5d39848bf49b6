/* Test client over BearSSL 0.6. See visitor.h; the library itself is in bearssl_stack.c.
 *
 * Its limits: TLS 1.2 only, without extended_master_secret (RFC 7627) and record_size_limit. Groups
 * are offered in its own order, P-256 first. --schemes chooses hashes and kinds of signatures: the
 * list has to hold every combination of those in it. max_fragment_length follows from the size of
 * the input buffer, which is made so small: a server that does not agree and sends larger records
 * ends the connection. A server whose certificate it refuses gets no alert: alert_out is -1. */
#include "peers/bearssl_stack.h"
#include "peers/visitor.h"

#include <string.h>

#define RECORD_IN  325u /* what a record needs around its data: BR_SSL_BUFSIZE_INPUT - 16384 */
#define RECORD_OUT 85u

#define KIND_RSA   1u
#define KIND_ECDSA 3u

static br_ssl_client_context context;
static uint8_t input[BR_SSL_BUFSIZE_INPUT];
static uint8_t output[BR_SSL_BUFSIZE_OUTPUT];
static br_ssl_client_certificate_class watched; /* what chooses our certificate, and we look on */
static void (*choose)(const br_ssl_client_certificate_class **handler,
                      const br_ssl_client_context *client, uint32_t types,
                      br_ssl_client_certificate *choice);
static peer_facts *facts;

bool stack_setup(peer *p, const visitor_options *o)
{
    if (o->no_share) {
        peer_refuse("--no-share", "BearSSL has TLS 1.2 only");
    }
    return bear_setup(&p->options);
}

/* Hashes and kinds that the list does not name are taken away. */
static void set_schemes(const peer_list *schemes)
{
    unsigned hashes = 0;
    unsigned kinds = 0;
    size_t combinations = 0;
    for (size_t i = 0; i < schemes->count; i++) {
        unsigned hash = schemes->numbers[i] >> 8;
        unsigned kind = schemes->numbers[i] & 0xff;
        if (hash < br_sha1_ID || hash > br_sha512_ID || (kind != KIND_RSA && kind != KIND_ECDSA)) {
            peer_refuse("--schemes", "unknown to BearSSL");
        }
        hashes |= 1u << hash;
        kinds |= 1u << kind;
    }
    for (int hash = br_md5_ID; hash <= br_sha512_ID && schemes->count > 0; hash++) {
        if ((hashes & 1u << hash) == 0) {
            br_ssl_engine_set_hash(&context.eng, hash, NULL);
        }
        combinations += (hashes >> hash & 1u) * ((kinds >> KIND_RSA & 1u) + (kinds >> KIND_ECDSA));
    }
    if (combinations != schemes->count) {
        peer_refuse("--schemes", "BearSSL has every hash with every kind of signature");
    }
    if (schemes->count > 0 && (kinds & 1u << KIND_RSA) == 0) {
        br_ssl_engine_set_rsavrfy(&context.eng, NULL);
    }
    if (schemes->count > 0 && (kinds & 1u << KIND_ECDSA) == 0) {
        br_ssl_engine_set_ecdsa(&context.eng, NULL);
    }
}

/* ---- our certificate */

static void watch_choice(const br_ssl_client_certificate_class **handler,
                         const br_ssl_client_context *client, uint32_t types,
                         br_ssl_client_certificate *choice)
{
    facts->certificate_requested = YES;
    choose(handler, client, types, choice);
    facts->certificate_sent = choice->chain_len > 0 ? YES : NO;
}

static void choose_none(const br_ssl_client_certificate_class **handler,
                        const br_ssl_client_context *client, uint32_t types,
                        br_ssl_client_certificate *choice)
{
    (void)handler;
    (void)client;
    (void)types;
    memset(choice, 0,
           sizeof *choice); /* its type as well: garbage there may stand for static ECDH */
}

/* Without an identity the handler is one all the same: it sees the request. */
static void set_identity(const bear_files *files)
{
    const br_x509_certificate *chain = files->chain;
    if (files->rsa_bits > 0 || files->chain_len == 0) {
        br_ssl_client_set_single_rsa(&context, chain, files->chain_len, &files->rsa,
                                     br_rsa_pkcs1_sign_get_default());
    } else {
        br_ssl_client_set_single_ec(&context, chain, files->chain_len, &files->ec, BR_KEYTYPE_SIGN,
                                    files->issuer_type, &bear.curves,
                                    br_ecdsa_sign_asn1_get_default());
    }
    watched = **context.client_auth_vtable;
    choose = files->chain_len == 0 ? choose_none : watched.choose;
    watched.choose = watch_choice;
    context.client_auth.vtable = &watched;
}

/* ---- one connection */

static void set_buffers(uint32_t max_fragment)
{
    size_t in = max_fragment == 0 ? sizeof input : max_fragment + RECORD_IN;
    size_t out = max_fragment == 0 ? sizeof output : max_fragment + RECORD_OUT;
    br_ssl_engine_set_buffers_bidi(&context.eng, input, in, output, out);
}

static bool has_session(const visitor_options *o)
{
    return o->offered != NULL && o->offered_len == sizeof(br_ssl_session_parameters);
}

/* Its session is a flat structure. */
size_t stack_session(uint8_t *bytes, size_t cap)
{
    br_ssl_session_parameters session;
    br_ssl_engine_get_session_parameters(&context.eng, &session);
    if (cap < sizeof session || session.session_id_len == 0) {
        return 0;
    }
    memcpy(bytes, &session, sizeof session);
    return sizeof session;
}

bool stack_open(peer *p, const visitor_options *o)
{
    const bear_files *files = &bear.files;
    facts = &p->facts;
    facts->extended_master = facts->certificate_requested = NO;
    facts->certificate_sent = facts->retried = NO;
    br_ssl_client_init_full(&context, &bear.validator, files->anchors, files->anchors_count);
    bear_begin(p, &context.eng);
    set_schemes(&o->schemes);
    set_identity(files);
    set_buffers(o->max_fragment);
    br_ssl_session_parameters session = {0};
    if (has_session(o)) {
        memcpy(&session, o->offered, sizeof session);
        br_ssl_engine_set_session_parameters(&context.eng, &session);
    }
    if (br_ssl_client_reset(&context, o->name, has_session(o)) != 1) {
        facts->error = br_ssl_engine_last_error(&context.eng);
        return false;
    }
    if (!bear_handshake(p)) {
        return false;
    }
    facts->resumed = bear_has_id(session.session_id, session.session_id_len);
    return true;
}
