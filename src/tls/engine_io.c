/* The public calls of the engine: begin, bytes in and out, data in and out, end. */
#include "tls/engine.h"

#include "crypto/crypto.h"
#include "tls/config.h"
#include "tls/offer.h"
#include "tls/remembered.h"
#include "tls/tell.h"
#include "wire/secret.h"
#include "x509/host.h"

#include <stddef.h>
#include <string.h>

/* ---- begin */

static bool has_least(hf_tls *tls, size_t cap, size_t least)
{
    if (cap >= least) {
        return true;
    }
    tls->error.detail = (uint32_t)least;
    return false;
}

hf_code hf_engine_check_memory(hf_tls *tls, const hf_tls_memory *memory)
{
    size_t remembered = hf_remembered_room(tls->config, memory);
    return has_least(tls, memory->input.cap, HF_TLS_INPUT_MIN) &&
                   has_least(tls, memory->output.cap, HF_TLS_OUTPUT_MIN) &&
                   has_least(tls, memory->certificate.cap, HF_TLS_CERTIFICATE_MIN + remembered)
               ? HF_OK
               : HF_E_MEMORY_TOO_SMALL;
}

static hf_code check_name(const hf_config *config, const char *name)
{
    bool needed = !config->insecure_skip_name_check && !config->insecure_skip_certificate_check &&
                  hf_offer_psk(config) == NULL;
    if (name == NULL) {
        return needed ? HF_E_NO_NAME : HF_OK;
    }
    hf_host host;
    const char *sni = config->server_name_indication;
    hf_code code = hf_host_parse(&host, name);
    return code == HF_OK && sni != NULL ? hf_host_parse(&host, sni) : code;
}

static void begin_policy(hf_path_policy *policy, const hf_config *config)
{
    policy->crypto = &config->crypto;
    policy->anchors = config->anchors;
    policy->purpose = hf_is_servers(config) ? HF_FOR_CLIENT_AUTH : HF_FOR_SERVER_AUTH;
    policy->pins = config->pins;
    policy->pins_count = config->pins_count;
    policy->max_depth = config->max_depth;
    policy->max_certificates = config->limits.certificates;
    policy->max_signatures = config->limits.signatures;
    policy->insecure_any_certificate = config->insecure_skip_certificate_check;
    if (config->clock.now != NULL) {
        policy->now = config->clock.now(config->clock.ctx);
    }
}

/* Everything else is zero. */
static void begin_handshake(hf_tls *tls, const hf_tls_memory *memory)
{
    hf_handshake *hs = &tls->handshake;
    const hf_config *config = tls->config;
    hs->config = config;
    hs->tls = tls;
    hs->role = config->role;
    hs->identity = &config->identity;
    hs->slot = memory->certificate;
    hs->names = memory->names;
    hs->input_cap = (uint32_t)memory->input.cap;
    hs->depth = HF_DEPTH_NONE;
    begin_policy(&hs->policy, config);
    hs->not_after = INT64_MAX;
    hs->authenticated = hs->policy.now.seconds;
    hf_remembered_begin(hs, memory);
    hf_record_in_init(&tls->in, memory->input);
    hf_record_out_init(&tls->out, memory->output);
    tls->in.empty_max = config->limits.empty;
    tls->in.owner = tls;
    tls->out.owner = tls;
}

/* What both roles check first. */
static hf_code begin(hf_tls *tls, const hf_config *config, const hf_tls_memory *memory,
                     hf_role role)
{
    memset(tls, 0, sizeof *tls);
    tls->config = config;
    hf_error_clear(&tls->error);
    tls->error.stage = HF_STAGE_SETUP;
    hf_code code = config->built ? HF_OK : HF_E_CONFIG_NOT_BUILT;
    if (code == HF_OK && config->role != role) {
        code = HF_E_USAGE;
    }
    return code == HF_OK ? hf_engine_check_memory(tls, memory) : code;
}

static hf_code begun(hf_tls *tls, hf_code code, unsigned state)
{
    if (code != HF_OK) {
        tls->state = HF_STATE_FAILED | HF_STATE_ENDED;
        code = hf_fail(&tls->error, code);
        hf_tell_error(tls, &tls->error);
        return code;
    }
    tls->error.stage = HF_STAGE_TLS;
    tls->state = (uint16_t)state;
    return HF_OK;
}

hf_code hf_tls_client(hf_tls *tls, const hf_config *config, const hf_tls_memory *memory,
                      const char *name)
{
    hf_code code = begin(tls, config, memory, HF_CLIENT);
    code = code == HF_OK ? check_name(config, name) : code;
    if (code == HF_OK) {
        hf_handshake *hs = &tls->handshake;
        begin_handshake(tls, memory);
        bool any = config->insecure_skip_name_check || config->insecure_skip_certificate_check;
        hs->name = name;
        hs->policy.name = any ? NULL : name;
        hs->our_limit = hf_offer_record_limit(config, memory->input.cap);
        hs->fragment_code = hf_offer_fragment_length(config, memory->input.cap);
        hf_session_begin(hs, memory->session);
        tls->in.pieces_sealed = true;
        tls->in.drop_ccs = hf_offers13(config);
        code = hf_crypto_random(&config->crypto, hs->client_random, 32);
    }
    return begun(tls, code, HF_STATE_WORK);
}

