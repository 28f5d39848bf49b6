/* The guest's sessions: offering them, seeing which one the server takes up, keeping new ones (RFC
 * 8446 4.2.11, 4.6.1; RFC 5077 3; RFC 5246 7.3; RFC 7627 5.3). See guest.h.
 */
#include "puppet/guest_inside.h"

#include <string.h>

static void wrong_if(guest *g, bool wrong, const char *what)
{
    if (wrong) {
        puppet_fault(&g->p, what);
    }
}

/* The index-th session of a version; NULL past the end. */
static const puppet_session *session_of(const guest *g, uint16_t version, unsigned index)
{
    for (size_t i = 0; i < PUPPET_KNOWN_MAX; i++) {
        if (g->sessions[i] != NULL && g->sessions[i]->version == version && index-- == 0) {
            return g->sessions[i];
        }
    }
    return NULL;
}

/* ---- offering */

void guest_choose_id(guest *g)
{
    puppet *p = &g->p;
    const puppet_session *old = session_of(g, HF_TLS12, 0);
    bool beside = old != NULL && old->ticket_len > 0 && !g->ticket_without_id;
    p->session_id_len = g->session_id == 0 && (p->compatible || beside) ? 32 : g->session_id;
    if (p->session_id_len > sizeof p->session_id ||
        hf_crypto_random(&p->crypto, p->session_id, sizeof p->session_id) != HF_OK) {
        puppet_fault(p, "no session id");
        return;
    }
    if (old != NULL && old->id_len > 0 && !g->ticket_without_id) {
        p->session_id_len = old->id_len;
        memcpy(p->session_id, old->id, old->id_len);
    }
}

bool guest_put_ticket(guest *g, puppet_message *m)
{
    const puppet_session *old = session_of(g, HF_TLS12, 0);
    if (old != NULL && old->ticket_len > 0) {
        puppet_put(m, old->ticket, old->ticket_len);
        return true;
    }
    return g->ticket;
}

bool guest_put_modes(guest *g, puppet_message *m)
{
    static const uint8_t DHE[] = {1};
    bool given = g->psk_modes_count > 0;
    puppet_put8(m, given ? (unsigned)g->psk_modes_count : 1);
    puppet_put(m, given ? g->psk_modes : DHE, given ? g->psk_modes_count : 1);
    return given || g->psk_count > 0 || session_of(g, HF_TLS13, 0) != NULL;
}

static void put_pattern(puppet_message *m, unsigned seed, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        puppet_put8(m, (unsigned)(i * 7 + seed * 31 + 1) & 0xff);
    }
}

static void put_unknown(guest *g, puppet_message *m, unsigned seed)
{
    size_t len = g->psk_len == 0 ? 32 : g->psk_len;
    puppet_put16(m, (unsigned)len);
    put_pattern(m, seed, len); /* the same in the second hello */
    put_pattern(m, seed, 4);   /* obfuscated_ticket_age */
}

static void put_identities(guest *g, puppet_message *m)
{
    for (unsigned i = 0; i < g->psk_count; i++) {
        put_unknown(g, m, i);
    }
    for (size_t i = 0; i < PUPPET_KNOWN_MAX; i++) {
        const puppet_session *one = g->sessions[i];
        if (one != NULL && one->version == HF_TLS13) {
            uint32_t age = one->kind == HF_PSK_RESUMPTION ? g->ages[i] + one->age_add : 0;
            puppet_put16(m, (unsigned)one->ticket_len);
            puppet_put(m, one->ticket, one->ticket_len);
            puppet_put16(m, age >> 16);
            puppet_put16(m, age & 0xffff);
        }
    }
    for (unsigned i = 0; i < g->psk_behind; i++) {
        put_unknown(g, m, g->psk_count + i);
    }
}

/* Binders of sessions are zero until guest_bind(). */
static void put_binders(guest *g, puppet_message *m)
{
    static const uint8_t ZEROS[HF_HASH_MAX];
    for (unsigned i = 0; i < g->psk_count; i++) {
        puppet_put8(m, 32);
        put_pattern(m, i + 1, 32);
    }
    for (unsigned i = 0; session_of(g, HF_TLS13, i) != NULL; i++) {
        size_t size = hf_hash_size(puppet_session_hash(session_of(g, HF_TLS13, i)));
        puppet_put8(m, (unsigned)size);
        puppet_put(m, ZEROS, size);
    }
    for (unsigned i = 0; i < g->psk_behind; i++) {
        puppet_put8(m, 32);
        put_pattern(m, g->psk_count + i + 1, 32);
    }
}

bool guest_put_psk(guest *g, puppet_message *m)
{
    size_t at = m->len;
    puppet_put16(m, 0);
    put_identities(g, m);
    bool any = m->len > at + 2;
    puppet_close16(m, at);
    g->binders_at = any ? m->len : 0;
    at = m->len;
    puppet_put16(m, 0);
    put_binders(g, m);
    puppet_close16(m, at);
    return any;
}

