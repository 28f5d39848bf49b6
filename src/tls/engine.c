/* The engine's loop: content from the record layer to the driver, effects to the record layer.
 *
 * While a record is open in pieces (its tag is not checked yet), nothing leaves: no row of ours is
 * sent, no effect is carried out, and an error is kept until the tag has been checked; a bad tag
 * wins over it. Under application keys such a record may hold a ticket or a KeyUpdate; application
 * data must fit into the buffer.
 */
#include "tls/engine.h"

#include "tls/keys/suite.h"
#include "tls/remembered.h"
#include "tls/tell.h"
#include "wire/secret.h"

#include <string.h>

#define HANDSHAKE_FAILURE    40
#define MISSING_EXTENSION    109
#define CERTIFICATE_REQUIRED 116

/* The facts of an error, as far as the handshake knows them. */
static void describe(const hf_tls *tls, hf_error *error, hf_code code)
{
    const hf_handshake *hs = &tls->handshake;
    bool open = (tls->state & HF_STATE_OPEN) != 0;
    if (error->code != HF_OK) {
        return;
    }
    error->stage = HF_STAGE_TLS;
    error->step = open && hs->header_have < HF_MESSAGE_HEADER ? HF_STEP_NONE : hs->step;
    error->depth = hf_is_certificate_error(code) ? hs->depth : HF_DEPTH_NONE;
    error->offset = hs->offset;
    error->detail = hs->detail + hf_remembered_detail(hs, code);
    error->system = hs->system;
}

/* Alerts that came with TLS 1.3 say nothing to a peer of 1.2 (RFC 5246 7.2). */
static uint8_t alert_for(const hf_tls *tls, hf_code code)
{
    uint8_t alert = hf_error_alert_of(code);
    bool newer = alert == MISSING_EXTENSION || alert == CERTIFICATE_REQUIRED;
    return newer && hf_is12(&tls->handshake) ? HANDSHAKE_FAILURE : alert;
}

/* A client without random numbers says nothing at all: not even an alert before its ClientHello. */
static bool is_mute(const hf_tls *tls, hf_code code)
{
    return code == HF_E_NO_RANDOM && !tls->out.first_written;
}

hf_code hf_engine_fail(hf_tls *tls, hf_code code)
{
    if (code == HF_OK) {
        return HF_OK;
    }
    describe(tls, &tls->error, code);
    code = hf_fail(&tls->error, code);
    uint8_t alert = alert_for(tls, code);
    bool again = (tls->state & HF_STATE_FAILED) != 0;
    bool silent = again || (tls->state & HF_STATE_CLOSED) != 0 || is_mute(tls, code);
    bool alerts = alert != HF_NO_ALERT && tls->error.alert_by == HF_ALERT_NONE && !silent;
    if (alerts) {
        tls->error.alert = alert;
        tls->error.alert_by = HF_ALERT_SENT;
    }
    if (!again) {
        hf_tell_error(tls, &tls->error);
    }
    if (alerts) {
        (void)hf_record_alert(&tls->out, 2, alert);
    }
    tls->state |= HF_STATE_FAILED;
    tls->state &= (uint16_t)~HF_STATE_WORK;
    return code;
}

/* ---- content */

/* What a peer may send before the handshake is complete. */
static hf_code count_bytes(hf_handshake *hs, size_t used)
{
    const hf_limits *limits = &hs->config->limits;
    hs->bytes += (uint32_t)used;
    if (hs->bytes > limits->bytes) {
        hs->detail = limits->bytes;
        return HF_E_HANDSHAKE_LIMIT;
    }
    return HF_OK;
}

static hf_code count_records(hf_tls *tls)
{
    const hf_limits *limits = &tls->config->limits;
    bool over = tls->in.records > limits->records && (tls->state & HF_STATE_OPEN) == 0;
    tls->handshake.detail = over ? limits->records : tls->handshake.detail;
    return over ? HF_E_HANDSHAKE_LIMIT : HF_OK;
}