bool hf_tls_blames_session(const hf_tls *tls)
{
    const hf_handshake *hs = &tls->handshake;
    const hf_error *error = &tls->error;
    bool failed = (tls->state & (HF_STATE_FAILED | HF_STATE_OPEN)) == HF_STATE_FAILED;
    bool answer = hs->version == 0; /* no ServerHello has come */
    bool resumed = (hs->facts & HF_FACT_RESUMED) != 0;
    bool ended = error->code == HF_E_CLOSED_IN_HANDSHAKE || error->code == HF_E_ALERT;
    bool keys = error->code == HF_E_BAD_RECORD_MAC || error->code == HF_E_FINISHED;
    return failed && hs->offered_len > 0 && ((answer && ended) || (resumed && (ended || keys)));
}

hf_code hf_tls_again(hf_tls *tls)
{
    hf_handshake *hs = &tls->handshake;
    const hf_config *config = tls->config;
    const char *name = hs->name;
    hf_remembered *remembered = hs->policy.remembered;
    hf_remembered_end(hs, false); /* its notes are in the slot */
    const hf_tls_memory memory = {
        .input = tls->in.buffer,
        .output = tls->out.buffer,
        .certificate = hs->slot,
        .names = hs->names,
        .session = hs->session,
        .remembered = remembered,
    };
    if (config == NULL || config->role != HF_CLIENT || (tls->state & HF_STATE_OPEN) != 0) {
        return HF_E_USAGE;
    }
    hf_tls_release(tls);
    if (memory.session != NULL) {
        memory.session->len = 0;
    }
    return hf_tls_client(tls, config, &memory, name);
}

hf_code hf_tls_server(hf_tls *tls, const hf_config *config, const hf_tls_memory *memory)
{
    hf_code code = begin(tls, config, memory, HF_SERVER);
    if (code == HF_OK) {
        begin_handshake(tls, memory);
        tls->handshake.step = HF_STEP_NONE; /* until a first header is there */
        tls->out.first_written = true;      /* only a first ClientHello may say 0x0301 */
    }
    return begun(tls, code, 0);
}

/* ---- work */

/* What the end of the transport means. HF_PENDING: what arrived before it may still say. */
static hf_code judge_end(hf_tls *tls)
{
    if ((tls->state & HF_STATE_FAILED) != 0) {
        return (hf_code)tls->error.code;
    }
    if ((tls->state & HF_STATE_WORK) != 0 || hf_engine_has_data(tls)) {
        return HF_PENDING;
    }
    if ((tls->state & HF_STATE_PEER_CLOSED) != 0) {
        return HF_OK;
    }
    bool open = (tls->state & HF_STATE_OPEN) != 0;
    return hf_engine_fail(tls, open ? HF_E_TRUNCATED : HF_E_CLOSED_IN_HANDSHAKE);
}

/* Every public call that makes the engine go on may do one public-key operation. */
static hf_code go_on(hf_tls *tls)
{
    tls->handshake.work = true;
    hf_code code = hf_engine_advance(tls);
    if (code == HF_OK) {
        code = hf_engine_fail(tls, hf_engine_before_data(tls));
    }
    if (code == HF_OK && (tls->state & HF_STATE_ENDED) != 0) {
        code = judge_end(tls);
        code = code == HF_PENDING ? HF_OK : code; /* data wait */
    }
    return code;
}

hf_code hf_tls_run(hf_tls *tls)
{
    return go_on(tls);
}

hf_code hf_tls_sign_done(hf_tls *tls, hf_code result, hf_span signature)
{
    hf_code code = hf_sign_answer(&tls->handshake, result, signature);
    if (code == HF_E_USAGE) {
        return code;
    }
    return code == HF_OK ? go_on(tls) : hf_engine_fail(tls, code);
}

hf_code hf_tls_decided(hf_tls *tls, hf_code decision)
{
    hf_code code = hf_decision_answer(&tls->handshake, decision);
    if (code == HF_E_USAGE) {
        return code;
    }
    return code == HF_OK ? go_on(tls) : hf_engine_fail(tls, code);
}

/* ---- bytes of the peer */

static bool receives(const hf_tls *tls)
{
    const uint16_t over = HF_STATE_FAILED | HF_STATE_PEER_CLOSED | HF_STATE_ENDED;
    return (tls->state & over) == 0;
}

uint8_t *hf_tls_input(hf_tls *tls, size_t *room)
{
    *room = 0;
    return receives(tls) ? hf_record_space(&tls->in, room) : NULL;
}

