/* The messages of RFC 8448's traces through the parsers, and a server's flight through the engine.
 *
 * The ClientHellos of the traces offer what Handfast does not, so the engine's own hello is
 * exchanged for the trace's in the transcript.
 */
#include "tls/message/message.h"
#include "tls/record.h"
#include "unit/rfc8448_trace.h"

#include <handfast/tls.h>

/* ---- messages */

static hf_span body_of(hf_span message)
{
    return (hf_span){message.ptr + 4, message.len - 4};
}

static void check_hellos(trace *t)
{
    hf_server_hello hello;
    uint32_t offset = 0;
    hf_span server = vectors_get(&t->v, "server_hello");
    bool retry = vectors_have(&t->v, "hello_retry_request");
    assert_int_equal(hf_server_hello_parse(body_of(server), &hello, &offset), HF_OK);
    assert_int_equal(hello.suite, 0x1301);
    assert_int_equal(hello.extensions.selected_version, HF_TLS13);
    assert_int_equal(hello.extensions.group, retry ? HF_SECP256R1 : HF_X25519);
    assert_vector(&t->v, "server_point", hello.extensions.point.ptr);
    assert_false(hf_is_retry_random(hello.random));
    if (vectors_have(&t->v, "psk")) {
        assert_true(hf_extensions_have(&hello.extensions, HF_EXT_PRE_SHARED_KEY));
    }
    if (retry) {
        hf_span request = vectors_get(&t->v, "hello_retry_request");
        assert_int_equal(hf_server_hello_parse(body_of(request), &hello, &offset), HF_OK);
        assert_true(hf_is_retry_random(hello.random));
        assert_int_equal(hello.extensions.group, HF_SECP256R1);
        assert_int_equal(hello.extensions.point.len, 0);
        assert_int_equal(hello.extensions.cookie.len, 0x72);
    }
}

static void check_request(trace *t)
{
    hf_certificate_request request;
    uint32_t offset = 0;
    if (!vectors_have(&t->v, "certificate_request")) {
        return;
    }
    hf_span message = vectors_get(&t->v, "certificate_request");
    assert_int_equal(hf_certificate_request_parse13(body_of(message), &request, &offset), HF_OK);
    assert_int_equal(request.context.len, 0);
    assert_int_equal(request.schemes.len, 30);
}

/* What the server signed, and its signature where the key is one we accept (P-256). */
static void check_signature(trace *t)
{
    hf_certificate leaf;
    hf_certificate_verify verify;
    uint32_t offset = 0;
    uint8_t now[HF_HASH_MAX];
    uint8_t input[HF_SIGNED13_MAX];
    uint8_t value[HF_HASH_MAX];
    add(t, "encrypted_extensions");
    add(t, "certificate_request");
    add(t, "certificate");
    hf_transcript_now(&t->transcript, now);
    size_t len = hf_certificate_verify_input(true, (hf_span){now, SIZE}, input);
    assert_int_equal(len, vectors_get(&t->v, "server_signed").len);
    assert_vector(&t->v, "server_signed", input);
    hf_span message = vectors_get(&t->v, "certificate_verify");
    assert_int_equal(hf_certificate_verify_parse(body_of(message), &verify, &offset), HF_OK);
    hf_span list = vectors_get(&t->v, "certificate"); /* header, context, list and entry lengths */
    hf_span der = {list.ptr + 11, list.len - 11 - 2};
    assert_int_equal(hf_x509_parse(&leaf, der, &offset), HF_OK);
    if (leaf.key.kind == HF_KEY_P256) {
        hf_hash hash;
        hf_hash_start(&hash, HF_SHA256);
        hf_hash_add(&hash, input, len);
        hf_hash_final(&hash, value);
        assert_int_equal(verify.scheme, HF_ECDSA_SECP256R1_SHA256);
        assert_int_equal(
            hf_crypto_verify(&t->crypto, &leaf.key, HF_ECDSA, HF_SHA256, value, verify.signature),
            HF_OK);
    }
}

static void check_client_signed(trace *t)
{
    uint8_t now[HF_HASH_MAX];
    uint8_t input[HF_SIGNED13_MAX];
    if (!vectors_have(&t->v, "client_signed")) {
        return;
    }
    add(t, "certificate_verify");
    add(t, "server_finished");
    hf_span flight = vectors_get(&t->v, "client_flight");
    size_t certificate = 4 + ((size_t)flight.ptr[2] << 8 | flight.ptr[3]);
    hf_transcript_add(&t->transcript, flight.ptr, certificate);
    hf_transcript_now(&t->transcript, now);
    size_t len = hf_certificate_verify_input(false, (hf_span){now, SIZE}, input);
    assert_int_equal(len, vectors_get(&t->v, "client_signed").len);
    assert_vector(&t->v, "client_signed", input);
}

static void check_messages(trace *t)
{
    check_hellos(t);
    check_request(t);
    if (vectors_have(&t->v, "certificate")) {
        check_signature(t);
        check_client_signed(t);
    }
}

static void test_messages(void **state)
{
    (void)state;
    for_each_trace(check_messages);
}

/* ---- the engine */

typedef struct engine_rig {
    hf_config config;
    hf_tls tls;
    uint8_t memory[64];
    uint8_t in[2048];
    uint8_t out[1024];
    uint8_t slot[3072];
    uint8_t random[96];
    hf_span random_left;
} engine_rig;

static void take_random(engine_rig *e, trace *t, const char *name)
{
    if (vectors_have(&t->v, name)) {
        hf_span more = vectors_get(&t->v, name);
        size_t used = e->random_left.len;
        memcpy(e->random + used, more.ptr, more.len);
        e->random_left = (hf_span){e->random, used + more.len};
    }
}

