/* A client takes what the server gives for the next time: NewSessionTicket of both versions (RFC
 * 8446 4.6.1, RFC 5077 3.3), or a session id of TLS 1.2.
 *
 * A ticket is read as it comes, straight into the caller's session, behind the session that is
 * there if both fit. What does not fit, or is not wanted, is passed over. The session's length
 * changes only when everything is authentic: the record's tag, and in TLS 1.2 the server's
 * Finished.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/schedule13.h"
#include "tls/tell.h"
#include "wire/secret.h"

#include <string.h>

#define UNSPECIFIED      86400u /* RFC 5077 5.6: a lifetime of zero leaves it to the client */
#define TICKET_TAKEN_MAX 60000u /* what a ClientHello of 2^16 bytes can carry */

enum ticket_state {
    TICKET_LIFETIME = 0,
    TICKET_AGE_ADD, /* from here to NONCE: TLS 1.3 */
    TICKET_NONCE_LEN,
    TICKET_NONCE,
    TICKET_LEN,
    TICKET_BODY,
    TICKET_EXTENSIONS_LEN, /* TLS 1.3 */
    TICKET_EXTENSIONS,
    TICKET_OVER,
};

/* Bytes of the number that this state reads; 0 where bytes are taken as they are. */
static unsigned number_width(uint8_t state)
{
    static const uint8_t WIDTH[] = {
        [TICKET_LIFETIME] = 4, [TICKET_AGE_ADD] = 4,        [TICKET_NONCE_LEN] = 1,
        [TICKET_LEN] = 2,      [TICKET_EXTENSIONS_LEN] = 2, [TICKET_OVER] = 0};
    return WIDTH[state];
}

/* One that came before in the same record is not authentic yet: the next is passed over. */
static bool one_waits(const hf_handshake *hs)
{
    return hs->ticket.keep && hs->ticket.whole;
}

/* ---- where it goes */

/* Room for a session of `len` bytes behind its head; the one that is there stays if it can. */
static void find_room(hf_handshake *hs, size_t len)
{
    hf_session *session = hs->session;
    hf_ticket_reader *ticket = &hs->ticket;
    size_t need = hf_session_head_size(hs->suite) + len;
    bool good = session != NULL && len <= TICKET_TAKEN_MAX;
    if (one_waits(hs) || len == 0) { /* RFC 5077 3.3: none after all; an id may do instead */
        return;
    }
    ticket->keep = good && need <= session->cap;
    if (!ticket->keep) {
        return;
    }
    bool both = need <= session->cap - session->len;
    ticket->at = both ? (uint32_t)session->len : 0;
    session->len = both ? session->len : 0;
    ticket->len = (uint16_t)len;
    ticket->by_id = false;
}

static bool is_taken(const hf_handshake *hs)
{
    return hs->ticket.keep && !hs->ticket.whole;
}

static uint8_t *ticket_place(const hf_handshake *hs)
{
    return hs->session->ptr + hs->ticket.at + hf_session_head_size(hs->suite);
}

/* ---- reading */

static void take_number(hf_handshake *hs, uint32_t number)
{
    hf_ticket_reader *ticket = &hs->ticket;
    uint8_t state = hs->list.state;
    if (state > TICKET_AGE_ADD) { /* it says how many bytes follow */
        hs->list.left = number;
    }
    if (one_waits(hs)) {
        return;
    }
    if (state == TICKET_LIFETIME) {
        ticket->lifetime = number;
    } else if (state == TICKET_AGE_ADD) {
        ticket->age_add = number;
    } else if (state == TICKET_NONCE_LEN) {
        ticket->nonce_len = (uint8_t)number;
    } else if (state == TICKET_LEN) {
        find_room(hs, number);
    }
}

/* States that TLS 1.2 does not have, and those of bytes of which there may be none. */
#define ONLY13                                                                                     \
    (1u << TICKET_AGE_ADD | 1u << TICKET_NONCE_LEN | 1u << TICKET_NONCE |                          \
     1u << TICKET_EXTENSIONS_LEN | 1u << TICKET_EXTENSIONS)
#define BYTES (1u << TICKET_NONCE | 1u << TICKET_BODY | 1u << TICKET_EXTENSIONS)

/* A number is whole, or the bytes behind one are: what is next. */
static void next_state(hf_handshake *hs)
{
    hf_list_reader *t = &hs->list;
    unsigned passed_over = (hf_runs13(hs) ? 0 : ONLY13) | (t->left == 0 ? BYTES : 0);
    do {
        t->state++;
    } while ((passed_over >> t->state & 1) != 0);
    t->have = 0;
    t->value = 0;
}

static hf_code number_byte(hf_handshake *hs, uint8_t byte)
{
    hf_list_reader *t = &hs->list;
    t->value = t->value << 8 | byte;
    t->have++;
    if (t->have < number_width(t->state)) {
        return HF_OK;
    }
    bool empty = t->state == TICKET_LEN && t->value == 0;
    if (empty && hf_runs13(hs)) {
        return HF_E_DECODE; /* ticket<1..2^16-1> */
    }
    take_number(hs, t->value);
    next_state(hs);
    return HF_OK;
}

