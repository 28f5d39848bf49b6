/* The engine's side of keys and limits: the only place where keys are installed.
 *
 * RFC 8446 7.3, 4.6.3, 5.5; RFC 5246 6.3; RFC 8449.
 */
#include "tls/engine.h"

#include "crypto/crypto.h"
#include "tls/keys/schedule12.h"
#include "tls/keys/schedule13.h"
#include "tls/remembered.h"
#include "tls/tell.h"
#include "wire/secret.h"

#include <string.h>

/* RFC 8446 5.5: 2^24.5 full records under one AES-GCM key; RFC 9147 4.5.3: 2^23 under AES-CCM. */
#define GCM_RECORDS_MAX (UINT64_C(1) << 24)
#define CCM_RECORDS_MAX (UINT64_C(1) << 23)
/* ChaCha20-Poly1305 has no such limit; the sequence number must not wrap. */
#define SEQUENCE_MAX (UINT64_MAX - 1)

/* TLS 1.2 derives the keys of both directions at once, when the first of them changes; the other
 * one uses its own when its change_cipher_spec comes. */
static hf_code install12(hf_tls *tls, hf_record_keys *keys)
{
    hf_handshake *hs = &tls->handshake;
    hf_code code = HF_OK;
    if (keys->aead.id == HF_AEAD_NONE) {
        code = hf_record_keys12(&tls->out.keys, &tls->in.keys, &tls->config->crypto, hs->suite,
                                &hs->secret.master12, hs->client_random, hs->server_random,
                                !hf_is_server(hs));
    }
    keys->active = code == HF_OK;
    return code;
}

static hf_code install(hf_tls *tls, hf_record_keys *keys, bool sealing)
{
    hf_handshake *hs = &tls->handshake;
    const hf_crypto *crypto = &tls->config->crypto;
    if (hf_runs13(hs)) {
        const hf_traffic_secret *secret = sealing ? hf_our_secret(hs) : hf_peer_secret(hs);
        return hf_record_keys13(keys, crypto, hs->suite, secret, sealing);
    }
    return install12(tls, keys);
}

hf_code hf_engine_keys_again(hf_tls *tls, uint64_t received, uint64_t sent)
{
    hf_code code = install(tls, &tls->in.keys, false);
    code = code == HF_OK ? install(tls, &tls->out.keys, true) : code;
    tls->in.keys.sequence = received;
    tls->out.keys.sequence = sent;
    return code;
}

/* ---- effects, in the order in which they are carried out */

static hf_code learn_version(hf_tls *tls)
{
    bool version13 = hf_runs13(&tls->handshake);
    bool early = tls->in.dropped > 0 && !version13;
    tls->in.version13 = version13;
    tls->out.version13 = version13;
    tls->in.drop_ccs = version13;
    if (HF_HAS_SERVER) {
        tls->in.retried = (tls->handshake.facts & HF_FACT_RETRY) != 0;
        if (tls->handshake.early_data) {
            uint32_t limit = tls->config->limits.early_data;
            tls->in.early = limit < UINT32_MAX ? limit + 1 : limit; /* 0 means something else */
            tls->handshake.early_data = false;
        }
    }
    return early ? HF_E_CHANGE_CIPHER_SPEC : HF_OK; /* it was dropped as if this were 1.3 */
}

static hf_code apply_limits(hf_tls *tls)
{
    const hf_handshake *hs = &tls->handshake;
    if (hs->peer_limit != 0 && hs->peer_limit < tls->out.limit) {
        tls->out.limit = hs->peer_limit;
    }
    if (hs->limit_agreed) {
        tls->in.limit = hs->our_limit;
    }
    return HF_OK;
}

/* The keys of one direction that the handshake has made. */
static hf_code install_next(hf_tls *tls, hf_record_keys *keys, bool sealing)
{
    bool first = !keys->active && hf_runs13(&tls->handshake);
    hf_code code = install(tls, keys, sealing);
    if (code == HF_OK) {
        hf_tell_keys(tls, sealing, first ? HF_EPOCH_HANDSHAKE : HF_EPOCH_APPLICATION);
    }
    return code;
}

static hf_code receive_with_keys(hf_tls *tls)
{
    hf_record_in *in = &tls->in;
    in->drop_ccs = in->drop_ccs && !in->keys.active; /* until peer's Finished */
    in->plain_alerts = hf_is_server(&tls->handshake) && !in->keys.active && in->version13;
    return install_next(tls, &in->keys, false);
}

static hf_code send_with_keys(hf_tls *tls)
{
    return install_next(tls, &tls->out.keys, true);
}

