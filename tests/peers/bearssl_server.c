/* Test server over BearSSL: TLS 1.2. See server.h; the library itself is in bearssl_stack.c. */
#include "peers/bearssl_stack.h"
#include "peers/server.h"

#include <string.h>

static br_ssl_server_context context;
static uint8_t buffer[BR_SSL_BUFSIZE_BIDI];

/* The library's cache of sessions, and we look on: which one was asked for and found. */
static uint8_t cached[8192];
static br_ssl_session_cache_lru cache;
static br_ssl_session_parameters found;

static void save_session(const br_ssl_session_cache_class **handler, br_ssl_server_context *server,
                         const br_ssl_session_parameters *session)
{
    (void)handler;
    cache.vtable->save(&cache.vtable, server, session);
}

static int load_session(const br_ssl_session_cache_class **handler, br_ssl_server_context *server,
                        br_ssl_session_parameters *session)
{
    (void)handler;
    int there = cache.vtable->load(&cache.vtable, server, session);
    if (there != 0) {
        found = *session;
    }
    return there;
}

static const br_ssl_session_cache_class WATCHED = {sizeof(br_ssl_session_cache_class *),
                                                   save_session, load_session};
static const br_ssl_session_cache_class *watched = &WATCHED;

bool stack_setup(peer *p, const server_options *o)
{
    if (o->cookie) {
        peer_refuse("BearSSL", "has TLS 1.2 only");
    }
    br_ssl_session_cache_lru_init(&cache, cached, sizeof cached);
    return bear_setup(&p->options);
}

static void set_client_auth(server_auth auth)
{
    const bear_files *files = &bear.files;
    br_ssl_engine_context *engine = &context.eng;
    if (auth == AUTH_NONE) {
        return;
    }
    br_x509_minimal_init_full(&bear.validator, files->anchors, files->anchors_count);
    br_ssl_engine_set_default_rsavrfy(engine);
    br_ssl_engine_set_default_ecdsa(engine);
    br_ssl_engine_set_x509(engine, &bear.validator.vtable);
    br_ssl_server_set_trust_anchor_names_alt(&context, files->anchors, files->anchors_count);
    if (auth == AUTH_REQUEST) {
        br_ssl_engine_add_flags(engine, BR_OPT_TOLERATE_NO_CLIENT_AUTH);
    }
}

bool stack_open(peer *p, const server_options *o)
{
    const bear_files *files = &bear.files;
    br_ssl_engine_context *engine = &context.eng;
    memset(&bear.validator, 0, sizeof bear.validator);
    if (files->rsa_bits > 0) {
        br_ssl_server_init_full_rsa(&context, files->chain, files->chain_len, &files->rsa);
    } else {
        br_ssl_server_init_full_ec(&context, files->chain, files->chain_len, files->issuer_type,
                                   &files->ec);
    }
    bear_begin(p, engine);
    set_client_auth(o->auth);
    br_ssl_engine_add_flags(engine, BR_OPT_ENFORCE_SERVER_PREFERENCES);
    br_ssl_engine_set_buffer(engine, buffer, sizeof buffer, 1);
    memset(&found, 0, sizeof found);
    if (o->resume) {
        br_ssl_server_set_cache(&context, &watched);
    }
    if (br_ssl_server_reset(&context) != 1) {
        p->facts.error = br_ssl_engine_last_error(engine);
        return false;
    }
    if (!bear_handshake(p)) {
        return false;
    }
    p->facts.resumed = bear_has_id(found.session_id, found.session_id_len);
    return true;
}
