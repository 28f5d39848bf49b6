/* The guest's play: what a client does with each message of the server. See guest.h. */
#include "puppet/guest_inside.h"

#include <string.h>

/* ---- ClientHello */

static void say_hello(guest *g, int step)
{
    g->hello_at = g->p.said_len;
    puppet_play(&g->p, step);
    g->hello_end = g->p.said_len;
    puppet_flush(&g->p);
    g->p.hellos++;
}

static void say_early_data(guest *g)
{
    static uint8_t record[5 + 20000] = {R_DATA, 3, 3};
    size_t len = g->early_len < 20000 ? g->early_len : 20000;
    record[3] = (uint8_t)(len >> 8);
    record[4] = (uint8_t)len;
    for (unsigned i = 0; i < g->early_records; i++) {
        if (hf_crypto_random(&g->p.crypto, record + 5, len) != HF_OK) {
            puppet_fault(&g->p, "no random numbers");
        }
        puppet_raw(&g->p, record, 5 + len);
    }
}

/* RFC 8446 D.4: once, before the second flight or the early data. */
static void say_dummy_ccs(guest *g)
{
    if (g->p.compatible && !g->ccs_said) {
        g->ccs_said = true;
        puppet_play_ccs(&g->p);
    }
}

void guest_start(guest *g)
{
    puppet *p = &g->p;
    guest_choose_id(g);
    if (p->fault != NULL) {
        return;
    }
    p->record_version = g->hello_record_version == 0 ? 0x0301 : g->hello_record_version;
    say_hello(g, M_CLIENT_HELLO);
    p->record_version = 0;
    if (g->early) {
        say_dummy_ccs(g);
        say_early_data(g);
    }
}

void guest_renegotiate(guest *g)
{
    puppet_play(&g->p, M_CLIENT_HELLO);
    puppet_flush(&g->p);
}

static void after_retry(guest *g)
{
    say_dummy_ccs(g);
    say_hello(g, M_SECOND_HELLO);
}

static void after_server_hello(guest *g)
{
    if (g->p.version == HF_TLS13) {
        puppet_handshake_keys(&g->p, &g->handshake);
        puppet_keys13(&g->p, false);
        puppet_keys13(&g->p, true);
    }
}

/* ---- the second flight */

static void say_certificate(guest *g)
{
    if (g->asked) {
        puppet_play(&g->p, M_CERTIFICATE);
    }
}

static void say_verify(guest *g)
{
    if (g->asked && g->p.chain_count > 0) {
        puppet_play(&g->p, M_CERTIFICATE_VERIFY);
    }
}

static void say_finished12(guest *g)
{
    puppet *p = &g->p;
    puppet_play_ccs(p);
    puppet_keys12(p, true);
    puppet_play(p, M_FINISHED);
    puppet_flush(p);
}

static void after_hello_done(guest *g)
{
    puppet *p = &g->p;
    say_certificate(g);
    puppet_play(p, M_CLIENT_KEY_EXCHANGE);
    puppet_master12(p);
    say_verify(g);
    say_finished12(g);
}

/* The records keep their keys until the flight is out, and nothing but the test can be between. */
static void say_flight13(guest *g)
{
    puppet *p = &g->p;
    puppet_application_secrets(p, &g->handshake);
    say_dummy_ccs(g);
    p->server_secret = p->server_application;
    puppet_keys13(p, false);
    say_certificate(g);
    say_verify(g);
    puppet_play(p, M_FINISHED);
    puppet_flush(p);
    puppet_resumption_secret(p);
    p->client_secret = p->client_application;
    puppet_keys13(p, true);
}

static void after_finished(guest *g)
{
    if (g->p.version == HF_TLS13) {
        say_flight13(g);
    } else {
        if (g->p.session != NULL) { /* RFC 5246 figure 2: the server was first */
            say_finished12(g);
        }
        guest_keep_session(g);
    }
    g->open = true;
    puppet_play_silently(&g->p, M_AFTER);
}

/* ---- the server's messages */

static void finished_in(guest *g, reading *body)
{
    puppet_finished_in(&g->p, body->at, body->left);
}

static void update_in(guest *g, reading *body)
{
    puppet_update_in(&g->p, body->at, body->left);
}

static void empty_in(guest *g, reading *body)
{
    if (body->left > 0) {
        puppet_fault(&g->p, "a message that must be empty is not");
    }
}

static void hello_request_in(guest *g, reading *body)
{
    empty_in(g, body);
    g->hello_requests++;
}

#define LATER   1u /* outside the transcript, and the order goes on as before */
#define CHANGES 2u /* TLS 1.3: keys change behind it, so it ends its record (RFC 8446 5.1) */

static const struct {
    int message;
    unsigned flags;
    void (*take)(guest *g, reading *body);
    void (*after)(guest *g);
} MESSAGES[] = {
    {M_RETRY, 0, guest_retry_in, after_retry},
    {M_SERVER_HELLO, CHANGES, guest_server_hello_in, after_server_hello},
    {M_ENCRYPTED_EXTENSIONS, 0, guest_encrypted_extensions_in, NULL},
    {M_CERTIFICATE_REQUEST, 0, guest_request_in, NULL},
    {M_CERTIFICATE, 0, guest_certificate_in, NULL},
    {M_CERTIFICATE_STATUS, 0, guest_status_in, NULL},
    {M_CERTIFICATE_VERIFY, 0, guest_verify_in, NULL},
    {M_SERVER_KEY_EXCHANGE, 0, guest_key_exchange_in, NULL},
    {M_SERVER_HELLO_DONE, 0, empty_in, after_hello_done},
    {M_FINISHED, CHANGES, finished_in, after_finished},
    {M_NEW_SESSION_TICKET, LATER, guest_ticket_in, NULL},
    {M_KEY_UPDATE, LATER | CHANGES, update_in, NULL},
    {M_HELLO_REQUEST, LATER, hello_request_in, NULL},
};

