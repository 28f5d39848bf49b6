/* Receiving side of the record layer: deframe, open, hand on. See record.h.
 *
 * buffer: [0, start) done | [start, end) received | [end, cap) room. `content` and `content_len`
 * are the part of the record at work that is not taken yet. Opening in pieces is in
 * record_pieces.c.
 */
#include "tls/record_early.h"
#include "tls/record_pieces.h"
#include "tls/tell.h"

#include "crypto/crypto.h"

#include <string.h>

void hf_record_in_init(hf_record_in *in, hf_space buffer)
{
    memset(in, 0, sizeof *in);
    in->buffer = buffer;
    in->empty_max = HF_EMPTY_MAX;
}

uint8_t *hf_record_space(hf_record_in *in, size_t *room)
{
    if (in->content_len == 0 && in->start > 0) { /* nothing is lent: the bytes may move */
        memmove(in->buffer.ptr, in->buffer.ptr + in->start, in->end - in->start);
        in->end -= in->start;
        in->start = 0;
    }
    *room = in->buffer.cap - in->end;
    return *room > 0 ? in->buffer.ptr + in->end : NULL;
}

void hf_record_received(hf_record_in *in, size_t len)
{
    in->end += (uint32_t)len;
}

bool hf_record_tentative(const hf_record_in *in)
{
    return in->state == HF_IN_PIECES && in->sealed;
}

bool hf_record_at_end(const hf_record_in *in)
{
    return in->state == HF_IN_HEADER && in->content_len == 0;
}

/* ---- header */

/* A client that speaks plain HTTP to a server of ours. */
static bool is_http_request(const uint8_t *at, size_t len)
{
    static const char METHODS[][5] = {"GET ", "HEAD", "POST", "PUT "};
    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0] && len >= 4; i++) {
        if (memcmp(at, METHODS[i], 4) == 0) {
            return true;
        }
    }
    return false;
}

/* The first bytes of the peer, as far as they are there. */
static hf_code check_first_bytes(const uint8_t *at, size_t len)
{
    static const uint8_t HTTP[] = {'H', 'T', 'T', 'P', '/'};
    size_t same = len < sizeof HTTP ? len : sizeof HTTP;
    if (memcmp(at, HTTP, same) == 0) {
        return same == sizeof HTTP ? HF_E_HTTP : HF_OK;
    }
    if (HF_HAS_SERVER && is_http_request(at, len)) {
        return HF_E_HTTP;
    }
    if (at[0] < HF_CHANGE_CIPHER_SPEC || at[0] > HF_CONTENT_DATA) {
        return HF_E_NOT_TLS;
    }
    return len < 2 || at[1] == 3 ? HF_OK : HF_E_RECORD_VERSION;
}

/* RFC 8446 7.3 lets a client switch to its handshake keys as late as with its own flight, so an
 * alert about ours may come before that (OpenSSL 3.0 does so). It can only end the connection. */
static bool is_plain_alert(const hf_record_in *in, uint8_t type)
{
    return HF_HAS_SERVER && in->plain_alerts && in->keys.active && in->keys.sequence == 0 &&
           type == HF_CONTENT_ALERT;
}

/* RFC 8446 5: the change_cipher_spec of compatibility mode is never protected. */
static bool is_sealed(const hf_record_in *in, uint8_t type)
{
    bool dummy = in->version13 && type == HF_CHANGE_CIPHER_SPEC;
    return in->keys.active && !dummy && !is_plain_alert(in, type);
}

static bool may_have_type(const hf_record_in *in, uint8_t type)
{
    switch (type) {
    case HF_CHANGE_CIPHER_SPEC:
        return true;
    case HF_CONTENT_ALERT:
    case HF_CONTENT_HANDSHAKE: /* RFC 8446 5: protected ones are application_data on the outside */
        return !in->sealed || !in->version13;
    case HF_CONTENT_DATA:
        return in->sealed || hf_early_known(in, type);
    default:
        return false;
    }
}

