/* What an engine wants, and what was agreed. */
#include "tls/engine.h"

#include "tls/keys/suite.h"

static unsigned receiving_wants(const hf_tls *tls)
{
    const uint16_t over = HF_STATE_FAILED | HF_STATE_PEER_CLOSED | HF_STATE_ENDED;
    if (hf_engine_has_data(tls)) {
        return HF_HAS_DATA;
    }
    if ((tls->state & over) != 0) {
        return 0;
    }
    /* A row of ours waits too when the record that it answers is not authenticated yet. */
    bool mine = hf_driver_mine(&tls->handshake) && !hf_record_tentative(&tls->in);
    bool waits = (tls->state & HF_STATE_WORK) != 0 || hf_engine_waits(tls) || mine;
    return waits ? 0 : HF_WANT_INPUT;
}

static unsigned sending_wants(const hf_tls *tls)
{
    const hf_record_out *out = &tls->out;
    if (!hf_engine_sends(tls)) {
        return 0;
    }
    size_t around = HF_RECORD_HEADER + 8 + 1 + HF_TAG_SIZE + HF_ALERT_ROOM;
    return out->end - out->sent + around < out->buffer.cap ? HF_HAS_ROOM : 0;
}

unsigned hf_tls_wants(const hf_tls *tls)
{
    unsigned wants = receiving_wants(tls) | sending_wants(tls);
    if (!hf_record_drained(&tls->out)) {
        wants |= HF_WANT_OUTPUT;
    }
    if ((tls->state & HF_STATE_WORK) != 0) {
        wants |= HF_WANT_RUN;
    }
    bool failed = (tls->state & HF_STATE_FAILED) != 0;
    bool over = failed || (tls->state & HF_STATE_PEER_CLOSED) != 0;
    if (!over && tls->handshake.sign_state == HF_SIGN_ASKED) {
        wants |= HF_WANT_SIGN;
    }
    if (HF_HAS_WHOLE && !over && tls->handshake.decision == HF_DECISION_ASKED) {
        wants |= HF_WANT_DECISION;
    }
    wants |= (tls->state & HF_STATE_OPEN) != 0 ? HF_IS_OPEN : 0;
    wants |= (tls->state & HF_STATE_PEER_CLOSED) != 0 ? HF_IS_CLOSED : 0;
    wants |= failed ? HF_IS_FAILED : 0;
    return wants;
}

const hf_error *hf_tls_error(const hf_tls *tls)
{
    return &tls->error;
}

uint16_t hf_tls_version(const hf_tls *tls)
{
    return tls->handshake.version;
}

uint16_t hf_tls_suite(const hf_tls *tls)
{
    return tls->handshake.suite == NULL ? 0 : tls->handshake.suite->id;
}

uint16_t hf_tls_group(const hf_tls *tls)
{
    return tls->handshake.group;
}

uint16_t hf_tls_peer_scheme(const hf_tls *tls)
{
    return tls->handshake.peer_scheme;
}

const char *hf_tls_alpn(const hf_tls *tls)
{
    uint8_t index = tls->handshake.alpn;
    return index == 0 ? NULL : tls->config->alpn[index - 1];
}

bool hf_tls_sent_certificate(const hf_tls *tls)
{
    const hf_handshake *hs = &tls->handshake;
    if ((hs->facts & HF_FACT_FULL) == 0) {
        return false;
    }
    bool sent = false; /* the request alone is not enough: its row has to be behind us */
    for (unsigned i = 0; i < hs->row; i++) {
        const hf_row *row = hf_flow_row(hs->version, i);
        sent = sent || (row != NULL && row->sender == hs->role && row->message == HF_CERTIFICATE);
    }
    bool ours = hf_is_server(hs) || (hs->facts & HF_FACT_CLIENT_CERT) != 0;
    return sent && ours;
}

const hf_peer *hf_tls_peer(const hf_tls *tls)
{
    return hf_known_peer(&tls->handshake);
}

const hf_identity *hf_tls_identity(const hf_tls *tls)
{
    return hf_is_server(&tls->handshake) ? tls->handshake.identity : NULL;
}

bool hf_tls_extended_master_secret(const hf_tls *tls)
{
    const hf_handshake *hs = &tls->handshake;
    return hs->version == HF_TLS13 || (hf_is12(hs) && hs->extended_master);
}

uint16_t hf_tls_our_scheme(const hf_tls *tls)
{
    return tls->handshake.our_scheme;
}

bool hf_tls_resumed(const hf_tls *tls)
{
    return (tls->handshake.facts & HF_FACT_RESUMED) != 0;
}

bool hf_tls_offered_session(const hf_tls *tls)
{
    return tls->handshake.offered_len > 0;
}

bool hf_tls_asked_certificate(const hf_tls *tls)
{
    const uint16_t asked = HF_FACT_FULL | HF_FACT_CLIENT_AUTH;
    return (tls->handshake.facts & asked) == asked;
}

bool hf_tls_retried(const hf_tls *tls)
{
    return (tls->handshake.facts & HF_FACT_RETRY) != 0;
}

unsigned hf_tls_signatures(const hf_tls *tls)
{
    return tls->handshake.signatures;
}

unsigned hf_tls_signatures_saved(const hf_tls *tls)
{
    return tls->handshake.signatures_saved;
}

bool hf_tls_remembered_changed(const hf_tls *tls)
{
    return tls->handshake.remembered_changed;
}

size_t hf_tls_record_limit(const hf_tls *tls)
{
    return hf_record_plaintext_limit(&tls->out);
}

uint32_t hf_tls_records_in(const hf_tls *tls)
{
    return tls->in.records;
}

uint32_t hf_tls_records_out(const hf_tls *tls)
{
    return tls->out.records;
}
