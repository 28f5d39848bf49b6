/* Connections in a row between two of our engines that share sessions: a client that keeps them, a
 * server with ticket keys, a store of session ids, and a clock that both look at.
 */
#ifndef HF_TESTS_RESUME_RIG_H
#define HF_TESTS_RESUME_RIG_H

#include "unit/pair_rig.h"

#define STORE_SLOTS 4

typedef struct resume_rig {
    pair *p;
    int64_t now;
    hf_time_kind kind;
    hf_ticket_ring ring;
    hf_session session;
    uint8_t room[HF_SESSION_SIZE];
    struct {
        uint8_t id[HF_SESSION_ID];
        uint8_t state[HF_STORED_MAX];
        size_t len;
    } store[STORE_SLOTS];
    size_t stored, store_cap;
    unsigned gets;
    unsigned asked;   /* authorise was called */
    hf_code decision; /* what it says */
    hf_peer seen;
} resume_rig;

static inline hf_time resume_now(void *ctx)
{
    const resume_rig *r = ctx;
    return (hf_time){.seconds = r->now, .kind = r->kind};
}

static inline bool resume_put(void *ctx, const uint8_t id[HF_SESSION_ID], hf_span state)
{
    resume_rig *r = ctx;
    if (r->stored == r->store_cap || state.len > HF_STORED_MAX) {
        return false;
    }
    memcpy(r->store[r->stored].id, id, HF_SESSION_ID);
    memcpy(r->store[r->stored].state, state.ptr, state.len);
    r->store[r->stored++].len = state.len;
    return true;
}

static inline bool resume_get(void *ctx, const uint8_t id[HF_SESSION_ID],
                              uint8_t state[HF_STORED_MAX], size_t *len)
{
    resume_rig *r = ctx;
    r->gets++;
    for (size_t i = 0; i < r->stored; i++) {
        if (memcmp(r->store[i].id, id, HF_SESSION_ID) == 0) {
            *len = r->store[i].len;
            memcpy(state, r->store[i].state, *len);
            return true;
        }
    }
    return false;
}

static inline hf_code resume_authorise(void *ctx, const hf_tls *tls, const hf_peer *peer)
{
    resume_rig *r = ctx;
    (void)tls;
    r->asked++;
    r->seen = *peer;
    return r->decision;
}

static inline hf_ticket_key resume_key(uint8_t fill, int64_t begins)
{
    hf_ticket_key key = {.begins = begins};
    memset(key.id, fill, sizeof key.id);
    memset(key.secret, fill, sizeof key.secret);
    return key;
}

/* Both ends speak `version` alone; the server gives tickets. */
static inline resume_rig *resume_new(uint16_t version)
{
    resume_rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->p = pair_new();
    r->now = FIXTURES_NOW;
    r->kind = HF_TIME_EXACT;
    r->store_cap = STORE_SLOTS;
    r->session = (hf_session){.ptr = r->room, .cap = sizeof r->room};
    r->ring.current = resume_key(1, r->now);
    r->ring.has_current = true;
    pair_end *ends[] = {&r->p->client, &r->p->server};
    for (size_t i = 0; i < 2; i++) {
        ends[i]->config.clock = (hf_clock){resume_now, r};
    }
    r->p->client.config.version_min = r->p->client.config.version_max = version;
    r->p->client.session = &r->session;
    r->p->server.config.ticket_keys = (hf_ticket_keys){hf_ticket_ring_find, &r->ring};
    r->p->server.config.hooks.authorise = resume_authorise;
    r->p->server.config.hooks.ctx = r;
    return r;
}

/* TLS 1.2 by session id: no tickets. */
static inline void resume_by_id(resume_rig *r)
{
    r->p->server.config.ticket_keys.find = NULL;
    r->p->server.config.store = (hf_session_store){resume_put, resume_get, r};
}

/* One connection, begun anew. */
static inline void resume_connect(resume_rig *r)
{
    pair_again(r->p);
    pair_start(r->p);
    pair_run(r->p);
}

#define resume_expect(r, resumed, name) resume_expect_at(r, resumed, name, __LINE__)
static inline void resume_expect_at(resume_rig *r, bool resumed, const char *name, int line)
{
    pair_expect_open_at(r->p, name, line);
    if (hf_tls_resumed(&r->p->client.tls) != resumed ||
        hf_tls_resumed(&r->p->server.tls) != resumed) {
        fail_msg("%s (line %d): %s", name, line, resumed ? "done in full" : "resumed");
    }
    assert_int_equal(hf_tls_sent_certificate(&r->p->server.tls), !resumed);
}

static inline void resume_free(resume_rig *r)
{
    pair_free(r->p);
    free(r);
}

#endif