/* Largest length field that is allowed for this record (RFC 8446 5.1, 5.2; RFC 8449 4). */
static uint32_t length_limit(const hf_record_in *in, uint8_t type)
{
    if (!in->sealed && !hf_early_known(in, type)) {
        return HF_PLAINTEXT_MAX;
    }
    if (in->limit == 0 || hf_early_expected(in)) {
        return HF_CIPHERTEXT_MAX;
    }
    return in->limit + HF_TAG_SIZE + hf_record_explicit(&in->keys);
}

static hf_code check_header(hf_record_in *in, const uint8_t *at, uint32_t len, uint32_t *detail)
{
    if (at[1] != 3) {
        return HF_E_RECORD_VERSION;
    }
    if (!may_have_type(in, at[0])) {
        return HF_E_RECORD_TYPE;
    }
    if (len > length_limit(in, at[0])) {
        *detail = len;
        return HF_E_RECORD_OVERFLOW;
    }
    bool plain_ccs = at[0] == HF_CHANGE_CIPHER_SPEC && !in->sealed;
    return plain_ccs && len != 1 ? HF_E_CHANGE_CIPHER_SPEC
                                 : HF_OK; /* also one that would not fit */
}

/* ---- whole records */

/* Content type and length of an opened TLS 1.3 record: the last byte that is not zero is the type
 * (RFC 8446 5.4). */
static hf_code strip_padding(hf_record_in *in, uint32_t len)
{
    const uint8_t *content = in->buffer.ptr + in->content;
    while (len > 0 && content[len - 1] == 0) {
        len--;
    }
    if (len == 0) {
        return HF_E_RECORD_TYPE;
    }
    in->type = content[len - 1];
    in->content_len = len - 1;
    return HF_OK;
}

/* RFC 8446 5.4: padding included, 2^14 + 1 bytes; RFC 5246 6.2.3: 2^14. */
bool hf_record_too_long(const hf_record_in *in)
{
    return in->inner_len > HF_PLAINTEXT_MAX + (in->version13 ? 1u : 0u);
}

static hf_code open_record(hf_record_in *in, const uint8_t *header, uint32_t len, uint32_t *detail)
{
    hf_record_keys *keys = &in->keys;
    uint32_t around = hf_record_explicit(keys) + HF_TAG_SIZE;
    if (len < around) {
        return HF_E_BAD_RECORD_MAC;
    }
    uint32_t plain = len - around;
    hf_record_protection with;
    hf_record_protect(keys, in->version13, header, plain, &with);
    in->content += hf_record_explicit(keys);
    uint8_t *content = in->buffer.ptr + in->content;
    hf_code code = hf_aead_open(&keys->aead, with.nonce, (hf_span){with.ad, with.ad_len}, content,
                                plain, content + plain);
    if (code != HF_OK) {
        return code;
    }
    keys->sequence++;
    in->content_len = plain;
    in->inner_len = (uint16_t)plain;
    if (hf_record_too_long(in)) {
        *detail = len;
        return HF_E_RECORD_OVERFLOW;
    }
    return in->version13 ? strip_padding(in, plain) : HF_OK;
}

/* RFC 8446 5: a change_cipher_spec of value 1 is dropped between ClientHello and Finished. */
static hf_code drop_ccs(hf_record_in *in, const uint8_t *body, uint32_t len)
{
    if (!in->drop_ccs || len != 1 || body[0] != 1) {
        return HF_E_CHANGE_CIPHER_SPEC;
    }
    in->dropped++;
    return in->dropped > HF_CCS_MAX ? HF_E_TOO_MANY_RECORDS : HF_OK;
}

static hf_code check_empty(hf_record_in *in)
{
    if (in->content_len > 0) {
        in->empty = 0;
        return HF_OK;
    }
    if (in->type != HF_CONTENT_DATA) {
        return HF_E_EMPTY_RECORD;
    }
    in->empty++;
    return in->empty > in->empty_max ? HF_E_TOO_MANY_RECORDS : HF_OK;
}

