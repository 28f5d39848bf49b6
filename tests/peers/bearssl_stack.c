/* BearSSL 0.6 behind the functions of peer.h. See bearssl_stack.h. */
#include "peers/bearssl_stack.h"

#include <stdio.h>
#include <string.h>

bear_stack bear;

bool bear_setup(const peer_options *o)
{
    if (o->versions.count == 2 && o->versions.numbers[0] != PEER_TLS12) {
        peer_refuse("BearSSL", "has TLS 1.2 only");
    }
    bear.curves = *br_ec_get_default();
    if (o->groups.count > 0) {
        bear.curves.supported_curves = 0;
    }
    for (size_t i = 0; i < o->groups.count; i++) {
        if (o->groups.numbers[i] > 31) {
            peer_refuse("--groups", "unknown to BearSSL");
        }
        /* Its ids are IANA's. */
        bear.curves.supported_curves |= UINT32_C(1) << o->groups.numbers[i];
    }
    return bear_files_read(&bear.files, o->chain, o->key, o->ca);
}

void bear_begin(peer *p, br_ssl_engine_context *engine)
{
    const peer_options *o = &p->options;
    bear.engine = engine;
    br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
    br_ssl_engine_set_ec(engine, &bear.curves);
    if (o->suites.count > 0) {
        br_ssl_engine_set_suites(engine, o->suites.numbers, o->suites.count);
    }
    if (o->alpn.count > 0) {
        br_ssl_engine_set_protocol_names(engine, (const char **)(uintptr_t)o->alpn.names,
                                         o->alpn.count);
        br_ssl_engine_add_flags(engine, BR_OPT_FAIL_ON_ALPN_MISMATCH);
    }
}

/* Moves records until one of `wanted` holds; false at the end of the connection. */
static bool pump(peer *p, unsigned wanted)
{
    br_ssl_engine_context *engine = bear.engine;
    for (;;) {
        size_t len = 0;
        unsigned state = br_ssl_engine_current_state(engine);
        if ((state & BR_SSL_SENDREC) != 0) {
            const uint8_t *bytes = br_ssl_engine_sendrec_buf(engine, &len);
            if (link_write(&p->link, bytes, len) < 0) {
                p->facts.error = BR_ERR_IO;
                return false;
            }
            br_ssl_engine_sendrec_ack(engine, len);
        } else if ((state & BR_SSL_CLOSED) != 0) {
            return false;
        } else if ((state & wanted) != 0) {
            return true;
        } else if ((state & BR_SSL_RECVREC) != 0) {
            uint8_t *space = br_ssl_engine_recvrec_buf(engine, &len);
            int got = link_read(&p->link, space, len);
            if (got <= 0) {
                p->facts.error = BR_ERR_IO;
                return false;
            }
            br_ssl_engine_recvrec_ack(engine, (size_t)got);
        } else {
            p->facts.error = BR_ERR_BAD_STATE;
            return false;
        }
    }
}

static void note_error(peer_facts *f)
{
    int error = br_ssl_engine_last_error(bear.engine);
    f->error = f->error == 0 ? error : f->error;
    if (error >= BR_ERR_SEND_FATAL_ALERT && error < BR_ERR_SEND_FATAL_ALERT + 256) {
        f->alert_out = error - BR_ERR_SEND_FATAL_ALERT;
    } else if (error >= BR_ERR_RECV_FATAL_ALERT && error < BR_ERR_RECV_FATAL_ALERT + 256) {
        f->alert_in = error - BR_ERR_RECV_FATAL_ALERT;
    }
}

bool bear_handshake(peer *p)
{
    peer_facts *f = &p->facts;
    br_ssl_session_parameters session;
    if (!pump(p, BR_SSL_SENDAPP)) {
        note_error(f);
        return false;
    }
    const char *protocol = br_ssl_engine_get_selected_protocol(bear.engine);
    br_ssl_engine_get_session_parameters(bear.engine, &session);
    f->version = (uint16_t)br_ssl_engine_get_version(bear.engine);
    f->suite = session.cipher_suite;
    f->group = (uint16_t)br_ssl_engine_get_ecdhe_curve(bear.engine);
    f->verified = bear.validator.err == BR_ERR_X509_OK;
    snprintf(f->alpn, sizeof f->alpn, "%s", protocol == NULL ? "" : protocol);
    return true;
}

bool bear_has_id(const uint8_t *id, size_t len)
{
    br_ssl_session_parameters session;
    br_ssl_engine_get_session_parameters(bear.engine, &session);
    return len > 0 && session.session_id_len == len && memcmp(session.session_id, id, len) == 0;
}

int stack_read(peer *p, uint8_t *bytes, size_t cap)
{
    size_t len = 0;
    if (!pump(p, BR_SSL_RECVAPP)) {
        note_error(&p->facts);
        return p->facts.error == 0 ? 0 : -1;
    }
    const uint8_t *data = br_ssl_engine_recvapp_buf(bear.engine, &len);
    len = len < cap ? len : cap;
    memcpy(bytes, data, len);
    br_ssl_engine_recvapp_ack(bear.engine, len);
    return (int)len;
}

bool stack_write(peer *p, const uint8_t *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        size_t room = 0;
        if (!pump(p, BR_SSL_SENDAPP)) {
            note_error(&p->facts);
            return false;
        }
        uint8_t *space = br_ssl_engine_sendapp_buf(bear.engine, &room);
        room = room < len - done ? room : len - done;
        memcpy(space, bytes + done, room);
        br_ssl_engine_sendapp_ack(bear.engine, room);
        done += room;
    }
    br_ssl_engine_flush(bear.engine, 0);
    return pump(p, BR_SSL_SENDAPP | BR_SSL_RECVAPP);
}

/* Sent by the next read. Where the other end has closed, the engine has answered already. */
void stack_finish(peer *p)
{
    if (p->facts.open && p->facts.error == 0) {
        br_ssl_engine_close(bear.engine);
    }
}

void stack_close(peer *p)
{
    (void)p;
}

void stack_tear_down(void)
{
    bear_files_release(&bear.files);
}
