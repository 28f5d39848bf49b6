/* See mutation.h. */
#include "puppet/mutation.h"

#include "puppet/guest.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static void splice(puppet_message *m, size_t at, size_t cut, const uint8_t *bytes, size_t len)
{
    assert_true(at + cut <= m->len);
    memmove(m->body + at + len, m->body + at + cut, m->len - at - cut);
    if (len > 0) {
        memcpy(m->body + at, bytes, len);
    }
    m->len = m->len - cut + len;
}

/* Where the extension block of a message begins. */
static size_t block_of(const puppet_message *m)
{
    if (m->type == M_SERVER_HELLO) {
        return puppet_hello_extensions(m);
    }
    if (m->type == M_CLIENT_HELLO) {
        return guest_hello_extensions(m);
    }
    return m->type == M_CERTIFICATE_REQUEST ? 1 : 0;
}

static void apply_to_extension(const mutation *c, puppet_message *m)
{
    size_t block = block_of(m);
    size_t len = 0;
    if (c->kind == ADD) {
        puppet_add_extension(m, block, c->type, c->bytes, c->len);
        return;
    }
    size_t body = puppet_extension(m, block, c->type, &len);
    assert_true(body > 0);
    if (c->kind == CUT) {
        puppet_cut_extension(m, block, c->type);
    } else if (c->kind == FLIP_IN) {
        m->body[body + (size_t)c->at] ^= 1;
    } else {
        splice(m, body, len, c->bytes, c->len);
        m->body[body - 2] = (uint8_t)(c->len >> 8);
        m->body[body - 1] = (uint8_t)c->len;
        size_t total = m->len - block - 2;
        m->body[block] = (uint8_t)(total >> 8);
        m->body[block + 1] = (uint8_t)total;
    }
}

void mutation_apply(const mutation *c, puppet *p, puppet_message *m)
{
    size_t at = c->at < 0 ? (size_t)((int)m->len + c->at) : (size_t)c->at;
    switch (c->kind) {
    case NO_EDIT:
        break;
    case SPLICE:
        splice(m, c->at == 0x7fff ? m->len : at, c->cut, c->bytes, c->len);
        break;
    case FLIP:
        m->body[at] ^= 1;
        break;
    case BODY:
        splice(m, 0, m->len, c->bytes, c->len);
        break;
    case BY_HAND:
        c->edit(p, m);
        break;
    default:
        apply_to_extension(c, m);
    }
}

static bool change(puppet *p, int step, puppet_message *m)
{
    const mutation *c = p->ctx;
    if (step == c->step) {
        p->arg++;
        mutation_apply(c, p, m);
    }
    return true;
}

static void dress(rig *r, const mutation *c, uint16_t version)
{
    puppet *p = r->p;
    p->version = version;
    p->retry = c->retry;
    p->request = c->request;
    p->group = c->group;
    p->cookie_len = c->cookie;
    p->limit = c->limit;
    p->fragment = c->fragment;
    p->alpn = c->alpn;
    p->scheme = c->scheme == 0 ? p->scheme : c->scheme;
    p->change = change;
    p->ctx = c;
    r->rsa = c->rsa;
    r->identity = c->identity;
    r->compatibility = c->compatible;
    r->strict = c->strict;
    r->input = c->small ? 2048 : 0;
    r->version_min = c->version_min;
    r->version_max = c->version_max;
    r->alpn = &c->offered_alpn;
    r->alpn_count = c->offered_alpn != NULL;
    r->groups = &c->only_group;
    r->groups_count = c->only_group != 0;
}

static void dress_session(rig *r, const mutation *c)
{
    r->psk_modes = c->modes;
    r->p->psk_ke = c->resume == ORACLE_PSK_KE;
    r->p->give_id = c->resume == ORACLE_ID;
    r->p->tickets = c->ticket ? 1 : 0;
    r->p->suite = c->suite;
    r->session_cap = c->ticket ? 512 : 0;
}

static void dress_past(rig *r, const void *ctx)
{
    const mutation *c = ctx;
    dress_session(r, c);
    r->strict = c->strict;
    r->p->version = c->resume < ORACLE_TICKET ? HF_TLS13 : HF_TLS12;
    r->p->suite = r->p->version == HF_TLS13 ? 0x1301 : 0xc02b;
    r->p->tickets = c->resume == ORACLE_ID ? 0 : 1;
}

/* One session for each way of resuming and each setting that it is bound to. */
static const client_past *past_of(const mutation *c)
{
    static client_past pasts[ORACLE_ID + 1][3][2];
    client_past *past = &pasts[c->resume][c->modes][c->strict];
    if (past->len == 0) {
        client_past_make(past, dress_past, c);
    }
    return past;
}

void mutation_run(const mutation *c, uint16_t version)
{
    for (size_t piece = 0; piece < 2; piece++) {
        char name[120];
        (void)snprintf(name, sizeof name, "%x %s%s", version, c->name,
                       piece == 1 ? ", byte by byte" : "");
        rig *r = rig_new();
        dress(r, c, version);
        if (c->resume != ORACLE_FULL) {
            dress_session(r, c);
            client_past_use(past_of(c), r);
            r->p->known[0] = c->unknown ? NULL : r->p->known[0];
        }
        r->feed = r->drain = piece;
        rig_start(r);
        rig_run(r);
        if (c->kind != NO_EDIT) {
            assert_int_equal(r->p->arg, 1); /* the message was there to be changed */
        }
        if (c->code == HF_OK) {
            rig_expect_open(r, name);
            bool knows = c->resume != ORACLE_FULL && !c->unknown;
            bool same = version == (c->resume < ORACLE_TICKET ? HF_TLS13 : HF_TLS12);
            assert_int_equal(hf_tls_resumed(&r->tls), knows && same);
        } else {
            rig_expect_failed(r, c->code, name);
        }
        rig_free(r);
    }
}