/* The peer's KeyUpdate. */
static hf_code next_receiving_keys(hf_tls *tls)
{
    hf_handshake *hs = &tls->handshake;
    hf_next_traffic(hs->suite->hash, hf_peer_secret(hs));
    tls->state &= (uint16_t)~HF_STATE_UPDATE_ASKED;
    hf_code code = install(tls, &tls->in.keys, false);
    hf_tell_keys(tls, false, HF_EPOCH_UPDATE);
    return code;
}

static hf_code note_update_asked(hf_tls *tls)
{
    tls->state |= HF_STATE_UPDATE_DUE; /* several requests are answered by one KeyUpdate */
    return HF_OK;
}

static hf_code note_renegotiation(hf_tls *tls)
{
    tls->state |= HF_STATE_REFUSAL_DUE;
    return HF_OK;
}

static hf_code keep_session(hf_tls *tls)
{
    hf_keep_session(&tls->handshake);
    return HF_OK;
}

/* The slot is free again: nothing may point into it. */
static void forget_spans(hf_handshake *hs)
{
    const hf_span none = {NULL, 0};
    hs->server_name = hs->session_id = hs->peer_point = hs->staple = none;
    hs->peer_key = (hf_public_key){.kind = HF_KEY_NONE};
    if (hf_known_peer(hs) != NULL) {
        hf_peer *peer = &hs->peer.peer;
        peer->certificate = peer->subject = peer->alt_names = peer->server_name = none;
    }
}

/* What sessions to come need is noted before the rest is forgotten. */
static void settle_session(hf_handshake *hs)
{
    if (!hf_is_server(hs) && hs->session != NULL) {
        hf_session_over(hs);
    }
    if (hf_is_server(hs) && hf_is12(hs)) {
        hf_store_session12(hs);
    }
}

/* What is only needed during the handshake is forgotten. */
static hf_code handshake_over(hf_tls *tls)
{
    hf_handshake *hs = &tls->handshake;
    settle_session(hs);
    tls->state |= HF_STATE_OPEN;
    tls->in.drop_ccs = false;
    hf_remembered_end(hs, true);
    hf_wipe(hs->slot.ptr, hs->slot.cap);
    hs->reserved = 0;
    hs->messages = 0;
    hs->name = NULL;
    forget_spans(hs);
    if (hf_hashes_twice(hs)) {
        hf_hash_drop(&hs->epoch.tls12.other.hash);
    }
    if (hf_runs13(hs)) {
        hf_wipe(&hs->secret, sizeof hs->secret);
    } else { /* its master secret stays: hf_tls_export() and hf_tls_fold() */
        hf_wipe(&hs->epoch, sizeof hs->epoch);
    }
    return HF_OK;
}

hf_code hf_engine_effects(hf_tls *tls)
{
    /* By the bits of enum hf_effect. */
    static hf_code (*const EFFECTS[])(hf_tls *) = {
        learn_version,      apply_limits,        receive_with_keys,
        send_with_keys,     next_receiving_keys, note_update_asked,
        note_renegotiation, keep_session,        handshake_over,
    };
    unsigned effects = tls->handshake.effects;
    hf_code code = HF_OK;
    if ((effects & HF_EFFECTS_END_RECORD) != 0 && !hf_record_at_end(&tls->in)) {
        return HF_E_INTERLEAVED; /* RFC 8446 5.1: keys change only between records */
    }
    tls->handshake.effects = 0;
    for (unsigned i = 0; effects != 0 && code == HF_OK; i++, effects >>= 1) {
        code = (effects & 1) != 0 ? EFFECTS[i](tls) : HF_OK;
    }
    return code;
}

/* ---- small records of the engine's own */

/* Writes content that fits into one record and is sealed at once; *sent is false while there is no
 * room for it. */
static hf_code send_now(hf_tls *tls, uint8_t type, const uint8_t *content, size_t len, bool *sent)
{
    hf_space room;
    hf_code code = hf_record_room(&tls->out, type, &room);
    *sent = room.cap >= len;
    if (*sent) {
        memcpy(room.ptr, content, len);
        if (type == HF_CONTENT_HANDSHAKE) {
            hf_tell_sent(&tls->handshake, true, (hf_span){content, len});
        }
        hf_record_append(&tls->out, len);
        code = hf_record_flush(&tls->out);
    }
    return code;
}