/* A ticket of TLS 1.2 stands in the middle of the handshake, and is hashed. */
static unsigned flags_of(const guest *g, size_t index)
{
    bool ticket12 = MESSAGES[index].message == M_NEW_SESSION_TICKET && g->p.version == HF_TLS12;
    return ticket12 ? 0 : MESSAGES[index].flags;
}

static void take(guest *g, size_t index, const uint8_t *message, size_t len)
{
    puppet *p = &g->p;
    unsigned flags = flags_of(g, index);
    reading body = {.at = message + 4, .left = len - 4};
    MESSAGES[index].take(g, &body);
    if (p->version == HF_TLS13 && (flags & CHANGES) != 0 && p->message_len != len) {
        puppet_fault(p, "keys change inside a record");
    }
    if (p->fault != NULL) {
        return;
    }
    if ((flags & LATER) == 0) {
        puppet_remember(p, message, len);
        g->last = MESSAGES[index].message;
    }
    if (MESSAGES[index].after != NULL) {
        MESSAGES[index].after(g);
    }
}

static void message_in(puppet *p, const uint8_t *message, size_t len)
{
    guest *g = guest_of(p);
    int step = guest_is_retry(message, len) ? M_RETRY : message[0];
    if (p->fault != NULL) {
        return;
    }
    if (step != M_KEY_UPDATE) {
        puppet_note_seen(p, step);
    }
    guest_settle(g, step);
    if (p->fault == NULL && !guest_may_follow(g, step)) {
        puppet_fault(p, "a message that may not stand here");
    }
    if (p->fault != NULL) {
        return;
    }
    for (size_t i = 0; i < sizeof MESSAGES / sizeof MESSAGES[0]; i++) {
        if (MESSAGES[i].message == step) {
            take(g, i, message, len);
        }
    }
}

static void ccs_in(puppet *p, hf_span content)
{
    guest *g = guest_of(p);
    puppet_note_seen(p, M_CCS);
    if (content.len != 1 || content.ptr[0] != 1) {
        puppet_fault(p, "change_cipher_spec of a wrong form");
    }
    if (p->fault != NULL) {
        return;
    }
    if (p->version == HF_TLS12) {
        guest_settle(g, M_CCS);
        if (!guest_may_follow(g, M_CCS)) {
            puppet_fault(p, "change_cipher_spec may not stand here");
            return;
        }
        g->last = M_CCS;
        puppet_keys12(p, false);
    } else if (g->open) {
        puppet_fault(p, "change_cipher_spec after the handshake");
    }
}

/* ---- the guest's own messages */

static void make_key_exchange(puppet *p, puppet_message *m) /* RFC 8422 5.7 */
{
    guest *g = guest_of(p);
    uint8_t point[HF_POINT_MAX];
    size_t len = hf_exchange_point_size(p->group);
    hf_exchange_release(&p->exchange);
    if (hf_exchange_generate(&p->exchange, &p->crypto, p->group, point) != HF_OK ||
        hf_exchange_agree(&p->exchange, &p->crypto, (hf_span){g->server_point, g->server_point_len},
                          p->shared) != HF_OK) {
        puppet_fault(p, "the server's point is bad");
        return;
    }
    puppet_put8(m, (unsigned)len);
    puppet_put(m, point, len);
}

static void make_finished(puppet *p, puppet_message *m)
{
    puppet_make_finished(p, m);
    if (p->version == HF_TLS12) {
        memcpy(guest_of(p)->own_finished, m->body, HF_VERIFY_DATA12);
    }
}

void guest_make(puppet *p, int step, puppet_message *m)
{
    m->len = 0;
    m->type = (uint8_t)step;
    switch (step) {
    case M_CLIENT_HELLO:
    case M_SECOND_HELLO:
        guest_make_hello(guest_of(p), m);
        break;
    case M_CERTIFICATE:
        puppet_make_certificate(p, m);
        break;
    case M_CERTIFICATE_VERIFY:
        puppet_make_verify(p, m);
        break;
    case M_CLIENT_KEY_EXCHANGE:
        make_key_exchange(p, m);
        break;
    case M_FINISHED:
        make_finished(p, m);
        break;
    default:
        break;
    }
}

void guest_init(guest *g)
{
    static const puppet_role CLIENT = {
        .client = true, .make = guest_make, .message_in = message_in, .ccs_in = ccs_in};
    puppet_begin(&g->p, &CLIENT);
    g->p.version = 0;
    g->last = M_CLIENT_HELLO;
    g->client_type = g->server_type = -1;
}

void guest_release(guest *g)
{
    for (size_t i = 0; i < GUEST_SHARES_MAX; i++) {
        hf_exchange_release(&g->exchanges[i]);
    }
    puppet_release(&g->p);
}
