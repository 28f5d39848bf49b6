/* The driver, receiving side: collects messages and walks the flow tables. See handshake.h.
 *
 * Invariant: a message is hashed exactly once, after `recv` accepted it and before `received` runs;
 * messages that are read as they come are hashed on the way.
 */
#include "tls/handshake.h"

#include "crypto/crypto.h"
#include "tls/keys/transcript.h"
#include "tls/tell.h"

#include <string.h>

bool hf_take_work(hf_handshake *hs, hf_work work, uint16_t number)
{
    bool may = hs->work;
    hs->work = false;
    if (may) {
        hf_tell_work(hs, work, number);
    }
    return may;
}

void hf_hash_handshake(hf_handshake *hs, const uint8_t *ptr, size_t len)
{
    hf_transcript_add(&hs->transcript, ptr, len);
    if (hf_hashes_twice(hs) && hf_transcript_started(&hs->epoch.tls12.other)) {
        hf_transcript_add(&hs->epoch.tls12.other, ptr, len);
    }
}

static bool wanted(const hf_handshake *hs, const hf_row *row)
{
    unsigned facts = row->when | (row->sender == hs->role ? hf_row_due(row) : 0);
    return (facts & ~(unsigned)hs->facts) == 0;
}

const hf_row *hf_driver_row(hf_handshake *hs)
{
    const hf_row *row = hf_flow_row(hs->version, hs->row);
    while (row != NULL && !wanted(hs, row)) {
        hs->row++;
        row = hf_flow_row(hs->version, hs->row);
    }
    return row;
}

bool hf_driver_done(const hf_handshake *hs)
{
    return hf_flow_row(hs->version, hs->row) == NULL;
}

void hf_driver_give_up(hf_handshake *hs)
{
    hs->header_have = 0;
    hs->phase = HF_PHASE_IDLE;
}

bool hf_driver_between(const hf_handshake *hs)
{
    return hs->header_have == 0 && hs->phase == HF_PHASE_IDLE;
}

bool hf_driver_waits_for_work(const hf_handshake *hs)
{
    bool checking = hs->phase == HF_PHASE_BODY && hs->header[0] == HF_CERTIFICATE &&
                    hs->list.state == HF_LIST_CHECK;
    return hs->phase == HF_PHASE_RECV || hs->phase == HF_PHASE_AFTER || checking;
}

static bool has_type(const hf_row *row, uint8_t type)
{
    return row->message == type ||
           (row->message == HF_HELLO_RETRY_REQUEST && type == HF_SERVER_HELLO);
}

/* RFC 8446 4: the row that a message of this type belongs to, or NULL when it may not stand here.
 * Moves past optional rows, but only onto a wanted row of the same sender. */
static const hf_row *find_row(hf_handshake *hs, uint8_t type)
{
    const hf_row *row = hf_driver_row(hs);
    while (row != NULL && row->sender != hs->role) {
        if (has_type(row, type)) {
            return row;
        }
        if ((row->flags & HF_ROW_OPTIONAL) == 0) {
            return NULL;
        }
        hs->row++;
        row = hf_driver_row(hs);
    }
    return NULL;
}

static const hf_row *find_later(const hf_handshake *hs, uint8_t type)
{
    const hf_row *row = hf_flow_later(hs->version, 0);
    for (unsigned i = 1; row != NULL && (row->message != type || row->sender == hs->role); i++) {
        row = hf_flow_later(hs->version, i);
    }
    return row;
}

static const hf_row *incoming_row(hf_handshake *hs, uint8_t type)
{
    return hf_driver_row(hs) == NULL ? find_later(hs, type) : find_row(hs, type);
}

/* ---- header */

static void skip(hf_span *content, size_t len)
{
    content->ptr += len;
    content->len -= len;
}

/* Takes what is missing of `want` bytes; how many that were. */
static size_t collect(uint8_t *to, size_t have, size_t want, hf_span *from)
{
    size_t len = want - have < from->len ? want - have : from->len;
    memcpy(to + have, from->ptr, len);
    skip(from, len);
    return len;
}

/* What a peer may say before the handshake is complete. */
static hf_code count_message(hf_handshake *hs)
{
    hs->messages++;
    hs->detail = hs->config->limits.messages;
    return hs->messages > hs->detail ? HF_E_HANDSHAKE_LIMIT : HF_OK;
}

