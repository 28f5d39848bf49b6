/* What would be cheaper: the arithmetic, worked out by hand, and advice that does not apply. */
#include "unit/budget_rig.h"
#include "unit/x509_fixtures.h"

#include "advice.h"

static const cli_advice *advised(cli_advice_kind kind)
{
    static cli_advice list[CLI_ADVICE_MAX];
    size_t count = cli_advice_find(&account, list);
    for (size_t i = 0; i < count; i++) {
        if (list[i].kind == kind) {
            return &list[i];
        }
    }
    return NULL;
}

static void gains(const cli_advice *advice, const char *text)
{
    char gain[192];
    assert_non_null(advice);
    cli_advice_gain(advice, gain, sizeof gain);
    assert_string_equal(gain, text);
}

/* 800 + 500 bytes of certificates, 80 + 80 of signatures, 100 of the request. */
static void full_tls13(void)
{
    decide(HF_DECIDED_VERSION, HF_TLS13);
    decide(HF_DECIDED_SUITE, 0x1301);
    decide(HF_DECIDED_RESUMPTION, 0);
    message(OUT, 1, 196);
    message(IN, 2, 86);
    message(IN, 13, 96);
    message(IN, 11, 796);
    work(HF_WORK_VERIFY_CERTIFICATE, 0, 2 * MS);
    message(IN, 15, 76);
    work(HF_WORK_VERIFY, HF_ECDSA_SECP256R1_SHA256, MS);
    message(OUT, 11, 496);
    work(HF_WORK_SIGN, HF_ECDSA_SECP256R1_SHA256, MS);
    message(OUT, 15, 76);
    work(HF_WORK_AGREE, HF_X25519, 7 * MS); /* a resumed handshake needs it too */
}

static void a_session_saves_certificates(void **state)
{
    uint8_t body[196] = {0};
    (void)state;
    full_tls13();
    /* No ticket was seen: 1560 - (15 + 6 + 32) */
    gains(advised(CLI_ADVICE_RESUME), "saves about 1507 bytes and 4.00 ms of computing here");
    body[10] = 180; /* the nonce has 0 bytes, so the length stands at 9 */
    tell((hf_event){.kind = HF_EVENT_MESSAGE, .type = 4, .size = 196, .body = {body, 196}});
    gains(advised(CLI_ADVICE_RESUME), "saves 1327 bytes and 4.00 ms of computing here");
    decide(HF_DECIDED_SUITE, 0x1302); /* a binder of 48 bytes */
    assert_int_equal(advised(CLI_ADVICE_RESUME)->bytes, 1311);
}

static void a_session_saves_a_round_trip_in_tls12(void **state)
{
    (void)state;
    stage(HF_STAGE_TCP, HF_PENDING);
    pass(40 * MS, 0);
    stage(HF_STAGE_TCP, HF_OK);
    decide(HF_DECIDED_VERSION, HF_TLS12);
    decide(HF_DECIDED_RESUMPTION, 0);
    message(IN, 11, 596);
    message(IN, 12, 140);
    message(IN, 14, 0);
    message(OUT, 16, 33);
    work(HF_WORK_AGREE, HF_X25519, MS);
    /* 600 + 144 + 4 + 37 - 32 of the session id */
    gains(advised(CLI_ADVICE_RESUME),
          "saves about 753 bytes, 1.00 ms of computing here and 1 round trip (40.00 ms)");
    gains(advised(CLI_ADVICE_TLS13), "saves 1 round trip (40.00 ms)");
    uint8_t body[106] = {[5] = 100}; /* a ticket of 100 bytes; with it a session id, both ways */
    tell((hf_event){.kind = HF_EVENT_MESSAGE, .type = 4, .size = 106, .body = {body, 106}});
    assert_int_equal(advised(CLI_ADVICE_RESUME)->bytes, 785 - 100 - 64);
}

static void sizes_that_are_not_told(void **state)
{
    (void)state;
    full_tls13();
    tell((hf_event){.kind = HF_EVENT_MESSAGE, .type = 11, .pieces = true});
    gains(advised(CLI_ADVICE_RESUME), "saves 4.00 ms of computing here");
}

