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

static hf_ticket_ring ring;
static past_store store;

static void dress(server_rig *s, const void *ctx)
{
    const oracle_flow *flow = ctx;
    ring = past_ring();
    s->auth = flow->request ? HF_CLIENT_AUTH_REQUEST : HF_CLIENT_AUTH_NONE;
    s->shown = flow->certificate ? ID_P256 : ID_DEFAULT;
    s->g->only = flow->version;
    s->g->ticket = flow->ticket || flow->resume == ORACLE_TICKET;
    s->ring = s->g->ticket || flow->version == HF_TLS13 ? &ring : NULL;
    s->store = flow->resume == ORACLE_ID ? past_store_of(&store) : (hf_session_store){0};
    s->r.psk_modes = flow->resume == ORACLE_PSK_KE ? HF_PSK_DHE_OR_KE : HF_PSK_DHE;
    s->g->psk_modes[0] = flow->resume == ORACLE_PSK_KE ? 0 : 1;
    s->g->psk_modes_count = flow->version == HF_TLS13 ? 1 : 0;
}

/* One session for each way of resuming. */
static const puppet_session *kept_of(const oracle_flow *flow)
{
    static puppet_session kept[ORACLE_ID + 1];
    puppet_session *one = &kept[flow->resume];
    if (one->version == 0) {
        server_past_make(one, dress, flow);
    }
    return one;
}

server_rig *script_prepare(script *x, size_t piece)
{
    const oracle_flow *flow = x->flow;
    server_rig *s = server_rig_new();
    dress(s, flow);
    if (flow->resume != ORACLE_FULL) {
        server_past_use(kept_of(flow), s);
    }
    s->r.feed = s->r.drain = piece;
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

/* A server that resumes by psk_ke needs no share to ask for; who takes a ticket of TLS 1.2 gives a
 * new one. */
static bool is_played(const oracle_flow *flow)
{
    return !(flow->resume == ORACLE_PSK_KE && flow->retry) &&
           !(flow->resume == ORACLE_TICKET && !flow->ticket);
}

bool script_flow_at(size_t *index, oracle_flow *flow)
{
    bool found = oracle_flow_at(*index, flow);
    while (found && !is_played(flow)) {
        ++*index;
        found = oracle_flow_at(*index, flow);
    }
    return found;
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