/* RFC 5246 7.4.1.1: a HelloRequest during the handshake is ignored, and not hashed. */
static hf_code ignore_hello_request(hf_handshake *hs)
{
    hs->header_have = 0;
    hf_tell_received(hs, 0, (hf_span){NULL, 0});
    return hs->body_len > 0 ? HF_E_DECODE : count_message(hs);
}

/* `left` bytes of content follow the header: a message that stands there whole is parsed in place
 * and may be larger than the slot. */
static hf_code check_length(hf_handshake *hs, const hf_row *row, size_t left)
{
    bool stream = (row->flags & HF_ROW_STREAM) != 0;
    size_t scratch = hf_driver_scratch(hs).cap;
    size_t room = scratch > left ? scratch : left;
    if (!stream && hs->body_len > room) {
        hs->detail = hs->body_len + hs->reserved;
        return HF_E_MESSAGE_TOO_LARGE;
    }
    if (hs->body_len > hs->config->limits.message) {
        hs->detail = hs->config->limits.message;
        return HF_E_MESSAGE_OVER_LIMIT;
    }
    return HF_OK;
}

static hf_code accept_header(hf_handshake *hs, size_t left)
{
    uint8_t type = hs->header[0];
    hs->body_len = (uint32_t)hs->header[1] << 16 | (uint32_t)hs->header[2] << 8 | hs->header[3];
    hs->body_have = 0;
    hs->step = type;
    bool done = hf_driver_done(hs);
    if (type == HF_HELLO_REQUEST && !hf_is_server(hs) && hf_is12(hs) && !done) {
        return ignore_hello_request(hs);
    }
    hs->detail = type;
    const hf_row *row = incoming_row(hs, type);
    if (row == NULL) {
        return HF_E_UNEXPECTED_MESSAGE;
    }
    hf_code code = check_length(hs, row, left);
    code = code == HF_OK && !done ? count_message(hs) : code;
    if (code != HF_OK) {
        return code;
    }
    if ((row->flags & HF_ROW_STREAM) != 0 && !done) {
        hf_hash_handshake(hs, hs->header, HF_MESSAGE_HEADER); /* its body is hashed on the way */
    }
    hs->detail = 0;
    hs->phase = HF_PHASE_BODY;
    memset(&hs->list, 0, sizeof hs->list);
    return HF_OK;
}

/* ---- end of a message */

static void message_over(hf_handshake *hs)
{
    bool later = hf_driver_done(hs);
    hs->header_have = 0;
    hs->body_have = 0;
    hs->phase = HF_PHASE_IDLE;
    hs->offset = 0;
    hs->detail = 0;
    if (!later) {
        hs->row++;
        (void)hf_driver_row(hs);
    }
}

static hf_code run_received(hf_handshake *hs, const hf_row *row)
{
    const hf_row_steps *steps = hf_our_steps(hs, row);
    hf_code code = steps->after == NULL ? HF_OK : steps->after(hs);
    if (code == HF_OK) {
        hf_tell_over(hs, row->message);
        message_over(hs);
    }
    return code;
}

static void hash_message(hf_handshake *hs, const hf_row *row)
{
    bool hashed = (row->flags & HF_ROW_STREAM) != 0 || hf_driver_done(hs);
    if (!hashed) {
        hf_hash_handshake(hs, hs->header, HF_MESSAGE_HEADER);
        hf_hash_handshake(hs, hs->body.ptr, hs->body.len);
    }
}

/* A server_hello with the special random belongs to the row of HelloRetryRequest, and only there.
 */
static const hf_row *settle_row(hf_handshake *hs)
{
    const hf_row *row = incoming_row(hs, hs->header[0]);
    if (row == NULL || hs->header[0] != HF_SERVER_HELLO) {
        return row;
    }
    bool retry = hs->body.len >= 34 && hf_is_retry_random(hs->body.ptr + 2);
    if (row->message == HF_HELLO_RETRY_REQUEST && !retry) {
        hs->row++;
        row = hf_driver_row(hs);
        row = row != NULL && row->message == HF_SERVER_HELLO ? row : NULL;
    } else if (row->message == HF_SERVER_HELLO && retry) {
        return NULL;
    }
    return row;
}

