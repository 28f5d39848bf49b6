/* What a connection cost: made-up events must give the sums that are worked out here by hand. */
#include "unit/budget_rig.h"

static void stages_are_split(void **state)
{
    (void)state;
    stage(HF_STAGE_TCP, HF_PENDING);
    pass(12 * MS, 2 * MS);
    stage(HF_STAGE_TCP, HF_OK);
    pass(100 * MS, 0); /* between stages: nobody's */
    stage(HF_STAGE_TLS, HF_PENDING);
    pass(30 * MS, 5 * MS);
    stage(HF_STAGE_TLS, HF_E_ALERT);
    const cli_stage *tcp = &budget.stages[HF_STAGE_TCP];
    const cli_stage *tls = &budget.stages[HF_STAGE_TLS];
    assert_int_equal(tcp->wall, 12 * MS);
    assert_int_equal(tcp->cpu, 2 * MS);
    assert_int_equal(cli_stage_wait(tcp), 10 * MS);
    assert_int_equal(tcp->code, HF_OK);
    assert_int_equal(tls->from, 112 * MS);
    assert_int_equal(tls->code, HF_E_ALERT);
    assert_int_equal(cli_budget_wall(&budget), 42 * MS);
    assert_int_equal(cli_budget_cpu(&budget), 7 * MS);
    assert_int_equal(cli_budget_round_trip(&budget), 10 * MS);
    assert_false(budget.stages[HF_STAGE_MQTT].seen);
}

static void a_stage_gone_through_twice(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        stage(HF_STAGE_TCP, HF_PENDING);
        pass(4 * MS, MS);
        stage(HF_STAGE_TCP, i == 0 ? HF_E_NETWORK : HF_OK);
    }
    assert_int_equal(budget.stages[HF_STAGE_TCP].wall, 8 * MS);
    assert_int_equal(budget.stages[HF_STAGE_TCP].cpu, 2 * MS);
    assert_int_equal(budget.stages[HF_STAGE_TCP].code, HF_OK);
}

static void an_error_ends_what_is_under_way(void **state)
{
    (void)state;
    stage(HF_STAGE_TLS, HF_PENDING);
    pass(9 * MS, MS);
    tell((hf_event){.kind = HF_EVENT_ERROR, .number = HF_E_TLS_TIMEOUT});
    pass(9 * MS, MS);
    stage(HF_STAGE_TLS, HF_E_TLS_TIMEOUT);
    assert_int_equal(budget.stages[HF_STAGE_TLS].wall, 9 * MS);
    assert_int_equal(budget.stages[HF_STAGE_TLS].code, HF_E_TLS_TIMEOUT);
}

static void messages_count_when_whole(void **state)
{
    static const uint8_t bytes[100];
    (void)state;
    hf_event piece = {.kind = HF_EVENT_MESSAGE, .type = 11, .size = 150, .body = {bytes, 100}};
    tell(piece);
    assert_int_equal(budget.messages[IN][11], 0);
    piece.offset = 100;
    piece.body.len = 50;
    tell(piece);
    assert_int_equal(budget.messages[IN][11], 154);
    tell((hf_event){.kind = HF_EVENT_MESSAGE, .type = 11, .pieces = true});
    assert_int_equal(budget.messages[IN][11], 154);
    assert_int_equal(budget.untold, 1);
    message(OUT, 11, 20);
    message(OUT, 200, 30); /* a type that nobody knows */
    assert_int_equal(budget.messages[OUT][11], 24);
    assert_int_equal(budget.messages[OUT][CLI_TYPES - 1], 34);
    assert_int_equal(budget.steps_count, 4);
    assert_false(budget.steps[0].sealed);
    tell((hf_event){.kind = HF_EVENT_KEYS, .sent = true});
    message(OUT, 20, 32);
    message(IN, 20, 32);
    assert_true(budget.steps[5].sealed);
    assert_false(budget.steps[6].sealed);
}