static void drain(engine_rig *e)
{
    size_t len = 0;
    hf_code code = HF_PENDING;
    while (code == HF_PENDING && (hf_tls_wants(&e->tls) & HF_WANT_RUN) != 0) {
        code = hf_tls_run(&e->tls);
    }
    (void)hf_tls_output(&e->tls, &len);
    hf_tls_output_done(&e->tls, len);
}

static void engine_open(engine_rig *e, trace *t)
{
    memset(e, 0, sizeof *e);
    take_random(e, t, "client_random");
    take_random(e, t, "refused_private");
    take_random(e, t, "private");
    hf_config_init(&e->config, e->memory, sizeof e->memory);
    e->config.random = (hf_random_source){fill_from_bytes, &e->random_left};
    e->config.insecure_skip_certificate_check = true; /* the trace's are older than our rules */
    e->config.version_min = HF_TLS13;
    assert_int_equal(hf_config_build(&e->config), HF_OK);
    const hf_tls_memory memory = {.input = {e->in, sizeof e->in},
                                  .output = {e->out, sizeof e->out},
                                  .certificate = {e->slot, sizeof e->slot}};
    assert_int_equal(hf_tls_client(&e->tls, &e->config, &memory, "server"), HF_OK);
    drain(e);
    assert_memory_equal(e->slot + 6, vectors_get(&t->v, "client_random").ptr, SIZE);
    hf_span hello = vectors_get(&t->v, "client_hello");
    memcpy(e->slot, hello.ptr, hello.len); /* the hello that will be hashed */
    e->tls.handshake.hello_len = (uint16_t)hello.len;
    e->tls.handshake.reserved = (uint32_t)hello.len;
}

static void engine_close(engine_rig *e)
{
    hf_tls_release(&e->tls);
    hf_config_release(&e->config);
}

static hf_code give(engine_rig *e, hf_span sent)
{
    size_t room = 0;
    uint8_t *to = hf_tls_input(&e->tls, &room);
    assert_in_range(sent.len, 1, room);
    memcpy(to, sent.ptr, sent.len);
    hf_code code = hf_tls_input_done(&e->tls, sent.len);
    drain(e);
    return code;
}

/* What comes out of the trace's exporter master secret. */
static void exports(const engine_rig *e, const char *name)
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

/* With its own hellos exchanged for the trace's, the engine comes to the trace's secrets, opens the
 * server's flight, verifies signature and Finished, and reads the server's close_notify. */
static void test_engine(void **state)
{
    trace t;
    engine_rig e;
    (void)state;
    trace_open(&t, "client-certificate");
    engine_open(&e, &t);
    (void)give(&e, vectors_get(&t.v, "server_hello_record"));
    assert_vector(&t.v, "c_hs_traffic", e.tls.handshake.epoch.tls13.client.bytes);
    assert_vector(&t.v, "s_hs_traffic", e.tls.handshake.epoch.tls13.server.bytes);
    assert_vector(&t.v, "handshake", e.tls.handshake.secret.handshake.bytes);
    (void)give(&e, vectors_get(&t.v, "server_flight_records"));
    assert_string_equal(hf_error_name((hf_code)hf_tls_error(&e.tls)->code), "HF_OK");
    assert_true((hf_tls_wants(&e.tls) & HF_IS_OPEN) != 0);
    assert_false(hf_tls_sent_certificate(&e.tls));
    assert_vector(&t.v, "c_ap_traffic", e.tls.handshake.epoch.tls13.client.bytes);
    assert_vector(&t.v, "s_ap_traffic", e.tls.handshake.epoch.tls13.server.bytes);
    assert_vector(&t.v, "exp_master", e.tls.handshake.epoch.tls13.exporter.bytes);
    exports(&e, "client-certificate");
    assert_int_equal(give(&e, vectors_get(&t.v, "s_close_record")), HF_OK);
    assert_int_equal(hf_tls_input_end(&e.tls), HF_OK);
    engine_close(&e);
    trace_close(&t);
}

/* The certificate of this trace has RSA 1024: refused, but only after all keys were right. */
static void test_engine_retry(void **state)
{
    trace t;
    engine_rig e;
    (void)state;
    trace_open(&t, "retry");
    engine_open(&e, &t);
    hf_span request = vectors_get(&t.v, "hello_retry_request");
    uint8_t record[512] = {HF_CONTENT_HANDSHAKE, 3, 3, 0, (uint8_t)request.len};
    memcpy(record + 5, request.ptr, request.len);
    (void)give(&e, (hf_span){record, 5 + request.len});
    assert_true(hf_tls_retried(&e.tls));
    hash_client_hellos(&t); /* the trace's second hello instead of ours */
    hf_hash_clone(&e.tls.handshake.transcript.hash, &t.transcript.hash);
    (void)give(&e, vectors_get(&t.v, "server_hello_record"));
    assert_int_equal(hf_tls_group(&e.tls), HF_SECP256R1);
    assert_vector(&t.v, "c_hs_traffic", e.tls.handshake.epoch.tls13.client.bytes);
    assert_vector(&t.v, "s_hs_traffic", e.tls.handshake.epoch.tls13.server.bytes);
    (void)give(&e, vectors_get(&t.v, "server_flight_records"));
    assert_string_equal(hf_error_name((hf_code)hf_tls_error(&e.tls)->code), "HF_E_CERT_WEAK_KEY");
    assert_int_equal(hf_tls_error(&e.tls)->step, HF_CERTIFICATE);
    engine_close(&e);
    trace_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_engine),
        cmocka_unit_test(test_engine_retry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
