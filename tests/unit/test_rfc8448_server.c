/* The engine as server of RFC 8448's traces: it reads the trace's ClientHello and, with the trace's
 * randoms, keys and signature, comes to its secrets and sends its messages.
 *
 * ServerHello has its extensions in another order than ours, and the traces answer supported_groups
 * and ask for a certificate in another way; so these are exchanged in the transcript. Certificate,
 * CertificateVerify and Finished are the trace's byte for byte, and so are the records from then
 * on. Section 4 ends with our answer: we skip its early data and begin a handshake without the PSK.
 */
#include "unit/rfc8448_engine.h"

#define COOKIE 44u

/* ---- the server's flight */

static void server_begin(engine_rig *e, trace *t)
{
    static const uint16_t P256_ALONE[] = {HF_SECP256R1};
    rig_begin(e);
    take_random(e, t, "server_random");
    take_random(e, t, "server_private");
    e->config.role = HF_SERVER;
    if (vectors_have(&t->v, "hello_retry_request")) {
        e->config.groups = P256_ALONE;
        e->config.groups_count = 1;
    }
    if (vectors_have(&t->v, "certificate_request")) {
        e->config.client_auth = HF_CLIENT_AUTH_REQUEST;
    }
}

/* With certificate and signature of `signer`, which is the trace itself where it has them. */
static void server_build(engine_rig *e, trace *signer)
{
    bool own = vectors_have(&signer->v, "certificate_request"); /* the one with P-256 */
    hf_span certificate = vectors_get(&signer->v, "certificate");
    const hf_tls_memory memory = memory_of(e);
    e->signature = vectors_get(&signer->v, "server_signature");
    build_with(e, certificate, own ? HF_KEY_P256 : HF_KEY_RSA);
    assert_int_equal(hf_tls_server(&e->tls, &e->config, &memory), HF_OK);
}

