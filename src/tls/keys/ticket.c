/* A server's tickets: see session.h.
 *
 * key id[4] nonce[12] | kinds authenticated[4] issued[4] not_after[4] peer[32] secret[32 or 48] |
 * tag[16]
 *
 * The middle part is sealed, AES-256-GCM where the backend has it; associated data are the key id
 * and the context: 109 bytes with a PSK of SHA-256, 125 otherwise. Times fit into 32 bits until
 * 2106. Nonces are random: 96 bits, for keys that several servers may share and that live a day.
 */
#include "tls/keys/session.h"

#include "crypto/crypto.h"
#include "wire/reader.h"
#include "wire/secret.h"
#include "wire/writer.h"

#include <string.h>

#define FIXED     (1u + 4u + 4u + 4u + 32u)
#define STATE_MAX (FIXED + HF_SECRET_MAX)
#define AROUND    (HF_TICKET_KEY_ID + HF_NONCE_SIZE + HF_TAG_SIZE)
_Static_assert(AROUND + STATE_MAX <= HF_TICKET_MAX, "a ticket has a bound");
_Static_assert(AROUND + FIXED + 32 <= 112, "and a smaller one with SHA-256");
_Static_assert(32 + STATE_MAX <= HF_STORED_MAX, "so has what a store keeps");

static uint32_t short_time(int64_t time)
{
    return time < 0 ? 0 : time < UINT32_MAX ? (uint32_t)time : UINT32_MAX;
}

static int64_t long_time(uint32_t time)
{
    return time == UINT32_MAX ? INT64_MAX : (int64_t)time;
}

static void write_state(hf_writer *w, const hf_session_state *state)
{
    hf_write_u8(w, (uint8_t)(state->credential << 4 | (state->verified & 15)));
    hf_write_u32(w, short_time(state->authenticated));
    hf_write_u32(w, short_time(state->issued));
    hf_write_u32(w, short_time(state->not_after));
    hf_write_bytes(w, state->peer_sha256, sizeof state->peer_sha256);
    hf_write_bytes(w, state->secret, hf_session_secret_size(state->suite));
}

static bool read_state(hf_reader *r, const hf_suite *suite, hf_session_state *state)
{
    size_t secret = hf_session_secret_size(suite);
    memset(state, 0, sizeof *state);
    state->suite = suite;
    uint8_t kinds = hf_read_u8(r);
    state->credential = kinds >> 4;
    state->verified = kinds & 15;
    state->authenticated = long_time(hf_read_u32(r));
    state->issued = long_time(hf_read_u32(r));
    state->not_after = long_time(hf_read_u32(r));
    hf_span peer = hf_read_bytes(r, sizeof state->peer_sha256);
    hf_span bytes = hf_read_bytes(r, secret);
    if (!hf_read_done(r)) {
        return false;
    }
    memcpy(state->peer_sha256, peer.ptr, peer.len);
    memcpy(state->secret, bytes.ptr, bytes.len);
    return true;
}

static hf_code init_aead(hf_aead *aead, const hf_crypto *crypto, const hf_ticket_key *key,
                         bool sealing)
{
    hf_aead_id id = hf_crypto_has_aead(HF_AES_256_GCM) ? HF_AES_256_GCM : HF_AES_128_GCM;
    return hf_aead_init(aead, crypto, id, key->secret, sealing);
}

/* What the ticket is bound to. */
static void associated(const uint8_t *id, const uint8_t context[32], uint8_t ad[36])
{
    memcpy(ad, id, HF_TICKET_KEY_ID);
    memcpy(ad + HF_TICKET_KEY_ID, context, 32);
}

