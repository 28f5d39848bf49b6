/* All traces of RFC 8448: every secret, key, binder, Finished value and record, byte for byte,
 * through the key schedule, the transcript and the record layer.
 *
 * Left out are "c e traffic" and "e exp master" of section 4, with the two records under them:
 * early data are outside our profile, a client never sends them and a server skips them.
 * EndOfEarlyData is hashed, so that everything behind it is checked.
 */
#include "tls/message/message.h"
#include "tls/record.h"
#include "unit/rfc8448_trace.h"

static const char *named(const char *prefix, const char *rest)
{
    static char name[64];
    (void)snprintf(name, sizeof name, "%s_%s", prefix, rest);
    return name;
}

static bool stands_in(hf_span all, const uint8_t *part, size_t len)
{
    for (size_t at = 0; at + len <= all.len; at++) {
        if (memcmp(all.ptr + at, part, len) == 0) {
            return true;
        }
    }
    return false;
}

/* Our key exchange gives the trace's key share and its shared secret. */
static void agree(trace *t)
{
    bool retry = vectors_have(&t->v, "second_client_hello");
    hf_span private = vectors_get(&t->v, "private");
    hf_span server = vectors_get(&t->v, "server_point");
    uint8_t point[HF_POINT_MAX];
    uint8_t shared[HF_SHARED_MAX];
    uint16_t group = retry ? HF_SECP256R1 : HF_X25519;
    hf_crypto crypto;
    hf_exchange exchange = {0};
    open_crypto(&crypto, &private);
    assert_int_equal(hf_exchange_generate(&exchange, &crypto, group, point), HF_OK);
    hf_span hello = vectors_get(&t->v, retry ? "second_client_hello" : "client_hello");
    assert_true(stands_in(hello, point, hf_exchange_point_size(group)));
    assert_int_equal(hf_exchange_agree(&exchange, &crypto, server, shared), HF_OK);
    assert_vector(&t->v, "shared", shared);
    hf_exchange_release(&exchange);
    hf_crypto_release(&crypto);
}

/* The salt between two stages is no type of its own: derived here, from the stage's bytes. */
static void derived_is(trace *t, const char *name, const uint8_t *secret)
{
    uint8_t nothing[HF_HASH_MAX];
    uint8_t salt[SIZE];
    hf_hash hash;
    hf_hash_start(&hash, HF_SHA256);
    hf_hash_final(&hash, nothing);
    hf_expand_label(HF_SHA256, secret, "derived", (hf_span){nothing, SIZE}, salt, SIZE);
    assert_vector(&t->v, name, salt);
}

static void keys_are(trace *t, const char *prefix, const hf_traffic_secret *secret)
{
    uint8_t key[16];
    char name[32];
    hf_record_keys keys = {0};
    (void)snprintf(name, sizeof name, "%s_key", prefix);
    hf_expand_label(HF_SHA256, secret->bytes, "key", (hf_span){NULL, 0}, key, sizeof key);
    assert_vector(&t->v, name, key);
    (void)snprintf(name, sizeof name, "%s_iv", prefix);
    assert_int_equal(hf_record_keys13(&keys, &t->crypto, hf_suite_find(0x1301), secret, true),
                     HF_OK);
    assert_vector(&t->v, name, keys.iv);
    hf_record_keys_release(&keys);
}

/* ---- secrets and keys */

static void check_secrets(trace *t)
{
    agree(t);
    assert_vector(&t->v, "early", t->early.bytes);
    derived_is(t, "derived_early", t->early.bytes);
    assert_vector(&t->v, "handshake", t->handshake.bytes);
    assert_vector(&t->v, "c_hs_traffic", t->client.hs.bytes);
    assert_vector(&t->v, "s_hs_traffic", t->server.hs.bytes);
    derived_is(t, "derived_handshake", t->handshake.bytes);
    assert_vector(&t->v, "master", t->master.bytes);
    application_stage(t);
    assert_vector(&t->v, "c_ap_traffic", t->client.ap.bytes);
    assert_vector(&t->v, "s_ap_traffic", t->server.ap.bytes);
    assert_vector(&t->v, "exp_master", t->exporter.bytes);
    assert_vector(&t->v, "res_master", t->resumption.bytes);
    keys_are(t, "c_hs", &t->client.hs);
    keys_are(t, "s_hs", &t->server.hs);
    keys_are(t, "c_ap", &t->client.ap);
    keys_are(t, "s_ap", &t->server.ap);
}