static hf_code take_handshake(hf_tls *tls, hf_span *content)
{
    hf_handshake *hs = &tls->handshake;
    size_t used = content->len;
    if ((hs->effects & HF_EFFECTS_END_RECORD) != 0) {
        return HF_E_INTERLEAVED; /* RFC 8446 5.1: keys change only between records */
    }
    hs->tentative = hf_record_tentative(&tls->in);
    bool counts = !hf_driver_done(hs); /* also the message that completes the handshake */
    hf_code code = hf_driver_receive(hs, content);
    used -= content->len;
    hf_record_take(&tls->in, used);
    hf_code limit = counts ? count_bytes(hs, used) : HF_OK;
    return limit != HF_OK && (code == HF_OK || code == HF_PENDING) ? limit : code;
}

static hf_code take_content(hf_tls *tls, hf_span *content)
{
    uint8_t type = tls->in.type;
    if (type == HF_CONTENT_HANDSHAKE) { /* pieces, too, are taken for that */
        return take_handshake(tls, content);
    }
    if (!hf_driver_between(&tls->handshake)) {
        return HF_E_INTERLEAVED; /* RFC 8446 5.1 */
    }
    hf_record_take(&tls->in, content->len);
    if (type == HF_CONTENT_ALERT) {
        return hf_engine_alert(tls, content->ptr, content->len);
    }
    if (type == HF_CHANGE_CIPHER_SPEC) {
        return hf_driver_ccs(&tls->handshake, content->ptr, content->len);
    }
    return HF_E_RECORD_TYPE; /* application data before the handshake is over */
}

/* ---- records opened in pieces */

/* An error in content that is not authenticated yet: keep it, read the rest of the record. */
static hf_code keep_error(hf_tls *tls, hf_code code)
{
    if ((tls->state & HF_STATE_DRAINING) == 0) {
        hf_error_clear(&tls->kept);
        describe(tls, &tls->kept, code);
        (void)hf_fail(&tls->kept, code);
        tls->state |= HF_STATE_DRAINING;
        hf_driver_give_up(&tls->handshake); /* no step waits for this message any more */
    }
    return HF_OK;
}

static hf_code raise_kept(hf_tls *tls)
{
    tls->state &= (uint16_t)~HF_STATE_DRAINING;
    tls->error = tls->kept;
    return (hf_code)tls->kept.code;
}

/* The tag was right: what was found on the way holds now. */
static hf_code record_ended(hf_tls *tls)
{
    hf_record_in *in = &tls->in;
    hf_handshake *hs = &tls->handshake;
    if (!in->sealed) {
        return HF_OK;
    }
    if (in->type == HF_CONTENT_DATA && (tls->state & HF_STATE_OPEN) != 0) {
        hs->header_have = 0; /* what was taken for a message is none: no step, no offset */
        hs->offset = 0;
        hs->detail = HF_RECORD_HEADER + in->inner_len + HF_TAG_SIZE;
        return HF_E_RECORD_TOO_LARGE;
    }
    if (in->type == HF_CONTENT_ALERT && in->released == 2) {
        /* Its two bytes went to the driver as the beginning of a message header. */
        bool between = (hs->header_have == 2 && hs->phase == HF_PHASE_IDLE);
        hs->header_have = 0;
        return between ? hf_engine_alert(tls, in->first, sizeof in->first) : HF_E_INTERLEAVED;
    }
    if (in->type != HF_CONTENT_HANDSHAKE) {
        return in->type == HF_CONTENT_ALERT ? HF_E_ALERT_SYNTAX : HF_E_RECORD_TYPE;
    }
    if (in->released == 0) {
        return HF_E_EMPTY_RECORD;
    }
    if ((tls->state & HF_STATE_DRAINING) != 0) {
        return raise_kept(tls);
    }
    return HF_OK;
}

/* ---- the loop */

static hf_code next_content(hf_tls *tls, bool *more)
{
    hf_handshake *hs = &tls->handshake;
    hs->offset = hs->detail = 0; /* facts of the content before */
    hf_code code = hf_record_next(&tls->in, &hs->detail);
    *more = code != HF_PENDING;
    if (code == HF_OK && !hf_record_has_content(&tls->in)) {
        hs->tentative = false;
        hf_tell_pieces(tls);
        return record_ended(tls);
    }
    if (code == HF_E_EARLY_DATA) {
        hs->detail = tls->config->limits.early_data;
    }
    return code == HF_OK || code == HF_PENDING ? count_records(tls) : code;
}

