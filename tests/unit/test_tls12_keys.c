/* The TLS 1.2 key schedule and records against known answers of tests/vectors/tls12.txt: PRF,
 * extended master secret, key expansion, Finished, and records of every suite in both directions.
 */
#include "crypto/crypto.h"
#include "tls/keys/schedule12.h"
#include "tls/record.h"
#include "unit/crypto_help.h"
#include "unit/vector_text.h"

static const uint16_t SUITES[] = {0xc02b, 0xc02f, 0xc02c, 0xc030, 0xc0ac, 0xcca8, 0xcca9};
#define SUITES_COUNT (sizeof SUITES / sizeof SUITES[0])

static void check_prf(hf_hash_id hash, const char *section)
{
    static const unsigned LENGTHS[] = {1, 12, 31, 32, 33, 47, 48, 49, 100, 104};
    vectors v;
    vectors_open(&v, "tls12.txt");
    vectors_section(&v, section);
    hf_span secret = vectors_get(&v, "secret");
    hf_span seed = vectors_get(&v, "seed");
    const hf_span whole[] = {{(const uint8_t *)"test label", 10}, seed};
    const hf_span cut[] = {
        whole[0], {seed.ptr, 5}, {seed.ptr + 5, 0}, {seed.ptr + 5, seed.len - 5}};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0]; i++) {
        uint8_t out[105];
        char name[16];
        memset(out, 0xa5, sizeof out);
        (void)snprintf(name, sizeof name, "out_%u", LENGTHS[i]);
        hf_prf12(hash, secret, whole, 2, out, LENGTHS[i]);
        assert_vector(&v, name, out);
        assert_int_equal(out[LENGTHS[i]], 0xa5);
        /* The seed may come in parts. */
        hf_prf12(hash, secret, cut, HF_PRF12_SEED_MAX, out, LENGTHS[i]);
        assert_vector(&v, name, out);
    }
    uint8_t out[48];
    hf_span long_secret = vectors_get(&v, "long_secret");
    hf_prf12(hash, long_secret, whole, 2, out, sizeof out);
    assert_vector(&v, "from_long", out);
    vectors_close(&v);
}

static void test_prf(void **state)
{
    (void)state;
    check_prf(HF_SHA256, "prf-sha256");
    check_prf(HF_SHA384, "prf-sha384");
}

/* One suite's vectors, the master secret taken from our own derivation. */
typedef struct suite_rig {
    vectors v;
    hf_crypto crypto;
    const hf_suite *suite;
    hf_master_secret12 master;
} suite_rig;

static void suite_open(suite_rig *r, uint16_t id)
{
    char name[8];
    (void)snprintf(name, sizeof name, "%04x", id);
    vectors_open(&r->v, "tls12.txt");
    vectors_section(&r->v, name);
    open_crypto(&r->crypto, NULL);
    r->suite = hf_suite_find(id);
    assert_non_null(r->suite);
    hf_extended_master(r->suite->hash, vectors_get(&r->v, "premaster"),
                       vectors_get(&r->v, "session_hash").ptr, &r->master);
}

static void suite_close(suite_rig *r)
{
    hf_crypto_release(&r->crypto);
    vectors_close(&r->v);
}

static void for_each_suite(void (*check)(suite_rig *r))
{
    for (size_t i = 0; i < SUITES_COUNT; i++) {
        suite_rig r;
        suite_open(&r, SUITES[i]);
        if (hf_crypto_has_aead(r.suite->aead)) {
            check(&r);
        }
        suite_close(&r);
    }
}

static void check_secrets(suite_rig *r)
{
    uint8_t out[HF_VERIFY_DATA12 + 1] = {[HF_VERIFY_DATA12] = 0xa5};
    const uint8_t *transcript = vectors_get(&r->v, "session_hash").ptr;
    assert_vector(&r->v, "master", r->master.bytes);
    hf_finished12(r->suite->hash, &r->master, true, transcript, out);
    assert_vector(&r->v, "client_finished", out);
    hf_finished12(r->suite->hash, &r->master, false, transcript, out);
    assert_vector(&r->v, "server_finished", out);
    assert_int_equal(out[HF_VERIFY_DATA12], 0xa5);
}

static void test_secrets(void **state)
{
    (void)state;
    for_each_suite(check_secrets);
}