static void test_secrets(void **state)
{
    (void)state;
    for_each_trace(check_secrets);
}

/* The shortcut with a constant written down equals the long way, for both hashes. */
static void test_without_psk(void **state)
{
    static const hf_hash_id HASHES[] = {HF_SHA256, HF_SHA384};
    static const uint8_t SHARED[48] = {1, 2, 3, 5, 8, 13};
    (void)state;
    for (size_t i = 0; i < sizeof HASHES / sizeof HASHES[0]; i++) {
        hf_early_secret early;
        hf_handshake_secret by_steps;
        hf_handshake_secret at_once;
        hf_early_without_psk(HASHES[i], &early);
        hf_handshake_from_early(HASHES[i], &early, (hf_span){SHARED, sizeof SHARED}, &by_steps);
        hf_handshake_without_psk(HASHES[i], (hf_span){SHARED, sizeof SHARED}, &at_once);
        assert_memory_equal(at_once.bytes, by_steps.bytes, hf_hash_size(HASHES[i]));
    }
}

/* ---- resumption */

/* A NewSessionTicket: its nonce, and the ticket itself. */
static void read_ticket(hf_span message, hf_span *nonce, hf_span *ticket)
{
    const uint8_t *at = message.ptr + 4 + 4 + 4; /* header, lifetime, age_add */
    *nonce = (hf_span){at + 1, at[0]};
    at += 1 + nonce->len;
    *ticket = (hf_span){at + 2, (size_t)at[0] << 8 | at[1]};
    assert_in_range(ticket->ptr + ticket->len - message.ptr, 1, message.len);
}

/* The ticket of section 3 gives the PSK that section 4 offers it with. */
static void test_resumption_psk(void **state)
{
    trace t;
    hf_span nonce;
    hf_span ticket;
    uint8_t psk[SIZE];
    (void)state;
    trace_open(&t, "simple");
    handshake_stage(&t);
    application_stage(&t);
    read_ticket(vectors_get(&t.v, "ticket"), &nonce, &ticket);
    hf_ticket_psk(HF_SHA256, &t.resumption, nonce, psk);
    assert_vector(&t.v, "resumption_psk", psk);
    vectors_section(&t.v, "resumed");
    assert_vector(&t.v, "psk", psk);
    assert_true(stands_in(vectors_get(&t.v, "client_hello"), ticket.ptr, ticket.len));
    trace_close(&t);
}

/* The binder, over the hello as far as the binders; under another label it would be another. */
static void test_binder(void **state)
{
    trace t;
    uint8_t now[HF_HASH_MAX];
    uint8_t value[HF_HASH_MAX];
    static const uint8_t BINDERS[] = {0, 1 + SIZE, SIZE}; /* length of the list, of the binder */
    (void)state;
    trace_open(&t, "resumed");
    hf_span hello = vectors_get(&t.v, "client_hello");
    size_t before = hello.len - SIZE - sizeof BINDERS;
    assert_memory_equal(hello.ptr + before, BINDERS, sizeof BINDERS);
    hf_transcript_start(&t.transcript, HF_SHA256);
    hf_transcript_add(&t.transcript, hello.ptr, before);
    transcript_is(&t, "binder_hash", now);
    hf_early_from_psk(HF_SHA256, vectors_get(&t.v, "psk").ptr, &t.early);
    hf_psk_binder(HF_SHA256, &t.early, HF_PSK_RESUMPTION, now, value);
    assert_vector(&t.v, "binder", value);
    assert_memory_equal(hello.ptr + before + sizeof BINDERS, value, SIZE);
    hf_psk_binder(HF_SHA256, &t.early, HF_PSK_EXTERNAL, now, value);
    assert_memory_not_equal(hello.ptr + before + sizeof BINDERS, value, SIZE);
    trace_close(&t);
}