void guest_bind(guest *g, puppet_message *m)
{
    static uint8_t front[PUPPET_BODY_MAX + 4];
    if (g->binders_at == 0 || session_of(g, HF_TLS13, 0) == NULL ||
        (g->omit & GUEST_WITHOUT(X_PRE_SHARED_KEY)) != 0) {
        return;
    }
    const uint8_t header[] = {M_CLIENT_HELLO, (uint8_t)(m->len >> 16), (uint8_t)(m->len >> 8),
                              (uint8_t)m->len};
    memcpy(front, header, 4);
    memcpy(front + 4, m->body, g->binders_at);
    uint8_t *at = m->body + g->binders_at + 2 + g->psk_count * 33;
    for (unsigned i = 0; session_of(g, HF_TLS13, i) != NULL; i++) {
        uint8_t binder[HF_HASH_MAX];
        size_t size = puppet_binder(&g->p, session_of(g, HF_TLS13, i),
                                    (hf_span){front, 4 + g->binders_at}, binder);
        memcpy(at + 1, binder, size);
        at += 1 + size;
    }
}

/* ---- what the server takes up */

bool guest_selected_in(guest *g, unsigned identity)
{
    g->p.session =
        identity < g->psk_count ? NULL : session_of(g, HF_TLS13, identity - g->psk_count);
    g->p.selected = identity;
    return g->p.session != NULL;
}

static bool mode_offered(const guest *g, uint8_t mode)
{
    reading body;
    return guest_extension_said(g, X_PSK_KEY_EXCHANGE_MODES, &body) &&
           read_number(&body, 1) == body.left && memchr(body.at, mode, body.left) != NULL;
}

void guest_resumed13(guest *g) /* RFC 8446 4.2.9, 4.2.11 */
{
    puppet *p = &g->p;
    if (p->session == NULL) {
        wrong_if(g, p->group == 0, "ServerHello without key_share");
        return;
    }
    p->ke = p->group == 0;
    wrong_if(g, !mode_offered(g, p->ke ? 0 : 1), "a PSK mode that was not offered");
    wrong_if(g, p->chosen->hash != puppet_session_hash(p->session),
             "a suite whose hash is not the PSK's");
}

static void resume12(guest *g, const puppet_session *session)
{
    puppet *p = &g->p;
    p->session = session;
    p->master = session->master;
    wrong_if(g, p->chosen->id != session->suite, "a session is resumed with another suite");
    wrong_if(g, g->extended != session->extended,
             "a session is resumed that differs in its extended master secret");
}

void guest_resumed12(guest *g)
{
    const puppet_session *old = session_of(g, HF_TLS12, 0);
    bool echoed = g->id_echoed && g->id_len > 0;
    wrong_if(g, echoed && old == NULL, "a session is resumed that does not exist");
    if (g->p.fault != NULL || old == NULL) {
        return;
    }
    if (echoed) {
        resume12(g, old);
    } else if (old->ticket_len > 0 && g->p.session_id_len == 0) {
        g->maybe = old;
    }
}

void guest_settle(guest *g, int message)
{
    if (g->maybe != NULL && (message == M_NEW_SESSION_TICKET || message == M_CCS)) {
        resume12(g, g->maybe);
    }
    g->maybe = NULL;
}

/* ---- keeping */

/* The next place to keep one, or the last once more. */
static puppet_session *place(guest *g)
{
    unsigned at = g->kept_count < PUPPET_KNOWN_MAX ? g->kept_count : PUPPET_KNOWN_MAX - 1;
    return &g->kept[at];
}

static void keep(guest *g, puppet_session *session)
{
    session->version = g->p.version;
    session->suite = g->p.chosen->id;
    session->kind = HF_PSK_RESUMPTION;
    session->extended = g->extended;
    g->kept_count = (unsigned)(session - g->kept) + 1;
}

static void keep_ticket(guest *g, reading ticket)
{
    puppet_session *session = place(g);
    session->ticket_len = ticket.left;
    if (ticket.left > 0 && !ticket.bad) {
        memcpy(session->ticket, ticket.at, ticket.left);
    }
}

static void ticket13_in(guest *g, reading *body) /* RFC 8446 4.6.1 */
{
    puppet_session *session = place(g);
    session->lifetime = (uint32_t)read_number(body, 4);
    wrong_if(g, session->lifetime > 604800, "a ticket that lives too long");
    session->age_add = (uint32_t)read_number(body, 4);
    reading nonce = read_vector(body, 1);
    reading ticket = read_vector(body, 2);
    wrong_if(g, ticket.left == 0, "an empty ticket");
    (void)read_vector(body, 2);
    if (!body->bad) {
        hf_ticket_psk(g->p.chosen->hash, &g->p.resumption, (hf_span){nonce.at, nonce.left},
                      session->psk);
        keep_ticket(g, ticket);
        keep(g, session);
    }
}

void guest_ticket_in(guest *g, reading *body)
{
    g->tickets++;
    if (g->p.version == HF_TLS13) {
        ticket13_in(g, body);
    } else { /* RFC 5077 3.3; kept when the handshake is complete */
        place(g)->lifetime = (uint32_t)read_number(body, 4);
        keep_ticket(g, read_vector(body, 2));
    }
    wrong_if(g, !read_over(body), "NewSessionTicket is broken");
}

void guest_keep_session(guest *g)
{
    puppet_session *session = place(g);
    session->id_len = g->id_len;
    memcpy(session->id, g->server_id, g->id_len);
    if (session->ticket_len == 0 && (session->id_len == 0 || g->p.session != NULL)) {
        return; /* nothing new */
    }
    session->master = g->p.master;
    keep(g, session);
}
