/* A client's sessions: which one may be offered, how it stands in the ClientHello, and what follows
 * when the server takes it (RFC 8446 4.2.11, RFC 5077, RFC 5246 7.3).
 *
 * The session's bytes stay in the caller's memory. Its ticket is not copied into the ClientHello:
 * it is hashed and sent from where it lies, so its size costs no memory here.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/schedule13.h"
#include "tls/keys/session.h"
#include "tls/keys/transcript.h"
#include "tls/offer.h"
#include "wire/secret.h"

#include <string.h>

#define WEEK 604800 /* RFC 8446 4.6.1: seconds */

/* ---- what a session is bound to */

/* Host names are alike in any case (RFC 9525 6.3). */
void hf_add_host_name(hf_hash *hash, hf_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t letter = name.ptr[i];
        letter = (uint8_t)(letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter);
        hf_hash_add(hash, &letter, 1);
    }
}

static void add_text(hf_hash *hash, const char *name)
{
    const hf_span text = {(const uint8_t *)name, name == NULL ? 0 : strlen(name)};
    hf_add_host_name(hash, text);
    hf_hash_add(hash, (const uint8_t *)"", 1);
}

/* RFC 8446 4.6.1: the name for which the original certificate was good, and our policy. */
void hf_session_context(const hf_handshake *hs, uint8_t context[32])
{
    uint8_t value[HF_HASH_MAX];
    hf_hash hash;
    hf_hash_start(&hash, HF_SHA256);
    hf_hash_add(&hash, hs->config->policy, sizeof hs->config->policy);
    add_text(&hash, hs->name);
    add_text(&hash, hs->config->server_name_indication);
    hf_hash_final(&hash, value);
    memcpy(context, value, 32);
}

/* ---- is it fit? */

/* How old it is in seconds; -1: it may not be used any more, or the clock went back. Without a
 * clock the server alone judges. */
static int64_t age_of(const hf_handshake *hs, const hf_session_head *head)
{
    const hf_time now = hs->policy.now;
    const hf_session_state *state = &head->state;
    if (now.kind == HF_TIME_NONE || state->issued == 0) {
        return 0;
    }
    int64_t age = now.seconds - state->issued;
    if (age < 0) {
        return now.kind == HF_TIME_EXACT ? -1 : 0;
    }
    int64_t last = state->authenticated + hs->config->session_lifetime;
    bool over = age >= head->lifetime || age >= WEEK || now.seconds > state->not_after ||
                (state->authenticated != 0 && now.seconds >= last);
    return over ? -1 : age;
}

/* What may be offered: made for this name under this policy, and its suite is still offered. */
static bool is_fit(const hf_handshake *hs, const hf_session_view *view)
{
    uint8_t context[32];
    hf_session_head head;
    hf_session_read(view, &head);
    hf_session_context(hs, context);
    bool fit = memcmp(context, head.context, sizeof context) == 0 &&
               hf_offers_suite(hs->config, view->suite->id) && age_of(hs, &head) >= 0;
    hf_wipe(&head, sizeof head);
    return fit;
}

void hf_session_begin(hf_handshake *hs, hf_session *session)
{
    hf_session_view view;
    if (session != NULL && hf_offer_psk(hs->config) != NULL) { /* it would save nothing (psk.h) */
        session->taken = 0;
        session = NULL;
    }
    hs->session = session;
    hs->authenticated = hs->policy.now.kind == HF_TIME_NONE ? 0 : hs->policy.now.seconds;
    if (session == NULL) {
        return;
    }
    session->taken = 0;
    session->len = session->ptr == NULL || session->len > session->cap ? 0 : session->len;
    if (hf_session_look((hf_span){session->ptr, session->len}, &view) &&
        hf_session_is_whole(&view) && is_fit(hs, &view)) {
        hs->offered_len = (uint32_t)session->len;
    }
}

