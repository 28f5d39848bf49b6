/* Engines over a configuration: begun wrongly, called in the wrong state, with a dead random
 * source; and several engines that share one configuration.
 */
#include "unit/client_rig.h"
#include "unit/crypto_help.h"

static void assert_name(hf_code got, hf_code expected)
{
    assert_string_equal(hf_error_name(got), hf_error_name(expected));
}

/* hf_tls_client() refuses: nothing is wanted, nothing comes out, everything says so. */
static void refused(client *c, hf_code expected)
{
    size_t len = 1;
    assert_name(client_start(c), expected);
    assert_name((hf_code)hf_tls_error(&c->tls)->code, expected);
    assert_int_equal(hf_tls_error(&c->tls)->stage, HF_STAGE_SETUP);
    assert_int_equal(hf_tls_wants(&c->tls) & (HF_WANT_INPUT | HF_WANT_OUTPUT | HF_WANT_RUN), 0);
    assert_true((hf_tls_wants(&c->tls) & HF_IS_FAILED) != 0);
    assert_null(hf_tls_output(&c->tls, &len));
    assert_int_equal(len, 0);
    assert_name(hf_tls_run(&c->tls), expected);
    assert_null(hf_tls_output(&c->tls, &len));
    assert_null(hf_tls_input(&c->tls, &len));
    assert_name(hf_tls_input_end(&c->tls), expected);
    client_end(c);
}

static void test_not_built(void **state)
{
    client c;
    (void)state;
    client_init(&c);
    refused(&c, HF_E_CONFIG_NOT_BUILT);
    client_init(&c);
    c.config.insecure_skip_certificate_check = false; /* build fails: no anchors */
    assert_name(hf_config_build(&c.config), HF_E_NO_ANCHORS);
    refused(&c, HF_E_CONFIG_NOT_BUILT);
}

static bool find_nothing(void *ctx, hf_span issuer, size_t index, hf_anchor *anchor)
{
    (void)ctx;
    (void)issuer;
    (void)index;
    (void)anchor;
    return false;
}

static hf_time some_time(void *ctx)
{
    (void)ctx;
    return (hf_time){INT64_C(1800000000), HF_TIME_EXACT};
}

static void strict(client *c)
{
    client_init(c);
    c->config.insecure_skip_certificate_check = false;
    c->config.anchors.find = find_nothing;
    c->config.clock.now = some_time;
    c->name = NULL;
    assert_name(hf_config_build(&c->config), HF_OK);
}

/* Without a name only where the field says that any will do. */
static void test_no_name(void **state)
{
    client c;
    (void)state;
    strict(&c);
    refused(&c, HF_E_NO_NAME);
    strict(&c);
    c.config.server_name_indication = RIG_NAME; /* sending a name is not checking one */
    refused(&c, HF_E_NO_NAME);
    strict(&c);
    c.config.insecure_skip_name_check = true;
    client_begin(&c);
    client_end(&c);
}

/* Each buffer one byte below its least size; the detail is that size, and it does. */
static void test_small_buffers(void **state)
{
    static const size_t LEAST[] = {HF_TLS_INPUT_MIN, HF_TLS_OUTPUT_MIN, HF_TLS_CERTIFICATE_MIN};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        static const size_t SHORT[] = {0, 1, 0xffff};
        for (size_t k = 0; k < 3; k++) {
            client c;
            client_init(&c);
            size_t *caps[] = {&c.in_cap, &c.out_cap, &c.slot_cap};
            *caps[i] = SHORT[k] == 0xffff ? LEAST[i] - 1 : SHORT[k];
            assert_name(hf_config_build(&c.config), HF_OK);
            assert_name(client_start(&c), HF_E_MEMORY_TOO_SMALL);
            assert_int_equal(hf_tls_error(&c.tls)->detail, LEAST[i]);
            client_again(&c);
            *caps[i] = LEAST[i];
            client_begin(&c);
            client_end(&c);
        }
    }
}

