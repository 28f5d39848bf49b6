/* The engine in the place of one side of a trace of RFC 8448.
 *
 * Randoms and private keys are the trace's. Where a message of ours has to differ (what is offered
 * and answered, and in which order), or where one of the peer's cannot be taken (RSA 1024), the
 * transcript is exchanged for the trace's right behind it: exchange(). The places for that are
 * those where the engine waits for a call that may do work. */
#ifndef HF_TESTS_RFC8448_ENGINE_H
#define HF_TESTS_RFC8448_ENGINE_H

#include "tls/engine.h"
#include "tls/message/message.h"
#include "tls/record.h"
#include "unit/rfc8448_trace.h"

typedef struct engine_rig {
    hf_config config;
    hf_tls tls;
    uint8_t memory[64];
    uint8_t in[2048];
    uint8_t out[2048];
    uint8_t slot[HF_TLS_CERTIFICATE_WHOLE];
    uint8_t random[32 + 96];
    hf_span random_left;
    uint8_t sent[4096]; /* by the engine, all of it */
    size_t sent_len;
    hf_record_out peer; /* seals what the trace's own records do not hold alone */
    uint8_t peer_out[2048];
    hf_span to_sign;   /* what our signer is to be asked for (empty: anything), */
    hf_span signature; /* and its answer */
    unsigned signatures;
    vectors p256; /* the trace whose server certificate we take */
} engine_rig;

static inline hf_reader body_of(hf_span message)
{
    return hf_read_from(message.ptr + HF_MESSAGE_HEADER, message.len - HF_MESSAGE_HEADER);
}

static inline void parse_server_hello(hf_span message, hf_server_hello *hello)
{
    uint32_t type = 0;
    hf_reader body = body_of(message);
    assert_int_equal(hf_server_hello_parse(&body, hello, &type), HF_OK);
}

/* A Certificate with one entry without extensions: header, context, lengths of list and entry. */
static inline hf_span der_in(hf_span certificate)
{
    return (hf_span){certificate.ptr + 11, certificate.len - 11 - 2};
}

/* ---- before the engine begins */

static inline void take_random(engine_rig *e, trace *t, const char *name)
{
    if (vectors_have(&t->v, name)) {
        hf_span more = vectors_get(&t->v, name);
        size_t end = (size_t)(e->random_left.ptr - e->random) + e->random_left.len;
        assert_in_range(end + more.len, 1, sizeof e->random);
        memcpy(e->random + end, more.ptr, more.len);
        e->random_left.len += more.len;
    }
}

static inline void rig_begin(engine_rig *e)
{
    memset(e, 0, sizeof *e);
    vectors_open(&e->p256, "rfc8448.txt");
    vectors_section(&e->p256, "client-certificate");
    hf_config_init(&e->config, e->memory, sizeof e->memory);
    for (uint8_t i = 0; i < 32; i++) { /* the health check at start takes these */
        e->random[i] = i;
    }
    e->random_left = (hf_span){e->random, 32};
    e->config.random = (hf_random_source){fill_from_bytes, &e->random_left};
    e->config.insecure_skip_certificate_check = true; /* the trace's are older than our rules */
    e->config.version_min = HF_TLS13;
    hf_record_out_init(&e->peer, (hf_space){e->peer_out, sizeof e->peer_out});
    e->peer.version13 = true;
}

static inline hf_tls_memory memory_of(engine_rig *e)
{
    return (hf_tls_memory){.input = {e->in, sizeof e->in},
                           .output = {e->out, sizeof e->out},
                           .certificate = {e->slot, sizeof e->slot}};
}

