/* The puppet's play: what a server does with each message of the client. See puppet.h.
 * Longer than usual: one server, both versions, from its first message to its last. */
#include "puppet/puppet_inside.h"

#include <string.h>

void puppet_fault(puppet *p, const char *what)
{
    p->fault = p->fault == NULL ? what : p->fault;
}

void puppet_init(puppet *p)
{
    memset(p, 0, sizeof *p);
    p->version = HF_TLS13;
    p->scheme = HF_ECDSA_SECP256R1_SHA256;
    if (hf_crypto_init(&p->crypto, (hf_random_source){0}) != HF_OK ||
        hf_crypto_random(&p->crypto, p->server_random, 32) != HF_OK) {
        puppet_fault(p, "no crypto");
    }
}

static void release_keys(hf_record_keys *keys)
{
    hf_aead_release(&keys->aead);
    memset(keys, 0, sizeof *keys);
}

void puppet_release(puppet *p)
{
    release_keys(&p->tx);
    release_keys(&p->rx);
    hf_exchange_release(&p->exchange);
    hf_crypto_release(&p->crypto);
}

/* ---- the transcript: all bytes, hashed when asked for */

static void remember(puppet *p, const uint8_t *bytes, size_t len)
{
    if (len > sizeof p->said - p->said_len) {
        puppet_fault(p, "transcript is full");
        return;
    }
    if (len > 0) {
        memcpy(p->said + p->said_len, bytes, len);
    }
    p->said_len += len;
}

void puppet_hash(const puppet *p, uint8_t out[HF_HASH_MAX])
{
    hf_hash hash;
    hf_hash_start(&hash, p->chosen->hash);
    hf_hash_add(&hash, p->said, p->said_len);
    hf_hash_final(&hash, out);
}

/* RFC 8446 4.4.1: the first ClientHello is replaced by its hash. */
static void fold_hello(puppet *p)
{
    uint8_t hash[HF_HASH_MAX];
    size_t len = hf_hash_size(p->chosen->hash);
    puppet_hash(p, hash);
    p->said_len = 0;
    remember(p, (const uint8_t[]){254, 0, 0, (uint8_t)len}, 4);
    remember(p, hash, len);
}

/* ---- keys */

static void keys13(puppet *p, hf_record_keys *keys, const hf_traffic_secret *secret, bool sealing)
{
    release_keys(keys);
    if (hf_record_keys13(keys, &p->crypto, p->chosen, secret, sealing) != HF_OK) {
        puppet_fault(p, "no keys");
    }
    p->wire13 = true;
}

static void keys12(puppet *p, hf_record_keys *keys, bool client, bool sealing)
{
    release_keys(keys);
    if (hf_record_keys12(keys, &p->crypto, p->chosen, &p->master, p->client_random,
                         p->server_random, client, sealing) != HF_OK) {
        puppet_fault(p, "no keys");
    }
}

void puppet_next_tx(puppet *p)
{
    hf_next_traffic(p->chosen->hash, &p->server_secret);
    keys13(p, &p->tx, &p->server_secret, true);
}

/* ---- talking */