/* RFC 8449 4: the limit holds for the record that carries the answer, too. */
static hf_code check_limit(hf_tls *tls)
{
    hf_handshake *hs = &tls->handshake;
    bool over = hs->limit_agreed && tls->in.inner_len > hs->our_limit;
    if (over && tls->in.keys.active) {
        hs->detail = tls->in.inner_len;
        return HF_E_RECORD_OVERFLOW;
    }
    return HF_OK;
}

bool hf_engine_has_data(const hf_tls *tls)
{
    return (tls->state & (HF_STATE_OPEN | HF_STATE_FAILED)) == HF_STATE_OPEN &&
           tls->in.type == HF_CONTENT_DATA && tls->in.content_len > 0;
}

/* One step of receiving; *more says whether another one may follow. */
static hf_code receive_step(hf_tls *tls, bool *more)
{
    bool tentative = hf_record_tentative(&tls->in);
    *more = true;
    if (!hf_record_has_content(&tls->in) && !hf_driver_waits_for_work(&tls->handshake)) {
        return next_content(tls, more);
    }
    if (hf_engine_has_data(tls)) {
        *more = false;
        tls->handshake.messages = 0;
        tls->handshake.updates = 0;
        return hf_driver_between(&tls->handshake) ? HF_OK : HF_E_INTERLEAVED;
    }
    hf_span content = hf_record_content(&tls->in);
    if ((tls->state & HF_STATE_DRAINING) != 0) {
        hf_record_take(&tls->in, content.len);
        return HF_OK;
    }
    hf_code code = take_content(tls, &content);
    if (code == HF_OK && (tls->handshake.effects & HF_EFFECT_LIMITS) != 0) {
        code = check_limit(tls);
    }
    if (code != HF_OK && code != HF_PENDING && tentative) {
        return keep_error(tls, code);
    }
    return code;
}

/* This call has had its public-key operation: what else has arrived is for the next one. */
static bool rests(const hf_tls *tls, bool could_work)
{
    bool more = hf_record_has_content(&tls->in) || tls->in.start < tls->in.end;
    return could_work && !tls->handshake.work && more;
}

static hf_code advance(hf_tls *tls)
{
    hf_code code = HF_OK;
    const bool could_work = tls->handshake.work;
    bool more = (tls->state & (HF_STATE_OPEN | HF_STATE_CLOSED)) != HF_STATE_CLOSED;
    while (code == HF_OK && more) {
        if (!hf_record_tentative(&tls->in)) {
            code = hf_engine_effects(tls);
            if (code == HF_OK && hf_driver_mine(&tls->handshake)) {
                uint8_t row = tls->handshake.row;
                code = hf_driver_send(&tls->handshake, &tls->out);
                more = tls->handshake.row != row;
                continue;
            }
        }
        if (code == HF_OK && (tls->state & HF_STATE_PEER_CLOSED) != 0) {
            break;
        }
        if (code == HF_OK && rests(tls, could_work)) {
            return HF_PENDING;
        }
        code = code == HF_OK ? receive_step(tls, &more) : code;
    }
    return code;
}

bool hf_engine_waits(const hf_tls *tls)
{
    return tls->handshake.sign_state == HF_SIGN_ASKED ||
           (HF_HAS_WHOLE && tls->handshake.decision == HF_DECISION_ASKED);
}

hf_code hf_engine_advance(hf_tls *tls)
{
    if ((tls->state & HF_STATE_FAILED) != 0) {
        return (hf_code)tls->error.code;
    }
    tls->state &= (uint16_t)~HF_STATE_WORK;
    hf_code code = advance(tls);
    if (code == HF_PENDING) {
        tls->state |= hf_engine_waits(tls) ? 0 : HF_STATE_WORK;
        return HF_PENDING;
    }
    return hf_engine_fail(tls, code);
}