/* ---- Finished */

/* verify_data over everything before the last 36 bytes of a flight. */
static void finished_is(trace *t, const side *from, hf_span flight)
{
    uint8_t now[HF_HASH_MAX];
    uint8_t value[HF_HASH_MAX];
    uint8_t key[SIZE];
    static const uint8_t HEADER[] = {HF_FINISHED, 0, 0, SIZE};
    hf_span before = {flight.ptr, flight.len - 4 - SIZE};
    hf_expand_label(HF_SHA256, from->hs.bytes, "finished", (hf_span){NULL, 0}, key, SIZE);
    assert_vector(&t->v, named(from->prefix, "finished_key"), key);
    hf_transcript_add(&t->transcript, before.ptr, before.len);
    hf_transcript_now(&t->transcript, now);
    hf_finished13(HF_SHA256, &from->hs, now, value);
    assert_memory_equal(flight.ptr + before.len, HEADER, sizeof HEADER);
    assert_memory_equal(flight.ptr + before.len + 4, value, SIZE);
    hf_transcript_add(&t->transcript, flight.ptr + before.len, 4 + SIZE);
}

static void check_finished(trace *t)
{
    finished_is(t, &t->server, vectors_get(&t->v, "server_flight"));
    add(t, "end_of_early_data");
    finished_is(t, &t->client, vectors_get(&t->v, "client_flight"));
}

static void test_finished(void **state)
{
    (void)state;
    for_each_trace(check_finished);
}

/* ---- records */

static void key_in(trace *t, hf_record_in *in, const hf_traffic_secret *secret)
{
    in->version13 = true;
    assert_int_equal(hf_record_keys13(&in->keys, &t->crypto, hf_suite_find(0x1301), secret, false),
                     HF_OK);
}

static void key_out(trace *t, hf_record_out *out, const hf_traffic_secret *secret)
{
    out->version13 = true;
    assert_int_equal(hf_record_keys13(&out->keys, &t->crypto, hf_suite_find(0x1301), secret, true),
                     HF_OK);
}

/* `record` (maybe with a change_cipher_spec before it) holds exactly `content`. */
static void opens(hf_record_in *in, hf_span record, uint8_t type, hf_span content)
{
    size_t room = 0;
    uint32_t detail = 0;
    uint8_t *to = hf_record_space(in, &room);
    assert_in_range(record.len, 1, room);
    memcpy(to, record.ptr, record.len);
    hf_record_received(in, record.len);
    assert_int_equal(hf_record_next(in, &detail), HF_OK);
    assert_int_equal(in->type, type);
    hf_span got = hf_record_content(in);
    assert_int_equal(got.len, content.len);
    assert_memory_equal(got.ptr, content.ptr, content.len);
    hf_record_take(in, got.len);
    assert_int_equal(hf_record_next(in, &detail), HF_PENDING);
    assert_true(hf_record_at_end(in));
}

/* Sealing `content` gives exactly `record`. */
static void seals(hf_record_out *out, hf_span record, uint8_t type, hf_span content)
{
    hf_space room;
    assert_int_equal(hf_record_room(out, type, &room), HF_OK);
    assert_in_range(content.len, 1, room.cap);
    memcpy(room.ptr, content.ptr, content.len);
    hf_record_append(out, content.len);
    assert_int_equal(hf_record_flush(out), HF_OK);
    assert_int_equal(out->end - out->sent, record.len);
    assert_memory_equal(out->buffer.ptr + out->sent, record.ptr, record.len);
    out->sent = out->end;
}

static hf_span last_record(hf_span records)
{
    static const uint8_t CCS[] = {20, 3, 3, 0, 1, 1};
    bool ccs = records.ptr[0] == CCS[0];
    if (ccs) {
        assert_memory_equal(records.ptr, CCS, sizeof CCS);
    }
    size_t skip = ccs ? sizeof CCS : 0;
    return (hf_span){records.ptr + skip, records.len - skip};
}

typedef struct rig {
    uint8_t in_buffer[2048];
    uint8_t out_buffer[2048];
    hf_record_in in;
    hf_record_out out;
} rig;