static void advice_that_does_not_apply(void **state)
{
    cli_advice list[CLI_ADVICE_MAX];
    (void)state;
    full_tls13();
    assert_null(advised(CLI_ADVICE_TLS13));
    assert_null(advised(CLI_ADVICE_RETRY));
    assert_null(advised(CLI_ADVICE_SERVER_ECDSA));
    assert_null(advised(CLI_ADVICE_OUR_ECDSA));
    assert_null(advised(CLI_ADVICE_SPARE));
    account.keeps_session = true; /* and the server has given none */
    assert_null(advised(CLI_ADVICE_RESUME));
    account.has_session = true;
    assert_true(advised(CLI_ADVICE_RESUME)->done);
    account.remembers = true;
    assert_null(advised(CLI_ADVICE_REMEMBER));
    account.remembers = false;
    assert_non_null(advised(CLI_ADVICE_REMEMBER));
    account.unchecked = true;
    assert_null(advised(CLI_ADVICE_REMEMBER));
    account.psk = true;
    assert_null(advised(CLI_ADVICE_RESUME));
    account.psk = false;
    decide(HF_DECIDED_RESUMPTION, 1);
    assert_null(advised(CLI_ADVICE_RESUME));
    account.open = false;
    assert_int_equal(cli_advice_find(&account, list), 0);
}

static void a_retry_costs_a_round_trip(void **state)
{
    char what[128];
    (void)state;
    decide(HF_DECIDED_VERSION, HF_TLS13);
    message(OUT, 1, 196);
    message(IN, 2, 80);
    decide(HF_DECIDED_RETRY, HF_SECP384R1);
    message(OUT, 1, 260);
    message(IN, 2, 150);
    const cli_advice *advice = advised(CLI_ADVICE_RETRY);
    gains(advice, "saves 284 bytes and 1 round trip (0.00 ms)");
    cli_advice_what(advice, what, sizeof what);
    assert_string_equal(what, "the group that the server wants, secp384r1, as the first of ours");
    budget.decisions[budget.decisions_count - 1].number = 0; /* only a cookie */
    assert_null(advised(CLI_ADVICE_RETRY));
}

static void add_to_chain(const char *name)
{
    hf_span der = fixture(name);
    tell((hf_event){.kind = HF_EVENT_BYTES});
    cli_chain_trace(&chain, &(hf_event){.kind = HF_EVENT_CERTIFICATE, .body = der});
    fixture_free(der);
}

static void rsa_is_larger(void **state)
{
    (void)state;
    add_to_chain("leaf");
    decide(HF_DECIDED_PEER_SCHEME, HF_ECDSA_SECP256R1_SHA256);
    assert_null(advised(CLI_ADVICE_SERVER_ECDSA));
    cli_chain_clear(&chain);
    add_to_chain("leaf-rsa"); /* 2048 bits, signed by 2048 bits */
    gains(advised(CLI_ADVICE_SERVER_ECDSA), "saves about 573 bytes"); /* 203 + 2 * 185 */
    add_to_chain("int-rsa"); /* likewise, but it signs nothing in the handshake */
    gains(advised(CLI_ADVICE_SERVER_ECDSA), "saves about 961 bytes");
    hf_span ours = fixture("leaf-rsa");
    account.ours = &ours;
    account.ours_count = 1;
    assert_null(advised(CLI_ADVICE_OUR_ECDSA)); /* not sent */
    message(OUT, 15, 260);
    gains(advised(CLI_ADVICE_OUR_ECDSA), "saves about 573 bytes");
    fixture_free(ours);
}

static void certificates_that_nobody_looks_at(void **state)
{
    char what[128];
    (void)state;
    add_to_chain("leaf");
    uint32_t leaf = (uint32_t)chain.len[0];
    decide(HF_DECIDED_VERSION, HF_TLS13);
    cli_chain_trace(&chain, &(hf_event){.kind = HF_EVENT_CERTIFICATE, .number = 1});
    message(IN, 11, 4 + (leaf + 5) + (700 + 5));
    const cli_advice *advice = advised(CLI_ADVICE_SPARE);
    gains(advice, "saves about 705 bytes");
    cli_advice_what(advice, what, sizeof what);
    assert_string_equal(what, "a server that leaves out 1 certificate nobody looks at");
}

static void remembered_signatures(void **state)
{
    (void)state;
    work(HF_WORK_VERIFY_CERTIFICATE, 0, MS / 2);
    gains(advised(CLI_ADVICE_REMEMBER), "saves 1 signature check and 0.50 ms of computing here");
    work(HF_WORK_VERIFY_CERTIFICATE, 0, MS / 2);
    gains(advised(CLI_ADVICE_REMEMBER), "saves 2 signature checks and 1.00 ms of computing here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_session_saves_certificates, begin, end),
        cmocka_unit_test_setup_teardown(a_session_saves_a_round_trip_in_tls12, begin, end),
        cmocka_unit_test_setup_teardown(sizes_that_are_not_told, begin, end),
        cmocka_unit_test_setup_teardown(advice_that_does_not_apply, begin, end),
        cmocka_unit_test_setup_teardown(a_retry_costs_a_round_trip, begin, end),
        cmocka_unit_test_setup_teardown(rsa_is_larger, begin, end),
        cmocka_unit_test_setup_teardown(certificates_that_nobody_looks_at, begin, end),
        cmocka_unit_test_setup_teardown(remembered_signatures, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