void hf_session_spend(hf_handshake *hs)
{
    bool version13 = hs->hello_tail > 0;
    if (version13 && !hs->spent && !hs->config->reuse_tickets) { /* RFC 8446 C.4 */
        hs->session->len = 0;
    }
    hs->spent = true;
}

bool hf_session_offered(const hf_handshake *hs, hf_session_view *view)
{
    return hs->offered_len > 0 &&
           hf_session_look((hf_span){hs->session->ptr, hs->offered_len}, view);
}

/* ---- in the ClientHello */

/* A HelloRetryRequest has named the suite: a PSK of another hash cannot be used any more (RFC 8446
 * 4.1.4). */
static void settle_offer(hf_handshake *hs, const hf_session_view *view)
{
    if (hs->suite != NULL && hs->suite->hash != view->suite->hash) {
        hs->offered_len = 0;
    }
}

/* obfuscated_ticket_age (RFC 8446 4.2.11.1) */
static uint32_t ticket_age(const hf_handshake *hs, const hf_session_view *view)
{
    hf_session_head head;
    hf_session_read(view, &head);
    uint32_t age = (uint32_t)age_of(hs, &head) * 1000u + head.age_add;
    hf_wipe(&head, sizeof head);
    return age;
}

hf_span hf_offered_psk_modes(const hf_config *config)
{
    static const uint8_t MODES[] = {1, 0}; /* psk_dhe_ke, psk_ke */
    switch (config->psk_modes) {
    case HF_PSK_DHE:
        return (hf_span){MODES, 1};
    case HF_PSK_KE_ONLY:
        return (hf_span){MODES + 1, 1};
    default:
        return (hf_span){MODES, 2};
    }
}

void hf_session_fill_hello(hf_handshake *hs, hf_client_hello_out *hello)
{
    hf_session_view view;
    if (hs->session == NULL) {
        return;
    }
    hello->psk_modes = hf_offered_psk_modes(hs->config);
    hello->wants_ticket12 = hf_offers12(hs->config);
    if (!hf_session_offered(hs, &view)) {
        return;
    }
    hello->apart = true;
    if (!HF_HAS_TLS12 || view.suite->version == HF_TLS13) {
        settle_offer(hs, &view);
        hello->identity = hs->offered_len > 0 ? view.ticket : (hf_span){NULL, 0};
        hello->age = ticket_age(hs, &view);
        hello->binder_len = hf_hash_size(view.suite->hash);
    } else if (!view.by_id) {
        hello->ticket12 = view.ticket;
    }
}

static hf_span offered_ticket(const hf_handshake *hs)
{
    hf_session_view view = {.ticket = {NULL, 0}};
    (void)hf_session_offered(hs, &view);
    return view.ticket;
}

bool hf_hello_part(const hf_handshake *hs, const uint8_t *hello, unsigned index, hf_span *part)
{
    size_t front = hs->apart_at > 0 ? hs->apart_at : hs->hello_len;
    if (index > 0 && hs->apart_at == 0) {
        return false;
    }
    switch (index) {
    case 0:
        *part = (hf_span){hello, front};
        return true;
    case 1:
        *part = offered_ticket(hs);
        return true;
    case 2:
        *part = (hf_span){hello + front, hs->hello_len - front};
        return true;
    default:
        return false;
    }
}

void hf_write_binder(const hf_handshake *hs, hf_writer *w, const hf_hello_marks *marks,
                     const hf_binding *binding)
{
    hf_hash running;
    uint8_t hash[HF_HASH_MAX];
    uint8_t binder[HF_HASH_MAX];
    if (hf_transcript_started(&hs->transcript)) { /* behind a HelloRetryRequest */
        hf_hash_clone(&running, &hs->transcript.hash);
    } else {
        hf_hash_start(&running, binding->hash);
    }
    hf_hash_add(&running, w->ptr, marks->apart);
    hf_hash_add(&running, binding->apart.ptr, binding->apart.len);
    hf_hash_add(&running, w->ptr + marks->apart, marks->binders - marks->apart);
    hf_hash_final(&running, hash);
    hf_psk_binder(binding->hash, &binding->early, binding->kind, hash, binder);
    memcpy(w->ptr + w->len - hf_hash_size(binding->hash), binder, hf_hash_size(binding->hash));
}

