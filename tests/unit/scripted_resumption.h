/* One way of resuming, set up at both scripted ends: the first connection, and one that resumes
 * what the connection before gave.
 */
#ifndef HF_TESTS_SCRIPTED_RESUMPTION_H
#define HF_TESTS_SCRIPTED_RESUMPTION_H

#include "unit/scripted_pair.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* the rest of a line is zero */

typedef struct resumption {
    const char *name;
    uint16_t version, suite;
    bool ke, dhe_and_ke, retry, join, compatible, legacy, mutual;
    size_t cut, ticket_len, nonce_len;
    unsigned tickets, before, behind; /* identities that nobody knows */
    bool id, bare;                    /* 1.2: session ids; tickets without an id beside them */
    unsigned early;                   /* records of it */
} resumption;

static inline void resumption_ends(scripted_pair *t, const resumption *c)
{
    puppet *const ends[] = {&t->g->p, t->s};
    for (size_t i = 0; i < 2; i++) {
        ends[i]->join = c->join;
        ends[i]->cut = c->cut;
        ends[i]->compatible = c->compatible;
        ends[i]->legacy = c->legacy;
    }
    t->s->suite = c->suite;
    t->s->retry = c->retry;
    t->s->group = c->retry ? HF_SECP256R1 : 0;
    t->s->psk_ke = c->ke;
    t->s->tickets = c->tickets;
    t->s->ticket_len = c->ticket_len == 0 ? 32 : c->ticket_len;
    t->s->nonce_len = c->tickets == 3 ? 0 : c->nonce_len == 0 ? 1 : c->nonce_len;
    t->s->give_id = c->id;
}

/* `old`: of the connection before; NULL: the first one. */
static inline scripted_pair *resumption_dress(const resumption *c, const scripted_pair *old)
{
    scripted_pair *t = scripted_new(c->version);
    guest *g = t->g;
    resumption_ends(t, c);
    if (c->mutual) {
        scripted_mutual(t, "leaf", "key-leaf.pkcs8", HF_ECDSA_SECP256R1_SHA256);
    }
    g->only = c->version == HF_TLS12 ? HF_TLS12 : 0;
    g->ticket = c->tickets > 0;
    g->ticket_without_id = c->bare;
    if (old == NULL) {
        return t;
    }
    g->sessions[0] = &old->g->kept[old->g->kept_count - 1];
    t->s->known[2] = &old->s->given[old->s->given_count - 1];
    g->psk_count = c->before;
    g->psk_behind = c->behind;
    g->ages[0] = 5000;
    g->psk_modes[0] = c->ke && !c->dhe_and_ke ? 0 : 1;
    g->psk_modes_count = c->version == HF_TLS12 ? 0 : c->dhe_and_ke ? 2 : 1;
    g->early = c->early > 0;
    g->early_records = c->early;
    g->early_len = 100;
    return t;
}

#endif