static void operations_last_until_the_next_event(void **state)
{
    uint64_t cpu = 0;
    (void)state;
    work(HF_WORK_VERIFY_CERTIFICATE, 0, 2 * MS);
    pass(50 * MS, 20 * MS); /* not of the operation */
    work(HF_WORK_VERIFY_CERTIFICATE, 0, 3 * MS);
    work(HF_WORK_SIGN, HF_ECDSA_SECP256R1_SHA256, MS);
    assert_int_equal(budget.works_count, 2);
    assert_int_equal(cli_budget_work(&budget, 1u << HF_WORK_VERIFY_CERTIFICATE, &cpu), 2);
    assert_int_equal(cpu, 5 * MS);
    assert_int_equal(cli_budget_work(&budget, ~0u, &cpu), 3);
    assert_int_equal(cpu, 6 * MS);
    char text[256];
    cli_works_text(&budget, text, sizeof text);
    assert_string_equal(text, "2 certificate signatures verified, 1 signature made "
                              "(ecdsa_secp256r1_sha256)");
}

static void what_is_too_much_is_counted(void **state)
{
    static const uint8_t letters[200] = {'a', 0x1b, 'b'};
    (void)state;
    for (unsigned i = 0; i < CLI_STEPS_MAX + 3; i++) {
        message(IN, 4, 100);
    }
    assert_int_equal(budget.steps_count, CLI_STEPS_MAX);
    assert_int_equal(budget.steps_more, 3);
    assert_int_equal(budget.messages[IN][4], (CLI_STEPS_MAX + 3) * 104);
    for (unsigned i = 0; i < CLI_DECISIONS_MAX + 3; i++) {
        tell((hf_event){
            .kind = HF_EVENT_DECISION, .type = HF_DECIDED_ALPN, .body = {letters, sizeof letters}});
    }
    assert_int_equal(budget.decisions_count, CLI_DECISIONS_MAX);
    assert_int_equal(strlen(budget.decisions[0].text), CLI_TEXT_MAX - 1);
    assert_memory_equal(budget.decisions[0].text, "a?b?", 4);
    for (unsigned i = 0; i < CLI_WORKS_MAX + 3; i++) {
        work(HF_WORK_SIGN, i, MS);
    }
    assert_int_equal(budget.works_count, CLI_WORKS_MAX);
    tell((hf_event){.kind = HF_EVENT_STAGE, .type = 200, .number = HF_OK}); /* of no stage */
}

static void tickets_are_measured(void **state)
{
    uint8_t body[300] = {0};
    (void)state;
    hf_event ticket = {.kind = HF_EVENT_MESSAGE, .type = 4, .size = 300, .body = {body, 300}};
    body[4] = 1; /* TLS 1.2: length behind the lifetime */
    body[5] = 2;
    tell(ticket);
    assert_int_equal(budget.ticket, 258);
    decide(HF_DECIDED_VERSION, HF_TLS13);
    body[8] = 8; /* nonce */
    body[17] = 0;
    body[18] = 192;
    tell(ticket);
    assert_int_equal(budget.ticket, 192);
    body[8] = 255;
    ticket.size = 200; /* the nonce goes beyond the end */
    ticket.body.len = 200;
    tell(ticket);
    assert_int_equal(budget.ticket, 0);
    ticket.size = 5;
    ticket.body.len = 5;
    tell(ticket);
    assert_int_equal(budget.ticket, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stages_are_split, begin, end),
        cmocka_unit_test_setup_teardown(a_stage_gone_through_twice, begin, end),
        cmocka_unit_test_setup_teardown(an_error_ends_what_is_under_way, begin, end),
        cmocka_unit_test_setup_teardown(messages_count_when_whole, begin, end),
        cmocka_unit_test_setup_teardown(operations_last_until_the_next_event, begin, end),
        cmocka_unit_test_setup_teardown(what_is_too_much_is_counted, begin, end),
        cmocka_unit_test_setup_teardown(tickets_are_measured, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