static inline hf_code sign_as_recorded(void *ctx, uint16_t scheme, hf_span hash, hf_space signature,
                                       size_t *len)
{
    engine_rig *e = ctx;
    uint8_t value[HF_HASH_MAX];
    hf_hash running;
    (void)scheme; /* stands in the CertificateVerify, which is compared */
    assert_int_equal(hash.len, SIZE);
    if (e->to_sign.len > 0) {
        hf_hash_start(&running, HF_SHA256);
        hf_hash_add(&running, e->to_sign.ptr, e->to_sign.len);
        hf_hash_final(&running, value);
        assert_memory_equal(hash.ptr, value, SIZE);
    }
    assert_in_range(e->signature.len, 1, signature.cap);
    memcpy(signature.ptr, e->signature.ptr, e->signature.len);
    *len = e->signature.len;
    e->signatures++;
    return HF_OK;
}

/* Builds the configuration with an identity of the trace. A certificate with RSA 1024 would be
 * refused, so it takes the place of the one with P-256 when that was checked. */
static inline void build_with(engine_rig *e, hf_span certificate, hf_key_kind kind)
{
    hf_identity *it = &e->config.identity;
    it->chain[0] = der_in(vectors_get(&e->p256, "certificate"));
    it->chain_count = 1;
    it->signer = (hf_signer){sign_as_recorded, e};
    assert_int_equal(hf_config_build(&e->config), HF_OK);
    it->chain[0] = der_in(certificate);
    it->leaf_key.kind = kind;
}

static inline void rig_end(engine_rig *e)
{
    hf_tls_release(&e->tls);
    hf_config_release(&e->config);
    hf_record_keys_release(&e->peer.keys);
    vectors_close(&e->p256);
}

/* ---- bytes in and out */

static inline void collect(engine_rig *e)
{
    size_t len = 0;
    const uint8_t *out = hf_tls_output(&e->tls, &len);
    assert_in_range(e->sent_len + len, 0, sizeof e->sent);
    if (len > 0) {
        memcpy(e->sent + e->sent_len, out, len);
        e->sent_len += len;
    }
    hf_tls_output_done(&e->tls, len);
}

static inline void drain(engine_rig *e)
{
    hf_code code = HF_PENDING;
    while (code == HF_PENDING && (hf_tls_wants(&e->tls) & HF_WANT_RUN) != 0) {
        code = hf_tls_run(&e->tls);
    }
    collect(e);
}

static inline void put(engine_rig *e, hf_span from)
{
    size_t room = 0;
    uint8_t *to = hf_tls_input(&e->tls, &room);
    assert_in_range(from.len, 1, room);
    memcpy(to, from.ptr, from.len);
}

static inline hf_code give(engine_rig *e, hf_span from)
{
    put(e, from);
    hf_code code = hf_tls_input_done(&e->tls, from.len);
    drain(e);
    return code;
}

/* Received as in give(), but by a call that may do no public-key operation: it waits before one. */
static inline void give_and_pause(engine_rig *e, hf_span from)
{
    put(e, from);
    hf_record_received(&e->tls.in, from.len);
    e->tls.handshake.work = false;
    assert_int_equal(hf_engine_advance(&e->tls), HF_PENDING);
}

/* From here on the engine's transcript is the trace's. */
static inline void exchange(engine_rig *e, const trace *t)
{
    hf_hash_clone(&e->tls.handshake.transcript.hash, &t->transcript.hash);
}

/* `content` as a record of the peer's. */
static inline hf_span sealed(engine_rig *e, hf_span content)
{
    hf_space room;
    e->peer.sent = e->peer.end;
    assert_int_equal(hf_record_room(&e->peer, HF_CONTENT_HANDSHAKE, &room), HF_OK);
    assert_in_range(content.len, 1, room.cap);
    memcpy(room.ptr, content.ptr, content.len);
    hf_record_append(&e->peer, content.len);
    assert_int_equal(hf_record_flush(&e->peer), HF_OK);
    return (hf_span){e->peer_out + e->peer.sent, e->peer.end - e->peer.sent};
}

static inline void peer_seals_with(engine_rig *e, trace *t, const hf_traffic_secret *secret)
{
    assert_int_equal(
        hf_record_keys13(&e->peer.keys, &t->crypto, hf_suite_find(0x1301), secret, true), HF_OK);
}

/* ---- what holds */

