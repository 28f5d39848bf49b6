/* A server with ticket keys and a guest that offers what an earlier connection gave it. */
#ifndef HF_TESTS_PSK_RIG_H
#define HF_TESTS_PSK_RIG_H

#include "puppet/past.h"
#include "puppet/puppet_inside.h"
#include "puppet/served.h"
#include "unit/cmocka_all.h"

typedef struct psk_setting {
    uint16_t suite; /* the only one of the guest; 0: all */
    bool ke;        /* psk_ke alone; else psk_dhe_ke alone */
    bool retry;
} psk_setting;

static inline void psk_dress(server_rig *s, const void *ctx)
{
    const psk_setting *c = ctx;
    static hf_ticket_ring ring;
    ring = past_ring();
    s->ring = &ring;
    s->r.psk_modes = HF_PSK_DHE_OR_KE;
    s->g->only = HF_TLS13;
    s->g->suites[0] = c->suite;
    s->g->psk_modes[0] = c->ke ? 0 : 1;
    s->g->psk_modes_count = 1;
}

static inline const puppet_session *psk_kept(const psk_setting *c)
{
    static puppet_session kept;
    server_past_make(&kept, psk_dress, c);
    return &kept;
}

/* A rig that offers `kept`. */
static inline server_rig *psk_prepare(const psk_setting *c, const puppet_session *kept)
{
    server_rig *s = server_rig_new();
    psk_dress(s, c);
    server_past_use(kept, s);
    if (c->retry) {
        s->g->groups[0] = HF_SECP256R1;
        s->g->groups[1] = s->g->shares[0] = 30; /* x448 */
    }
    return s;
}

static inline void psk_expect_open(server_rig *s, bool resumed, const char *name)
{
    server_rig_start(s);
    server_rig_run(s);
    server_expect_open(s, name);
    if (hf_tls_resumed(&s->r.tls) != resumed || (s->g->p.session != NULL) != resumed) {
        fail_msg("%s: resumed %d", name, !resumed);
    }
    server_rig_free(s);
}

#endif