static uint16_t number(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void set_number(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* The second ClientHello's record without its cookie: we gave none, or another one. */
static size_t without_cookie(hf_span record, uint8_t out[1024])
{
    memcpy(out, record.ptr, record.len);
    uint8_t *at = out + 5 + 4 + 2 + 32;
    at += 1 + at[0];      /* session id */
    at += 2 + number(at); /* suites */
    at += 1 + at[0];      /* compression */
    uint8_t *block = at;
    for (at += 2; number(at) != COOKIE; at += 4 + number(at + 2)) {
        assert_in_range(at - out, 0, record.len - 4);
    }
    size_t gone = 4u + number(at + 2);
    size_t behind = record.len - (size_t)(at - out) - gone;
    memmove(at, at + gone, behind);
    set_number(block, number(block) - gone);
    set_number(out + 5 + 2, number(out + 5 + 2) - gone);
    set_number(out + 3, number(out + 3) - gone);
    return record.len - gone;
}

/* Received by a call that may do one public-key operation: it waits before the next. */
static void give_once(engine_rig *e, hf_span from)
{
    put(e, from);
    assert_int_equal(hf_tls_input_done(&e->tls, from.len), HF_PENDING);
}

/* Both hellos; what is sent last is the ServerHello, and its secrets are to be derived. */
static void take_hellos(engine_rig *e, trace *t)
{
    hf_span hello = vectors_get(&t->v, "client_hello_record");
    uint8_t second[1024];
    if (vectors_have(&t->v, "hello_retry_request")) {
        assert_int_equal(give(e, hello), HF_OK);
        assert_true(hf_tls_retried(&e->tls));
        hello = vectors_get(&t->v, "second_client_hello_record");
        assert_in_range(hello.len, 1, sizeof second);
        hello = (hf_span){second, without_cookie(hello, second)};
    }
    give_once(e, hello);
}

/* Random, suite and key share; the order of extensions is ours. */
static void is_server_hello(const engine_rig *e, trace *t)
{
    hf_server_hello ours;
    hf_server_hello theirs;
    hf_span trace_hello = vectors_get(&t->v, "server_hello");
    hf_span message = {e->tls.out.buffer.ptr + e->tls.out.end + 5, e->tls.out.open_len};
    assert_int_equal(message.len, trace_hello.len);
    parse_server_hello(message, &ours);
    parse_server_hello(trace_hello, &theirs);
    assert_memory_equal(ours.random, theirs.random, 32);
    assert_int_equal(ours.session_id.len, theirs.session_id.len);
    if (theirs.session_id.len > 0) {
        assert_memory_equal(ours.session_id.ptr, theirs.session_id.ptr, theirs.session_id.len);
    }
    assert_int_equal(ours.suite, theirs.suite);
    assert_int_equal(ours.extensions.selected_version, HF_TLS13);
    assert_int_equal(ours.extensions.group, theirs.extensions.group);
    assert_int_equal(ours.extensions.point.len, theirs.extensions.point.len);
    assert_memory_equal(ours.extensions.point.ptr, theirs.extensions.point.ptr,
                        theirs.extensions.point.len);
}

/* Behind our own EncryptedExtensions and CertificateRequest: the trace's messages. */
static void is_flight(engine_rig *e, trace *t)
{
    static const char *const MESSAGES[] = {"server_finished", "certificate_verify", "certificate"};
    uint8_t buffer[2048];
    hf_record_in in;
    uint32_t detail = 0;
    hf_record_in_init(&in, (hf_space){buffer, sizeof buffer});
    in.version13 = true;
    assert_int_equal(
        hf_record_keys13(&in.keys, &t->crypto, hf_suite_find(0x1301), &t->server.hs, false), HF_OK);
    memcpy(buffer, e->sent, e->sent_len);
    hf_record_received(&in, e->sent_len);
    assert_int_equal(hf_record_next(&in, &detail), HF_OK);
    hf_span left = hf_record_content(&in);
    for (size_t i = 0; i < sizeof MESSAGES / sizeof MESSAGES[0]; i++) {
        hf_span message = vectors_get(&t->v, MESSAGES[i]);
        assert_in_range(message.len, 1, left.len);
        left.len -= message.len;
        assert_memory_equal(left.ptr + left.len, message.ptr, message.len);
    }
    assert_int_equal(left.ptr[0], HF_ENCRYPTED_EXTENSIONS);
    hf_record_take(&in, hf_record_content(&in).len);
    assert_true(hf_record_at_end(&in));
    hf_record_keys_release(&in.keys);
}

/* From the ClientHello to the server's Finished; the trace stands behind the Certificate then. */
static void server_open(engine_rig *e, trace *t)
{
    static const uint8_t CCS[] = {HF_CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1};
    server_begin(e, t);
    server_build(e, t);
    e->to_sign = vectors_get(&t->v, "server_signed");
    take_hellos(e, t);
    is_server_hello(e, t);
    exchange(e, t);
    assert_int_equal(hf_tls_run(&e->tls), HF_PENDING); /* as far as the signature */
    assert_vector(&t->v, "c_hs_traffic", e->tls.handshake.epoch.tls13.client.bytes);
    assert_vector(&t->v, "s_hs_traffic", e->tls.handshake.epoch.tls13.server.bytes);
    assert_vector(&t->v, "handshake", e->tls.handshake.secret.handshake.bytes);
    collect(e);
    if (vectors_get(&t->v, "server_flight_records").ptr[0] == HF_CHANGE_CIPHER_SPEC) {
        assert_memory_equal(e->sent + e->sent_len - sizeof CCS, CCS, sizeof CCS);
    }
    e->sent_len = 0;
    add(t, "encrypted_extensions");
    add(t, "certificate_request");
    add(t, "certificate");
    exchange(e, t);
    drain(e);
    went_well(e);
    assert_int_equal(e->signatures, 1);
    is_flight(e, t);
    assert_vector(&t->v, "c_ap_traffic", e->tls.handshake.epoch.tls13.client_application.bytes);
    assert_vector(&t->v, "s_ap_traffic", e->tls.handshake.epoch.tls13.server.bytes);
}

static void server_is_open(const engine_rig *e, trace *t, const char *name)
{
    went_well(e);
    assert_true((hf_tls_wants(&e->tls) & HF_IS_OPEN) != 0);
    assert_vector(&t->v, "c_ap_traffic", e->tls.handshake.epoch.tls13.client.bytes);
    assert_vector(&t->v, "exp_master", e->tls.handshake.epoch.tls13.exporter.bytes);
    exports(e, name);
}

/* ---- and the rest */

/* The client's Finished and data are read, ours and close_notify are the trace's records. */
static void check_server(const char *name)
{
    trace t;
    engine_rig e;
    trace_open(&t, name);
    handshake_stage(&t);
    server_open(&e, &t);
    assert_int_equal(give(&e, vectors_get(&t.v, "client_flight_records")), HF_OK);
    server_is_open(&e, &t, name);
    receive_data(&e, &t, "c_data", "c_data_record");
    if (vectors_have(&t.v, "ticket")) { /* the trace's server has sent one record before */
        e.tls.out.keys.sequence = 1;
    }
    send_data(&e, &t, "s_data", "s_data_record");
    both_close(&e, &t, "s_close_record", "c_close_record");
    rig_end(&e);
    trace_close(&t);
}

static void test_server(void **state)
{
    (void)state;
    check_server("simple");
    check_server("retry");
    check_server("compatible");
}

/* The client's certificate in section 6 has RSA 1024. */
static void test_server_refuses(void **state)
{
    trace t;
    engine_rig e;
    (void)state;
    trace_open(&t, "client-certificate");
    handshake_stage(&t);
    server_open(&e, &t);
    memcpy(t.server.ap.bytes, vectors_get(&t.v, "s_ap_traffic").ptr, SIZE);
    (void)give(&e, vectors_get(&t.v, "client_flight_records"));
    refused(&e, &t, &t.server.ap);
    rig_end(&e);
    trace_close(&t);
}

/* So it is exchanged, with its signature, for the Certificate of a client without one. */
static void test_server_client_auth(void **state)
{
    static const uint8_t NONE[] = {HF_CERTIFICATE, 0, 0, 4, 0, 0, 0, 0};
    trace t;
    engine_rig e;
    (void)state;
    trace_open(&t, "client-certificate");
    handshake_stage(&t);
    server_open(&e, &t);
    hf_span flight = vectors_get(&t.v, "client_flight");
    size_t before = flight.len - 4 - SIZE;
    add(&t, "certificate_verify");
    add(&t, "server_finished");
    hf_transcript_add(&t.transcript, flight.ptr, before);
    peer_seals_with(&e, &t, &t.client.hs);
    assert_int_equal(give(&e, sealed(&e, (hf_span){NONE, sizeof NONE})), HF_OK);
    exchange(&e, &t);
    assert_int_equal(give(&e, sealed(&e, (hf_span){flight.ptr + before, 4 + SIZE})), HF_OK);
    server_is_open(&e, &t, "client-certificate");
    both_close(&e, &t, "s_close_record", "c_close_record");
    rig_end(&e);
    trace_close(&t);
}

/* Section 4: without a key for its ticket, a full handshake is begun, and the record of early data
 * is skipped. */
static void test_server_resumed(void **state)
{
    trace t;
    trace other;
    engine_rig e;
    hf_server_hello hello;
    (void)state;
    trace_open(&t, "resumed");
    trace_open(&other, "client-certificate");
    server_begin(&e, &t);
    server_build(&e, &other);
    (void)give(&e, vectors_get(&t.v, "client_hello_record"));
    went_well(&e);
    assert_int_equal(e.signatures, 1);
    hf_span message = {e.sent + 5, number(e.sent + 3)};
    parse_server_hello(message, &hello);
    assert_false(hf_extensions_have(&hello.extensions, HF_EXT_BIT(PRE_SHARED_KEY)));
    size_t sent = e.sent_len;
    assert_int_equal(give(&e, vectors_get(&t.v, "early_record")), HF_OK);
    went_well(&e);
    assert_int_equal(e.sent_len, sent);
    rig_end(&e);
    trace_close(&other);
    trace_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server),
        cmocka_unit_test(test_server_refuses),
        cmocka_unit_test(test_server_client_auth),
        cmocka_unit_test(test_server_resumed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