static inline void went_well(const engine_rig *e)
{
    assert_string_equal(hf_error_name((hf_code)hf_tls_error(&e->tls)->code), "HF_OK");
}

/* The last that was sent are exactly these bytes of the trace. */
static inline void sent_last(const engine_rig *e, trace *t, const char *name)
{
    hf_span expected = vectors_get(&t->v, name);
    assert_in_range(expected.len, 1, e->sent_len);
    assert_memory_equal(e->sent + e->sent_len - expected.len, expected.ptr, expected.len);
}

/* The peer's certificate has RSA 1024: its handshake ends there, with bad_certificate under
 * `secret`, the first record under it. */
static inline void refused(const engine_rig *e, trace *t, const hf_traffic_secret *secret)
{
    uint8_t buffer[64];
    hf_record_out out;
    hf_record_out_init(&out, (hf_space){buffer, sizeof buffer});
    out.version13 = true;
    assert_int_equal(hf_record_keys13(&out.keys, &t->crypto, hf_suite_find(0x1301), secret, true),
                     HF_OK);
    assert_int_equal(hf_record_alert(&out, 2, 42), HF_OK);
    const hf_error *error = hf_tls_error(&e->tls);
    assert_string_equal(hf_error_name((hf_code)error->code), "HF_E_CERT_WEAK_KEY");
    assert_int_equal(error->step, HF_CERTIFICATE);
    assert_int_equal(error->alert, 42);
    assert_int_equal(error->alert_by, HF_ALERT_SENT);
    assert_in_range(out.end, 1, e->sent_len);
    assert_memory_equal(e->sent + e->sent_len - out.end, buffer, out.end);
    hf_record_keys_release(&out.keys);
}

/* What comes out of the trace's exporter master secret. */
static inline void exports(const engine_rig *e, const char *name)
{
    vectors v;
    uint8_t out[40];
    vectors_open(&v, "export.txt");
    vectors_section(&v, name);
    const hf_span context = {(const uint8_t *)"0123456789", 10};
    assert_int_equal(hf_tls_export(&e->tls, "EXPORTER-handfast-test", context, true, out, 40),
                     HF_OK);
    assert_vector(&v, "context", out);
    assert_int_equal(hf_tls_export(&e->tls, "EXPORTER-handfast-test", context, false, out, 40),
                     HF_OK);
    assert_vector(&v, "none", out);
    vectors_close(&v);
}

/* ---- once both are open: the data of the trace in both directions, and its end */

static inline void send_data(engine_rig *e, trace *t, const char *name, const char *record)
{
    if (vectors_have(&t->v, name)) {
        size_t room = 0;
        hf_span data = vectors_get(&t->v, name);
        uint8_t *to = hf_tls_room(&e->tls, &room);
        assert_in_range(data.len, 1, room);
        memcpy(to, data.ptr, data.len);
        assert_int_equal(hf_tls_room_done(&e->tls, data.len), HF_OK);
        collect(e);
        sent_last(e, t, record);
    }
}

static inline void receive_data(engine_rig *e, trace *t, const char *name, const char *record)
{
    if (vectors_have(&t->v, name)) {
        size_t len = 0;
        hf_span data = vectors_get(&t->v, name);
        assert_int_equal(give(e, vectors_get(&t->v, record)), HF_OK);
        const uint8_t *got = hf_tls_data(&e->tls, &len);
        assert_int_equal(len, data.len);
        assert_memory_equal(got, data.ptr, len);
        assert_int_equal(hf_tls_data_done(&e->tls, len), HF_OK);
    }
}

static inline void both_close(engine_rig *e, trace *t, const char *ours, const char *theirs)
{
    assert_int_equal(hf_tls_close(&e->tls), HF_OK);
    collect(e);
    sent_last(e, t, ours);
    assert_int_equal(give(e, vectors_get(&t->v, theirs)), HF_OK);
    assert_int_equal(hf_tls_input_end(&e->tls), HF_OK);
}

#endif
