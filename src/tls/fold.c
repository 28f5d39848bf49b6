/* Folding: from an idle hf_tls to the few bytes that cannot be derived again, and back. fold.h.
 *
 * What is kept is the sum of: secrets that record keys come from (RFC 8446 7.3, RFC 5246 6.3), how
 * far each direction has counted with them, limits, and facts that calls of hf_tls tell. Everything
 * else is either over with the handshake or made again as the engine makes it at its beginning.
 * Invariant: of a folded connection and the engine it becomes, only one can seal or open at a time.
 */
#include "tls/engine.h"

#include "crypto/crypto.h"
#include "tls/keys/suite.h"
#include "wire/secret.h"

#include <handfast/fold.h>

#include <string.h>

#define MARK        0x9d4ff01du
#define NO_IDENTITY UINT16_MAX

enum fold_flag {
    FOLD_SERVER = 1,
    FOLD_EXTENDED_MASTER = 2,
    FOLD_LIMIT_AGREED = 4,
    FOLD_UPDATE_ASKED = 8,
    FOLD_KEPT_BACK = 16,
    FOLD_OFFERED = 32, /* a session */
    FOLD_TAKES = 64,   /* sessions */
    FOLD_REMEMBERED_CHANGED = 128,
};

_Static_assert(sizeof(hf_folded) <= 256, "what the header promises");

/* ---- folding */

static bool records_rest(const hf_tls *tls)
{
    const hf_record_in *in = &tls->in;
    const hf_record_out *out = &tls->out;
    bool nothing_in = in->start == in->end && hf_record_at_end(in);
    return nothing_in && hf_record_drained(out) && out->open_len == 0;
}

static bool handshake_rests(const hf_tls *tls)
{
    const hf_handshake *hs = &tls->handshake;
    bool over = hf_driver_done(hs) && hf_driver_between(hs) && hs->effects == 0;
    return over && !hf_engine_waits(tls);
}

bool hf_tls_is_idle(const hf_tls *tls)
{
    const uint16_t may = HF_STATE_OPEN | HF_STATE_UPDATE_ASKED;
    bool open = (tls->state & HF_STATE_OPEN) != 0 && (tls->state & ~(unsigned)may) == 0;
    return open && records_rest(tls) && handshake_rests(tls);
}

static uint16_t identity_index(const hf_tls *tls)
{
    const hf_identity *one = &tls->config->identity;
    uint16_t index = 0;
    while (one != NULL && one != tls->handshake.identity && index < NO_IDENTITY) {
        one = one->next;
        index++;
    }
    return one == NULL ? NO_IDENTITY : index;
}

/* The four secrets of TLS 1.3 that outlive the handshake, in their order in hf_folded. */
static uint8_t *secret_of(hf_handshake *hs, unsigned index)
{
    uint8_t *const all[] = {hs->epoch.tls13.client.bytes, hs->epoch.tls13.server.bytes,
                            hs->epoch.tls13.exporter.bytes, hs->epoch.tls13.resumption.bytes};
    return all[index];
}

/* Whether a ticket that comes later can be kept: not with a longer hash, and not with the facts of
 * a peer that is known, for which there is no room. */
static bool takes_sessions(const hf_handshake *hs)
{
    bool client13 = !hf_is_server(hs) && hs->version == HF_TLS13;
    return client13 && hs->session != NULL && !hs->peer_known &&
           hf_hash_size(hs->suite->hash) == 32;
}

static void fold_secrets(hf_folded *folded, hf_handshake *hs)
{
    if (hs->version == HF_TLS13) {
        size_t size = hf_hash_size(hs->suite->hash);
        for (unsigned i = 0; i < 4; i++) {
            memcpy(folded->secret.tls13 + i * size, secret_of(hs, i), size);
        }
    } else {
        folded->secret.tls12.master = hs->secret.master12;
        memcpy(folded->secret.tls12.client_random, hs->client_random, 32);
        memcpy(folded->secret.tls12.server_random, hs->server_random, 32);
    }
    if (takes_sessions(hs)) {
        memcpy(folded->secret.with_session.context, hs->hello_digest, 32);
        folded->secret.with_session.authenticated = hs->authenticated;
        folded->secret.with_session.not_after = hs->not_after;
    }
}

