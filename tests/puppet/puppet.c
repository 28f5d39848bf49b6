/* The puppet's play: what a server does with each message of the client. See puppet.h. */
#include "puppet/puppet_inside.h"

#include <string.h>

/* ---- ClientHello */

/* RFC 8446 4.2.11: a PSK goes with its hash; RFC 5246 7.4.1.3: a session with its suite. */
static bool suits_session(const puppet *p, const hf_suite *suite)
{
    return p->session == NULL ||
           (p->version == HF_TLS13 ? suite->hash == puppet_session_hash(p->session)
                                   : suite->id == p->session->suite);
}

static void choose_suite(puppet *p, const uint8_t *list, size_t len)
{
    p->chosen = NULL;
    for (size_t i = 0; i + 2 <= len && p->chosen == NULL; i += 2) {
        const hf_suite *suite = hf_suite_find(puppet_u16(list + i));
        bool kind =
            p->version == HF_TLS13 ||
            (suite != NULL && (suite->key_kinds & HF_SUITE_ECDSA) != 0) == (p->scheme % 256 == 3);
        bool wished = (p->suite == 0 || p->suite == puppet_u16(list + i)) &&
                      (suite == NULL || suits_session(p, suite));
        p->chosen = suite != NULL && suite->version == p->version && kind && wished ? suite : NULL;
    }
    if (p->chosen == NULL && p->session != NULL) {
        p->session = NULL;
        p->ke = false;
        choose_suite(p, list, len);
        return;
    }
    if (p->chosen == NULL) { /* a server that does not care what was offered */
        p->chosen = hf_suite_find(p->version == HF_TLS13 ? 0x1301 : 0xc02b);
    }
}

/* The client's point of our group; also the group, if none was wished. */
static hf_span find_share(puppet *p, const uint8_t *body, size_t len)
{
    for (size_t i = 2; i + 4 <= len; i += 4u + puppet_u16(body + i + 2)) {
        if (p->group == 0) {
            p->group = puppet_u16(body + i);
        }
        if (p->group == puppet_u16(body + i)) {
            return (hf_span){body + i + 4, puppet_u16(body + i + 2)};
        }
    }
    return (hf_span){NULL, 0};
}

static void prove13(puppet *p)
{
    if (p->request) {
        puppet_play(p, M_CERTIFICATE_REQUEST);
    }
    puppet_play(p, M_CERTIFICATE);
    puppet_play(p, M_CERTIFICATE_VERIFY);
}

static void begin13(puppet *p, hf_span point)
{
    hf_handshake_secret handshake;
    puppet_play(p, M_SERVER_HELLO);
    puppet_flush(p);
    if (point.ptr == NULL && !p->ke) { /* no share to agree with: the client must refuse */
        return;
    }
    if (!p->ke && hf_exchange_agree(&p->exchange, &p->crypto, point, p->shared) != HF_OK) {
        puppet_fault(p, "the client's share is bad");
    }
    puppet_handshake_keys(p, &handshake);
    if (p->compatible && !p->retry) {
        puppet_play_ccs(p);
    }
    puppet_keys13(p, true);
    puppet_keys13(p, false);
    puppet_play(p, M_ENCRYPTED_EXTENSIONS);
    if (p->session == NULL) {
        prove13(p);
    }
    puppet_play(p, M_FINISHED);
    puppet_flush(p);
    puppet_application_secrets(p, &handshake);
    p->server_secret = p->server_application;
    puppet_keys13(p, true);
    puppet_play_silently(p, M_FLIGHT_SAID);
}

static void say_finished12(puppet *p)
{
    if (p->ticket_due) {
        puppet_play(p, M_NEW_SESSION_TICKET);
    }
    puppet_play_ccs(p);
    puppet_keys12(p, true);
    puppet_play(p, M_FINISHED);
    puppet_flush(p);
}

