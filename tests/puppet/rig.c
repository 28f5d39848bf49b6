/* See rig.h. */
#include "puppet/rig.h"

#include "unit/x509_fixtures.h"
#include "x509/pem.h"

#define STEPS_MAX 6000000u

static hf_time now(void *ctx)
{
    const rig *r = ctx;
    return (hf_time){.seconds = FIXTURES_NOW + r->later,
                     .kind = r->clock == 0 ? (uint8_t)HF_TIME_EXACT : r->clock};
}

hf_span rig_fixture(rig *r, const char *name)
{
    assert_true(r->files_count < sizeof r->files / sizeof r->files[0]);
    return r->files[r->files_count++] = fixture(name);
}

rig *rig_new(void)
{
    rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->p = calloc(1, sizeof *r->p);
    assert_non_null(r->p);
    puppet_init(r->p);
    return r;
}

void rig_peer_key(rig *r, const char *name)
{
    hf_span der = rig_fixture(r, name);
    assert_int_equal(hf_key_parse(&r->key_parts, der, NULL), HF_OK);
    assert_int_equal(hf_key_load(&r->key, &r->p->crypto, &r->key_parts), HF_OK);
    r->p->key = &r->key;
}

static void dress_server(rig *r)
{
    puppet *p = r->p;
    if (r->rsa) {
        p->scheme = p->scheme == HF_ECDSA_SECP256R1_SHA256 ? HF_RSA_PSS_RSAE_SHA256 : p->scheme;
    }
    rig_peer_key(r, r->rsa ? "key-leaf-rsa.pkcs8" : "key-leaf.pkcs8");
    if (p->chain_count == 0) {
        p->chain[0] = rig_fixture(r, r->rsa ? "leaf-rsa" : "leaf");
        p->chain[1] = rig_fixture(r, r->rsa ? "int-rsa" : "int");
        p->chain_count = 2;
    }
}

void rig_config(rig *r)
{
    hf_config *c = &r->config;
    r->memory[0] = malloc(16384);
    assert_non_null(r->memory[0]);
    hf_config_init(c, r->memory[0], 16384);
    c->clock.now = now;
    c->clock.ctx = r;
    c->psk_modes = r->psk_modes;
    c->reuse_tickets = r->reuse_tickets;
    c->version_min = r->version_min;
    c->version_max = r->version_max;
    c->alpn = r->alpn;
    c->alpn_count = r->alpn_count;
    c->groups = r->groups;
    c->groups_count = r->groups_count;
    c->schemes = r->schemes;
    c->schemes_count = r->schemes_count;
    c->key_shares = r->shares;
    c->compatibility_mode = r->compatibility;
    c->require_extended_master_secret = r->strict;
    c->no_record_limits = r->no_limits;
    c->key_limit = r->key_limit;
    c->trace = r->trace;
    c->trace_ctx = r->trace_ctx;
}

static void dress_client(rig *r)
{
    hf_config *c = &r->config;
    rig_config(r);
    hf_span root = rig_fixture(r, r->rsa ? "root-rsa" : "root");
    assert_int_equal(hf_config_anchors(c, root.ptr, root.len), HF_OK);
    if (r->identity || r->identity384) {
        hf_span chain = rig_fixture(r, r->identity384 ? "int-p384" : "leaf");
        hf_span key = rig_fixture(r, r->identity384 ? "key-int-p384.pkcs8" : "key-leaf.pkcs8");
        bool outside = r->signer.sign != NULL;
        assert_int_equal(hf_config_identity(c, chain.ptr, chain.len, outside ? NULL : key.ptr,
                                            outside ? 0 : key.len, NULL),
                         HF_OK);
        c->identity.signer = r->signer;
        if (r->long_chain) {
            c->identity.chain[c->identity.chain_count++] = rig_fixture(r, "int");
            c->identity.chain[c->identity.chain_count++] = root;
        }
    }
    assert_int_equal(hf_config_build(c), HF_OK);
}

hf_tls_memory rig_memory(rig *r)
{
    r->input = r->input == 0 ? HF_TLS_INPUT_MAX : r->input;
    r->output = r->output == 0 ? HF_TLS_OUTPUT_SIZE : r->output;
    r->certificate = r->certificate == 0 ? 4096 : r->certificate;
    const size_t sizes[] = {r->input, r->output, r->certificate, 512};
    for (size_t i = 0; i < 4; i++) { /* exact, so that ASan sees every step outside */
        r->memory[i + 1] = malloc(sizes[i]);
        assert_non_null(r->memory[i + 1]);
    }
    if (r->session_cap > 0) {
        r->memory[5] = malloc(r->session_cap);
        assert_true(r->memory[5] != NULL && r->session_len <= r->session_cap);
        r->session =
            (hf_session){.ptr = r->memory[5], .cap = r->session_cap, .len = r->session_len};
        if (r->session_len > 0) {
            memcpy(r->memory[5], r->session_blob, r->session_len);
        }
    }
    return (hf_tls_memory){
        .session = r->session_cap > 0 ? &r->session : NULL,
        .input = {r->memory[1], r->input},
        .output = {r->memory[2], r->output},
        .certificate = {r->memory[3], r->certificate},
        .names = {r->memory[4], 512},
        .remembered = r->remembered,
    };
}

void rig_start(rig *r)
{
    dress_server(r);
    dress_client(r);
    const hf_tls_memory memory = rig_memory(r);
    const char *name = r->name == NULL ? "device.example.com" : r->name;
    assert_int_equal(hf_tls_client(&r->tls, &r->config, &memory, name), HF_OK);
}

