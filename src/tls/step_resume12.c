/* Sessions of TLS 1.2, both roles: by ticket (RFC 5077) and by session id (RFC 5246 7.3), always
 * with the extended master secret (RFC 7627 5.3).
 *
 * A client recognises that it is resumed by its session id coming back. A server gives a new ticket
 * in every handshake of a client that takes tickets; an id only to those that do not.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/session.h"
#include "wire/secret.h"

#include <string.h>

/* ---- client */

static bool offered12(const hf_handshake *hs, hf_session_view *view)
{
    return hf_session_offered(hs, view) && view->suite->version == HF_TLS12;
}

bool hf_offered_id12(const hf_handshake *hs, uint8_t id[HF_SESSION_ID], size_t *len)
{
    hf_session_view view;
    if (!HF_HAS_TLS12 || !offered12(hs, &view)) {
        return false;
    }
    *len = 0; /* with a ticket any id will do: the caller makes one */
    if (view.by_id) {
        memcpy(id, view.ticket.ptr, view.ticket.len);
        *len = view.ticket.len;
    }
    return true;
}

hf_code hf_session_taken12(hf_handshake *hs)
{
    hf_session_view view;
    hf_session_head head;
    if (!offered12(hs, &view)) {
        return HF_E_SESSION_ID; /* it would resume a session that never was */
    }
    if (view.suite != hs->suite) { /* RFC 5246 7.4.1.3 */
        hs->detail = hs->suite->id;
        return HF_E_SUITE;
    }
    if (!hs->extended_master) {
        return HF_E_NO_EXTENDED_MASTER_SECRET; /* RFC 7627 5.3 */
    }
    hf_session_read(&view, &head);
    hf_resume12(hs, &head.state);
    hf_wipe(&head, sizeof head);
    return HF_OK;
}

/* ---- server */

static bool open_stored(const hf_handshake *hs, hf_span id, hf_session_state *state)
{
    const hf_session_store *store = &hs->config->store;
    uint8_t stored[HF_STORED_MAX];
    uint8_t context[32];
    size_t len = 0;
    if (store->get == NULL || id.len != HF_SESSION_ID ||
        !store->get(store->ctx, id.ptr, stored, &len)) {
        return false;
    }
    hf_ticket_context(hs, context);
    bool good = len <= sizeof stored &&
                hf_stored_read((hf_span){stored, len}, context, hs->suite, state) &&
                hf_session_still_good(hs, state);
    hf_wipe(stored, sizeof stored);
    return good;
}

/* What the client gets for the next time. */
static void plan(hf_handshake *hs, const hf_client_hello *hello)
{
    const hf_config *config = hs->config;
    bool takes = hf_client_hello_has(hello, HF_EXT_BIT(SESSION_TICKET));
    bool resumed = (hs->facts & HF_FACT_RESUMED) != 0;
    bool clock = hs->policy.now.kind == HF_TIME_EXACT;
    if (!hs->extended_master || !clock) {
        return;
    }
    if (takes && config->ticket_keys.find != NULL) {
        hs->facts |= HF_FACT_TICKET;
        hs->answers |= HF_EXT_BIT(SESSION_TICKET);
    } else if (config->store.put != NULL && !resumed) {
        hs->gives_id = true;
    }
}

hf_code hf_take_session12(hf_handshake *hs, const hf_client_hello *hello)
{
    hf_session_state state;
    hs->server_name = hello->server_name; /* a session is bound to it */
    bool ticket = hello->ticket12.len > 0;
    bool there = ticket ? hf_open_ticket(hs, hello->ticket12, &state)
                        : open_stored(hs, hello->session_id, &state);
    if (there && hs->extended_master) {
        hf_resume12(hs, &state);
    }
    hf_wipe(&state, sizeof state);
    if (there && !hs->extended_master) { /* RFC 7627 5.3: the session had it */
        return HF_E_NO_EXTENDED_MASTER_SECRET;
    }
    hs->facts |= there ? 0u : (unsigned)HF_FACT_FULL;
    plan(hs, hello);
    return HF_OK;
}

/* RFC 5077 3.3: announced, it has to come, if need be without a ticket. */
hf_code hf_send_ticket12(hf_handshake *hs, hf_writer *w)
{
    uint8_t ticket[HF_TICKET_MAX];
    hf_session_state state;
    size_t len = 0;
    hf_session_of_now(hs, hs->policy.now.seconds, &state);
    memcpy(state.secret, hs->secret.master12.bytes, sizeof hs->secret.master12.bytes);
    uint32_t lifetime = hf_seal_ticket(hs, &state, ticket, &len);
    hf_wipe(&state, sizeof state);
    hf_new_session_ticket_write(w, &(hf_new_session_ticket_out){
                                       .version = HF_TLS12,
                                       .lifetime = lifetime,
                                       .ticket = {ticket, lifetime > 0 ? len : 0},
                                   });
    return HF_OK;
}

/* The handshake is over: the session is kept under the id that the client was told. */
void hf_store_session12(hf_handshake *hs)
{
    const hf_session_store *store = &hs->config->store;
    uint8_t stored[HF_STORED_MAX];
    uint8_t context[32];
    hf_session_state state;
    if (!hs->gives_id) {
        return;
    }
    hf_session_of_now(hs, hs->policy.now.seconds, &state);
    memcpy(state.secret, hs->secret.master12.bytes, sizeof hs->secret.master12.bytes);
    hf_ticket_context(hs, context);
    size_t len = hf_stored_write(&state, context, stored);
    (void)store->put(store->ctx, hs->session_id.ptr, (hf_span){stored, len}); /* full: none */
    hf_wipe(&state, sizeof state);
    hf_wipe(stored, sizeof stored);
}
