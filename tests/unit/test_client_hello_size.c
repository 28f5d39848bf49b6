/* ClientHellos that are large: cut into records and hashed right; and those that fit nowhere end in
 * an error that says what would do.
 */
#include "unit/hello_retry.h"

static char long_names[4][256];
static const char *const LONG_ALPN[] = {long_names[0], long_names[1], long_names[2], long_names[3]};

static void fill_names(void)
{
    for (size_t i = 0; i < 4; i++) {
        memset(long_names[i], 'a' + (int)i, 255);
        long_names[i][255] = 0;
    }
}

/* Larger than the output buffer: several records, the same message, hashed as one. */
static void test_many_records(void **state)
{
    static const size_t CAPS[] = {HF_TLS_OUTPUT_MIN, 300, 512, 1024, 2048};
    (void)state;
    fill_names();
    for (size_t i = 0; i < sizeof CAPS / sizeof CAPS[0]; i++) {
        client c;
        client_init(&c);
        c.config.alpn = LONG_ALPN;
        c.config.alpn_count = 4;
        c.out_cap = CAPS[i];
        c.slot_cap = 8192;
        retry_with(&c, HF_SECP384R1, (const uint8_t *)"cookie", 6);
        assert_int_equal(c.hello.len > 1024, true);
        assert_int_equal(c.hello.records > 1, CAPS[i] < 1300);
        assert_in_range(c.hello.largest_record, 1, CAPS[i] - 5);
        client_end(&c);
    }
}

static hf_code begin_with_slot(client *c, size_t slot)
{
    client_init(c);
    c->config.alpn = LONG_ALPN;
    c->config.alpn_count = 4;
    c->slot_cap = slot;
    assert_int_equal(hf_config_build(&c->config), HF_OK);
    assert_int_equal(client_start(c), HF_OK);
    client_drain(c);
    return (hf_code)hf_tls_error(&c->tls)->code;
}

/* The size in the error's detail is exactly what is needed; nothing was sent before. */
static void test_too_large(void **state)
{
    client c;
    (void)state;
    fill_names();
    assert_int_equal(begin_with_slot(&c, 512), HF_E_HELLO_TOO_LARGE);
    assert_int_equal(c.wire_len, 0);
    size_t needed = hf_tls_error(&c.tls)->detail;
    client_end(&c);
    assert_int_equal(begin_with_slot(&c, needed - 1), HF_E_HELLO_TOO_LARGE);
    assert_int_equal(hf_tls_error(&c.tls)->detail, needed);
    assert_int_equal(c.wire_len, 0);
    client_end(&c);
    assert_int_equal(begin_with_slot(&c, needed), HF_OK);
    assert_in_range(c.wire_len, 1024, needed + 64);
    client_end(&c);
}

static hf_error retry_with_slot(size_t slot, size_t cookie_len)
{
    static uint8_t cookie[1200];
    uint8_t retry[2048];
    client c;
    client_init(&c);
    c.slot_cap = slot;
    client_begin(&c);
    size_t len = put_retry(retry, HF_SECP256R1, cookie, cookie_len);
    (void)client_give(&c, retry, len);
    hf_error error = *hf_tls_error(&c.tls);
    client_end(&c);
    return error;
}

/* The same for the second hello, with its cookie: growing by what each error asks for ends well. */
static void test_second_too_large(void **state)
{
    (void)state;
    for (size_t cookie = 64; cookie <= 1200; cookie += 71) {
        size_t slot = 512;
        hf_error error = retry_with_slot(slot, cookie);
        unsigned rounds = 0;
        for (; error.code != HF_OK; rounds++) {
            assert_true(error.code == HF_E_MESSAGE_TOO_LARGE || error.code == HF_E_HELLO_TOO_LARGE);
            assert_in_range(error.detail, slot + 1, 8192);
            assert_in_range(rounds, 0, 3);
            slot = error.detail;
            error = retry_with_slot(slot, cookie);
        }
        if (slot > 512) { /* and one byte less does not do */
            assert_int_not_equal(retry_with_slot(slot - 1, cookie).code, HF_OK);
        }
    }
}

/* A cookie as long as the second hello's extensions can take, in as many records as it needs. */
static void test_largest_cookie(void **state)
{
    static uint8_t message[70000];
    static uint8_t cookie[65535];
    static uint8_t taken[70000];
    size_t len = 0;
    client c;
    (void)state;
    memset(cookie, 0x5a, sizeof cookie);
    client_init(&c);
    c.slot_cap = 250000;
    client_begin(&c);
    size_t frame = (size_t)(c.hello.parts[0].body - 4 - c.hello.bytes);
    size_t extensions = c.hello.len - frame + (65 - 32); /* with the larger share */
    size_t cookie_len = 65535 - 6 - extensions;
    size_t whole = put_retry(message, HF_SECP256R1, cookie, cookie_len);
    for (size_t at = 5; at < whole; at += 2000) {
        uint8_t record[5 + 2000] = {22, 3, 3};
        size_t part = whole - at < 2000 ? whole - at : 2000;
        (void)put(record + 3, part, 2);
        memcpy(record + 5, message + at, part);
        size_t room = 0;
        uint8_t *to = hf_tls_input(&c.tls, &room);
        assert_in_range(part + 5, 1, room);
        memcpy(to, record, part + 5);
        (void)hf_tls_input_done(&c.tls, part + 5);
    }
    while ((hf_tls_wants(&c.tls) & (HF_WANT_OUTPUT | HF_WANT_RUN)) != 0) {
        size_t n = 0;
        (void)hf_tls_run(&c.tls);
        const uint8_t *bytes = hf_tls_output(&c.tls, &n);
        size_t body = n > 5 ? n - 5 : 0; /* drained each time, so one record each */
        assert_true(len + body <= sizeof taken);
        memcpy(taken + len, bytes + 5, body);
        len += body;
        hf_tls_output_done(&c.tls, n);
    }
    assert_string_equal(hf_error_name((hf_code)hf_tls_error(&c.tls)->code), "HF_OK");
    assert_int_equal(len, frame + 65535);
    assert_memory_equal(taken + 4, c.hello.bytes + 4, frame - 4 - 2);
    /* its last two extensions: the cookie, then a P-256 share */
    size_t share = len - (4 + 2 + 4 + 65);
    assert_int_equal(number(taken + share, 2), KEY_SHARE);
    assert_int_equal(number(taken + share + 6, 2), HF_SECP256R1);
    assert_int_equal(number(taken + share - cookie_len - 6, 2), COOKIE);
    assert_memory_equal(taken + share - cookie_len, cookie, cookie_len);
    client_end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_records),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_second_too_large),
        cmocka_unit_test(test_largest_cookie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