static void call_begins(rig *r)
{
    if (r->before_call != NULL) {
        r->before_call(r);
    }
}

static void call_ends(rig *r)
{
    if (r->after_call != NULL) {
        r->after_call(r);
    }
}

static bool drain(rig *r)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&r->tls, &len);
    if (len == 0) {
        return false;
    }
    len = r->drain != 0 && len > r->drain ? r->drain : len;
    puppet_receive(r->p, bytes, len);
    call_begins(r);
    hf_tls_output_done(&r->tls, len);
    call_ends(r);
    return true;
}

static bool feed(rig *r)
{
    puppet *p = r->p;
    size_t room = 0;
    size_t have = p->out_len - p->out_at;
    if (r->hold_at != 0 && have > r->hold_at - r->fed) {
        have = r->hold_at - r->fed;
    }
    uint8_t *to = have > 0 ? hf_tls_input(&r->tls, &room) : NULL;
    if (to == NULL) {
        return false;
    }
    size_t len = have < room ? have : room;
    len = r->feed != 0 && len > r->feed ? r->feed : len;
    len = r->fed < r->cut_at && r->fed + len > r->cut_at ? r->cut_at - r->fed : len;
    memcpy(to, p->out + p->out_at, len);
    p->out_at += len;
    r->fed += len;
    call_begins(r);
    (void)hf_tls_input_done(&r->tls, len);
    call_ends(r);
    return true;
}

static bool take_data(rig *r)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_data(&r->tls, &len);
    if (len == 0 || r->keep_data) {
        return false;
    }
    len = r->feed != 0 && len > r->feed ? r->feed : len;
    assert_true(r->data_len + len <= sizeof r->data);
    memcpy(r->data + r->data_len, bytes, len);
    r->data_len += len;
    call_begins(r);
    (void)hf_tls_data_done(&r->tls, len);
    call_ends(r);
    return true;
}

bool rig_step(rig *r)
{
    unsigned wants = hf_tls_wants(&r->tls);
    if (!r->lazy && (wants & HF_WANT_OUTPUT) != 0) {
        return drain(r);
    }
    if ((wants & HF_WANT_RUN) != 0) {
        r->runs++;
        call_begins(r);
        (void)hf_tls_run(&r->tls);
        call_ends(r);
        return true;
    }
    if ((wants & HF_HAS_DATA) != 0 && take_data(r)) {
        return true;
    }
    if ((wants & HF_WANT_INPUT) != 0 && feed(r)) {
        return true;
    }
    return (wants & HF_WANT_OUTPUT) != 0 && drain(r);
}

void rig_run(rig *r)
{
    unsigned steps = 0;
    while (rig_step(r)) {
        steps++;
        assert_true(steps < STEPS_MAX);
    }
    if (r->plain_ends) {
        r->ended = hf_tls_input_end(&r->tls);
    }
}

bool rig_send(rig *r, const void *bytes, size_t len)
{
    size_t room = 0;
    uint8_t *to = hf_tls_room(&r->tls, &room);
    if (to == NULL || room < len) {
        return false;
    }
    memcpy(to, bytes, len);
    return hf_tls_room_done(&r->tls, len) == HF_OK;
}

void rig_release(rig *r)
{
    hf_tls_release(&r->tls);
    hf_config_release(&r->config);
    hf_key_release(&r->key);
    for (size_t i = 0; i < 6; i++) {
        free(r->memory[i]);
    }
    for (size_t i = 0; i < r->files_count; i++) {
        fixture_free(r->files[i]);
    }
}

void rig_free(rig *r)
{
    rig_release(r);
    puppet_release(r->p);
    free(r->p);
    free(r);
}

void rig_expect_open_at(rig *r, const char *name, int line)
{
    const hf_error *error = hf_tls_error(&r->tls);
    unsigned wants = hf_tls_wants(&r->tls);
    if ((wants & HF_IS_OPEN) == 0 || (wants & HF_IS_FAILED) != 0 || r->p->fault != NULL ||
        !r->p->peer_finished) {
        fail_msg("line %d, %s: wants %x, %s (alert %u), puppet: %s", line, name, wants,
                 hf_error_name((hf_code)error->code), error->alert,
                 r->p->fault == NULL ? "-" : r->p->fault);
    }
}

void rig_expect_failed_at(rig *r, hf_code code, const char *name, int line)
{
    rig_expect_alert_at(r, code, hf_error_alert_of(code), name, line);
}

void rig_expect_alert_at(rig *r, hf_code code, uint8_t alert, const char *name, int line)
{
    const hf_error *error = hf_tls_error(&r->tls);
    unsigned wants = hf_tls_wants(&r->tls);
    if ((wants & HF_IS_FAILED) == 0 || error->code != code) {
        fail_msg("line %d, %s: wants %x, %s (step %u, detail %u), not %s", line, name, wants,
                 hf_error_name((hf_code)error->code), error->step, error->detail,
                 hf_error_name(code));
    }
    bool sent = alert != HF_NO_ALERT;
    bool record = sent ? error->alert_by == HF_ALERT_SENT && error->alert == alert
                       : error->alert_by != HF_ALERT_SENT;
    bool wire = r->p->alerts == (sent ? 1u : 0u) &&
                (!sent || (r->p->alert_level == 2 && r->p->alert == alert));
    if (!record || !wire || r->p->fault != NULL) {
        fail_msg("line %d, %s: alert %u by %u, on the wire %u times (%u, %u), expected %u; %s",
                 line, name, error->alert, error->alert_by, r->p->alerts, r->p->alert_level,
                 r->p->alert, alert, r->p->fault == NULL ? "" : r->p->fault);
    }
}
