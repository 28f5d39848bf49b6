/* A client's session as bytes: see session.h.
 *
 * 'h' format suite[2] flags kinds | issued[8] authenticated[8] not_after[8] | lifetime[4]
 * age_add[4] | peer[32] context[32] | ticket_len[2] secret[32 or 48] check[8] | ticket
 *
 * All numbers big-endian. `check` is the beginning of the SHA-256 of everything else: it finds
 * damage, not forgery, against which only the flash itself can help.
 */
#include "tls/keys/session.h"

#include "crypto/crypto.h"
#include "wire/writer.h"

#include <string.h>

#define MARK       'h'
#define FORMAT     1
#define FLAG_BY_ID 1u
#define CHECK      8u

enum place {
    AT_MARK = 0,
    AT_FORMAT = 1,
    AT_SUITE = 2,
    AT_FLAGS = 4,
    AT_KINDS = 5,
    AT_ISSUED = 6,
    AT_AUTHENTICATED = 14,
    AT_NOT_AFTER = 22,
    AT_LIFETIME = 30,
    AT_AGE_ADD = 34,
    AT_PEER = 38,
    AT_CONTEXT = 70,
    AT_TICKET_LEN = 102,
    AT_SECRET = 104,
};

size_t hf_session_secret_size(const hf_suite *suite)
{
    return suite->version == HF_TLS13 ? hf_hash_size(suite->hash) : sizeof(hf_master_secret12);
}

size_t hf_session_head_size(const hf_suite *suite)
{
    return AT_SECRET + hf_session_secret_size(suite) + CHECK;
}

static void write_time(hf_writer *w, int64_t time)
{
    hf_write_u32(w, (uint32_t)((uint64_t)time >> 32));
    hf_write_u32(w, (uint32_t)(uint64_t)time);
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static int64_t get_time(const uint8_t *at)
{
    return (int64_t)((uint64_t)get32(at) << 32 | get32(at + 4));
}

static void check_of(const uint8_t *blob, size_t head, size_t ticket, uint8_t check[HF_HASH_MAX])
{
    const hf_span parts[] = {{blob, head - CHECK}, {blob + head, ticket}};
    hf_digest(HF_SHA256, parts, 2, check);
}

void hf_session_write(uint8_t *blob, const hf_session_head *head)
{
    const hf_session_state *state = &head->state;
    size_t size = hf_session_head_size(state->suite);
    uint8_t check[HF_HASH_MAX];
    hf_writer w = hf_write_to(blob, size);
    hf_write_u8(&w, MARK);
    hf_write_u8(&w, FORMAT);
    hf_write_u16(&w, state->suite->id);
    hf_write_u8(&w, head->by_id ? FLAG_BY_ID : 0);
    hf_write_u8(&w, (uint8_t)(state->credential << 4 | (state->verified & 15)));
    write_time(&w, state->issued);
    write_time(&w, state->authenticated);
    write_time(&w, state->not_after);
    hf_write_u32(&w, head->lifetime);
    hf_write_u32(&w, head->age_add);
    hf_write_bytes(&w, state->peer_sha256, sizeof state->peer_sha256);
    hf_write_bytes(&w, head->context, sizeof head->context);
    hf_write_u16(&w, head->ticket_len);
    hf_write_bytes(&w, state->secret, hf_session_secret_size(state->suite));
    check_of(blob, size, head->ticket_len, check);
    hf_write_bytes(&w, check, CHECK);
}

bool hf_session_look(hf_span blob, hf_session_view *view)
{
    const uint8_t *at = blob.ptr;
    if (blob.len < AT_SECRET || at[AT_MARK] != MARK || at[AT_FORMAT] != FORMAT) {
        return false;
    }
    view->suite = hf_suite_find(get16(at + AT_SUITE));
    size_t size = view->suite == NULL ? blob.len : hf_session_head_size(view->suite);
    if (blob.len <= size || blob.len - size != get16(at + AT_TICKET_LEN)) {
        return false;
    }
    view->head = at;
    view->secret = at + AT_SECRET;
    view->ticket = (hf_span){at + size, blob.len - size};
    view->by_id = (at[AT_FLAGS] & FLAG_BY_ID) != 0;
    return !view->by_id || view->ticket.len <= HF_SESSION_ID;
}

bool hf_session_is_whole(const hf_session_view *view)
{
    uint8_t check[HF_HASH_MAX];
    check_of(view->head, (size_t)(view->ticket.ptr - view->head), view->ticket.len, check);
    return memcmp(check, view->ticket.ptr - CHECK, CHECK) == 0;
}

void hf_session_read(const hf_session_view *view, hf_session_head *head)
{
    const uint8_t *at = view->head;
    hf_session_state *state = &head->state;
    memset(head, 0, sizeof *head);
    state->suite = view->suite;
    state->credential = at[AT_KINDS] >> 4;
    state->verified = at[AT_KINDS] & 15;
    state->issued = get_time(at + AT_ISSUED);
    state->authenticated = get_time(at + AT_AUTHENTICATED);
    state->not_after = get_time(at + AT_NOT_AFTER);
    memcpy(state->peer_sha256, at + AT_PEER, sizeof state->peer_sha256);
    memcpy(state->secret, view->secret, hf_session_secret_size(view->suite));
    head->lifetime = get32(at + AT_LIFETIME);
    head->age_add = get32(at + AT_AGE_ADD);
    head->by_id = view->by_id;
    memcpy(head->context, at + AT_CONTEXT, sizeof head->context);
    head->ticket_len = (uint16_t)view->ticket.len;
}