static uint8_t fold_flags(const hf_tls *tls)
{
    const hf_handshake *hs = &tls->handshake;
    unsigned flags = hf_is_server(hs) ? FOLD_SERVER : 0u;
    flags |= hs->extended_master ? FOLD_EXTENDED_MASTER : 0u;
    flags |= hs->limit_agreed ? FOLD_LIMIT_AGREED : 0u;
    flags |= (tls->state & HF_STATE_UPDATE_ASKED) != 0 ? FOLD_UPDATE_ASKED : 0u;
    flags |= hs->certificate_kept_back ? FOLD_KEPT_BACK : 0u;
    flags |= hs->offered_len > 0 ? FOLD_OFFERED : 0u;
    flags |= takes_sessions(hs) ? FOLD_TAKES : 0u;
    flags |= hs->remembered_changed ? FOLD_REMEMBERED_CHANGED : 0u;
    return (uint8_t)flags;
}

hf_code hf_tls_fold(hf_tls *tls, hf_folded *folded)
{
    hf_handshake *hs = &tls->handshake;
    if (!hf_tls_is_idle(tls)) {
        return HF_E_USAGE;
    }
    *folded = (hf_folded){
        .config = tls->config,
        .received = tls->in.keys.sequence,
        .sent = tls->out.keys.sequence,
        .mark = MARK,
        .records_in = tls->in.records,
        .records_out = tls->out.records,
        .identity = identity_index(tls),
        .suite = hs->suite->id,
        .group = hs->group,
        .peer_scheme = hs->peer_scheme,
        .our_scheme = hs->our_scheme,
        .facts = hs->facts,
        .in_limit = tls->in.limit,
        .out_limit = tls->out.limit,
        .messages = hs->messages,
        .updates = hs->updates,
        .empty = tls->in.empty,
        .warnings = tls->warnings,
        .alpn = hs->alpn,
        .flags = fold_flags(tls),
        .signatures = hs->signatures,
        .signatures_saved = hs->signatures_saved,
    };
    fold_secrets(folded, hs);
    hf_tls_release(tls);
    return HF_OK;
}

void hf_folded_wipe(hf_folded *folded)
{
    hf_wipe(folded, sizeof *folded);
}

/* ---- unfolding */

static bool has(const hf_folded *folded, unsigned flag)
{
    return (folded->flags & flag) != 0;
}

static hf_role role_of(const hf_folded *folded)
{
    return has(folded, FOLD_SERVER) ? HF_SERVER : HF_CLIENT;
}

/* NULL: this is no folded connection. */
static const hf_suite *suite_of(const hf_folded *folded)
{
    bool sound = folded->mark == MARK && folded->config != NULL;
    return sound ? hf_suite_find(folded->suite) : NULL;
}

static const hf_identity *identity_of(const hf_folded *folded)
{
    const hf_identity *one = &folded->config->identity;
    for (uint16_t i = 0; i < folded->identity && one != NULL; i++) {
        one = one->next;
    }
    return one;
}

/* The largest record that the peer may send by what was agreed; 0: by nothing but the protocol.
 * max_fragment_length holds in both directions (RFC 6066 4). */
static uint32_t largest_record(const hf_folded *folded, const hf_suite *suite)
{
    uint32_t around = HF_RECORD_HEADER + HF_TAG_SIZE + (suite->explicit_nonce ? 8u : 0u);
    if (has(folded, FOLD_LIMIT_AGREED)) {
        return folded->in_limit + around;
    }
    bool fragments = folded->out_limit < HF_PLAINTEXT_MAX;
    return fragments ? folded->out_limit + (suite->version == HF_TLS13 ? 1u : 0u) + around : 0;
}

static void unfold_records(hf_tls *tls, const hf_folded *folded, const hf_tls_memory *memory)
{
    bool version13 = tls->handshake.version == HF_TLS13;
    hf_record_in_init(&tls->in, memory->input);
    tls->in.limit = folded->in_limit;
    tls->in.records = folded->records_in;
    tls->in.empty = folded->empty;
    tls->in.empty_max = folded->config->limits.empty;
    tls->in.version13 = version13;
    tls->in.pieces_sealed = role_of(folded) == HF_CLIENT;
    tls->in.first_seen = true;
    tls->in.owner = tls;
    hf_record_out_init(&tls->out, memory->output);
    tls->out.limit = folded->out_limit;
    tls->out.records = folded->records_out;
    tls->out.version13 = version13;
    tls->out.first_written = true;
    tls->out.owner = tls;
}

