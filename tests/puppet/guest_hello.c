/* The guest's ClientHello (RFC 8446 4.1.2, RFC 5246 7.4.1.2) out of its settings. See guest.h. */
#include "puppet/guest_inside.h"

#define GREASE_SUITE  0x1a1au
#define RENEGOTIATION 0x00ffu
#define FALLBACK      0x5600u

static void put_suites(guest *g, puppet_message *m)
{
    size_t at = m->len;
    puppet_put16(m, 0);
    if (g->grease) {
        puppet_put16(m, GREASE_SUITE);
    }
    for (size_t i = 0; i < GUEST_LIST_MAX && g->suites[i] != 0; i++) {
        puppet_put16(m, g->suites[i]);
    }
    for (size_t i = 0; g->suites[0] == 0 && hf_suite_at(i) != NULL; i++) {
        const hf_suite *suite = hf_suite_at(i);
        if (hf_crypto_has_aead(suite->aead) && (g->only == 0 || g->only == suite->version)) {
            puppet_put16(m, suite->id);
        }
    }
    if (g->renegotiation == GUEST_SCSV || g->renegotiation == GUEST_BOTH) {
        puppet_put16(m, RENEGOTIATION);
    }
    if (g->fallback) {
        puppet_put16(m, FALLBACK);
    }
    puppet_close16(m, at);
}

void guest_make_hello(guest *g, puppet_message *m)
{
    m->type = M_CLIENT_HELLO;
    puppet_put16(m, g->legacy_version == 0 ? (unsigned)HF_TLS12 : g->legacy_version);
    puppet_put(m, g->p.client_random, 32);
    puppet_put8(m, (unsigned)g->p.session_id_len);
    puppet_put(m, g->p.session_id, g->p.session_id_len);
    put_suites(g, m);
    puppet_put8(m, 1);
    puppet_put8(m, 0); /* no compression */
    guest_put_extensions(g, m);
    guest_bind(g, m);
}

size_t guest_hello_extensions(const puppet_message *m)
{
    size_t at = 34u + 1u + m->body[34];
    at += 2u + puppet_u16(m->body + at);
    return at + 1u + m->body[at];
}
