/* See past.h. */
#include "puppet/past.h"

#include "unit/x509_fixtures.h"

/* ---- clients */

void client_past_make(client_past *past, void (*dress)(rig *r, const void *ctx), const void *ctx)
{
    rig *r = rig_new();
    r->p->tickets = 1;
    dress(r, ctx);
    r->session_cap = sizeof past->blob;
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, "the connection before");
    assert_false(hf_tls_resumed(&r->tls));
    assert_in_range(r->session.taken, 1, 1);
    assert_in_range(r->session.len, 1, sizeof past->blob);
    memcpy(past->blob, r->session.ptr, r->session.len);
    past->len = r->session.len;
    past->given = r->p->given[r->p->given_count - 1];
    rig_free(r);
}

void client_past_use(const client_past *past, rig *r)
{
    r->session_blob = past->blob;
    r->session_len = past->len;
    r->session_cap = r->session_cap < past->len ? past->len : r->session_cap;
    r->p->known[0] = &past->given;
}

/* ---- servers */

void server_past_make(puppet_session *kept, void (*dress)(server_rig *s, const void *ctx),
                      const void *ctx)
{
    server_rig *s = server_rig_new();
    s->g->ticket = true;
    dress(s, ctx);
    server_rig_start(s);
    server_rig_run(s);
    server_expect_open(s, "the connection before");
    assert_false(hf_tls_resumed(&s->r.tls));
    assert_in_range(s->g->kept_count, 1, PUPPET_KNOWN_MAX);
    *kept = s->g->kept[s->g->kept_count - 1];
    server_rig_free(s);
}

void server_past_use(const puppet_session *kept, server_rig *s)
{
    s->g->sessions[0] = kept;
}

static hf_ticket_key key_of(uint8_t number, int64_t begins)
{
    hf_ticket_key key = {.id = {number}, .begins = begins};
    memset(key.secret, 0x50 + number, sizeof key.secret);
    return key;
}

hf_ticket_ring past_ring(void)
{
    return (hf_ticket_ring){
        .previous = key_of(1, FIXTURES_NOW - 50000),
        .current = key_of(2, FIXTURES_NOW - 10000),
        .next = key_of(3, FIXTURES_NOW),
        .has_previous = true,
        .has_current = true,
        .has_next = true,
    };
}

static bool put(void *ctx, const uint8_t id[HF_SESSION_ID], hf_span state)
{
    past_store *store = ctx;
    size_t most = store->most == 0 ? PAST_STORE_MAX : store->most;
    assert_in_range(state.len, 1, HF_STORED_MAX);
    if (store->count >= most) {
        store->refused++;
        return false;
    }
    memcpy(store->kept[store->count].id, id, HF_SESSION_ID);
    memcpy(store->kept[store->count].state, state.ptr, state.len);
    store->kept[store->count++].len = state.len;
    return true;
}

static bool get(void *ctx, const uint8_t id[HF_SESSION_ID], uint8_t state[HF_STORED_MAX],
                size_t *len)
{
    past_store *store = ctx;
    store->asked++;
    for (size_t i = 0; i < store->count; i++) {
        if (memcmp(store->kept[i].id, id, HF_SESSION_ID) == 0) {
            memcpy(state, store->kept[i].state, store->kept[i].len);
            *len = store->kept[i].len;
            return true;
        }
    }
    return false;
}

hf_session_store past_store_of(past_store *store)
{
    return (hf_session_store){.put = put, .get = get, .ctx = store};
}