hf_code hf_ticket_seal(const hf_ticket_key *key, const hf_crypto *crypto, const uint8_t context[32],
                       const hf_session_state *state, uint8_t ticket[HF_TICKET_MAX], size_t *len)
{
    uint8_t ad[HF_TICKET_KEY_ID + 32];
    hf_aead aead;
    hf_writer w = hf_write_to(ticket, HF_TICKET_MAX - HF_TAG_SIZE);
    hf_write_bytes(&w, key->id, sizeof key->id);
    uint8_t *nonce = hf_write_space(&w, HF_NONCE_SIZE);
    hf_code code = hf_crypto_random(crypto, nonce, HF_NONCE_SIZE);
    uint8_t *data = ticket + w.len;
    write_state(&w, state);
    associated(key->id, context, ad);
    code = code == HF_OK ? init_aead(&aead, crypto, key, true) : code;
    if (code != HF_OK) {
        hf_wipe(ticket, HF_TICKET_MAX);
        return code;
    }
    size_t size = (size_t)(ticket + w.len - data);
    code = hf_aead_seal(&aead, nonce, (hf_span){ad, sizeof ad}, data, size, ticket + w.len);
    hf_aead_release(&aead);
    *len = w.len + HF_TAG_SIZE;
    if (code != HF_OK) {
        hf_wipe(ticket, HF_TICKET_MAX);
    }
    return code;
}

const uint8_t *hf_ticket_key_id(hf_span ticket, const hf_suite *suite)
{
    return ticket.len == AROUND + FIXED + hf_session_secret_size(suite) ? ticket.ptr : NULL;
}

bool hf_ticket_open(const hf_ticket_key *key, const hf_crypto *crypto, const uint8_t context[32],
                    const hf_suite *suite, hf_span ticket, hf_session_state *state)
{
    uint8_t ad[HF_TICKET_KEY_ID + 32];
    uint8_t data[STATE_MAX];
    hf_aead aead;
    size_t len = ticket.len - AROUND;
    const uint8_t *nonce = ticket.ptr + HF_TICKET_KEY_ID;
    associated(key->id, context, ad);
    bool named = memcmp(key->id, ticket.ptr, HF_TICKET_KEY_ID) == 0; /* a lookup may be careless */
    if (!named || len > sizeof data || init_aead(&aead, crypto, key, false) != HF_OK) {
        return false;
    }
    memcpy(data, nonce + HF_NONCE_SIZE, len);
    hf_code code = hf_aead_open(&aead, nonce, (hf_span){ad, sizeof ad}, data, len,
                                ticket.ptr + ticket.len - HF_TAG_SIZE);
    hf_aead_release(&aead);
    hf_reader r = hf_read_from(data, len);
    bool good = code == HF_OK && read_state(&r, suite, state);
    hf_wipe(data, sizeof data);
    return good;
}

size_t hf_stored_write(const hf_session_state *state, const uint8_t context[32],
                       uint8_t stored[HF_STORED_MAX])
{
    hf_writer w = hf_write_to(stored, HF_STORED_MAX);
    hf_write_bytes(&w, context, 32);
    write_state(&w, state);
    return w.len;
}

bool hf_stored_read(hf_span stored, const uint8_t context[32], const hf_suite *suite,
                    hf_session_state *state)
{
    hf_reader r = hf_read_span_of(stored);
    hf_span bound = hf_read_bytes(&r, 32);
    return bound.len == 32 && memcmp(bound.ptr, context, 32) == 0 && read_state(&r, suite, state);
}

/* ---- three keys in a ring */

bool hf_ticket_ring_find(void *ring, const uint8_t *id, hf_ticket_key *key)
{
    const hf_ticket_ring *keys = ring;
    const hf_ticket_key *all[] = {&keys->current, &keys->previous, &keys->next};
    const bool has[] = {keys->has_current, keys->has_previous, keys->has_next};
    for (size_t i = 0; i < (id == NULL ? 1u : 3u); i++) {
        if (has[i] && (id == NULL || memcmp(all[i]->id, id, HF_TICKET_KEY_ID) == 0)) {
            *key = *all[i];
            return true;
        }
    }
    return false;
}

void hf_ticket_ring_turn(hf_ticket_ring *ring, const hf_ticket_key *next)
{
    hf_wipe(&ring->previous, sizeof ring->previous);
    ring->previous = ring->current;
    ring->has_previous = ring->has_current;
    ring->current = ring->next;
    ring->has_current = ring->has_next;
    hf_wipe(&ring->next, sizeof ring->next);
    ring->has_next = next != NULL;
    if (next != NULL) {
        ring->next = *next;
    }
}

void hf_ticket_ring_wipe(hf_ticket_ring *ring)
{
    hf_wipe(ring, sizeof *ring);
}