/* HF_PENDING: nothing of it is content. */
static hf_code take_whole(hf_record_in *in, const uint8_t *header, uint32_t len, uint32_t *detail)
{
    hf_code code = HF_OK;
    in->type = header[0];
    in->records++;
    in->content = in->start + HF_RECORD_HEADER;
    in->content_len = len;
    in->start = in->content + len;
    bool dropped = in->type == HF_CHANGE_CIPHER_SPEC && (in->version13 || in->drop_ccs);
    bool skipped = false;
    if (dropped) {
        code = drop_ccs(in, header + HF_RECORD_HEADER, len);
        in->content_len = 0;
    } else {
        code = in->sealed ? open_record(in, header, len, detail) : HF_OK;
        if (code == HF_E_BAD_RECORD_MAC && hf_early_expected(in)) {
            in->content_len = 0; /* RFC 8446 4.2.10: what does not open is early data */
            skipped = true;
            code = hf_early_skip(in, len);
        } else {
            code = code == HF_OK && HF_HAS_SERVER ? hf_early_over(in, detail) : code;
            code = code == HF_OK ? check_empty(in) : code;
        }
    }
    if (code == HF_OK && !skipped && hf_tells_records(in->owner)) {
        const uint8_t *content = dropped ? header + HF_RECORD_HEADER : in->buffer.ptr + in->content;
        hf_tell_received_record(in, HF_RECORD_HEADER + len, in->sealed,
                                (hf_span){content, dropped ? len : in->content_len});
    }
    if (code != HF_OK) {
        in->content_len = 0;
        return code;
    }
    return in->content_len > 0 ? HF_OK : HF_PENDING;
}

static bool may_open_in_pieces(const hf_record_in *in, uint8_t type)
{
    if (!in->sealed) {
        return type == HF_CONTENT_HANDSHAKE;
    }
    return in->pieces_sealed && in->version13 && in->limit == 0 && type == HF_CONTENT_DATA &&
           hf_crypto_has_pieces((hf_aead_id)in->keys.aead.id);
}

static hf_code next_record(hf_record_in *in, uint32_t *detail)
{
    hf_code code = HF_OK;
    const uint8_t *header = in->buffer.ptr + in->start;
    uint32_t have = in->end - in->start;
    if (!in->first_seen && have > 0) { /* before a header is whole: it may never become one */
        in->first_seen = have >= HF_RECORD_HEADER;
        code = check_first_bytes(header, have);
    }
    if (code != HF_OK || have < HF_RECORD_HEADER) {
        return code == HF_OK ? HF_PENDING : code;
    }
    uint32_t len = (uint32_t)header[3] << 8 | header[4];
    in->sealed = is_sealed(in, header[0]);
    code = check_header(in, header, len, detail);
    if (code != HF_OK) {
        return code;
    }
    if (hf_early_known(in, header[0]) ||
        (hf_early_expected(in) && HF_RECORD_HEADER + len > in->buffer.cap)) {
        code = hf_early_skip(in, len);
        return code == HF_OK ? hf_early_begin(in, len) : code;
    }
    if (HF_RECORD_HEADER + len <= in->buffer.cap) {
        return have < HF_RECORD_HEADER + len ? HF_PENDING : take_whole(in, header, len, detail);
    }
    if (!may_open_in_pieces(in, header[0])) {
        *detail = HF_RECORD_HEADER + len;
        return HF_E_RECORD_TOO_LARGE;
    }
    code = hf_pieces_begin(in, header, len);
    return code == HF_OK ? hf_pieces_next(in, detail) : code;
}

hf_code hf_record_next(hf_record_in *in, uint32_t *detail)
{
    if (in->state == HF_IN_PIECES) {
        return hf_pieces_next(in, detail);
    }
    if (HF_HAS_SERVER && in->state == HF_IN_EARLY && !hf_early_pass(in)) {
        return HF_PENDING;
    }
    hf_code code = HF_PENDING;
    uint32_t before = in->start;
    do {
        before = in->start;
        code = next_record(in, detail);
    } while (code == HF_PENDING && in->state == HF_IN_HEADER && in->start != before);
    return code;
}
