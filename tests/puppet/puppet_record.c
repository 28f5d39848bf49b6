/* The puppet's records: sealing, opening, cutting (RFC 8446 5, RFC 5246 6.2). See puppet.h. */
#include "puppet/puppet.h"

#include "puppet/puppet_inside.h"

#include <string.h>

/* ---- out */

void puppet_raw(puppet *p, const uint8_t *bytes, size_t len)
{
    if (p->mute) {
        return;
    }
    if (p->out_at == p->out_len) {
        p->out_at = p->out_len = 0;
    }
    if (len > PUPPET_OUT_MAX - p->out_len) {
        puppet_fault(p, "output is full");
        return;
    }
    if (len > 0) {
        memcpy(p->out + p->out_len, bytes, len);
    }
    p->out_len += len;
}

static void nonce_of(const hf_record_keys *keys, bool wire13, uint8_t nonce[12])
{
    uint8_t number[8];
    for (unsigned i = 0; i < 8; i++) {
        number[i] = (uint8_t)(keys->sequence >> (56 - 8 * i));
    }
    memcpy(nonce, keys->iv, 12);
    if (!wire13 && keys->explicit_nonce) {
        memcpy(nonce + 4, number, 8);
        return;
    }
    for (unsigned i = 0; i < 8; i++) {
        nonce[4 + i] ^= number[i];
    }
}

static size_t ad12(const hf_record_keys *keys, uint8_t type, size_t len, uint8_t ad[13])
{
    for (unsigned i = 0; i < 8; i++) {
        ad[i] = (uint8_t)(keys->sequence >> (56 - 8 * i));
    }
    ad[8] = type;
    ad[9] = ad[10] = 3;
    ad[11] = (uint8_t)(len >> 8);
    ad[12] = (uint8_t)len;
    return 13;
}

static void header(uint8_t *at, uint8_t type, uint16_t version, size_t len)
{
    at[0] = type;
    at[1] = (uint8_t)(version >> 8);
    at[2] = (uint8_t)version;
    at[3] = (uint8_t)(len >> 8);
    at[4] = (uint8_t)len;
}

static void seal13(puppet *p, const puppet_out *r)
{
    static uint8_t record[70000];
    uint8_t nonce[12];
    size_t len = r->len + 1 + r->pad;
    header(record, r->outer, r->version, len + HF_TAG_SIZE);
    memcpy(record + 5, r->content, r->len);
    record[5 + r->len] = r->inner;
    memset(record + 5 + r->len + 1, 0, r->pad);
    nonce_of(&p->tx, true, nonce);
    (void)hf_aead_seal(&p->tx.aead, nonce, (hf_span){record, 5}, record + 5, len, record + 5 + len);
    record[5 + len] ^= r->corrupt ? 0x10 : 0;
    p->tx.sequence++;
    puppet_raw(p, record, 5 + len + HF_TAG_SIZE);
}

static void seal12(puppet *p, const puppet_out *r)
{
    static uint8_t record[70000];
    uint8_t nonce[12];
    uint8_t ad[13];
    size_t front = p->tx.explicit_nonce ? 8 : 0;
    header(record, r->outer, r->version, front + r->len + HF_TAG_SIZE);
    (void)ad12(&p->tx, r->outer, r->len, ad);
    nonce_of(&p->tx, false, nonce);
    if (front > 0) {
        memcpy(record + 5, nonce + 4, 8);
    }
    uint8_t *content = record + 5 + front;
    memcpy(content, r->content, r->len);
    (void)hf_aead_seal(&p->tx.aead, nonce, (hf_span){ad, 13}, content, r->len, content + r->len);
    content[r->len] ^= r->corrupt ? 0x10 : 0;
    p->tx.sequence++;
    puppet_raw(p, record, 5 + front + r->len + HF_TAG_SIZE);
}

static void record_as(puppet *p, uint8_t type, const uint8_t *content, size_t len, bool seal)
{
    static const uint8_t NOTHING[1];
    puppet_out r = {.outer = seal && p->wire13 ? R_DATA : type,
                    .inner = type,
                    .version = p->record_version == 0 ? 0x0303 : p->record_version,
                    .pad = p->pad,
                    .seal = seal,
                    .content = len > 0 ? content : NOTHING,
                    .len = len};
    if (p->on_record != NULL) {
        p->on_record(p, &r);
    }
    if (r.drop) {
        return;
    }
    if (r.seal) {
        if (p->wire13) {
            seal13(p, &r);
        } else {
            seal12(p, &r);
        }
        return;
    }
    uint8_t head[5];
    header(head, r.outer, r.version, r.len);
    puppet_raw(p, head, 5);
    puppet_raw(p, r.content, r.len);
}

void puppet_record(puppet *p, uint8_t type, const uint8_t *content, size_t len)
{
    record_as(p, type, content, len, p->tx.active);
}

void puppet_plain(puppet *p, uint8_t type, const uint8_t *content, size_t len)
{
    record_as(p, type, content, len, false);
}

void puppet_ccs(puppet *p)
{
    puppet_plain(p, R_CCS, (const uint8_t[]){1}, 1);
}

void puppet_alert(puppet *p, uint8_t level, uint8_t description)
{
    puppet_record(p, R_ALERT, (const uint8_t[]){level, description}, 2);
}

void puppet_flush(puppet *p)
{
    size_t most = p->cut == 0 ? 16384 : p->cut;
    size_t len = p->flight_len;
    p->flight_len = 0;
    for (size_t at = 0; at < len; at += most) {
        puppet_record(p, R_HANDSHAKE, p->flight + at, len - at < most ? len - at : most);
    }
}