/* ---- random numbers: P-17 */

static void test_dead_random(void **state)
{
    client c;
    hf_span nothing = {NULL, 0};
    (void)state;
    client_init(&c);
    c.config.random = (hf_random_source){fill_from_bytes, &nothing};
    assert_name(hf_config_build(&c.config), HF_OK);
    refused(&c, HF_E_NO_RANDOM);
}

/* It dies at each of the draws: not one byte of a hello leaves. */
static void test_random_dies(void **state)
{
    static const uint8_t BYTES[256] = {1, 2, 3};
    (void)state;
    for (size_t left = 0; left < 32 + 32 + 32; left++) {
        client c;
        hf_span source = {BYTES, left};
        client_init(&c);
        c.config.key_shares = 2;
        c.config.random = (hf_random_source){fill_from_bytes, &source};
        assert_name(hf_config_build(&c.config), HF_OK);
        hf_code code = client_start(&c);
        assert_name(code, left < 32 ? HF_E_NO_RANDOM : HF_OK);
        while ((hf_tls_wants(&c.tls) & HF_WANT_RUN) != 0) {
            (void)hf_tls_run(&c.tls);
        }
        assert_name((hf_code)hf_tls_error(&c.tls)->code, HF_E_NO_RANDOM);
        size_t len = 0;
        const uint8_t *out = hf_tls_output(&c.tls, &len);
        assert_true(len == 0 || out[0] == 21); /* an alert at most, never a ClientHello */
        client_end(&c);
    }
}

/* ---- calls in the wrong state */

static void test_wrong_state(void **state)
{
    client c;
    size_t len = 1;
    (void)state;
    client_init(&c);
    client_begin(&c);
    assert_null(hf_tls_data(&c.tls, &len));
    assert_int_equal(len, 0);
    assert_null(hf_tls_room(&c.tls, &len));
    assert_int_equal(len, 0);
    assert_name(hf_tls_data_done(&c.tls, 0), HF_E_USAGE);
    assert_name(hf_tls_data_done(&c.tls, 1), HF_E_USAGE);
    assert_name(hf_tls_room_done(&c.tls, 1), HF_E_USAGE);
    assert_name(hf_tls_update_keys(&c.tls, true), HF_E_USAGE);
    assert_name(hf_tls_sign_done(&c.tls, HF_OK, (hf_span){NULL, 0}), HF_E_USAGE);
    assert_name(hf_tls_input_done(&c.tls, c.in_cap + 1), HF_E_USAGE);
    /* none of them did harm */
    assert_int_equal(hf_tls_error(&c.tls)->code, HF_OK);
    assert_true((hf_tls_wants(&c.tls) & HF_WANT_INPUT) != 0);
    assert_name(hf_tls_input_done(&c.tls, 0), HF_OK);
    hf_tls_output_done(&c.tls, 1000); /* more than there is */
    assert_int_equal(hf_tls_error(&c.tls)->code, HF_OK);
    client_end(&c);
}

/* Closed before it began to speak: an alert, in order; the peer's silence is then no surprise. */
static void test_close_early(void **state)
{
    static const uint8_t CLOSE[] = {21, 3, 3, 0, 2, 1, 0};
    client c;
    (void)state;
    client_init(&c);
    client_begin(&c);
    size_t before = c.wire_len;
    assert_name(hf_tls_close(&c.tls), HF_OK);
    assert_name(hf_tls_close(&c.tls), HF_OK); /* twice is once */
    client_drain(&c);
    assert_int_equal(c.wire_len - before, sizeof CLOSE);
    assert_memory_equal(c.wire + before, CLOSE, sizeof CLOSE);
    assert_name(hf_tls_input_end(&c.tls), HF_OK);
    client_end(&c);
}