void puppet_say(puppet *p, uint8_t type, const uint8_t *body, size_t len)
{
    const uint8_t header[] = {type, (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
    remember(p, header, 4);
    remember(p, body, len);
    puppet_content(p, header, 4);
    puppet_content(p, body, len);
    if (!p->join) {
        puppet_flush(p);
    }
}

static void play(puppet *p, int step)
{
    static puppet_message m;
    puppet_make(p, step, &m);
    if (p->change == NULL || p->change(p, step, &m)) {
        puppet_say(p, m.type, m.body, m.len);
    }
}

static void play_ccs(puppet *p)
{
    static puppet_message m;
    m.len = 0;
    puppet_flush(p);
    if (p->change == NULL || p->change(p, M_CCS, &m)) {
        puppet_ccs(p);
    }
}

static void play_silently(puppet *p, int step)
{
    static puppet_message m;
    m.len = 0;
    if (p->change != NULL) {
        (void)p->change(p, step, &m);
    }
}

void puppet_update(puppet *p, uint8_t request)
{
    puppet_content(p, (const uint8_t[]){M_KEY_UPDATE, 0, 0, 1, request}, 5);
    puppet_flush(p);
    puppet_next_tx(p);
}

void puppet_ticket(puppet *p, size_t ticket_len)
{
    static puppet_message m;
    static const uint8_t FRONT[] = {0, 0, 14, 16, 1, 2, 3, 4, 2, 0, 1};
    m.len = 0;
    puppet_put(&m, FRONT, sizeof FRONT);
    puppet_put16(&m, (unsigned)ticket_len);
    for (size_t i = 0; i < ticket_len; i++) {
        puppet_put8(&m, i % 5 == 0 ? 0 : (unsigned)i & 0xff);
    }
    puppet_put16(&m, 0);
    const uint8_t header[] = {M_NEW_SESSION_TICKET, (uint8_t)(m.len >> 16), (uint8_t)(m.len >> 8),
                              (uint8_t)m.len};
    puppet_content(p, header, 4);
    puppet_content(p, m.body, m.len);
    puppet_flush(p);
}

/* ---- ClientHello */

static void choose_suite(puppet *p, const uint8_t *list, size_t len)
{
    p->chosen = NULL;
    for (size_t i = 0; i + 2 <= len && p->chosen == NULL; i += 2) {
        const hf_suite *suite = hf_suite_find(puppet_u16(list + i));
        bool kind =
            p->version == HF_TLS13 ||
            (suite != NULL && (suite->key_kinds & HF_SUITE_ECDSA) != 0) == (p->scheme % 256 == 3);
        bool wished = p->suite == 0 || p->suite == puppet_u16(list + i);
        p->chosen = suite != NULL && suite->version == p->version && kind && wished ? suite : NULL;
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

static void begin13(puppet *p, hf_span point)
{
    uint8_t hash[HF_HASH_MAX];
    hf_early_secret early;
    hf_handshake_secret handshake;
    hf_master_secret master;
    hf_hash_id id = p->chosen->hash;
    play(p, M_SERVER_HELLO);
    puppet_flush(p);
    if (point.ptr == NULL) { /* no share to agree with: the client must refuse */
        return;
    }
    if (hf_exchange_agree(&p->exchange, &p->crypto, point, p->shared) != HF_OK) {
        puppet_fault(p, "the client's share is bad");
    }
    hf_early_without_psk(id, &early);
    hf_handshake_from_early(id, &early, (hf_span){p->shared, hf_exchange_shared_size(p->group)},
                            &handshake);
    puppet_hash(p, hash);
    hf_handshake_traffic(id, &handshake, hash, &p->client_secret, &p->server_secret);
    if (p->compatible && !p->retry) {
        play_ccs(p);
    }
    keys13(p, &p->tx, &p->server_secret, true);
    keys13(p, &p->rx, &p->client_secret, false);
    play(p, M_ENCRYPTED_EXTENSIONS);
    if (p->request) {
        play(p, M_CERTIFICATE_REQUEST);
    }
    play(p, M_CERTIFICATE);
    play(p, M_CERTIFICATE_VERIFY);
    play(p, M_FINISHED);
    puppet_flush(p);
    puppet_hash(p, hash);
    hf_master_from_handshake(id, &handshake, &master);
    hf_application_traffic(id, &master, hash, &p->client_application, &p->server_application,
                           &p->exporter);
    p->server_secret = p->server_application;
    keys13(p, &p->tx, &p->server_secret, true);
    play_silently(p, M_FLIGHT_SAID);
}

static void begin12(puppet *p)
{
    p->group = p->group == 0 ? (uint16_t)HF_SECP256R1 : p->group;
    play(p, M_SERVER_HELLO);
    play(p, M_CERTIFICATE);
    play(p, M_SERVER_KEY_EXCHANGE);
    if (p->request) {
        play(p, M_CERTIFICATE_REQUEST);
    }
    play(p, M_SERVER_HELLO_DONE);
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
    remember(p, message, len);
    if (p->version == HF_TLS12) {
        begin12(p);
        return;
    }
    if (p->retry && p->hellos == 1) {
        fold_hello(p);
        play(p, M_RETRY);
        puppet_flush(p);
        if (p->compatible) {
            play_ccs(p);
        }
        return;
    }
    begin13(p, point);
}

/* ---- the client's flight */

static void after_client_finished(puppet *p)
{
    if (p->version == HF_TLS13) {
        p->client_secret = p->client_application;
        keys13(p, &p->rx, &p->client_secret, false);
    } else {
        play_ccs(p);
        keys12(p, &p->tx, false, true);
        play(p, M_FINISHED);
        puppet_flush(p);
    }
    play_silently(p, M_AFTER);
}

static void update_in(puppet *p, const uint8_t *body, size_t len)
{
    p->updates++;
    p->updates_asking += len == 1 && body[0] == 1 ? 1 : 0;
    if (len != 1 || body[0] > 1 || p->message_len != 5) {
        puppet_fault(p, "the client's KeyUpdate is wrong");
    }
    hf_next_traffic(p->chosen->hash, &p->client_secret);
    keys13(p, &p->rx, &p->client_secret, false);
}

void puppet_message_in(puppet *p, const uint8_t *message, size_t len)
{
    const uint8_t *body = message + 4;
    size_t body_len = len - 4;
    uint8_t type = message[0];
    if (p->seen_count < PUPPET_SEEN_MAX && type != M_KEY_UPDATE) {
        p->seen[p->seen_count++] = type;
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
        update_in(p, body, body_len);
        return;
    case M_CLIENT_KEY_EXCHANGE:
        break;
    default:
        puppet_fault(p, "a message that a client never says");
    }
    remember(p, message, len);
    if (type == M_CLIENT_KEY_EXCHANGE) {
        puppet_key_exchange_in(p, body, body_len);
    }
    if (type == M_FINISHED) {
        after_client_finished(p);
    }
}

void puppet_ccs_in(puppet *p, hf_span content)
{
    if (content.len != 1 || content.ptr[0] != 1) {
        puppet_fault(p, "change_cipher_spec of a wrong form");
    }
    if (p->seen_count < PUPPET_SEEN_MAX) {
        p->seen[p->seen_count++] = M_CCS;
    }
    if (p->version == HF_TLS12) {
        keys12(p, &p->rx, true, false);
    }
}