void puppet_content(puppet *p, const uint8_t *bytes, size_t len)
{
    if (len > sizeof p->flight - p->flight_len) {
        puppet_fault(p, "flight is full");
        return;
    }
    if (len > 0) {
        memcpy(p->flight + p->flight_len, bytes, len);
    }
    p->flight_len += len;
}

/* ---- in */

static void note_nonce(puppet *p, const uint8_t *body)
{
    uint64_t nonce = 0;
    for (unsigned i = 0; i < 8; i++) {
        nonce = nonce << 8 | body[i];
    }
    p->first_nonce = p->rx.sequence == 0 ? nonce : p->first_nonce;
    p->last_nonce = nonce;
    if (nonce != p->rx.sequence) {
        puppet_fault(p, "explicit nonce is not the sequence number");
    }
}

/* Opens a record in place; false when that fails. */
static bool open_record(puppet *p, uint8_t *record, size_t len, uint8_t *type, hf_span *content)
{
    uint8_t nonce[12];
    uint8_t ad[13];
    size_t front = !p->wire13 && p->rx.explicit_nonce ? 8 : 0;
    if (len < front + HF_TAG_SIZE) {
        return false;
    }
    size_t plain = len - front - HF_TAG_SIZE;
    uint8_t *body = record + 5 + front;
    nonce_of(&p->rx, p->wire13, nonce);
    if (front > 0) {
        note_nonce(p, record + 5);
    }
    size_t ad_len = p->wire13 ? 5 : ad12(&p->rx, record[0], plain, ad);
    if (p->wire13) {
        memcpy(ad, record, 5);
    }
    if (hf_aead_open(&p->rx.aead, nonce, (hf_span){ad, ad_len}, body, plain, body + plain) !=
        HF_OK) {
        return false;
    }
    p->rx.sequence++;
    p->largest_inner = plain > p->largest_inner ? plain : p->largest_inner;
    if (p->wire13) {
        while (plain > 0 && body[plain - 1] == 0) {
            plain--;
        }
        if (plain == 0) {
            return false;
        }
        *type = body[--plain];
    }
    *content = (hf_span){body, plain};
    return true;
}

static void take_alert(puppet *p, hf_span content)
{
    p->alerts++;
    if (content.len != 2) {
        puppet_fault(p, "alert of a wrong length");
        return;
    }
    p->alert_level = content.ptr[0];
    p->alert = content.ptr[1];
}

static void take_handshake(puppet *p, hf_span content)
{
    if (content.len == 0) {
        puppet_fault(p, "empty handshake record");
    }
    p->largest = content.len > p->largest ? content.len : p->largest;
    p->smallest = p->smallest == 0 || content.len < p->smallest ? content.len : p->smallest;
    if (content.len > sizeof p->message - p->message_len) {
        puppet_fault(p, "message is too long");
        return;
    }
    if (p->message_len > 0) {
        p->came_cut |= UINT32_C(1) << (p->message[0] & 31);
    }
    memcpy(p->message + p->message_len, content.ptr, content.len);
    p->message_len += content.len;
    while (p->message_len >= 4) {
        size_t len = 4 + ((size_t)p->message[1] << 16 | (size_t)p->message[2] << 8 | p->message[3]);
        if (p->message_len < len) {
            return;
        }
        p->role->message_in(p, p->message, len);
        memmove(p->message, p->message + len, p->message_len - len);
        p->message_len -= len;
    }
}

static void did_not_open(puppet *p)
{
    if (p->skipping) {
        p->skipped++;
    } else {
        puppet_fault(p, "record does not open");
    }
}

static void take_record(puppet *p, uint8_t *record, size_t len)
{
    uint8_t type = record[0];
    hf_span content = {record + 5, len};
    bool ccs = type == R_CCS && (p->wire13 || !p->rx.active);
    bool plain_alert = type == R_ALERT && len == 2; /* sent before the client had keys */
    p->records++;
    if (p->skipping && !p->rx.active && type == R_DATA) { /* RFC 8446 4.2.10, behind a retry */
        p->skipped++;
        return;
    }
    if (p->rx.active && !ccs && !plain_alert) {
        if (!open_record(p, record, len, &type, &content)) {
            did_not_open(p);
            return;
        }
        p->skipping = false;
    }
    if (p->message_len > 0 && type != R_HANDSHAKE) {
        puppet_fault(p, "record between parts of a message");
    }
    switch (type) {
    case R_CCS:
        p->role->ccs_in(p, content);
        break;
    case R_ALERT:
        take_alert(p, content);
        break;
    case R_HANDSHAKE:
        take_handshake(p, content);
        break;
    case R_DATA:
        if (content.len <= sizeof p->data - p->data_len) {
            memcpy(p->data + p->data_len, content.ptr, content.len);
            p->data_len += content.len;
        }
        break;
    default:
        puppet_fault(p, "unknown content type");
    }
}

void puppet_receive(puppet *p, const uint8_t *bytes, size_t len)
{
    if (len > sizeof p->in - p->in_len) {
        puppet_fault(p, "input is full");
        return;
    }
    memcpy(p->in + p->in_len, bytes, len);
    p->in_len += len;
    while (p->in_len >= 5) {
        size_t body = (size_t)p->in[3] << 8 | p->in[4];
        if (p->in_len < 5 + body) {
            return;
        }
        take_record(p, p->in, body);
        memmove(p->in, p->in + 5 + body, p->in_len - 5 - body);
        p->in_len -= 5 + body;
    }
}