static void test_end_in_handshake(void **state)
{
    client c;
    (void)state;
    client_init(&c);
    client_begin(&c);
    size_t before = c.wire_len;
    assert_name(hf_tls_input_end(&c.tls), HF_E_CLOSED_IN_HANDSHAKE);
    client_drain(&c);
    assert_int_equal(c.wire_len, before); /* nobody is there to be told */
    assert_name(hf_tls_input_done(&c.tls, 0), HF_E_USAGE);
    assert_name(hf_tls_run(&c.tls), HF_E_CLOSED_IN_HANDSHAKE);
    client_end(&c);
}

/* ---- one configuration, several engines */

static void test_shared_config(void **state)
{
    enum { MANY = 8 };
    static client all[MANY];
    (void)state;
    client_init(&all[0]);
    client_begin(&all[0]);
    hf_config before = all[0].config;
    for (size_t i = 1; i < MANY; i++) {
        client_init(&all[i]);
        assert_name(hf_config_build(&all[i].config), HF_OK);
        hf_config_release(&all[i].config);
        const hf_tls_memory memory = {.input = {malloc(2048), 2048},
                                      .output = {malloc(1024), 1024},
                                      .certificate = {malloc(3072), 3072}};
        all[i].in = memory.input.ptr;
        all[i].out = memory.output.ptr;
        all[i].slot = memory.certificate.ptr;
        assert_name(hf_tls_client(&all[i].tls, &all[0].config, &memory, RIG_NAME), HF_OK);
    }
    for (size_t i = 1; i < MANY; i++) { /* interleaved */
        client_drain(&all[i]);
        hello_join(&all[i].hello, all[i].wire, all[i].wire_len);
        assert_int_equal(all[i].hello.len, all[0].hello.len);
        assert_memory_not_equal(all[i].hello.random, all[0].hello.random, 32);
    }
    assert_memory_equal(&before, &all[0].config, sizeof before); /* immutable once built */
    for (size_t i = MANY; i-- > 1;) {
        client_again(&all[i]);
    }
    client_end(&all[0]);
}

/* ---- release */

static void test_release_wipes(void **state)
{
    client c;
    (void)state;
    client_init(&c);
    client_begin(&c);
    hf_tls_release(&c.tls);
    for (size_t i = 0; i < c.slot_cap; i++) {
        assert_int_equal(c.slot[i], 0);
    }
    for (size_t i = 0; i < c.out_cap; i++) {
        assert_int_equal(c.out[i], 0);
    }
    const uint8_t *inside = (const uint8_t *)&c.tls.handshake;
    for (size_t i = 0; i < sizeof c.tls.handshake; i++) {
        assert_int_equal(inside[i], 0);
    }
    size_t len = 0;
    assert_null(hf_tls_output(&c.tls, &len));
    assert_null(hf_tls_input(&c.tls, &len));
    assert_int_equal(hf_tls_wants(&c.tls) & (HF_WANT_RUN | HF_WANT_INPUT | HF_WANT_OUTPUT), 0);
    client_end(&c); /* and a second release does no harm */
}

/* What happened may be asked after the release. */
static void test_error_survives(void **state)
{
    static const uint8_t ALERT[] = {21, 3, 3, 0, 2, 2, 112};
    client c;
    (void)state;
    client_init(&c);
    client_begin(&c);
    assert_name(client_give(&c, ALERT, sizeof ALERT), HF_E_ALERT);
    hf_tls_release(&c.tls);
    const hf_error *error = hf_tls_error(&c.tls);
    assert_name((hf_code)error->code, HF_E_ALERT);
    assert_int_equal(error->alert, 112);
    assert_int_equal(error->alert_by, HF_ALERT_RECEIVED);
    client_end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_built),      cmocka_unit_test(test_no_name),
        cmocka_unit_test(test_small_buffers),  cmocka_unit_test(test_dead_random),
        cmocka_unit_test(test_random_dies),    cmocka_unit_test(test_wrong_state),
        cmocka_unit_test(test_close_early),    cmocka_unit_test(test_end_in_handshake),
        cmocka_unit_test(test_shared_config),  cmocka_unit_test(test_release_wipes),
        cmocka_unit_test(test_error_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
