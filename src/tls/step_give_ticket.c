/* A server gives tickets, and opens those that come back (RFC 8446 4.6.1, RFC 5077).
 *
 * A ticket is bound to what the connection was: version, suite, our identity, the name that was
 * asked for, and the configuration's policy. Under anything else it does not open, and the
 * handshake is done in full. One that cannot be made is not given; neither is ever an error.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/schedule13.h"
#include "wire/secret.h"

#include <string.h>

#define SKEW 60 /* seconds that the clocks of servers with the same keys may differ */

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void add_number(hf_hash *hash, uint16_t number)
{
    const uint8_t bytes[] = {(uint8_t)(number >> 8), (uint8_t)number};
    hf_hash_add(hash, bytes, sizeof bytes);
}

void hf_ticket_context(const hf_handshake *hs, uint8_t context[32])
{
    static const uint8_t NOBODY[32];
    uint8_t value[HF_HASH_MAX];
    hf_hash hash;
    hf_hash_start(&hash, HF_SHA256);
    add_number(&hash, hs->version);
    add_number(&hash, hs->suite->id);
    hf_hash_add(&hash, hs->identity == NULL ? NOBODY : hs->identity->sha256, 32);
    hf_hash_add(&hash, &hs->our_type, 1);
    hf_hash_add(&hash, hs->config->policy, sizeof hs->config->policy);
    hf_add_host_name(&hash, hs->server_name);
    hf_hash_final(&hash, value);
    memcpy(context, value, 32);
}

/* ---- time */

/* Seconds until the session may not be resumed any more; 0 or less: it may not. */
static int64_t seconds_left(const hf_handshake *hs, const hf_session_state *state)
{
    const hf_config *config = hs->config;
    int64_t end = state->issued + config->ticket_lifetime;
    end = sooner(end, state->authenticated + config->session_lifetime);
    if (state->not_after < INT64_MAX) {
        end = sooner(end, state->not_after + 1);
    }
    return end - hs->policy.now.seconds;
}

static int64_t key_left(const hf_handshake *hs, const hf_ticket_key *key)
{
    return key->begins + HF_TICKET_KEY_LIFE - hs->policy.now.seconds;
}

bool hf_session_still_good(const hf_handshake *hs, const hf_session_state *state)
{
    bool known = hs->policy.now.kind == HF_TIME_EXACT;
    bool future = state->issued > hs->policy.now.seconds + SKEW; /* our clock was set back */
    bool nobody = state->credential == HF_CREDENTIAL_NONE;
    bool anybody = hs->config->client_auth != HF_CLIENT_AUTH_REQUIRE;
    return known && !future && seconds_left(hs, state) > 0 && (anybody || !nobody);
}

/* ---- one that comes back */

bool hf_open_ticket(const hf_handshake *hs, hf_span ticket, hf_session_state *state)
{
    const hf_ticket_keys *keys = &hs->config->ticket_keys;
    const uint8_t *id = hf_ticket_key_id(ticket, hs->suite);
    hf_ticket_key key;
    uint8_t context[32];
    if (keys->find == NULL || id == NULL || !keys->find(keys->ctx, id, &key)) {
        return false;
    }
    hf_ticket_context(hs, context);
    bool opens = key_left(hs, &key) > 0 &&
                 hf_ticket_open(&key, &hs->config->crypto, context, hs->suite, ticket, state);
    hf_wipe(&key, sizeof key);
    if (opens && !hf_session_still_good(hs, state)) {
        hf_wipe(state, sizeof *state);
        return false;
    }
    return opens;
}

/* ---- those that are given */

/* Seals `state`; the lifetime that the client is told, 0: there is no ticket. */
uint32_t hf_seal_ticket(const hf_handshake *hs, const hf_session_state *state,
                        uint8_t ticket[HF_TICKET_MAX], size_t *len)
{
    const hf_ticket_keys *keys = &hs->config->ticket_keys;
    hf_ticket_key key;
    uint8_t context[32];
    if (keys->find == NULL || !keys->find(keys->ctx, NULL, &key)) {
        return 0;
    }
    int64_t left = sooner(seconds_left(hs, state), key_left(hs, &key));
    bool early = key.begins > hs->policy.now.seconds + SKEW;
    hf_code code = HF_E_NO_CLOCK;
    if (left > 0 && !early && hs->policy.now.kind == HF_TIME_EXACT) {
        hf_ticket_context(hs, context);
        code = hf_ticket_seal(&key, &hs->config->crypto, context, state, ticket, len);
    }
    hf_wipe(&key, sizeof key);
    return code == HF_OK ? (uint32_t)left : 0;
}

/* RFC 8446 4.2.9: none for a client that could not use it. */
void hf_plan_tickets(hf_handshake *hs, const hf_client_hello *hello)
{
    hf_span modes = hf_offered_psk_modes(hs->config);
    bool external = hs->has_psk && (hs->facts & HF_FACT_RESUMED) == 0;
    hs->tickets = 0;
    if (external) {
        return; /* it can come with its PSK again */
    }
    for (size_t i = 0; i < hello->psk_modes.len && hs->config->ticket_keys.find != NULL; i++) {
        if (memchr(modes.ptr, hello->psk_modes.ptr[i], modes.len) != NULL) {
            hs->tickets = hs->config->tickets;
        }
    }
}

/* One of 1.3: each has a nonce of its own, so each has a PSK of its own. */
static void write_ticket13(hf_handshake *hs, hf_writer *w, uint8_t number)
{
    uint8_t ticket[HF_TICKET_MAX];
    uint8_t random[4];
    hf_session_state state;
    size_t len = 0;
    const hf_span nonce = {&number, 1};
    hf_code code = hf_crypto_random(&hs->config->crypto, random, sizeof random);
    hf_session_of_now(hs, hs->policy.now.seconds, &state);
    hf_ticket_psk(hs->suite->hash, &hs->epoch.tls13.resumption, nonce, state.secret);
    uint32_t lifetime = code == HF_OK ? hf_seal_ticket(hs, &state, ticket, &len) : 0;
    hf_wipe(&state, sizeof state);
    if (lifetime > 0) {
        hf_new_session_ticket_write(w, &(hf_new_session_ticket_out){
                                           .version = HF_TLS13,
                                           .lifetime = lifetime,
                                           .age_add = (uint32_t)random[0] << 24 |
                                                      (uint32_t)random[1] << 16 |
                                                      (uint32_t)random[2] << 8 | random[3],
                                           .nonce = nonce,
                                           .ticket = {ticket, len},
                                       });
    }
}

/* All of them in a row; as many as there is room for. */
hf_code hf_send_tickets13(hf_handshake *hs, hf_writer *w)
{
    for (uint8_t i = 0; i < hs->tickets; i++) {
        hf_writer before = *w;
        write_ticket13(hs, w, i);
        if (w->bad) {
            *w = before;
            break;
        }
    }
    return HF_OK;
}

hf_code hf_sent_tickets13(hf_handshake *hs)
{
    hs->effects |= HF_EFFECT_DONE;
    return HF_OK;
}