static void begin12(puppet *p)
{
    p->ticket_due = p->ticket_asked && p->tickets > 0;
    if (p->session != NULL) { /* RFC 5246 figure 2 */
        p->master = p->session->master;
        puppet_play(p, M_SERVER_HELLO);
        say_finished12(p);
        return;
    }
    p->group = p->group == 0 ? (uint16_t)HF_SECP256R1 : p->group;
    puppet_play(p, M_SERVER_HELLO);
    puppet_play(p, M_CERTIFICATE);
    puppet_play(p, M_SERVER_KEY_EXCHANGE);
    if (p->request) {
        puppet_play(p, M_CERTIFICATE_REQUEST);
    }
    puppet_play(p, M_SERVER_HELLO_DONE);
    puppet_flush(p);
}

static void hello_in(puppet *p, const uint8_t *message, size_t len)
{
    const uint8_t *at = message + 4 + 2;
    hf_span point = {NULL, 0};
    p->hello_len = len < sizeof p->hello ? len : sizeof p->hello;
    memcpy(p->hello, message, p->hello_len);
    memcpy(p->client_random, at, 32);
    at += 32;
    p->session_id_len = *at++;
    memcpy(p->session_id, at, p->session_id_len);
    at += p->session_id_len;
    puppet_session_in(p, message, len);
    choose_suite(p, at + 2, puppet_u16(at));
    at += 2 + puppet_u16(at) + 2;
    const uint8_t *end = at + 2 + puppet_u16(at);
    for (at += 2; at < end; at += 4 + puppet_u16(at + 2)) {
        if (puppet_u16(at) == 51 && p->version == HF_TLS13) {
            bool first_of_retry = p->retry && p->hellos == 0;
            point = first_of_retry ? point : find_share(p, at + 4, puppet_u16(at + 2));
        }
    }
    p->hellos++;
    puppet_remember(p, message, len);
    if (p->version == HF_TLS12) {
        begin12(p);
        return;
    }
    if (p->retry && p->hellos == 1) {
        puppet_fold_hello(p);
        puppet_play(p, M_RETRY);
        puppet_flush(p);
        if (p->compatible) {
            puppet_play_ccs(p);
        }
        return;
    }
    begin13(p, point);
}

/* ---- the client's flight */

static void after_peer_finished(puppet *p)
{
    if (p->version == HF_TLS13) {
        p->client_secret = p->client_application;
        puppet_keys13(p, false);
        puppet_resumption_secret(p);
        for (unsigned i = 0; i < p->tickets; i++) {
            puppet_give_ticket(p);
        }
    } else {
        if (p->session == NULL) {
            say_finished12(p);
        }
        puppet_keep_id(p);
    }
    puppet_play_silently(p, M_AFTER);
}

static void message_in(puppet *p, const uint8_t *message, size_t len)
{
    const uint8_t *body = message + 4;
    size_t body_len = len - 4;
    uint8_t type = message[0];
    if (type != M_KEY_UPDATE) {
        puppet_note_seen(p, type);
    }
    switch (type) {
    case M_CLIENT_HELLO:
        hello_in(p, message, len);
        return;
    case M_CERTIFICATE:
        puppet_certificate_in(p, body, body_len);
        break;
    case M_CERTIFICATE_VERIFY:
        puppet_verify_in(p, body, body_len);
        break;
    case M_FINISHED:
        puppet_finished_in(p, body, body_len);
        break;
    case M_KEY_UPDATE:
        puppet_update_in(p, body, body_len);
        return;
    case M_CLIENT_KEY_EXCHANGE:
        break;
    default:
        puppet_fault(p, "a message that a client never says");
    }
    puppet_remember(p, message, len);
    if (type == M_CLIENT_KEY_EXCHANGE) {
        puppet_key_exchange_in(p, body, body_len);
    }
    if (type == M_FINISHED) {
        after_peer_finished(p);
    }
}

static void ccs_in(puppet *p, hf_span content)
{
    if (content.len != 1 || content.ptr[0] != 1) {
        puppet_fault(p, "change_cipher_spec of a wrong form");
    }
    puppet_note_seen(p, M_CCS);
    if (p->version == HF_TLS12) {
        puppet_keys12(p, false);
    }
}

void puppet_init(puppet *p)
{
    static const puppet_role SERVER = {
        .client = false, .make = puppet_make, .message_in = message_in, .ccs_in = ccs_in};
    puppet_begin(p, &SERVER);
    if (hf_crypto_random(&p->crypto, p->given_id, sizeof p->given_id) != HF_OK) {
        puppet_fault(p, "no random numbers");
    }
}
