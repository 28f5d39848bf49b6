/* The puppet's sessions: finding the one that a hello offers, and giving new ones (RFC 8446 4.2.11,
 * 4.6.1; RFC 5077 3; RFC 5246 7.3). See puppet.h.
 */
#include "puppet/guest_inside.h"

#include <string.h>

hf_hash_id puppet_session_hash(const puppet_session *session)
{
    const hf_suite *suite = hf_suite_find(session->suite);
    return suite == NULL ? HF_SHA256 : suite->hash;
}

size_t puppet_binder(const puppet *p, const puppet_session *session, hf_span front,
                     uint8_t out[HF_HASH_MAX])
{
    uint8_t value[HF_HASH_MAX];
    hf_early_secret early;
    hf_hash hash;
    hf_hash_id id = puppet_session_hash(session);
    hf_hash_start(&hash, id);
    hf_hash_add(&hash, p->said, p->said_len);
    hf_hash_add(&hash, front.ptr, front.len);
    hf_hash_final(&hash, value);
    hf_early_from_psk(id, session->psk, &early);
    hf_psk_binder(id, &early, session->kind, value, out);
    return hf_hash_size(id);
}

/* ---- what a hello offers */

static bool extension_of(const uint8_t *hello, size_t len, uint16_t type, reading *body)
{
    reading r = {.at = hello, .left = len};
    (void)read_bytes(&r, 4 + 2 + 32);
    (void)read_vector(&r, 1);
    (void)read_vector(&r, 2);
    (void)read_vector(&r, 1);
    reading block = read_vector(&r, 2);
    while (!block.bad && block.left > 0) {
        size_t one = read_number(&block, 2);
        *body = read_vector(&block, 2);
        if (one == type && !body->bad) {
            return true;
        }
    }
    return false;
}

static bool same(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    return a_len > 0 && a_len == b_len && memcmp(a, b, a_len) == 0;
}

static const puppet_session *known_by_ticket(const puppet *p, hf_span ticket)
{
    for (size_t i = 0; i < PUPPET_KNOWN_MAX; i++) {
        const puppet_session *one = p->known[i];
        if (one != NULL && one->version == p->version &&
            same(one->ticket, one->ticket_len, ticket.ptr, ticket.len)) {
            return one;
        }
    }
    return NULL;
}

static const puppet_session *known_by_id(const puppet *p)
{
    for (size_t i = 0; i < PUPPET_KNOWN_MAX; i++) {
        const puppet_session *one = p->known[i];
        if (one != NULL && one->version == p->version &&
            same(one->id, one->id_len, p->session_id, p->session_id_len)) {
            return one;
        }
    }
    return NULL;
}

static void modes_in(puppet *p, const uint8_t *hello, size_t len)
{
    reading body;
    p->psk_modes = 0;
    if (extension_of(hello, len, X_PSK_KEY_EXCHANGE_MODES, &body)) {
        reading list = read_vector(&body, 1);
        while (list.left > 0) {
            p->psk_modes |= 1u << (read_number(&list, 1) & 7);
        }
    }
}

static void identities_in(puppet *p, reading list)
{
    while (!list.bad && list.left > 0) {
        reading identity = read_vector(&list, 2);
        uint32_t age = (uint32_t)read_number(&list, 4);
        p->psk_age = p->psk_offered == 0 ? age : p->psk_age;
        const puppet_session *one = known_by_ticket(p, (hf_span){identity.at, identity.left});
        if (p->session == NULL && one != NULL) {
            p->session = one;
            p->selected = p->psk_offered;
        }
        p->psk_offered++;
    }
    if (list.bad) {
        puppet_fault(p, "the client's identities are broken");
    }
}

/* `front`: the hello up to the binders. */
static void binders_in(puppet *p, reading list, hf_span front)
{
    uint8_t expected[HF_HASH_MAX];
    unsigned count = 0;
    while (!list.bad && list.left > 0) {
        reading binder = read_vector(&list, 1);
        if (p->session != NULL && count == p->selected) {
            size_t size = puppet_binder(p, p->session, front, expected);
            if (!same(expected, size, binder.at, binder.left)) {
                puppet_fault(p, "the client's binder is wrong");
            }
        }
        count++;
    }
    if (list.bad || count != p->psk_offered) {
        puppet_fault(p, "the client's binders are broken");
    }
}

