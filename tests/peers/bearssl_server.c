/* Test server over BearSSL: TLS 1.2. See server.h; bearssl_files.c reads certificates and keys. */
#include "peers/bearssl_files.h"
#include "peers/server.h"

#include <bearssl.h>

#include <stdio.h>
#include <string.h>

static bear_files files;
static br_ec_impl curves; /* the library's, less those that --groups leaves out */
static br_ssl_server_context context;
static br_x509_minimal_context validator;
static uint8_t buffer[BR_SSL_BUFSIZE_BIDI];
static const char *protocols[SERVER_LIST_MAX];
static size_t protocols_count;

bool stack_setup(server *s)
{
    const server_options *o = &s->options;
    if (o->cookie || (o->versions.count == 2 && o->versions.numbers[0] != SERVER_TLS12)) {
        server_refuse("BearSSL", "has TLS 1.2 only");
    }
    curves = *br_ec_get_default();
    if (o->groups.count > 0) {
        curves.supported_curves = 0;
    }
    for (size_t i = 0; i < o->groups.count; i++) {
        if (o->groups.numbers[i] > 31) {
            server_refuse("--groups", "unknown to BearSSL");
        }
        curves.supported_curves |= UINT32_C(1) << o->groups.numbers[i]; /* its ids are IANA's */
    }
    char *name = o->alpn == NULL ? NULL : strtok(o->alpn, ",");
    while (name != NULL && protocols_count < SERVER_LIST_MAX) {
        protocols[protocols_count++] = name;
        name = strtok(NULL, ",");
    }
    return bear_files_read(&files, o->chain, o->key, o->client_ca);
}

static void set_client_auth(server_auth auth)
{
    br_ssl_engine_context *engine = &context.eng;
    if (auth == AUTH_NONE) {
        return;
    }
    br_x509_minimal_init_full(&validator, files.anchors, files.anchors_count);
    br_ssl_engine_set_default_rsavrfy(engine);
    br_ssl_engine_set_default_ecdsa(engine);
    br_ssl_engine_set_x509(engine, &validator.vtable);
    br_ssl_server_set_trust_anchor_names_alt(&context, files.anchors, files.anchors_count);
    if (auth == AUTH_REQUEST) {
        br_ssl_engine_add_flags(engine, BR_OPT_TOLERATE_NO_CLIENT_AUTH);
    }
}

static bool prepare(const server_options *o)
{
    br_ssl_engine_context *engine = &context.eng;
    memset(&validator, 0, sizeof validator);
    if (files.rsa_bits > 0) {
        br_ssl_server_init_full_rsa(&context, files.chain, files.chain_len, &files.rsa);
    } else {
        br_ssl_server_init_full_ec(&context, files.chain, files.chain_len, files.issuer_type,
                                   &files.ec);
    }
    br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
    br_ssl_engine_set_ec(engine, &curves);
    set_client_auth(o->auth);
    if (o->suites.count > 0) {
        br_ssl_engine_set_suites(engine, o->suites.numbers, o->suites.count);
    }
    if (protocols_count > 0) {
        br_ssl_engine_set_protocol_names(engine, protocols, protocols_count);
        br_ssl_engine_add_flags(engine, BR_OPT_FAIL_ON_ALPN_MISMATCH);
    }
    br_ssl_engine_add_flags(engine, BR_OPT_ENFORCE_SERVER_PREFERENCES);
    br_ssl_engine_set_buffer(engine, buffer, sizeof buffer, 1);
    return br_ssl_server_reset(&context) == 1;
}

/* Moves records until one of `wanted` holds; false at the end of the connection. */
static bool pump(server *s, unsigned wanted)
{
    br_ssl_engine_context *engine = &context.eng;
    for (;;) {
        size_t len = 0;
        unsigned state = br_ssl_engine_current_state(engine);
        if ((state & BR_SSL_SENDREC) != 0) {
            const uint8_t *bytes = br_ssl_engine_sendrec_buf(engine, &len);
            if (link_write(&s->link, bytes, len) < 0) {
                s->facts.error = BR_ERR_IO;
                return false;
            }
            br_ssl_engine_sendrec_ack(engine, len);
        } else if ((state & BR_SSL_CLOSED) != 0) {
            return false;
        } else if ((state & wanted) != 0) {
            return true;
        } else if ((state & BR_SSL_RECVREC) != 0) {
            uint8_t *space = br_ssl_engine_recvrec_buf(engine, &len);
            int got = link_read(&s->link, space, len);
            if (got <= 0) {
                s->facts.error = BR_ERR_IO;
                return false;
            }
            br_ssl_engine_recvrec_ack(engine, (size_t)got);
        } else {
            s->facts.error = BR_ERR_BAD_STATE;
            return false;
        }
    }
}

static void note_error(server_facts *f)
{
    int error = br_ssl_engine_last_error(&context.eng);
    f->error = f->error == 0 ? error : f->error;
    if (error >= BR_ERR_SEND_FATAL_ALERT && error < BR_ERR_SEND_FATAL_ALERT + 256) {
        f->alert_out = error - BR_ERR_SEND_FATAL_ALERT;
    } else if (error >= BR_ERR_RECV_FATAL_ALERT && error < BR_ERR_RECV_FATAL_ALERT + 256) {
        f->alert_in = error - BR_ERR_RECV_FATAL_ALERT;
    }
}

bool stack_open(server *s)
{
    server_facts *f = &s->facts;
    br_ssl_session_parameters session;
    if (!prepare(&s->options)) {
        f->error = br_ssl_engine_last_error(&context.eng);
        return false;
    }
    if (!pump(s, BR_SSL_SENDAPP)) {
        note_error(f);
        return false;
    }
    const char *protocol = br_ssl_engine_get_selected_protocol(&context.eng);
    br_ssl_engine_get_session_parameters(&context.eng, &session);
    f->version = (uint16_t)br_ssl_engine_get_version(&context.eng);
    f->suite = session.cipher_suite;
    f->group = (uint16_t)br_ssl_engine_get_ecdhe_curve(&context.eng);
    f->verified = validator.err == BR_ERR_X509_OK;
    snprintf(f->alpn, sizeof f->alpn, "%s", protocol == NULL ? "" : protocol);
    return true;
}

int stack_read(server *s, uint8_t *bytes, size_t cap)
{
    size_t len = 0;
    if (!pump(s, BR_SSL_RECVAPP)) {
        note_error(&s->facts);
        return s->facts.error == 0 ? 0 : -1;
    }
    const uint8_t *data = br_ssl_engine_recvapp_buf(&context.eng, &len);
    len = len < cap ? len : cap;
    memcpy(bytes, data, len);
    br_ssl_engine_recvapp_ack(&context.eng, len);
    return (int)len;
}

bool stack_write(server *s, const uint8_t *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        size_t room = 0;
        if (!pump(s, BR_SSL_SENDAPP)) {
            note_error(&s->facts);
            return false;
        }
        uint8_t *space = br_ssl_engine_sendapp_buf(&context.eng, &room);
        room = room < len - done ? room : len - done;
        memcpy(space, bytes + done, room);
        br_ssl_engine_sendapp_ack(&context.eng, room);
        done += room;
    }
    br_ssl_engine_flush(&context.eng, 0);
    return pump(s, BR_SSL_SENDAPP | BR_SSL_RECVAPP);
}

/* The engine itself has answered a close_notify and sent its alert. */
void stack_close(server *s)
{
    (void)s;
}

void stack_tear_down(void)
{
    bear_files_release(&files);
}
