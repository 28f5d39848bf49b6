/* The messages of RFC 8448's traces through the parsers, and the engine as client of the traces
 * with certificates. (As server: test_rfc8448_server.c.)
 *
 * The ClientHellos of the traces offer what Handfast does not, so the engine's own hello is
 * exchanged for the trace's in the transcript. With that it comes to the trace's secrets, verifies
 * the server's Finished, and what it sends from then on are the trace's bytes. Section 4 is not
 * among them: a client of ours never sends early data.
 */
#include "unit/rfc8448_engine.h"

/* ---- messages */

static void check_hellos(trace *t)
{
    hf_server_hello hello;
    hf_span server = vectors_get(&t->v, "server_hello");
    bool retry = vectors_have(&t->v, "hello_retry_request");
    parse_server_hello(server, &hello);
    assert_int_equal(hello.suite, 0x1301);
    assert_int_equal(hello.extensions.selected_version, HF_TLS13);
    assert_int_equal(hello.extensions.group, retry ? HF_SECP256R1 : HF_X25519);
    assert_vector(&t->v, "server_point", hello.extensions.point.ptr);
    assert_false(hf_is_retry_random(hello.random));
    if (vectors_have(&t->v, "psk")) {
        assert_true(hf_extensions_have(&hello.extensions, HF_EXT_BIT(PRE_SHARED_KEY)));
    }
    if (retry) {
        hf_span request = vectors_get(&t->v, "hello_retry_request");
        parse_server_hello(request, &hello);
        assert_true(hf_is_retry_random(hello.random));
        assert_int_equal(hello.extensions.group, HF_SECP256R1);
        assert_int_equal(hello.extensions.point.len, 0);
        assert_int_equal(hello.extensions.cookie.len, 0x72);
    }
}

