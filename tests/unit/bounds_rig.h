/* A server that gives sessions of each kind, and what stands between the connection that made one
 * and the one that offers it. Every connection's guest shows leaf, if it is asked.
 */
#ifndef HF_TESTS_BOUNDS_RIG_H
#define HF_TESTS_BOUNDS_RIG_H

#include "puppet/past.h"
#include "puppet/puppet_inside.h"
#include "unit/cmocka_all.h"
#include "unit/x509_fixtures.h"

#include <stdio.h>
#include <string.h>

typedef enum session_kind {
    TICKET13 = 0,
    TICKET12,
    ID12,
} session_kind;
#define SESSION_KINDS 3

typedef struct bounds {
    session_kind kind;
    void (*set)(server_rig *s); /* further settings; NULL: none */
    int64_t later;
    hf_ticket_ring ring;
    past_store store;
} bounds;

static inline void bounds_init(bounds *b, session_kind kind)
{
    *b = (bounds){.kind = kind, .ring = past_ring()};
}

static inline void bounds_dress(server_rig *s, const void *ctx)
{
    bounds *b = (bounds *)(uintptr_t)ctx;
    s->ring = &b->ring;
    s->store = past_store_of(&b->store);
    s->shown = ID_P256;
    s->r.later = b->later;
    s->g->only = b->kind == TICKET13 ? HF_TLS13 : HF_TLS12;
    s->g->ticket = b->kind == TICKET12;
    s->g->psk_modes[0] = 1;
    s->g->psk_modes_count = b->kind == TICKET13 ? 1 : 0;
    if (b->set != NULL) {
        b->set(s);
    }
}

/* A full handshake with `set`; what it leaves behind. */
static inline void bounds_make(bounds *b, puppet_session *kept)
{
    server_past_make(kept, bounds_dress, b);
}

/* The next connection, run; free it. */
static inline server_rig *bounds_visit(bounds *b, const puppet_session *kept)
{
    server_rig *s = server_rig_new();
    bounds_dress(s, b);
    server_past_use(kept, s);
    server_rig_start(s);
    server_rig_run(s);
    return s;
}

/* The next connection is open, and resumed or not. `next`: what it leaves; NULL: nobody asks. */
static inline void bounds_expect(bounds *b, const puppet_session *kept, bool resumed,
                                 puppet_session *next, const char *what)
{
    char name[120];
    (void)snprintf(name, sizeof name, "kind %d, %s, later %lld", (int)b->kind, what,
                   (long long)b->later);
    server_rig *s = bounds_visit(b, kept);
    server_expect_open(s, name);
    if (hf_tls_resumed(&s->r.tls) != resumed || (s->g->p.session != NULL) != resumed) {
        fail_msg("%s: resumed %d", name, !resumed);
    }
    if (next != NULL && s->g->kept_count > 0) {
        *next = s->g->kept[s->g->kept_count - 1];
    }
    server_rig_free(s);
}

#endif