/* Bytes of the nonce, the ticket or the extensions; returns how many were taken. */
static size_t take_bytes(hf_handshake *hs, hf_span piece)
{
    hf_list_reader *t = &hs->list;
    hf_ticket_reader *ticket = &hs->ticket;
    size_t len = piece.len < t->left ? piece.len : t->left;
    if (t->state == TICKET_NONCE && !one_waits(hs)) {
        memcpy(hs->slot.ptr + ticket->nonce_len - t->left, piece.ptr, len);
    } else if (t->state == TICKET_BODY && is_taken(hs)) {
        memcpy(ticket_place(hs) + ticket->len - t->left, piece.ptr, len);
    }
    t->left -= (uint32_t)len;
    if (t->left == 0) {
        next_state(hs);
    }
    return len;
}

hf_code hf_stream_ticket(hf_handshake *hs, hf_span piece)
{
    size_t at = 0;
    hf_code code = HF_OK;
    while (at < piece.len && code == HF_OK) {
        hs->offset = hs->body_have + (uint32_t)at;
        if (hs->list.state == TICKET_OVER) {
            code = HF_E_DECODE;
        } else if (number_width(hs->list.state) > 0) {
            code = number_byte(hs, piece.ptr[at++]);
        } else {
            at += take_bytes(hs, (hf_span){piece.ptr + at, piece.len - at});
        }
    }
    return code;
}

/* ---- keeping it */

static int64_t time_now(const hf_handshake *hs)
{
    const hf_clock *clock = &hs->config->clock;
    const hf_time now = clock->now == NULL ? hs->policy.now : clock->now(clock->ctx);
    return now.kind == HF_TIME_NONE ? 0 : now.seconds;
}

static void fill_state(const hf_handshake *hs, hf_session_state *state)
{
    const hf_ticket_reader *ticket = &hs->ticket;
    hf_session_of_now(hs, time_now(hs), state);
    if (hf_runs13(hs)) {
        hf_ticket_psk(hs->suite->hash, &hs->epoch.tls13.resumption,
                      (hf_span){hs->slot.ptr, ticket->nonce_len}, state->secret);
    } else {
        memcpy(state->secret, hs->secret.master12.bytes, sizeof hs->secret.master12.bytes);
    }
}

/* The head in front of the ticket. Nothing shows it yet. */
static void write_head(hf_handshake *hs)
{
    hf_session_head head = {
        .lifetime = hs->ticket.lifetime,
        .age_add = hs->ticket.age_add,
        .by_id = hs->ticket.by_id,
        .ticket_len = hs->ticket.len,
    };
    fill_state(hs, &head.state);
    if (hf_runs13(hs)) {
        memcpy(head.context, hs->hello_digest, sizeof head.context);
    } else {
        hf_session_context(hs, head.context);
    }
    hf_session_write(hs->session->ptr + hs->ticket.at, &head);
    hf_wipe(&head, sizeof head);
}

/* RFC 8446 4.6.1: a lifetime of zero says that it is to be forgotten at once. */
static void end_ticket13(hf_handshake *hs)
{
    hs->ticket.keep = is_taken(hs) && hs->ticket.lifetime > 0;
    if (hs->ticket.keep) {
        write_head(hs);
        hs->ticket.whole = true;
        hs->effects |= HF_EFFECT_SESSION;
    }
    hf_wipe(hs->slot.ptr, hs->ticket.nonce_len);
}

hf_code hf_recv_ticket(hf_handshake *hs, hf_reader *body)
{
    (void)body;
    if (hs->list.state != TICKET_OVER) {
        return HF_E_DECODE;
    }
    if (!hf_runs13(hs)) {
        return HF_OK; /* hf_keep_session() comes when the handshake is over */
    }
    if (!hs->ticket.whole) {
        end_ticket13(hs);
    }
    return hf_count_later(hs);
}

void hf_session_over(hf_handshake *hs)
{
    if (hf_runs13(hs)) { /* for tickets that come later, when the name is forgotten */
        hf_session_context(hs, hs->hello_digest);
        return;
    }
    bool full = (hs->facts & HF_FACT_FULL) != 0;
    hs->ticket.keep = hs->ticket.keep && hs->extended_master; /* RFC 7627 5.3 */
    if (full && !hs->ticket.keep) {
        hs->session->len = 0; /* the server did not want it, or none was there */
    }
    if (hs->ticket.keep) {
        hs->ticket.lifetime = hs->ticket.lifetime > 0 ? hs->ticket.lifetime : UNSPECIFIED;
        write_head(hs);
        hf_keep_session(hs);
    }
}

void hf_note_session_id(hf_handshake *hs, hf_span id)
{
    find_room(hs, id.len);
    if (hs->ticket.keep) {
        memcpy(ticket_place(hs), id.ptr, id.len);
        hs->ticket.by_id = true;
        hs->ticket.lifetime = 0;
    }
}

void hf_keep_session(hf_handshake *hs)
{
    hf_session *session = hs->session;
    hf_ticket_reader *ticket = &hs->ticket;
    if (!ticket->keep) {
        return;
    }
    size_t size = hf_session_head_size(hs->suite) + ticket->len;
    memmove(session->ptr, session->ptr + ticket->at, size);
    hf_wipe(session->ptr + size, ticket->at);
    session->len = size;
    session->taken++;
    hf_tell_session(hs, ticket->lifetime);
    *ticket = (hf_ticket_reader){0};
}
