/* What outlives a connection: a client's session, a server's ticket keys and its store of session
 * ids. And the flags about it.
 *
 * -ticket-key gives bytes in base64, as many as another library's keys take: ours is derived from
 * all of them. Without it the keys are random, and a new one comes when the day of one is over, as
 * a server would have it. */
#include "shim/shim.h"

#include <string.h>

#define SESSION_ROOM (2U * (HF_SESSION_HEAD + 65535U)) /* one, and the next one behind it */

/* ---- ticket keys */

static bool make_key(const shim *s, hf_ticket_key *key)
{
    const hf_crypto *crypto = &s->config.crypto;
    key->begins = shim_now(s);
    return hf_crypto_random(crypto, key->id, sizeof key->id) == HF_OK &&
           hf_crypto_random(crypto, key->secret, sizeof key->secret) == HF_OK;
}

static bool find_key(void *ctx, const uint8_t *id, hf_ticket_key *key)
{
    const shim *s = ctx;
    hf_ticket_ring *ring = &s->sessions->ring;
    bool over = shim_now(s) >= ring->current.begins + HF_TICKET_KEY_LIFE;
    if (id == NULL && (!ring->has_current || over)) {
        ring->has_next = make_key(s, &ring->next);
        hf_ticket_ring_turn(ring, NULL);
    }
    return hf_ticket_ring_find(ring, id, key);
}

/* The same bytes are the same key in every process and at any time. */
static int use_given_key(const shim *s)
{
    hf_ticket_ring *ring = &s->sessions->ring;
    hf_ticket_key *key = &ring->current;
    hf_span bytes = {NULL, 0};
    if (!shim_base64(&bytes, s->options->ticket_key) || bytes.len == 0) {
        return shim_bad_flag("-ticket-key", "no base64");
    }
    *ring = (hf_ticket_ring){.current.begins = shim_now(s), .has_current = true};
    hf_sha256(bytes, key->secret);
    memcpy(key->id, bytes.ptr, bytes.len < sizeof key->id ? bytes.len : sizeof key->id);
    return SHIM_OK;
}

/* ---- session ids */

static bool put(void *ctx, const uint8_t id[HF_SESSION_ID], hf_span state)
{
    shim_sessions *kept = ((shim *)ctx)->sessions;
    if (kept->stored == SHIM_STORE_SIZE || state.len > HF_STORED_MAX) {
        return false;
    }
    shim_stored *entry = &kept->store[kept->stored++];
    memcpy(entry->id, id, HF_SESSION_ID);
    memcpy(entry->state, state.ptr, state.len);
    entry->len = state.len;
    return true;
}

static bool get(void *ctx, const uint8_t id[HF_SESSION_ID], uint8_t state[HF_STORED_MAX],
                size_t *len)
{
    const shim_sessions *kept = ((shim *)ctx)->sessions;
    for (size_t i = 0; i < kept->stored; i++) {
        if (memcmp(kept->store[i].id, id, HF_SESSION_ID) == 0) {
            *len = kept->store[i].len;
            memcpy(state, kept->store[i].state, *len);
            return true;
        }
    }
    return false;
}

/* ---- together */

int shim_use_sessions(shim *s)
{
    const shim_options *o = s->options;
    shim_sessions *kept = s->sessions;
    kept->stored_before = kept->stored;
    if (o->server) {
        s->config.store = (hf_session_store){put, get, s};
        s->config.ticket_keys = (hf_ticket_keys){o->no_ticket ? NULL : find_key, s};
        return o->ticket_key == NULL ? SHIM_OK : use_given_key(s);
    }
    if (kept->session.ptr == NULL) {
        kept->session = (hf_session){.ptr = shim_memory(SESSION_ROOM), .cap = SESSION_ROOM};
    }
    return SHIM_OK;
}

hf_session *shim_session(const shim *s)
{
    return s->options->server || s->options->no_ticket ? NULL : &s->sessions->session;
}

int shim_check_resumed(const shim *s)
{
    bool resumed = hf_tls_resumed(&s->tls);
    bool should = s->number > 0 && !s->options->expect_session_miss;
    return resumed == should ? SHIM_OK
                             : shim_failed("the session is %s",
                                           resumed ? "resumed, and should not be" : "not resumed");
}

/* A client's new session, or one that a server has put into its store. */
static bool has_new_session(const shim *s)
{
    const shim_sessions *kept = s->sessions;
    return s->options->server ? kept->stored > kept->stored_before : kept->session.taken > 0;
}

static int check_first(const shim *s)
{
    bool new = has_new_session(s);
    if (s->options->expect_session_id && !new) {
        return shim_failed("no session is kept");
    }
    if (s->options->expect_no_session_id && new) {
        return shim_failed("a session is kept");
    }
    return SHIM_OK;
}

/* In TLS 1.3 a server may always give another ticket. */
static int check_client(const shim *s)
{
    const shim_options *o = s->options;
    bool new = has_new_session(s);
    bool quiet = hf_tls_version(&s->tls) == HF_TLS12 && hf_tls_resumed(&s->tls);
    if (o->expect_ticket_renewal && !new) {
        return shim_failed("no new session came");
    }
    if (new && (o->expect_no_session || (quiet && !o->expect_ticket_renewal))) {
        return shim_failed("a new session came");
    }
    return SHIM_OK;
}

int shim_check_sessions(const shim *s)
{
    if (!s->opened) {
        return SHIM_OK;
    }
    int result = shim_check_resumed(s);
    if (result == SHIM_OK && s->number == 0) {
        result = check_first(s);
    }
    return result == SHIM_OK && !s->options->server ? check_client(s) : result;
}