/* Writes KeyUpdate under the old keys and moves on to the next (RFC 8446 4.6.3). */
static hf_code send_update(hf_tls *tls)
{
    hf_handshake *hs = &tls->handshake;
    bool ask = (tls->state & HF_STATE_UPDATE_ASKS) != 0;
    bool sent = false;
    const uint8_t message[] = {HF_KEY_UPDATE, 0, 0, 1, ask};
    hf_code code = send_now(tls, HF_CONTENT_HANDSHAKE, message, sizeof message, &sent);
    if (code != HF_OK || !sent) {
        return code;
    }
    tls->state &= (uint16_t) ~(HF_STATE_UPDATE_DUE | HF_STATE_UPDATE_ASKS);
    tls->state |= ask ? HF_STATE_UPDATE_ASKED : 0;
    hf_next_traffic(hs->suite->hash, hf_our_secret(hs));
    code = install(tls, &tls->out.keys, true);
    hf_tell_keys(tls, true, HF_EPOCH_UPDATE);
    return code;
}

static uint64_t key_limit(const hf_tls *tls)
{
    if (tls->config->key_limit != 0) {
        return tls->config->key_limit;
    }
    switch (HF_AEAD_ONE ? HF_AES_128_GCM : tls->handshake.suite->aead) {
    case HF_CHACHA20_POLY1305:
        return SEQUENCE_MAX;
    case HF_AES_128_CCM:
        return CCM_RECORDS_MAX;
    default:
        return GCM_RECORDS_MAX;
    }
}

static bool used_enough(const hf_tls *tls, const hf_record_keys *keys)
{
    return keys->sequence >= key_limit(tls);
}

bool hf_engine_sends(const hf_tls *tls)
{
    const uint16_t over = HF_STATE_FAILED | HF_STATE_CLOSED | HF_STATE_UPDATE_DUE;
    bool open = (tls->state & (HF_STATE_OPEN | over)) == HF_STATE_OPEN;
    return open && (hf_runs13(&tls->handshake) || !used_enough(tls, &tls->out.keys));
}

hf_code hf_engine_update_keys(hf_tls *tls, bool ask)
{
    const uint16_t over = HF_STATE_FAILED | HF_STATE_CLOSED;
    bool open = (tls->state & (HF_STATE_OPEN | over)) == HF_STATE_OPEN;
    if (!open || !hf_runs13(&tls->handshake)) {
        return HF_E_USAGE;
    }
    bool may_ask = (tls->state & HF_STATE_UPDATE_ASKED) == 0; /* RFC 9846: one open request */
    tls->state |= HF_STATE_UPDATE_DUE;
    tls->state |= ask && may_ask ? HF_STATE_UPDATE_ASKS : 0;
    return hf_engine_before_data(tls);
}

static hf_code refuse_renegotiation(hf_tls *tls)
{
    static const uint8_t NO_RENEGOTIATION[] = {1, 100}; /* a warning */
    bool sent = false;
    hf_code code =
        send_now(tls, HF_CONTENT_ALERT, NO_RENEGOTIATION, sizeof NO_RENEGOTIATION, &sent);
    if (sent) {
        tls->state &= (uint16_t)~HF_STATE_REFUSAL_DUE;
    }
    return code;
}

/* RFC 8446 5.5, RFC 9325 4.4: the sender keeps the limit. TLS 1.2 cannot change keys, so it closes;
 * data that were received are given out before. */
static hf_code close_at_limit(hf_tls *tls)
{
    if (!used_enough(tls, &tls->out.keys) || hf_engine_has_data(tls)) {
        return HF_OK;
    }
    (void)hf_tls_close(tls);
    tls->handshake.step = HF_STEP_NONE;
    return HF_E_KEY_LIMIT;
}

/* The peer is asked to change its keys when it does not do so by itself. */
static void see_limits13(hf_tls *tls)
{
    bool asked = (tls->state & HF_STATE_UPDATE_ASKED) != 0;
    if (!asked && used_enough(tls, &tls->in.keys)) {
        tls->state |= HF_STATE_UPDATE_DUE | HF_STATE_UPDATE_ASKS;
    }
    if (used_enough(tls, &tls->out.keys)) {
        tls->state |= HF_STATE_UPDATE_DUE;
    }
}

hf_code hf_engine_before_data(hf_tls *tls)
{
    hf_code code = HF_OK;
    bool open = (tls->state & (HF_STATE_OPEN | HF_STATE_CLOSED)) == HF_STATE_OPEN;
    if (!open) { /* RFC 8446 6.1: nothing follows our close_notify, not even an answer */
        return HF_OK;
    }
    if ((tls->state & HF_STATE_REFUSAL_DUE) != 0) {
        code = refuse_renegotiation(tls);
    }
    if (code == HF_OK && hf_is12(&tls->handshake)) {
        return close_at_limit(tls);
    }
    if (hf_runs13(&tls->handshake)) {
        see_limits13(tls);
    }
    if (code == HF_OK && (tls->state & HF_STATE_UPDATE_DUE) != 0) {
        code = send_update(tls);
    }
    return code;
}
