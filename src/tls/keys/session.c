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
#include "wire/reader.h"
#include "wire/secret.h"
#include "wire/writer.h"

#include <string.h>

#define MARK       'h'
#define FORMAT     1
#define FLAG_BY_ID 1u
#define FIXED      104u
#define CHECK      8u

size_t hf_session_secret_size(const hf_suite *suite)
{
    return suite->version == HF_TLS13 ? hf_hash_size(suite->hash) : sizeof(hf_master_secret12);
}

size_t hf_session_head_size(const hf_suite *suite)
{
    return FIXED + hf_session_secret_size(suite) + CHECK;
}

static void write_time(hf_writer *w, int64_t time)
{
    hf_write_u32(w, (uint32_t)((uint64_t)time >> 32));
    hf_write_u32(w, (uint32_t)(uint64_t)time);
}

static int64_t read_time(hf_reader *r)
{
    uint64_t high = hf_read_u32(r);
    return (int64_t)(high << 32 | hf_read_u32(r));
}

static void check_of(hf_span head, hf_span ticket, uint8_t check[CHECK])
{
    uint8_t value[HF_HASH_MAX];
    hf_hash hash;
    hf_hash_start(&hash, HF_SHA256);
    hf_hash_add(&hash, head.ptr, head.len);
    hf_hash_add(&hash, ticket.ptr, ticket.len);
    hf_hash_final(&hash, value);
    memcpy(check, value, CHECK);
}

void hf_session_write(uint8_t *blob, const hf_session_head *head)
{
    const hf_session_state *state = &head->state;
    size_t size = hf_session_head_size(state->suite);
    hf_writer w = hf_write_to(blob, size - CHECK);
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
    check_of((hf_span){blob, w.len}, (hf_span){blob + size, head->ticket_len}, blob + w.len);
}

static void read_head(hf_reader *r, hf_session_head *head)
{
    hf_session_state *state = &head->state;
    head->by_id = (hf_read_u8(r) & FLAG_BY_ID) != 0;
    uint8_t kinds = hf_read_u8(r);
    state->credential = kinds >> 4;
    state->verified = kinds & 15;
    state->issued = read_time(r);
    state->authenticated = read_time(r);
    state->not_after = read_time(r);
    head->lifetime = hf_read_u32(r);
    head->age_add = hf_read_u32(r);
    memcpy(state->peer_sha256, hf_read_bytes(r, 32).ptr, 32);
    memcpy(head->context, hf_read_bytes(r, 32).ptr, 32);
    head->ticket_len = hf_read_u16(r);
}

hf_span hf_session_ticket(hf_span blob)
{
    hf_reader r = hf_read_span_of(blob);
    (void)hf_read_u16(&r);
    const hf_suite *suite = hf_suite_find(hf_read_u16(&r));
    size_t head = suite == NULL ? blob.len : hf_session_head_size(suite);
    return head < blob.len ? (hf_span){blob.ptr + head, blob.len - head} : (hf_span){NULL, 0};
}

bool hf_session_read_again(hf_span blob, hf_session_head *head, hf_span *ticket)
{
    hf_reader r = hf_read_span_of(blob);
    bool ours = hf_read_u8(&r) == MARK && hf_read_u8(&r) == FORMAT;
    const hf_suite *suite = hf_suite_find(hf_read_u16(&r));
    if (!ours || suite == NULL || blob.len < hf_session_head_size(suite)) {
        return false;
    }
    size_t secret = hf_session_secret_size(suite);
    head->state.suite = suite;
    read_head(&r, head);
    memset(head->state.secret, 0, sizeof head->state.secret);
    memcpy(head->state.secret, hf_read_bytes(&r, secret).ptr, secret);
    (void)hf_read_bytes(&r, CHECK);
    *ticket = hf_read_bytes(&r, hf_read_left(&r));
    bool full = ticket->len > 0 && (!head->by_id || ticket->len <= HF_SESSION_ID);
    if (ticket->len != head->ticket_len || !full) {
        hf_wipe(head, sizeof *head);
        return false;
    }
    return true;
}

bool hf_session_read(hf_span blob, hf_session_head *head, hf_span *ticket)
{
    uint8_t check[CHECK];
    if (!hf_session_read_again(blob, head, ticket)) {
        return false;
    }
    size_t checked = hf_session_head_size(head->state.suite) - CHECK;
    check_of((hf_span){blob.ptr, checked}, *ticket, check);
    bool whole = memcmp(check, blob.ptr + checked, CHECK) == 0;
    if (!whole) {
        hf_wipe(head, sizeof *head);
    }
    return whole;
}