hf_code hf_tls_input_done(hf_tls *tls, size_t len)
{
    if (len > tls->in.buffer.cap - tls->in.end || !receives(tls)) {
        return HF_E_USAGE;
    }
    hf_tell_bytes(tls, false, (hf_span){tls->in.buffer.ptr + tls->in.end, len});
    hf_record_received(&tls->in, len);
    return go_on(tls);
}

hf_code hf_tls_input_end(hf_tls *tls)
{
    tls->state |= HF_STATE_ENDED;
    return judge_end(tls);
}

/* ---- bytes for the peer */

const uint8_t *hf_tls_output(const hf_tls *tls, size_t *len)
{
    *len = tls->out.end - tls->out.sent;
    return *len > 0 ? tls->out.buffer.ptr + tls->out.sent : NULL;
}

void hf_tls_output_done(hf_tls *tls, size_t len)
{
    size_t left = tls->out.end - tls->out.sent;
    len = len < left ? len : left;
    hf_tell_bytes(tls, true, (hf_span){tls->out.buffer.ptr + tls->out.sent, len});
    tls->out.sent += (uint32_t)len;
    if (len > 0 && tls->handshake.offered_len > 0) {
        hf_session_spend(&tls->handshake);
    }
    if ((tls->state & (HF_STATE_FAILED | HF_STATE_WORK)) == 0 &&
        (hf_driver_mine(&tls->handshake) ||
         (tls->state & (HF_STATE_UPDATE_DUE | HF_STATE_REFUSAL_DUE)) != 0)) {
        (void)go_on(tls); /* something waited for this room */
    }
}

/* ---- application data */

const uint8_t *hf_tls_data(const hf_tls *tls, size_t *len)
{
    *len = hf_engine_has_data(tls) ? tls->in.content_len : 0;
    return *len > 0 ? tls->in.buffer.ptr + tls->in.content : NULL;
}

hf_code hf_tls_data_done(hf_tls *tls, size_t len)
{
    if (!hf_engine_has_data(tls) || len > tls->in.content_len) {
        return HF_E_USAGE;
    }
    hf_record_take(&tls->in, len);
    return tls->in.content_len == 0 ? go_on(tls) : HF_OK;
}

uint8_t *hf_tls_room(hf_tls *tls, size_t *room)
{
    hf_space space;
    *room = 0;
    if (!hf_engine_sends(tls)) {
        return NULL;
    }
    hf_code code = hf_record_room(&tls->out, HF_CONTENT_DATA, &space);
    (void)hf_engine_fail(tls, code);
    tls->out.lent = space.cap > 0;
    *room = space.cap;
    return space.ptr;
}

hf_code hf_tls_room_done(hf_tls *tls, size_t len)
{
    if (!hf_engine_sends(tls) || !tls->out.lent || len > hf_record_free(&tls->out)) {
        return HF_E_USAGE;
    }
    tls->out.open_type = HF_CONTENT_DATA;
    hf_record_append(&tls->out, len);
    hf_code code = hf_record_flush(&tls->out);
    code = code == HF_OK ? hf_engine_before_data(tls) : code;
    return hf_engine_fail(tls, code);
}

/* ---- end */

hf_code hf_tls_close(hf_tls *tls)
{
    if ((tls->state & (HF_STATE_FAILED | HF_STATE_CLOSED)) != 0) {
        return HF_OK;
    }
    bool open = (tls->state & HF_STATE_OPEN) != 0;
    tls->state |= open ? HF_STATE_CLOSED : HF_STATE_CLOSED | HF_STATE_PEER_CLOSED; /* given up */
    tls->state &= (uint16_t)~HF_STATE_WORK;
    hf_code code = hf_record_alert(&tls->out, 1, 0);
    return hf_engine_fail(tls, code);
}

hf_code hf_tls_update_keys(hf_tls *tls, bool both)
{
    hf_code code = hf_engine_update_keys(tls, both);
    return code == HF_E_USAGE ? code : hf_engine_fail(tls, code);
}

void hf_tls_release(hf_tls *tls)
{
    hf_handshake *hs = &tls->handshake;
    hf_record_keys_release(&tls->in.keys);
    hf_record_keys_release(&tls->out.keys);
    hf_release_exchanges(hs);
    hf_hash_drop(&hs->transcript.hash);
    if (hf_hashes_twice(hs)) {
        hf_hash_drop(&hs->epoch.tls12.other.hash);
    }
    hf_remembered_end(hs, false);
    if (tls->in.buffer.ptr != NULL) {
        hf_wipe(tls->in.buffer.ptr, tls->in.buffer.cap);
        hf_wipe(tls->out.buffer.ptr, tls->out.buffer.cap);
        hf_wipe(hs->slot.ptr, hs->slot.cap);
    }
    hf_wipe(tls, offsetof(hf_tls, error)); /* what happened may still be asked */
    tls->state = HF_STATE_FAILED | HF_STATE_ENDED;
}
