/* The server and messages of a client that cross something: a change of keys, another record, the
 * end of the handshake. Each case is played in large pieces and byte by byte.
 */
#include "puppet/server_script.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

/* ---- messages that cross something (RFC 8446 5.1, RFC 5246 7.1) */

static const uint8_t UPDATE[] = {M_KEY_UPDATE, 0, 0, 1, 0};

/* The record that begins with a message of type `arg` holds more behind it. */
static void lengthen(puppet *p, puppet_out *record)
{
    static uint8_t longer[20000];
    if (record->inner == R_HANDSHAKE && record->content[0] == p->arg) {
        memcpy(longer, record->content, record->len);
        memcpy(longer + record->len, UPDATE, sizeof UPDATE);
        record->content = longer;
        record->len += sizeof UPDATE;
    }
}

static void lengthen_hello(puppet *p)
{
    p->arg = M_CLIENT_HELLO;
    p->on_record = lengthen;
}

static void lengthen_finished(puppet *p)
{
    p->arg = M_FINISHED;
    p->on_record = lengthen;
}

static void lengthen_update(puppet *p)
{
    p->arg = M_KEY_UPDATE;
    p->on_record = lengthen;
    puppet_update(p, 0);
}

static void begin_message(puppet *p, uint8_t type, size_t len)
{
    const uint8_t header[] = {type, 0, 0, 12, 1, 2};
    puppet_content(p, header, len);
    puppet_flush(p);
}

static void cut_hello_by_ccs(puppet *p)
{
    begin_message(p, M_CLIENT_HELLO, 2);
    puppet_ccs(p);
}

static void cut_exchange_by_ccs(puppet *p)
{
    begin_message(p, M_CLIENT_KEY_EXCHANGE, 6);
    puppet_ccs(p);
}

static void cut_header_by_ccs(puppet *p) /* the ChangeCipherSpec of the flow follows */
{
    begin_message(p, M_FINISHED, 2);
}

static void cut_finished_by_data(puppet *p)
{
    begin_message(p, M_FINISHED, 6);
    puppet_record(p, R_DATA, (const uint8_t *)"early", 5);
}

static void cut_finished_by_alert(puppet *p)
{
    begin_message(p, M_FINISHED, 6);
    puppet_alert(p, 1, 0);
}

static void cut_exchange_by_alert(puppet *p)
{
    begin_message(p, M_CLIENT_KEY_EXCHANGE, 6);
    puppet_alert(p, 1, 0);
}

static void cut_later_by_data(puppet *p)
{
    begin_message(p, p->version == HF_TLS13 ? M_KEY_UPDATE : M_CLIENT_HELLO, 3);
    puppet_record(p, R_DATA, (const uint8_t *)"data", 4);
}

static const struct {
    uint16_t version;
    int before; /* the first word of the client of this kind; M_AFTER */
    void (*act)(puppet *p);
    hf_code code;
    uint8_t step;
} CROSSING[] = {
    {HF_TLS13, M_CLIENT_HELLO, lengthen_hello, HF_E_INTERLEAVED, M_SERVER_HELLO},
    {HF_TLS12, M_CLIENT_HELLO, lengthen_hello, HF_E_UNEXPECTED_MESSAGE, M_KEY_UPDATE},
    {HF_TLS13, M_CLIENT_HELLO, cut_hello_by_ccs, HF_E_INTERLEAVED, HF_STEP_NONE},
    {HF_TLS12, M_CLIENT_HELLO, cut_hello_by_ccs, HF_E_INTERLEAVED, HF_STEP_NONE},
    {HF_TLS12, M_CLIENT_KEY_EXCHANGE, cut_exchange_by_ccs, HF_E_INTERLEAVED, M_CLIENT_KEY_EXCHANGE},
    {HF_TLS12, M_CLIENT_KEY_EXCHANGE, cut_exchange_by_alert, HF_E_INTERLEAVED,
     M_CLIENT_KEY_EXCHANGE},
    {HF_TLS12, M_CCS, cut_header_by_ccs, HF_E_INTERLEAVED, M_CLIENT_KEY_EXCHANGE},
    {HF_TLS13, M_FINISHED, cut_finished_by_data, HF_E_INTERLEAVED, M_FINISHED},
    {HF_TLS12, M_FINISHED, cut_finished_by_data, HF_E_INTERLEAVED, M_FINISHED},
    {HF_TLS13, M_FINISHED, cut_finished_by_alert, HF_E_INTERLEAVED, M_FINISHED},
    {HF_TLS12, M_FINISHED, cut_finished_by_alert, HF_E_INTERLEAVED, M_FINISHED},
    {HF_TLS13, M_FINISHED, lengthen_finished, HF_E_INTERLEAVED, M_FINISHED},
    {HF_TLS12, M_FINISHED, lengthen_finished, HF_E_UNEXPECTED_MESSAGE, M_KEY_UPDATE},
    {HF_TLS13, M_AFTER, lengthen_update, HF_E_INTERLEAVED, HF_STEP_NONE},
    {HF_TLS13, M_AFTER, cut_later_by_data, HF_E_INTERLEAVED, HF_STEP_NONE},
    {HF_TLS12, M_AFTER, cut_later_by_data, HF_E_INTERLEAVED, HF_STEP_NONE},
};

static size_t word_of_client(const oracle_flow *flow, int message)
{
    size_t i = 0;
    while (i < flow->count && (flow->words[i].server || flow->words[i].message != message)) {
        i++;
    }
    return i;
}

static void test_crossing(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * sizeof CROSSING / sizeof CROSSING[0]; i++) {
        char name[80];
        oracle_flow flow;
        const size_t c = i / 2;
        (void)snprintf(name, sizeof name, "crossing %zu", c);
        assert_true(oracle_plain_flow(CROSSING[c].version, &flow));
        script x = {.flow = &flow,
                    .place = word_of_client(&flow, CROSSING[c].before),
                    .act = CROSSING[c].act,
                    .without = SCRIPT_NOWHERE};
        server_rig *s = script_play(&x, i & 1);
        script_expect_refused(s, CROSSING[c].code, CROSSING[c].step, name);
        server_rig_free(s);
    }
}

/* Data under the keys that only Finished would have brought do not even open. */
static void test_data_without_finished(void **state)
{
    (void)state;
    oracle_flow flow;
    for (size_t i = 0; script_flow_at(&i, &flow); i++) {
        script x = {.flow = &flow,
                    .place = flow.count,
                    .what = X_DATA,
                    .without = word_of_client(&flow, M_FINISHED)};
        if (flow.version == HF_TLS13) {
            server_rig *s = script_play(&x, 0);
            server_expect_failed(s, HF_E_BAD_RECORD_MAC, flow.text);
            assert_int_equal(s->r.data_len, 0);
            server_rig_free(s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crossing),
        cmocka_unit_test(test_data_without_finished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