static void psk_in(puppet *p, const uint8_t *hello, size_t len)
{
    reading body;
    modes_in(p, hello, len);
    if (!extension_of(hello, len, X_PRE_SHARED_KEY, &body)) {
        return;
    }
    if (p->psk_modes == 0 || body.at + body.left != hello + len) {
        puppet_fault(p, "pre_shared_key without modes, or not the last");
    }
    identities_in(p, read_vector(&body, 2));
    hf_span front = {hello, (size_t)(body.at - hello)};
    binders_in(p, read_vector(&body, 2), front);
    p->ke = p->session != NULL && p->psk_ke && (p->psk_modes & 1u) != 0;
    if (!p->ke && (p->psk_modes & 2u) == 0) {
        p->session = NULL;
    }
}

static void session12_in(puppet *p, const uint8_t *hello, size_t len)
{
    reading body;
    p->ticket_asked = extension_of(hello, len, X_SESSION_TICKET, &body);
    p->ticket_offered = p->ticket_asked ? body.left : 0;
    if (p->ticket_offered > 0) { /* RFC 5077 3.4: then the id is only an echo */
        p->session = known_by_ticket(p, (hf_span){body.at, body.left});
    } else {
        p->session = known_by_id(p);
    }
}

void puppet_session_in(puppet *p, const uint8_t *hello, size_t len)
{
    reading body;
    p->session = NULL;
    p->ke = false;
    p->psk_offered = 0;
    if (extension_of(hello, len, X_EARLY_DATA, &body)) {
        p->early_offered = p->skipping = true;
        if (p->hellos > 0) {
            puppet_fault(p, "early_data in a second hello");
        }
    }
    if (p->version == HF_TLS13) {
        psk_in(p, hello, len);
    } else {
        session12_in(p, hello, len);
    }
}

/* ---- what is given */

static puppet_session *next_given(puppet *p)
{
    unsigned at = p->given_count < PUPPET_GIVEN_MAX ? p->given_count++ : PUPPET_GIVEN_MAX - 1;
    puppet_session *given = &p->given[at];
    memset(given, 0, sizeof *given);
    given->version = p->version;
    given->suite = p->chosen->id;
    given->kind = HF_PSK_RESUMPTION;
    given->extended = !p->legacy;
    given->lifetime = p->lifetime;
    given->age_add = p->age_add + at;
    if (p->version == HF_TLS12) {
        given->master = p->master;
        bool echoed = p->session != NULL;
        given->id_len = echoed ? p->session_id_len : p->give_id ? sizeof p->given_id : 0;
        memcpy(given->id, echoed ? p->session_id : p->given_id, given->id_len);
    }
    return given;
}

static void put_number(puppet_message *m, uint32_t number)
{
    puppet_put16(m, number >> 16);
    puppet_put16(m, number & 0xffff);
}

static void put_ticket(puppet *p, puppet_message *m, puppet_session *given)
{
    given->ticket_len = p->ticket_is.ptr == NULL ? p->ticket_len : p->ticket_is.len;
    if (p->ticket_is.ptr != NULL) {
        memcpy(given->ticket, p->ticket_is.ptr, p->ticket_is.len);
    } else if (hf_crypto_random(&p->crypto, given->ticket, p->ticket_len) != HF_OK) {
        puppet_fault(p, "no random numbers");
    }
    puppet_put16(m, (unsigned)given->ticket_len);
    puppet_put(m, given->ticket, given->ticket_len);
}

void puppet_make_ticket(puppet *p, puppet_message *m)
{
    uint8_t nonce[256] = {(uint8_t)p->given_count};
    puppet_session *given = next_given(p);
    m->type = M_NEW_SESSION_TICKET;
    put_number(m, p->lifetime);
    if (p->version != HF_TLS13) {
        put_ticket(p, m, given);
        return;
    }
    put_number(m, given->age_add);
    puppet_put8(m, (unsigned)p->nonce_len);
    puppet_put(m, nonce, p->nonce_len);
    put_ticket(p, m, given);
    puppet_put16(m, (unsigned)p->ticket_more.len);
    puppet_put(m, p->ticket_more.ptr, p->ticket_more.len);
    hf_ticket_psk(p->chosen->hash, &p->resumption, (hf_span){nonce, p->nonce_len}, given->psk);
}

void puppet_give_ticket(puppet *p)
{
    puppet_play_later(p, M_NEW_SESSION_TICKET);
}

void puppet_keep_id(puppet *p)
{
    if (p->give_id && p->session == NULL && !p->ticket_due) {
        (void)next_given(p);
    }
}
