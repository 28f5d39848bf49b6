/* The order of records during the handshake (RFC 8446 5): nothing between the parts of a message,
 * none across a change of keys, change_cipher_spec, bad tags, records out of their order. */
#include "puppet/injection.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void run_all(const injection *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        injection_run(&cases[i]);
    }
}

/* ---- nothing between the parts of a message; none across a change of keys */

static void half_then(puppet *p)
{
    puppet_content(p, (const uint8_t[]){(uint8_t)(p->arg & 0xff), 0, 0}, 3);
    puppet_flush(p);
    uint8_t type = (uint8_t)(p->arg >> 8);
    puppet_record(p, type, (const uint8_t[]){1, 90}, type == R_CCS ? 1 : 2);
}

/* The beginning of the next message stands in the last record of the old keys. */
static void cross(puppet *p)
{
    static puppet_message m;
    puppet_make(p, p->arg, &m);
    p->join = true;
    puppet_say(p, m.type, m.body, m.len);
    puppet_content(p, (const uint8_t[]){M_ENCRYPTED_EXTENSIONS}, 1);
    puppet_flush(p);
}

static void update_and_more(puppet *p)
{
    puppet_content(p, (const uint8_t[]){M_KEY_UPDATE, 0, 0, 1, 0}, 5);
    puppet_content(p, (const uint8_t[]){M_KEY_UPDATE, 0, 0, 1, 0}, (size_t)p->arg);
    puppet_flush(p);
}

static const injection INTERLEAVED[] = {
    {"alert inside a message", HF_TLS13, M_ENCRYPTED_EXTENSIONS, half_then, HF_E_INTERLEAVED, true,
     R_ALERT << 8 | M_ENCRYPTED_EXTENSIONS},
    {"data inside a message", HF_TLS13, M_ENCRYPTED_EXTENSIONS, half_then, HF_E_INTERLEAVED, true,
     R_DATA << 8 | M_ENCRYPTED_EXTENSIONS},
    {"alert inside a hello", HF_TLS13, M_SERVER_HELLO, half_then, HF_E_INTERLEAVED, true,
     R_ALERT << 8 | M_SERVER_HELLO},
    {"alert inside a certificate", HF_TLS12, M_CERTIFICATE, half_then, HF_E_INTERLEAVED, true,
     R_ALERT << 8 | M_CERTIFICATE},
    {"change_cipher_spec inside a message", HF_TLS12, M_CERTIFICATE, half_then, HF_E_INTERLEAVED,
     true, R_CCS << 8 | M_CERTIFICATE},
    {"change_cipher_spec inside Finished", HF_TLS12, M_CCS, half_then, HF_E_INTERLEAVED, true,
     R_CCS << 8 | M_FINISHED},
    {"data inside a ticket", HF_TLS13, M_AFTER, half_then, HF_E_INTERLEAVED, true,
     R_DATA << 8 | M_NEW_SESSION_TICKET},
    {"alert inside a KeyUpdate", HF_TLS13, M_AFTER, half_then, HF_E_INTERLEAVED, true,
     R_ALERT << 8 | M_KEY_UPDATE},
    {"data inside a HelloRequest", HF_TLS12, M_AFTER, half_then, HF_E_INTERLEAVED, true,
     R_DATA << 8 | M_HELLO_REQUEST},
    {"ServerHello and more", HF_TLS13, M_SERVER_HELLO, cross, HF_E_INTERLEAVED, true,
     M_SERVER_HELLO},
    {"Finished and more", HF_TLS13, M_FINISHED, cross, HF_E_INTERLEAVED, true, M_FINISHED},
    {"Finished and more, in pieces", HF_TLS13, M_FINISHED, cross, HF_E_INTERLEAVED, true,
     M_FINISHED, .input = 512, .pad = 800},
    {"KeyUpdate and a byte", HF_TLS13, M_AFTER, update_and_more, HF_E_INTERLEAVED, true, 1},
    {"KeyUpdate twice in a record", HF_TLS13, M_AFTER, update_and_more, HF_E_INTERLEAVED, true, 5},
};

static void test_interleaved(void **state)
{
    (void)state;
    needs_pieces();
    run_all(INTERLEAVED, COUNT(INTERLEAVED));
}

/* ---- change_cipher_spec */

static void say_ccs(puppet *p)
{
    for (int i = 0; i < p->arg; i++) {
        puppet_ccs(p);
    }
}

static void say_ccs_of(puppet *p)
{
    puppet_plain(p, R_CCS, (const uint8_t[]){(uint8_t)p->arg, 1}, p->arg > 0xff ? 2 : 1);
}

static void say_ccs_empty(puppet *p)
{
    puppet_plain(p, R_CCS, NULL, 0);
}

static void say_long_ccs(puppet *p)
{
    static const uint8_t ONES[900] = {1};
    puppet_plain(p, R_CCS, ONES, sizeof ONES);
}