static hf_code body_whole(hf_handshake *hs)
{
    const hf_row *row = settle_row(hs);
    if (row == NULL) {
        hs->detail = hs->header[0];
        return HF_E_RETRY_TWICE;
    }
    if (hs->phase == HF_PHASE_RECV) {
        hf_reader r = hf_read_span_of(hs->body);
        hf_code code = hf_our_steps(hs, row)->recv(hs, &r);
        if (code == HF_E_DECODE) { /* of a message that was read as it came, it is known */
            hs->offset += (uint32_t)hf_read_offset(&r);
        }
        if (code != HF_OK) {
            return code;
        }
        hash_message(hs, row);
        hs->phase = HF_PHASE_AFTER;
    }
    return run_received(hs, row);
}

/* ---- body */

/* Reads a message of a STREAM row as it comes. */
static hf_code stream_body(hf_handshake *hs, const hf_row *row, hf_span *content)
{
    size_t left = hs->body_len - hs->body_have;
    hf_span piece = {content->ptr, content->len < left ? content->len : left};
    hf_span rest = piece;
    hf_code code = HF_OK;
    if (row->message == HF_CERTIFICATE) {
        code = hf_stream_certificate(hs, &rest);
        piece.len -= rest.len;
    } else if (row->message == HF_NEW_SESSION_TICKET) {
        code = hf_stream_ticket(hs, piece);
    } /* else it is only counted */
    if (!hf_driver_done(hs)) {
        hf_hash_handshake(hs, piece.ptr, piece.len);
    }
    if (piece.len > 0 || hs->body_len == 0) { /* else it comes again after work that was pending */
        hf_tell_received(hs, hs->body_have, piece);
    }
    skip(content, piece.len);
    hs->body_have += (uint32_t)piece.len;
    if (code == HF_OK && hs->body_have == hs->body_len) {
        hs->phase = HF_PHASE_RECV;
        hs->body = (hf_span){NULL, 0};
        hs->body_in_content = false;
        code = body_whole(hs);
    }
    return code;
}

/* The body is whole. While a step is pending, hs->body stays where it is: bytes of the content are
 * taken only when the message is over. */
static hf_code finish_body(hf_handshake *hs, hf_span *content)
{
    size_t len = hs->body_in_content ? hs->body.len : 0;
    hf_code code = body_whole(hs);
    if (code == HF_OK) {
        skip(content, len);
    }
    return code;
}

/* A message that stands whole in the content is parsed where it is; otherwise it is collected in
 * the slot. */
static hf_code whole_body(hf_handshake *hs, hf_span *content)
{
    hf_space scratch = hf_driver_scratch(hs);
    hs->body_in_content = hs->body_have == 0 && content->len >= hs->body_len;
    hs->body = (hf_span){content->ptr, hs->body_len};
    if (!hs->body_in_content) {
        hs->body_have += (uint32_t)collect(scratch.ptr, hs->body_have, hs->body_len, content);
        hs->body.ptr = scratch.ptr;
        if (hs->body_have < hs->body_len) {
            return HF_OK;
        }
    }
    hf_tell_received(hs, 0, hs->body);
    hs->phase = HF_PHASE_RECV;
    return finish_body(hs, content);
}

hf_code hf_driver_receive(hf_handshake *hs, hf_span *content)
{
    if (hs->phase == HF_PHASE_RECV || hs->phase == HF_PHASE_AFTER) {
        return finish_body(hs, content); /* a step that was pending */
    }
    if (hs->header_have < HF_MESSAGE_HEADER) {
        size_t len = collect(hs->header, hs->header_have, HF_MESSAGE_HEADER, content);
        hs->header_have = (uint8_t)(hs->header_have + len);
        if (hs->header_have < HF_MESSAGE_HEADER) {
            return HF_OK;
        }
        hf_code code = accept_header(hs, content->len);
        if (code != HF_OK || hs->body_len > 0 || hs->header_have == 0) {
            return code;
        }
    }
    const hf_row *row = incoming_row(hs, hs->header[0]);
    bool stream = (row->flags & HF_ROW_STREAM) != 0;
    return stream ? stream_body(hs, row, content) : whole_body(hs, content);
}

hf_code hf_driver_ccs(hf_handshake *hs, const uint8_t *content, size_t len)
{
    const hf_row *row = hf_driver_row(hs);
    bool here = row != NULL && row->message == HF_CCS && row->sender != hs->role;
    if (!here || !hf_driver_between(hs)) {
        return HF_E_CHANGE_CIPHER_SPEC;
    }
    hf_reader r = hf_read_from(content, len);
    hf_code code = hf_our_steps(hs, row)->recv(hs, &r);
    return code == HF_OK ? run_received(hs, row) : code;
}