static void unfold_secrets(hf_handshake *hs, const hf_folded *folded)
{
    if (hs->version == HF_TLS13) {
        size_t size = hf_hash_size(hs->suite->hash);
        for (unsigned i = 0; i < 4; i++) {
            memcpy(secret_of(hs, i), folded->secret.tls13 + i * size, size);
        }
    } else {
        hs->secret.master12 = folded->secret.tls12.master;
        memcpy(hs->client_random, folded->secret.tls12.client_random, 32);
        memcpy(hs->server_random, folded->secret.tls12.server_random, 32);
    }
}

/* Where a session goes that the server still gives. What was offered has left long ago. */
static void unfold_session(hf_handshake *hs, const hf_folded *folded, hf_session *session)
{
    hs->offered_len = has(folded, FOLD_OFFERED) ? 1 : 0;
    hs->spent = true;
    if (!has(folded, FOLD_TAKES) || session == NULL) {
        return;
    }
    session->len = session->ptr == NULL || session->len > session->cap ? 0 : session->len;
    hs->session = session;
    hs->authenticated = folded->secret.with_session.authenticated;
    hs->not_after = folded->secret.with_session.not_after;
    memcpy(hs->hello_digest, folded->secret.with_session.context, 32);
}

static void unfold_handshake(hf_tls *tls, const hf_folded *folded, const hf_suite *suite,
                             const hf_tls_memory *memory)
{
    hf_handshake *hs = &tls->handshake;
    hs->config = folded->config;
    hs->tls = tls;
    hs->role = (uint8_t)role_of(folded);
    hs->identity = identity_of(folded);
    hs->suite = suite;
    hf_set_version(hs, suite->version);
    hs->slot = memory->certificate;
    hs->names = memory->names;
    hs->input_cap = (uint32_t)memory->input.cap;
    hs->group = folded->group;
    hs->peer_scheme = folded->peer_scheme;
    hs->our_scheme = folded->our_scheme;
    hs->facts = folded->facts;
    hs->messages = folded->messages;
    hs->updates = folded->updates;
    hs->alpn = folded->alpn;
    hs->our_limit = folded->in_limit;
    hs->limit_agreed = has(folded, FOLD_LIMIT_AGREED);
    hs->extended_master = has(folded, FOLD_EXTENDED_MASTER);
    hs->certificate_kept_back = has(folded, FOLD_KEPT_BACK);
    hs->remembered_changed = has(folded, FOLD_REMEMBERED_CHANGED);
    hs->signatures = folded->signatures;
    hs->signatures_saved = folded->signatures_saved;
    hs->depth = HF_DEPTH_NONE;
    hs->step = HF_STEP_NONE;
    while (!hf_driver_done(hs)) { /* at the end of the flow */
        hs->row++;
    }
    unfold_secrets(hs, folded);
    unfold_session(hs, folded, memory->session);
}

static hf_code unfold(hf_tls *tls, const hf_folded *folded, const hf_tls_memory *memory)
{
    const hf_suite *suite = suite_of(folded);
    if (suite == NULL) {
        return HF_E_USAGE;
    }
    tls->config = folded->config;
    tls->warnings = folded->warnings;
    hf_tls_memory buffers = *memory;
    buffers.remembered = NULL; /* which takes its share during the handshake only */
    hf_code code = hf_engine_check_memory(tls, &buffers);
    uint32_t needed = largest_record(folded, suite);
    if (code == HF_OK && memory->input.cap < needed) {
        tls->error.detail = needed;
        code = HF_E_MEMORY_TOO_SMALL;
    }
    if (code == HF_OK) {
        unfold_handshake(tls, folded, suite, memory);
        unfold_records(tls, folded, memory);
        code = hf_engine_keys_again(tls, folded->received, folded->sent);
    }
    return code;
}

hf_code hf_tls_unfold(hf_tls *tls, hf_folded *folded, const hf_tls_memory *memory)
{
    memset(tls, 0, sizeof *tls);
    hf_error_clear(&tls->error);
    tls->error.stage = HF_STAGE_SETUP;
    hf_code code = unfold(tls, folded, memory);
    if (code != HF_OK) {
        (void)hf_fail(&tls->error, code);
        hf_tls_release(tls);
        return code;
    }
    tls->error.stage = HF_STAGE_TLS;
    tls->state = HF_STATE_OPEN;
    tls->state |= has(folded, FOLD_UPDATE_ASKED) ? HF_STATE_UPDATE_ASKED : 0u;
    hf_folded_wipe(folded);
    return HF_OK;
}
