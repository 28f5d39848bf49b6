/* See injection.h. */
#include "puppet/injection.h"

#include "unit/cmocka_all.h"

#include <stdio.h>

static bool change(puppet *p, int step, puppet_message *m)
{
    const injection *c = p->ctx;
    (void)m;
    if (step == c->step && p->arg >= 0) {
        p->arg = c->arg;
        puppet_flush(p);
        c->act(p);
        p->arg = -1; /* done */
        p->mute = c->stop;
    }
    return true;
}

rig *injection_play(const injection *c, size_t piece)
{
    rig *r = rig_new();
    puppet *p = r->p;
    p->version = c->version;
    p->request = c->request;
    p->join = c->join;
    p->cut = c->cut;
    p->pad = c->pad;
    p->limit = c->limit;
    p->change = change;
    p->ctx = c;
    r->identity = c->identity;
    r->input = c->input;
    r->feed = r->drain = piece;
    r->plain_ends = c->ended != HF_OK;
    rig_start(r);
    rig_run(r);
    assert_int_equal(p->arg, -1);
    return r;
}

void injection_run(const injection *c)
{
    for (size_t piece = 0; piece < 2; piece++) {
        char name[120];
        (void)snprintf(name, sizeof name, "%x %s%s", c->version, c->name,
                       piece == 1 ? ", byte by byte" : "");
        rig *r = injection_play(c, piece);
        if (c->code != HF_OK) {
            rig_expect_failed(r, c->code, name);
        } else if (!c->stop) {
            rig_expect_open(r, name);
        } else if ((hf_tls_wants(&r->tls) & (HF_IS_FAILED | HF_WANT_INPUT)) != HF_WANT_INPUT) {
            fail_msg("%s: wants %x, %s; it should wait for more", name, hf_tls_wants(&r->tls),
                     hf_error_name((hf_code)hf_tls_error(&r->tls)->code));
        }
        rig_free(r);
    }
}
