/* What either end of a scripted connection does: begin and release, transcript, record keys, saying
 * messages, KeyUpdate. The server's part is in puppet.c, the client's in guest.c.
 */
#include "puppet/puppet_inside.h"

#include <string.h>

void puppet_fault(puppet *p, const char *what)
{
    p->fault = p->fault == NULL ? what : p->fault;
}

void puppet_begin(puppet *p, const puppet_role *role)
{
    p->role = role;
    p->version = HF_TLS13;
    p->scheme = HF_ECDSA_SECP256R1_SHA256;
    p->ticket_len = 32;
    p->lifetime = 7200;
    p->age_add = 0x01020304;
    p->nonce_len = 1;
    uint8_t *random = role->client ? p->client_random : p->server_random;
    if (hf_crypto_init(&p->crypto, (hf_random_source){0}) != HF_OK ||
        hf_crypto_random(&p->crypto, random, 32) != HF_OK) {
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

void puppet_remember(puppet *p, const uint8_t *bytes, size_t len)
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

void puppet_fold_hello(puppet *p)
{
    uint8_t hash[HF_HASH_MAX];
    size_t len = hf_hash_size(p->chosen->hash);
    puppet_hash(p, hash);
    p->said_len = 0;
    puppet_remember(p, (const uint8_t[]){254, 0, 0, (uint8_t)len}, 4);
    puppet_remember(p, hash, len);
}

/* ---- keys */

hf_traffic_secret *puppet_secret(puppet *p, bool own)
{
    return own == p->role->client ? &p->client_secret : &p->server_secret;
}

void puppet_keys13(puppet *p, bool own)
{
    hf_record_keys *keys = own ? &p->tx : &p->rx;
    release_keys(keys);
    if (hf_record_keys13(keys, &p->crypto, p->chosen, puppet_secret(p, own), own) != HF_OK) {
        puppet_fault(p, "no keys");
    }
    p->wire13 = true;
}

void puppet_keys12(puppet *p, bool own)
{
    hf_record_keys *keys = own ? &p->tx : &p->rx;
    hf_record_keys other = {0};
    release_keys(keys);
    if (hf_record_keys12(own ? keys : &other, own ? &other : keys, &p->crypto, p->chosen,
                         &p->master, p->client_random, p->server_random,
                         p->role->client) != HF_OK) {
        puppet_fault(p, "no keys");
    }
    keys->active = true;
    release_keys(&other);
}

void puppet_handshake_keys(puppet *p, hf_handshake_secret *handshake)
{
    static const uint8_t ZEROS[HF_SECRET_MAX];
    uint8_t hash[HF_HASH_MAX];
    hf_early_secret early;
    hf_span shared = {p->shared, hf_exchange_shared_size(p->group)};
    if (p->session != NULL) {
        hf_early_from_psk(p->chosen->hash, p->session->psk, &early);
    } else {
        hf_early_without_psk(p->chosen->hash, &early);
    }
    if (p->ke) { /* RFC 8446 7.1: zeros instead */
        shared = (hf_span){ZEROS, hf_hash_size(p->chosen->hash)};
    }
    hf_handshake_from_early(p->chosen->hash, &early, shared, handshake);
    puppet_hash(p, hash);
    hf_handshake_traffic(p->chosen->hash, handshake, hash, &p->client_secret, &p->server_secret);
}

void puppet_application_secrets(puppet *p, const hf_handshake_secret *handshake)
{
    uint8_t hash[HF_HASH_MAX];
    puppet_hash(p, hash);
    hf_master_from_handshake(p->chosen->hash, handshake, &p->master13);
    hf_application_traffic(p->chosen->hash, &p->master13, hash, &p->client_application,
                           &p->server_application, &p->exporter);
}

void puppet_resumption_secret(puppet *p)
{
    uint8_t hash[HF_HASH_MAX];
    puppet_hash(p, hash);
    hf_resumption_from_master(p->chosen->hash, &p->master13, hash, &p->resumption);
}

void puppet_master12(puppet *p)
{
    uint8_t hash[HF_HASH_MAX];
    hf_span shared = {p->shared, hf_exchange_shared_size(p->group)};
    if (p->legacy) {
        hf_legacy_master(p->chosen->hash, shared, p->client_random, p->server_random, &p->master);
        return;
    }
    puppet_hash(p, hash);
    hf_extended_master(p->chosen->hash, shared, hash, &p->master);
}

size_t puppet_finished_data(puppet *p, bool own, uint8_t data[HF_HASH_MAX])
{
    uint8_t hash[HF_HASH_MAX];
    puppet_hash(p, hash);
    if (p->version == HF_TLS13) {
        hf_finished13(p->chosen->hash, puppet_secret(p, own), hash, data);
        return hf_hash_size(p->chosen->hash);
    }
    hf_finished12(p->chosen->hash, &p->master, own == p->role->client, hash, data);
    return HF_VERIFY_DATA12;
}

void puppet_next_tx(puppet *p)
{
    hf_next_traffic(p->chosen->hash, puppet_secret(p, true));
    puppet_keys13(p, true);
}

/* ---- talking */

/* A handshake message outside the transcript. */
static void say_later(puppet *p, uint8_t type, const uint8_t *body, size_t len)
{
    const uint8_t header[] = {type, (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
    puppet_content(p, header, 4);
    puppet_content(p, body, len);
}

void puppet_say(puppet *p, uint8_t type, const uint8_t *body, size_t len)
{
    const uint8_t header[] = {type, (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
    puppet_remember(p, header, 4);
    puppet_remember(p, body, len);
    say_later(p, type, body, len);
    if (!p->join) {
        puppet_flush(p);
    }
}

void puppet_play(puppet *p, int step)
{
    static puppet_message m;
    m.type = (uint8_t)step;
    m.len = 0;
    p->role->make(p, step, &m);
    if (p->change == NULL || p->change(p, step, &m)) {
        puppet_say(p, m.type, m.body, m.len);
    }
}

void puppet_play_later(puppet *p, int step)
{
    static puppet_message m;
    m.type = (uint8_t)step;
    m.len = 0;
    p->role->make(p, step, &m);
    if (p->change == NULL || p->change(p, step, &m)) {
        say_later(p, m.type, m.body, m.len);
        puppet_flush(p);
    }
}

void puppet_play_ccs(puppet *p)
{
    static puppet_message m;
    m.len = 0;
    puppet_flush(p);
    if (p->change == NULL || p->change(p, M_CCS, &m)) {
        puppet_ccs(p);
    }
}

void puppet_play_silently(puppet *p, int step)
{
    static puppet_message m;
    m.len = 0;
    if (p->change != NULL) {
        (void)p->change(p, step, &m);
    }
}

void puppet_update(puppet *p, uint8_t request)
{
    say_later(p, M_KEY_UPDATE, &request, 1);
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
    say_later(p, M_NEW_SESSION_TICKET, m.body, m.len);
    puppet_flush(p);
}

/* ---- hearing */

void puppet_note_seen(puppet *p, int message)
{
    if (p->seen_count < PUPPET_SEEN_MAX) {
        p->seen[p->seen_count++] = message;
    }
}

void puppet_update_in(puppet *p, const uint8_t *body, size_t len)
{
    p->updates++;
    p->updates_asking += len == 1 && body[0] == 1 ? 1 : 0;
    if (len != 1 || body[0] > 1 || p->message_len != 5) {
        puppet_fault(p, "the peer's KeyUpdate is wrong");
    }
    hf_next_traffic(p->chosen->hash, puppet_secret(p, false));
    puppet_keys13(p, false);
}

void puppet_finished_in(puppet *p, const uint8_t *body, size_t len)
{
    uint8_t expected[HF_HASH_MAX];
    size_t size = puppet_finished_data(p, false, expected);
    if (len != size || memcmp(expected, body, size) != 0) {
        puppet_fault(p, "the peer's Finished is wrong");
    }
    p->peer_finished = true;
}
