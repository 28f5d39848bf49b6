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

#define START 32 /* bytes that the health check at start draws */

static void refused_at_start(hf_random_source source)
{
    client c;
    client_init(&c);
    c.config.random = source;
    assert_name(hf_config_build(&c.config), HF_E_NO_RANDOM);
    assert_name((hf_code)c.config.error.code, HF_E_NO_RANDOM);
    assert_name(client_start(&c), HF_E_CONFIG_NOT_BUILT); /* so nothing is ever sent */
    client_end(&c);
}

static bool fill_constant(void *ctx, uint8_t *out, size_t len)
{
    memset(out, *(const uint8_t *)ctx, len);
    return true;
}

/* Begins anew with each call. */
static bool fill_counting(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)i;
    }
    return true;
}

/* Two values by turns, one for each call. */
static bool fill_by_turns(void *ctx, uint8_t *out, size_t len)
{
    uint8_t *turn = ctx;
    *turn ^= 0xffu;
    memset(out, *turn, len);
    return true;
}

static void test_bad_sources(void **state)
{
    static const uint8_t FEW[START - 1] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6, 6, 5, 4};
    hf_span few = {FEW, 0};
    uint8_t values[] = {0, 0xff, 0x5a};
    (void)state;
    refused_at_start((hf_random_source){fill_from_bytes, &few}); /* it says so */
    few = (hf_span){FEW, sizeof FEW};
    refused_at_start((hf_random_source){fill_from_bytes, &few}); /* after the first draw */
    for (size_t i = 0; i < sizeof values; i++) {
        refused_at_start((hf_random_source){fill_constant, &values[i]});
    }
    refused_at_start((hf_random_source){fill_counting, NULL});
    refused_at_start((hf_random_source){fill_by_turns, &values[0]});
}

static void spread(uint8_t *drawn, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        drawn[i] = (uint8_t)(i * 7u + i / 32u);
    }
}

static void runs_dry(client *c)
{
    while ((hf_tls_wants(&c->tls) & HF_WANT_RUN) != 0) {
        (void)hf_tls_run(&c->tls);
    }
    assert_name((hf_code)hf_tls_error(&c->tls)->code, HF_E_NO_RANDOM);
    assert_int_equal(hf_tls_error(&c->tls)->alert_by, HF_ALERT_NONE);
    size_t len = 1;
    (void)hf_tls_output(&c->tls, &len);
    assert_int_equal(len, 0);
}

/* It dies, or is stuck, at each of the draws: not one byte leaves, no alert either. */
static void test_random_dies(void **state)
{
    static uint8_t drawn[START + 3 * 32];
    (void)state;
    for (size_t left = 0; left < 3 * 32; left++) {
        client c;
        hf_span source = {drawn, START + left};
        client_init(&c);
        spread(drawn, sizeof drawn);
        c.config.key_shares = 2;
        c.config.random = (hf_random_source){fill_from_bytes, &source};
        assert_name(hf_config_build(&c.config), HF_OK);
        assert_name(client_start(&c), left < 32 ? HF_E_NO_RANDOM : HF_OK);
        runs_dry(&c);
        client_end(&c);
    }
}

static void test_random_gets_stuck(void **state)
{
    static uint8_t drawn[START + 3 * 32];
    (void)state;
    for (size_t draw = 0; draw < 3; draw++) {
        client c;
        hf_span source = {drawn, sizeof drawn};
        client_init(&c);
        spread(drawn, sizeof drawn);
        memset(drawn + START + draw * 32, 0x77, 32);
        c.config.key_shares = 2;
        c.config.random = (hf_random_source){fill_from_bytes, &source};
        assert_name(hf_config_build(&c.config), HF_OK);
        assert_name(client_start(&c), draw == 0 ? HF_E_NO_RANDOM : HF_OK);
        runs_dry(&c);
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
        cmocka_unit_test(test_not_built),         cmocka_unit_test(test_no_name),
        cmocka_unit_test(test_small_buffers),     cmocka_unit_test(test_bad_sources),
        cmocka_unit_test(test_random_gets_stuck), cmocka_unit_test(test_random_dies),
        cmocka_unit_test(test_wrong_state),       cmocka_unit_test(test_close_early),
        cmocka_unit_test(test_end_in_handshake),  cmocka_unit_test(test_shared_config),
        cmocka_unit_test(test_release_wipes),     cmocka_unit_test(test_error_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