void hf_session_bind(hf_handshake *hs, hf_writer *w, const hf_hello_marks *marks)
{
    hf_session_view view;
    if (w->bad || marks->binders == 0 || !hf_session_offered(hs, &view)) {
        return;
    }
    hf_binding binding = {
        .kind = HF_PSK_RESUMPTION, .hash = view.suite->hash, .apart = view.ticket};
    hf_early_from_psk(binding.hash, view.secret, &binding.early);
    hf_write_binder(hs, w, marks, &binding);
    hf_wipe(&binding, sizeof binding);
}

/* ---- the server has taken it */

/* Nothing of the peer is seen again: it is who it was. */
static void resume(hf_handshake *hs, const hf_session_state *state)
{
    hs->facts |= HF_FACT_RESUMED;
    hs->authenticated = state->authenticated;
    hs->not_after = state->not_after;
    /* A client that walks one certificate at a time knows no more of its server than that. */
    hs->peer_known = hf_is_server(hs) || state->credential != HF_CREDENTIAL_NONE;
    if (hf_known_peer(hs) != NULL) {
        hs->peer.peer = (hf_peer){
            .verified = state->verified,
            .credential = state->credential,
            .resumed = true,
            .not_after = state->not_after,
            .server_name = hs->server_name,
        };
        memcpy(hs->peer.peer.sha256, state->peer_sha256, sizeof state->peer_sha256);
    }
}

void hf_resume13(hf_handshake *hs, const hf_session_state *state)
{
    resume(hs, state);
    hs->has_psk = true;
    hf_early_from_psk(state->suite->hash, state->secret, &hs->secret.early);
}

void hf_resume12(hf_handshake *hs, const hf_session_state *state)
{
    resume(hs, state);
    memcpy(hs->secret.master12.bytes, state->secret, sizeof hs->secret.master12.bytes);
}

void hf_session_of_now(const hf_handshake *hs, int64_t issued, hf_session_state *state)
{
    const hf_peer *peer = hf_known_peer(hs);
    memset(state, 0, sizeof *state);
    state->suite = hs->suite;
    state->authenticated = hs->authenticated;
    state->issued = issued;
    state->not_after = hs->not_after;
    if (peer != NULL) {
        bool shown = peer->credential != HF_CREDENTIAL_NONE;
        state->credential = peer->credential;
        state->verified = peer->verified;
        state->not_after = shown ? peer->not_after : hs->not_after;
        memcpy(state->peer_sha256, peer->sha256, sizeof state->peer_sha256);
    }
}

hf_code hf_check_psk_choice(hf_handshake *hs, const hf_server_hello *hello, hf_hash_id hash)
{
    bool share = hf_extensions_have(&hello->extensions, HF_EXT_BIT(KEY_SHARE));
    uint8_t modes = hs->config->psk_modes;
    hs->detail = hello->extensions.selected_psk;
    bool fits = hello->extensions.selected_psk == 0 && hash == hs->suite->hash;
    bool mode = share ? modes != HF_PSK_KE_ONLY : modes != HF_PSK_DHE;
    if (!fits || !mode) {
        return HF_E_PSK_CHOICE;
    }
    hs->psk_alone = !share;
    return HF_OK;
}

hf_code hf_session_taken13(hf_handshake *hs, const hf_server_hello *hello)
{
    hf_session_view view;
    hf_session_head head;
    if (!hf_session_offered(hs, &view)) {
        return hf_check_psk_choice(hs, hello, HF_HASH_NONE);
    }
    hf_code code = hf_check_psk_choice(hs, hello, view.suite->hash);
    if (code == HF_OK) {
        hf_session_read(&view, &head);
        hf_resume13(hs, &head.state);
        hf_wipe(&head, sizeof head);
    }
    return code;
}
