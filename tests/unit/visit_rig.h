/* One visit of a client engine to a puppet that gives tickets, and the next one with what came of
 * it.
 */
#ifndef HF_TESTS_VISIT_RIG_H
#define HF_TESTS_VISIT_RIG_H

#include "puppet/past.h"
#include "puppet/puppet_inside.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* the rest of a line is zero */

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

typedef struct visit {
    uint16_t version;
    size_t ticket_len, feed, input, cut, pad, cap;
    unsigned tickets;
    uint32_t lifetime;
    bool reuse;
} visit;

/* A rig for one visit, not started; `past` NULL: a first one. psk_ke, so that it is quick. */
static inline rig *visit_prepare(const visit *v, const client_past *past)
{
    rig *r = rig_new();
    r->p->version = v->version;
    r->p->psk_ke = true;
    r->p->tickets = v->tickets;
    r->p->ticket_len = v->ticket_len;
    r->p->lifetime = v->lifetime;
    r->p->cut = v->cut;
    r->p->pad = v->pad;
    r->psk_modes = HF_PSK_DHE_OR_KE;
    r->reuse_tickets = v->reuse;
    r->feed = r->drain = v->feed;
    r->input = v->input;
    r->session_cap = v->cap;
    if (past != NULL) {
        client_past_use(past, r);
    }
    return r;
}

static inline void visit_take(client_past *past, const rig *r)
{
    assert_true(r->session.len <= sizeof past->blob);
    memcpy(past->blob, r->session.ptr, r->session.len);
    past->len = r->session.len;
    past->given = r->p->given[r->p->given_count - 1];
}

/* One visit to its end; what came of it is in `past`. */
static inline void visit_make(const visit *v, client_past *past, bool again)
{
    char name[80];
    (void)snprintf(name, sizeof name, "%x, ticket of %zu, feed %zu, input %zu, cut %zu", v->version,
                   v->ticket_len, v->feed, v->input, v->cut);
    rig *r = visit_prepare(v, again ? past : NULL);
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, name);
    assert_int_equal(hf_tls_resumed(&r->tls), again);
    if (r->session.taken != v->tickets) {
        fail_msg("%s: %u taken", name, r->session.taken);
    }
    visit_take(past, r);
    assert_in_range(past->len, v->ticket_len + 1, v->ticket_len + HF_SESSION_HEAD);
    assert_memory_equal(past->blob + past->len - v->ticket_len, past->given.ticket, v->ticket_len);
    rig_free(r);
}

/* A visit that is resumed. */
static inline void visit_use(const visit *v, const client_past *past, const char *name)
{
    rig *r = visit_prepare(v, past);
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, name);
    assert_true(hf_tls_resumed(&r->tls));
    rig_free(r);
}

#endif