static void rig_open(rig *r)
{
    hf_record_in_init(&r->in, (hf_space){r->in_buffer, sizeof r->in_buffer});
    hf_record_out_init(&r->out, (hf_space){r->out_buffer, sizeof r->out_buffer});
    r->in.drop_ccs = true;
}

static void rig_close(rig *r)
{
    hf_record_keys_release(&r->in.keys);
    hf_record_keys_release(&r->out.keys);
}

static void both_ways(trace *t, rig *r, const char *record_name, const char *content_name,
                      uint8_t type)
{
    if (vectors_have(&t->v, content_name)) {
        hf_span records = vectors_get(&t->v, record_name);
        hf_span content = vectors_get(&t->v, content_name);
        opens(&r->in, records, type, content);
        seals(&r->out, last_record(records), type, content);
    }
}

static void check_plain_records(trace *t)
{
    rig r;
    rig_open(&r);
    both_ways(t, &r, "client_hello_record", "client_hello", HF_CONTENT_HANDSHAKE);
    both_ways(t, &r, "second_client_hello_record", "second_client_hello", HF_CONTENT_HANDSHAKE);
    both_ways(t, &r, "server_hello_record", "server_hello", HF_CONTENT_HANDSHAKE);
    rig_close(&r);
}

static void check_sealed_records(trace *t, side *from)
{
    rig r;
    char name[2][32];
    rig_open(&r);
    key_in(t, &r.in, &from->hs);
    key_out(t, &r.out, &from->hs);
    bool client = from == &t->client;
    both_ways(t, &r, client ? "client_flight_records" : "server_flight_records",
              client ? "client_flight" : "server_flight", HF_CONTENT_HANDSHAKE);
    key_in(t, &r.in, &from->ap);
    key_out(t, &r.out, &from->ap);
    if (!client) {
        both_ways(t, &r, "ticket_record", "ticket", HF_CONTENT_HANDSHAKE);
    }
    (void)snprintf(name[0], sizeof name[0], "%s_data_record", from->prefix);
    (void)snprintf(name[1], sizeof name[1], "%s_data", from->prefix);
    both_ways(t, &r, name[0], name[1], HF_CONTENT_DATA);
    (void)snprintf(name[0], sizeof name[0], "%s_close_record", from->prefix);
    (void)snprintf(name[1], sizeof name[1], "%s_close", from->prefix);
    both_ways(t, &r, name[0], name[1], HF_CONTENT_ALERT);
    rig_close(&r);
}

static void check_records(trace *t)
{
    application_stage(t);
    check_plain_records(t);
    check_sealed_records(t, &t->client);
    check_sealed_records(t, &t->server);
}

static void test_records(void **state)
{
    (void)state;
    for_each_trace(check_records);
}

/* One bit anywhere in a record makes it unreadable, and nothing of it is handed on. */
static void test_altered_records(void **state)
{
    trace t;
    (void)state;
    trace_open(&t, "simple");
    handshake_stage(&t);
    application_stage(&t);
    hf_span record = vectors_get(&t.v, "s_data_record");
    for (size_t i = 0; i < record.len; i++) {
        rig r;
        uint32_t detail = 0;
        rig_open(&r);
        key_in(&t, &r.in, &t.server.ap);
        r.in.keys.sequence = 1;
        memcpy(r.in_buffer, record.ptr, record.len);
        r.in_buffer[i] ^= 1;
        hf_record_received(&r.in, record.len);
        hf_code code = hf_record_next(&r.in, &detail);
        assert_int_not_equal(code, HF_OK);
        if (i == 2 || i >= 5) { /* others change version, type or length: other errors, or a wait */
            assert_int_equal(code, HF_E_BAD_RECORD_MAC);
        }
        rig_close(&r);
    }
    trace_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets),         cmocka_unit_test(test_without_psk),
        cmocka_unit_test(test_binder),          cmocka_unit_test(test_resumption_psk),
        cmocka_unit_test(test_finished),        cmocka_unit_test(test_records),
        cmocka_unit_test(test_altered_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