static const injection CCS[] = {
    {"two", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_ccs, HF_OK, false, 2},
    {"before ServerHello", HF_TLS13, M_SERVER_HELLO, say_ccs, HF_OK, false, 1},
    {"32", HF_TLS13, M_FINISHED, say_ccs, HF_OK, false, 32},
    {"33", HF_TLS13, M_FINISHED, say_ccs, HF_E_TOO_MANY_RECORDS, true, 33},
    {"value 2", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_ccs_of, HF_E_CHANGE_CIPHER_SPEC, true, 2},
    {"value 0", HF_TLS13, M_SERVER_HELLO, say_ccs_of, HF_E_CHANGE_CIPHER_SPEC, true, 0},
    {"two bytes", HF_TLS13, M_SERVER_HELLO, say_ccs_of, HF_E_CHANGE_CIPHER_SPEC, true, 0x101},
    {"empty", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_ccs_empty, HF_E_CHANGE_CIPHER_SPEC, true},
    {"900 bytes", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_long_ccs, HF_E_CHANGE_CIPHER_SPEC, true},
    {"900 bytes, small buffer", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_long_ccs,
     HF_E_CHANGE_CIPHER_SPEC, true, 0, .input = 512},
    {"after Finished", HF_TLS13, M_AFTER, say_ccs, HF_E_CHANGE_CIPHER_SPEC, true, 1},
    {"1.2 value 2", HF_TLS12, M_CCS, say_ccs_of, HF_E_CHANGE_CIPHER_SPEC, true, 2},
    {"1.2 two bytes", HF_TLS12, M_CCS, say_ccs_of, HF_E_CHANGE_CIPHER_SPEC, true, 0x101},
    {"1.2 early", HF_TLS12, M_SERVER_HELLO_DONE, say_ccs, HF_E_CHANGE_CIPHER_SPEC, true, 1},
    {"1.2 before ServerHello", HF_TLS12, M_SERVER_HELLO, say_ccs, HF_E_CHANGE_CIPHER_SPEC, false,
     1},
};

static void test_ccs(void **state)
{
    (void)state;
    run_all(CCS, COUNT(CCS));
}

/* ---- bad tags: each sealed record of each flight, and records out of their order */

static unsigned sealed_seen;
static void corrupt_nth(puppet *p, puppet_out *record)
{
    if (record->seal && (int)sealed_seen++ == p->arg) {
        record->corrupt = true;
    }
}

static bool tags_change(puppet *p, int step, puppet_message *m)
{
    (void)m;
    p->on_record = corrupt_nth;
    if (step == M_AFTER) {
        puppet_record(p, R_DATA, (const uint8_t *)"x", 1);
    }
    return true;
}

static unsigned play_bad_tag(uint16_t version, int nth, size_t piece)
{
    sealed_seen = 0;
    rig *r = rig_new();
    r->p->version = version;
    r->p->change = tags_change;
    r->p->arg = nth;
    r->feed = r->drain = piece;
    rig_start(r);
    rig_run(r);
    if (nth >= 0) {
        rig_expect_failed(r, HF_E_BAD_RECORD_MAC, "bad tag");
        assert_int_equal(r->data_len, 0);
    } else {
        rig_expect_open(r, "good tags");
    }
    rig_free(r);
    return sealed_seen;
}

static void test_bad_tags(void **state)
{
    (void)state;
    static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};
    for (size_t v = 0; v < 2; v++) {
        unsigned count = play_bad_tag(VERSIONS[v], -1, 0);
        assert_true(count >= 2);
        for (unsigned i = 0; i < count; i++) {
            (void)play_bad_tag(VERSIONS[v], (int)i, 0);
            (void)play_bad_tag(VERSIONS[v], (int)i, 1);
        }
    }
}

static void skip_number(puppet *p)
{
    p->tx.sequence++;
    puppet_record(p, R_DATA, (const uint8_t *)"x", 1);
}

static void replay(puppet *p)
{
    puppet_record(p, R_DATA, (const uint8_t *)"x", 1);
    p->tx.sequence--;
    puppet_record(p, R_DATA, (const uint8_t *)"x", 1);
}

static void own_keys(puppet *p)
{ /* the client's own record comes back */
    p->tx.iv[0] ^= 1;
    puppet_record(p, R_DATA, (const uint8_t *)"x", 1);
}

static const injection ORDER[] = {
    {"number left out", HF_TLS13, M_AFTER, skip_number, HF_E_BAD_RECORD_MAC, true},
    {"record replayed", HF_TLS13, M_AFTER, replay, HF_E_BAD_RECORD_MAC, true},
    {"other iv", HF_TLS13, M_AFTER, own_keys, HF_E_BAD_RECORD_MAC, true},
    {"record replayed", HF_TLS12, M_AFTER, replay, HF_E_BAD_RECORD_MAC, true},
    {"number left out", HF_TLS12, M_AFTER, skip_number, HF_E_BAD_RECORD_MAC, true},
};

static void test_order(void **state)
{
    (void)state;
    run_all(ORDER, COUNT(ORDER));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interleaved),
        cmocka_unit_test(test_ccs),
        cmocka_unit_test(test_bad_tags),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