/* The size of the key block: RFC 5246 6.3 without MAC keys, 40 bytes for AES-128-GCM. */
static void test_key_block(void **state)
{
    suite_rig r;
    uint8_t block[40];
    (void)state;
    suite_open(&r, 0xc02b);
    hf_span expected = vectors_get(&r.v, "key_block");
    assert_int_equal(expected.len, sizeof block);
    const hf_span seed[] = {{(const uint8_t *)"key expansion", 13},
                            vectors_get(&r.v, "server_random"),
                            vectors_get(&r.v, "client_random")};
    hf_prf12(HF_SHA256, (hf_span){r.master.bytes, 48}, seed, 3, block, sizeof block);
    assert_memory_equal(block, expected.ptr, sizeof block);
    assert_memory_equal(vectors_get(&r.v, "client_iv").ptr, block + 32, 4);
    assert_memory_equal(vectors_get(&r.v, "server_iv").ptr, block + 36, 4);
    suite_close(&r);
}

static void keys(suite_rig *r, hf_record_keys *to, bool client, bool sealing)
{
    const uint8_t *ours = vectors_get(&r->v, "client_random").ptr;
    const uint8_t *theirs = vectors_get(&r->v, "server_random").ptr;
    hf_span iv = vectors_get(&r->v, client ? "client_iv" : "server_iv");
    hf_record_keys other = {0};
    assert_int_equal(hf_record_keys12(sealing ? to : &other, sealing ? &other : to, &r->crypto,
                                      r->suite, &r->master, ours, theirs, client == sealing),
                     HF_OK);
    assert_false(to->active); /* until a change_cipher_spec */
    to->active = true;
    hf_record_keys_release(&other);
    assert_memory_equal(to->iv, iv.ptr, iv.len);
    assert_int_equal(to->explicit_nonce, iv.len == 4);
    assert_true(to->active && to->sequence == 0);
}

static void seals(hf_record_out *out, uint8_t type, hf_span content, hf_span record)
{
    hf_space room;
    assert_int_equal(hf_record_room(out, type, &room), HF_OK);
    assert_in_range(content.len, 1, room.cap);
    memcpy(room.ptr, content.ptr, content.len);
    hf_record_append(out, content.len);
    assert_int_equal(hf_record_flush(out), HF_OK);
    assert_int_equal(out->end, record.len);
    assert_memory_equal(out->buffer.ptr, record.ptr, record.len);
    out->sent = out->end;
}

static void opens(hf_record_in *in, uint8_t type, hf_span content, hf_span record)
{
    size_t room = 0;
    uint32_t detail = 0;
    memcpy(hf_record_space(in, &room), record.ptr, record.len);
    hf_record_received(in, record.len);
    assert_int_equal(hf_record_next(in, &detail), HF_OK);
    assert_int_equal(in->type, type);
    assert_int_equal(hf_record_content(in).len, content.len);
    assert_memory_equal(hf_record_content(in).ptr, content.ptr, content.len);
    hf_record_take(in, content.len);
}

static void check_side(suite_rig *r, bool client)
{
    static uint8_t out_buffer[512];
    static uint8_t in_buffer[512];
    hf_record_out out;
    hf_record_in in;
    hf_span content = vectors_get(&r->v, "content");
    hf_span first = vectors_get(&r->v, client ? "client_record_0" : "server_record_0");
    hf_span second = vectors_get(&r->v, client ? "client_record_1" : "server_record_1");
    hf_record_out_init(&out, (hf_space){out_buffer, sizeof out_buffer});
    hf_record_in_init(&in, (hf_space){in_buffer, sizeof in_buffer});
    keys(r, &out.keys, client, true);
    keys(r, &in.keys, client, false);
    seals(&out, HF_CONTENT_HANDSHAKE, content, first);
    seals(&out, HF_CONTENT_DATA, content, second);
    opens(&in, HF_CONTENT_HANDSHAKE, content, first);
    opens(&in, HF_CONTENT_DATA, content, second);
    hf_record_keys_release(&out.keys);
    hf_record_keys_release(&in.keys);
}

static void check_records(suite_rig *r)
{
    check_side(r, true);
    check_side(r, false);
}

static void test_records(void **state)
{
    (void)state;
    for_each_suite(check_records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prf),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_key_block),
        cmocka_unit_test(test_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