static void check_request(trace *t)
{
    hf_certificate_request request;
    uint32_t type = 0;
    if (!vectors_have(&t->v, "certificate_request")) {
        return;
    }
    hf_span message = vectors_get(&t->v, "certificate_request");
    hf_reader body = body_of(message);
    assert_int_equal(hf_certificate_request_parse13(&body, &request, &type), HF_OK);
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
    size_t len = hf_certificate_verify_input(true, now, SIZE, input);
    assert_int_equal(len, vectors_get(&t->v, "server_signed").len);
    assert_vector(&t->v, "server_signed", input);
    hf_span message = vectors_get(&t->v, "certificate_verify");
    hf_reader body = body_of(message);
    assert_int_equal(hf_certificate_verify_parse(&body, &verify), HF_OK);
    hf_span der = der_in(vectors_get(&t->v, "certificate"));
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
    size_t len = hf_certificate_verify_input(false, now, SIZE, input);
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

/* ---- the engine as client */

static void client_begin(engine_rig *e, trace *t)
{
    rig_begin(e);
    take_random(e, t, "client_random");
    take_random(e, t, "refused_private");
    take_random(e, t, "private");
}

/* The hello leaves, and the trace's takes its place in the memory where it waits to be hashed. */
static void client_hello(engine_rig *e, trace *t)
{
    const hf_tls_memory memory = memory_of(e);
    assert_int_equal(hf_tls_client(&e->tls, &e->config, &memory, "server"), HF_OK);
    drain(e);
    assert_memory_equal(e->slot + 6, vectors_get(&t->v, "client_random").ptr, SIZE);
    hf_span hello = vectors_get(&t->v, "client_hello");
    memcpy(e->slot, hello.ptr, hello.len);
    e->tls.handshake.hello_len = (uint16_t)hello.len;
    e->tls.handshake.reserved = (uint32_t)hello.len;
}

static void has_handshake_secrets(const engine_rig *e, trace *t)
{
    went_well(e);
    assert_vector(&t->v, "c_hs_traffic", e->tls.handshake.epoch.tls13.client.bytes);
    assert_vector(&t->v, "s_hs_traffic", e->tls.handshake.epoch.tls13.server.bytes);
    assert_vector(&t->v, "handshake", e->tls.handshake.secret.handshake.bytes);
}

/* After HelloRetryRequest the hello to be exchanged is in the transcript already. */
static void take_retry(engine_rig *e, trace *t)
{
    if (vectors_have(&t->v, "hello_retry_request")) {
        hf_span request = vectors_get(&t->v, "hello_retry_request");
        uint8_t record[512] = {HF_CONTENT_HANDSHAKE, 3, 3, 0, (uint8_t)request.len};
        memcpy(record + 5, request.ptr, request.len);
        (void)give(e, (hf_span){record, 5 + request.len});
        assert_true(hf_tls_retried(&e->tls));
        hash_client_hellos(t);
        exchange(e, t);
    }
}

/* A session id is made from our random and echoed, so it is not the trace's: the ServerHello is
 * given with ours, and exchanged before the secrets are derived. */
static void take_server_hello(engine_rig *e, trace *t)
{
    enum { SESSION_ID = 5 + 4 + 2 + 32 }; /* in the records of both hellos; its length first */
    uint8_t record[256];
    hf_span hello = vectors_get(&t->v, "server_hello_record");
    uint8_t len = hello.ptr[SESSION_ID];
    assert_in_range(hello.len, 1, sizeof record);
    memcpy(record, hello.ptr, hello.len);
    assert_int_equal(e->sent[SESSION_ID], len);
    memcpy(record + SESSION_ID + 1, e->sent + SESSION_ID + 1, len);
    if (len > 0) {
        give_and_pause(e, (hf_span){record, hello.len});
        exchange(e, t);
        drain(e);
    } else {
        (void)give(e, hello);
    }
    has_handshake_secrets(e, t);
}

static void client_open(engine_rig *e, trace *t, bool compatible)
{
    client_begin(e, t);
    e->config.compatibility_mode = compatible;
    assert_int_equal(hf_config_build(&e->config), HF_OK);
    client_hello(e, t);
    take_retry(e, t);
    take_server_hello(e, t);
}

/* The server's flight with RSA 1024, whose certificate and signature are exchanged for those of the
 * trace that has P-256. */
static void take_flight(engine_rig *e, trace *t)
{
    trace p256;
    hf_span records = vectors_get(&t->v, "server_flight_records");
    trace_open(&p256, "client-certificate");
    handshake_stage(&p256);
    add(&p256, "encrypted_extensions");
    add(&p256, "certificate_request");
    add(&p256, "certificate");
    add(t, "encrypted_extensions");
    add(t, "certificate");
    add(t, "certificate_verify");
    if (records.ptr[0] == HF_CHANGE_CIPHER_SPEC) {
        assert_int_equal(give(e, (hf_span){records.ptr, 6}), HF_OK);
    }
    peer_seals_with(e, t, &t->server.hs);
    (void)give(e, sealed(e, vectors_get(&t->v, "encrypted_extensions")));
    (void)give(e, sealed(e, vectors_get(&p256.v, "certificate")));
    give_and_pause(e, sealed(e, vectors_get(&p256.v, "certificate_verify")));
    exchange(e, &p256);
    drain(e);
    exchange(e, t);
    (void)give(e, sealed(e, vectors_get(&t->v, "server_finished")));
    trace_close(&p256);
}

static void client_is_open(const engine_rig *e, trace *t, const char *name)
{
    went_well(e);
    assert_true((hf_tls_wants(&e->tls) & HF_IS_OPEN) != 0);
    assert_vector(&t->v, "c_ap_traffic", e->tls.handshake.epoch.tls13.client.bytes);
    assert_vector(&t->v, "s_ap_traffic", e->tls.handshake.epoch.tls13.server.bytes);
    assert_vector(&t->v, "exp_master", e->tls.handshake.epoch.tls13.exporter.bytes);
    exports(e, name);
}

static const char *const RSA_TRACES[] = {"simple", "retry", "compatible"};
#define RSA_TRACES_COUNT (sizeof RSA_TRACES / sizeof RSA_TRACES[0])

/* Finished, data and close_notify are the trace's records. */
static void check_client(const char *name)
{
    trace t;
    engine_rig e;
    trace_open(&t, name);
    handshake_stage(&t);
    client_open(&e, &t, strcmp(name, "compatible") == 0);
    hash_client_hellos(&t);
    add(&t, "server_hello");
    take_flight(&e, &t);
    client_is_open(&e, &t, name);
    sent_last(&e, &t, "client_flight_records");
    if (vectors_have(&t.v, "ticket_record")) {
        assert_int_equal(give(&e, vectors_get(&t.v, "ticket_record")), HF_OK);
    }
    send_data(&e, &t, "c_data", "c_data_record");
    receive_data(&e, &t, "s_data", "s_data_record");
    both_close(&e, &t, "c_close_record", "s_close_record");
    rig_end(&e);
    trace_close(&t);
}

static void test_client(void **state)
{
    (void)state;
    for (size_t i = 0; i < RSA_TRACES_COUNT; i++) {
        check_client(RSA_TRACES[i]);
    }
}

/* The same with the server's flight as it is: its certificate is refused, when all keys are right.
 */
static void test_client_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < RSA_TRACES_COUNT; i++) {
        trace t;
        engine_rig e;
        trace_open(&t, RSA_TRACES[i]);
        handshake_stage(&t);
        client_open(&e, &t, strcmp(RSA_TRACES[i], "compatible") == 0);
        (void)give(&e, vectors_get(&t.v, "server_flight_records"));
        refused(&e, &t, &t.client.hs);
        rig_end(&e);
        trace_close(&t);
    }
}

/* Section 6 as it is: Certificate, CertificateVerify and Finished of ours are the trace's record.
 */
static void test_client_certificate(void **state)
{
    trace t;
    engine_rig e;
    (void)state;
    trace_open(&t, "client-certificate");
    client_begin(&e, &t);
    e.to_sign = vectors_get(&t.v, "client_signed");
    e.signature = vectors_get(&t.v, "client_signature");
    build_with(&e, vectors_get(&t.v, "client_certificate"), HF_KEY_RSA);
    client_hello(&e, &t);
    take_server_hello(&e, &t);
    (void)give(&e, vectors_get(&t.v, "server_flight_records"));
    client_is_open(&e, &t, "client-certificate");
    assert_true(hf_tls_sent_certificate(&e.tls));
    assert_int_equal(e.signatures, 1);
    sent_last(&e, &t, "client_flight_records");
    both_close(&e, &t, "c_close_record", "s_close_record");
    rig_end(&e);
    trace_close(&t);
}

/* And by a client without a certificate: open all the same, with another Finished. */
static void test_client_without(void **state)
{
    trace t;
    engine_rig e;
    (void)state;
    trace_open(&t, "client-certificate");
    client_open(&e, &t, false);
    (void)give(&e, vectors_get(&t.v, "server_flight_records"));
    client_is_open(&e, &t, "client-certificate");
    assert_false(hf_tls_sent_certificate(&e.tls));
    both_close(&e, &t, "c_close_record", "s_close_record");
    rig_end(&e);
    trace_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),       cmocka_unit_test(test_client),
        cmocka_unit_test(test_client_refuses), cmocka_unit_test(test_client_certificate),
        cmocka_unit_test(test_client_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
