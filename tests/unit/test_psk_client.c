/* What a client with an external PSK says in its ClientHello, and ServerHellos that answer it
 * wrongly (RFC 8446 4.2.11, P-09): each with its error and its alert.
 */
#include "crypto/crypto.h"
#include "tls/message/message.h"
#include "unit/external_psk_rig.h"

/* A client alone; its hello, taken apart. */
typedef struct alone {
    psk_pair q;
    uint8_t bytes[2048];
    hf_client_hello hello;
} alone;

static void begin(alone *a, hf_psk_modes modes)
{
    a->q = psk_new();
    a->q.p->client.config.psk_modes = (uint8_t)modes;
}

static void say_hello(alone *a)
{
    hf_tls *tls = &a->q.p->client.tls;
    size_t len = 0;
    uint32_t detail = 0;
    psk_start(&a->q);
    while ((hf_tls_wants(tls) & HF_WANT_RUN) != 0) {
        (void)hf_tls_run(tls);
    }
    const uint8_t *out = hf_tls_output(tls, &len);
    assert_true(out != NULL && len <= sizeof a->bytes);
    memcpy(a->bytes, out, len);
    hf_reader body = hf_read_from(a->bytes + 9, len - 9);
    assert_int_equal(hf_client_hello_parse(&body, &a->hello, &detail), HF_OK);
    hf_tls_output_done(tls, len);
}

static bool has(const alone *a, uint16_t type)
{
    return (a->hello.present & hf_extension_bit(type)) != 0;
}

static void end(alone *a)
{
    pair_free(a->q.p);
}

/* ---- ClientHello */

static void test_hello(void **state)
{
    static const uint8_t DHE[] = {1};
    hf_span identity;
    hf_span binder;
    alone a;
    (void)state;
    begin(&a, HF_PSK_DHE);
    say_hello(&a);
    assert_int_equal(a.hello.last, HF_EXT_PRE_SHARED_KEY); /* RFC 8446 4.2.11 */
    assert_int_equal(a.hello.psk_modes.len, 1);
    assert_memory_equal(a.hello.psk_modes.ptr, DHE, 1);
    assert_true(hf_client_hello_psk(&a.hello, 0, &identity, &binder));
    assert_int_equal(identity.len, 8 + 8); /* ImportedIdentity around "device-1" */
    assert_int_equal(binder.len, 32);
    assert_false(hf_client_hello_psk(&a.hello, 1, &identity, &binder));
    assert_true(has(&a, HF_EXT_KEY_SHARE) && has(&a, HF_EXT_SUPPORTED_GROUPS));
    assert_false(has(&a, HF_EXT_SERVER_NAME) || has(&a, HF_EXT_STATUS_REQUEST) ||
                 has(&a, HF_EXT_EARLY_DATA) || has(&a, HF_EXT_EXTENDED_MASTER_SECRET));
    assert_int_equal(a.hello.versions.len, 2);
    for (size_t i = 0; i < a.hello.suites.len; i += 2) { /* P-07: of its hash alone */
        assert_int_not_equal(a.hello.suites.ptr[i + 1], 0x02);
    }
    end(&a);
}

/* psk_ke alone: nothing of a key exchange (RFC 8446 9.2), and no public-key operation. */
static void test_hello_without_exchange(void **state)
{
    static const uint8_t KE[] = {0};
    alone a;
    (void)state;
    begin(&a, HF_PSK_KE_ONLY);
    say_hello(&a);
    assert_memory_equal(a.hello.psk_modes.ptr, KE, 1);
    assert_int_equal(a.hello.psk_modes.len, 1);
    assert_false(has(&a, HF_EXT_KEY_SHARE) || has(&a, HF_EXT_SUPPORTED_GROUPS));
    end(&a);
    begin(&a, HF_PSK_DHE_OR_KE);
    say_hello(&a);
    assert_true(has(&a, HF_EXT_KEY_SHARE) && has(&a, HF_EXT_SUPPORTED_GROUPS));
    assert_int_equal(a.hello.psk_modes.len, 2);
    end(&a);
}

/* A name that is given is sent; obfuscated_ticket_age of external PSKs is 0 (RFC 8446 4.2.11). */
static void test_name_and_age(void **state)
{
    static const uint8_t ZERO[4];
    alone a;
    (void)state;
    begin(&a, HF_PSK_DHE);
    a.q.p->name = PAIR_NAME;
    a.q.client.plain = true;
    say_hello(&a);
    assert_int_equal(a.hello.server_name.len, strlen(PAIR_NAME));
    const hf_span list = a.hello.psk_identities;
    assert_int_equal(list.len, 2 + 8 + 4);
    assert_memory_equal(list.ptr + 2, "device-1", 8);
    assert_memory_equal(list.ptr + 10, ZERO, 4);
    end(&a);
}

