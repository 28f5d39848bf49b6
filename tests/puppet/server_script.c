/* See server_script.h. */
#include "puppet/server_script.h"

#include "unit/cmocka_all.h"

static void stay_plain(puppet *p, puppet_out *record)
{
    (void)p;
    record->seal = false;
    record->outer = record->inner;
}

static void act(puppet *p, const script *x)
{
    puppet_flush(p);
    if (x->act != NULL) {
        x->act(p);
    } else {
        intrude(p, x->what);
    }
}

/* Follows the flow: `at` becomes the word that the client is about to say. */
static bool follow(puppet *p, int step, puppet_message *m)
{
    script *x = (script *)p->ctx;
    (void)m;
    if (step == M_CCS && x->flow->version == HF_TLS13) { /* of compatibility mode: no word */
        return true;
    }
    while (x->at < x->flow->count && x->flow->words[x->at].server) {
        x->at++;
    }
    if (x->at == x->place) {
        act(p, x);
    }
    if (step == M_AFTER) {
        assert_int_equal(x->at, x->flow->count);
        return true;
    }
    assert_true(x->at < x->flow->count);
    assert_int_equal(x->flow->words[x->at].message, step == M_SECOND_HELLO ? M_CLIENT_HELLO : step);
    bool say = x->at != x->without;
    if (!say && x->plain) {
        p->on_record = stay_plain;
    }
    x->at++;
    return say;
}

server_rig *script_prepare(script *x, size_t piece)
{
    const oracle_flow *flow = x->flow;
    server_rig *s = server_rig_new();
    s->auth = flow->request ? HF_CLIENT_AUTH_REQUEST : HF_CLIENT_AUTH_NONE;
    s->shown = flow->certificate ? ID_P256 : ID_DEFAULT;
    s->r.feed = s->r.drain = piece;
    s->g->only = flow->version;
    if (flow->retry) { /* a share that no server here knows: of x448 */
        s->g->groups[0] = HF_SECP256R1;
        s->g->groups[1] = s->g->shares[0] = 30;
    }
    s->g->p.join = x->join;
    s->g->p.compatible = x->compatible;
    s->g->p.change = follow;
    s->g->p.ctx = x;
    return s;
}

server_rig *script_play(script *x, size_t piece)
{
    server_rig *s = script_prepare(x, piece);
    server_rig_start(s);
    server_rig_run(s);
    return s;
}

void script_expect_refused(server_rig *s, hf_code code, uint8_t step, const char *name)
{
    server_expect_failed(s, code, name);
    assert_int_equal(s->r.p->alert, 10); /* unexpected_message */
    if (hf_tls_error(&s->r.tls)->step != step) {
        fail_msg("%s: step %u, expected %u", name, hf_tls_error(&s->r.tls)->step, step);
    }
}