/* ---- ServerHello */

typedef struct wrong {
    const char *what;
    hf_psk_modes modes;
    hf_server_hello_out hello;
    hf_code code; /* HF_OK: it is right so far */
    uint8_t alert;
    uint32_t detail;
} wrong;

static const uint8_t RANDOM[32] = {3, 1, 4};
static const uint8_t POINT[32] = {9};

#define HELLO(suite_, share_, psk_, selected_)                                                     \
    {                                                                                              \
        .version = HF_TLS13, .random = RANDOM, .suite = (suite_), .group = HF_X25519,              \
        .point = {POINT, sizeof POINT}, .with_share = (share_), .with_psk = (psk_),                \
        .selected_psk = (selected_)                                                                \
    }
#define RETRY(suite_)                                                                              \
    {                                                                                              \
        .version = HF_TLS13, .suite = (suite_), .group = HF_SECP256R1, .with_share = true          \
    }

static const wrong ANSWERS[] = {
    {"right, with a share", HF_PSK_DHE, HELLO(0x1301, true, true, 0), HF_OK, 0, 0},
    {"right, without one", HF_PSK_KE_ONLY, HELLO(0x1301, false, true, 0), HF_OK, 0, 0},
    {"either, with", HF_PSK_DHE_OR_KE, HELLO(0x1301, true, true, 0), HF_OK, 0, 0},
    {"either, without", HF_PSK_DHE_OR_KE, HELLO(0x1301, false, true, 0), HF_OK, 0, 0},
    {"out of range", HF_PSK_DHE, HELLO(0x1301, true, true, 1), HF_E_PSK_CHOICE, 47, 1},
    {"far out of range", HF_PSK_DHE, HELLO(0x1301, true, true, 65535), HF_E_PSK_CHOICE, 47, 65535},
    {"a suite of another hash", HF_PSK_DHE, HELLO(0x1302, true, true, 0), HF_E_SUITE, 47, 0x1302},
    {"no share", HF_PSK_DHE, HELLO(0x1301, false, true, 0), HF_E_PSK_CHOICE, 47, 0},
    {"a share unasked", HF_PSK_KE_ONLY, HELLO(0x1301, true, true, 0), HF_E_EXTENSION_UNASKED, 110,
     HF_EXT_KEY_SHARE},
    {"not taken", HF_PSK_DHE, HELLO(0x1301, true, false, 0), HF_E_PSK_NOT_TAKEN, 40, 0},
    {"neither PSK nor share", HF_PSK_KE_ONLY, HELLO(0x1301, false, false, 0), HF_E_PSK_NOT_TAKEN,
     40, 0},
    {"a retry for another group", HF_PSK_DHE, RETRY(0x1301), HF_OK, 0, 0},
    {"a retry with another hash", HF_PSK_DHE, RETRY(0x1302), HF_E_SUITE, 47, 0x1302},
    {"a retry without exchange", HF_PSK_KE_ONLY, RETRY(0x1301), HF_E_EXTENSION_UNASKED, 110,
     HF_EXT_KEY_SHARE},
};

static void check(const wrong *w)
{
    uint8_t record[512] = {22, 3, 3};
    alone a;
    size_t room = 0;
    size_t len = 0;
    begin(&a, w->modes);
    say_hello(&a);
    hf_tls *tls = &a.q.p->client.tls;
    hf_writer message = hf_write_to(record + 5, sizeof record - 5);
    hf_server_hello_write(&message, &w->hello);
    assert_false(message.bad);
    record[3] = (uint8_t)(message.len >> 8);
    record[4] = (uint8_t)message.len;
    memcpy(hf_tls_input(tls, &room), record, message.len + 5);
    (void)hf_tls_input_done(tls, message.len + 5);
    const hf_error *error = hf_tls_error(tls);
    if (error->code != w->code || (w->code != HF_OK && error->detail != w->detail)) {
        fail_msg("%s: %s with %u", w->what, hf_error_name((hf_code)error->code), error->detail);
    }
    if (w->code != HF_OK) {
        const uint8_t *out = hf_tls_output(tls, &len);
        assert_int_equal(len, 7);
        assert_int_equal(out[0], 21);
        assert_int_equal(out[6], w->alert);
    }
    end(&a);
}

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ANSWERS / sizeof ANSWERS[0]; i++) {
        check(&ANSWERS[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello),
        cmocka_unit_test(test_hello_without_exchange),
        cmocka_unit_test(test_name_and_age),
        cmocka_unit_test(test_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
