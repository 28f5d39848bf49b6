/* The server against the flow oracle: every legal sequence is accepted and answered with exactly
 * the server's words; every other message before each word of the client, sealed under the right
 * keys, is refused with unexpected_message; and so is what follows a word that was left out.
 */
#include "puppet/server_script.h"
#include "tls/message/message.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

/* ---- legal flows */

/* RFC 8446 D.4: behind its first message, a server in compatibility mode sends a
 * change_cipher_spec. */
static void expect_server_words(const server_rig *s, const script *x)
{
    const puppet *p = s->r.p;
    size_t at = 0;
    bool ccs_due = x->compatible && x->flow->version == HF_TLS13;
    for (size_t i = 0; i < x->flow->count; i++) {
        if (x->flow->words[i].server) {
            assert_true(at < p->seen_count);
            assert_int_equal(p->seen[at++], x->flow->words[i].message);
            if (ccs_due) {
                assert_true(at < p->seen_count);
                assert_int_equal(p->seen[at++], M_CCS);
                ccs_due = false;
            }
        }
    }
    bool ticket = x->flow->version == HF_TLS13; /* behind the handshake */
    if (ticket) {
        assert_true(at < p->seen_count);
        assert_int_equal(p->seen[at++], M_NEW_SESSION_TICKET);
    }
    assert_int_equal(at, p->seen_count);
}

static void test_legal_flows(void **state)
{
    (void)state;
    oracle_flow flow;
    size_t i = 0;
    for (; script_flow_at(&i, &flow); i++) {
        for (unsigned way = 0; way < 8; way++) {
            script x = {.flow = &flow,
                        .place = SCRIPT_NOWHERE,
                        .without = SCRIPT_NOWHERE,
                        .join = (way & 2) != 0,
                        .compatible = (way & 4) != 0};
            server_rig *s = script_play(&x, way & 1);
            server_expect_open(s, flow.text);
            expect_server_words(s, &x);
            assert_int_equal(hf_tls_resumed(&s->r.tls), flow.resume != ORACLE_FULL);
            assert_int_equal(x.at, flow.count);
            server_expect_talk(s, flow.text);
            server_rig_free(s);
        }
    }
    assert_true(i >= 9);
}

/* ---- intruders */

static unsigned tried;

/* What must happen; HF_OK: it is let pass. */
static hf_code verdict(const script *x)
{
    bool over = x->place == x->flow->count;
    switch (x->what) {
    case X_CCS: /* RFC 8446 5: dropped from the first ClientHello to the client's Finished */
        return x->flow->version == HF_TLS13 && !over && x->place > 0 ? HF_OK
                                                                     : HF_E_CHANGE_CIPHER_SPEC;
    case X_SEALED_CCS:
        return HF_E_CHANGE_CIPHER_SPEC;
    case X_DATA:
        return over ? HF_OK : HF_E_RECORD_TYPE;
    default:
        return HF_E_UNEXPECTED_MESSAGE;
    }
}

/* The message in work when the word before `place` was the last: none before the first. The numbers
 * of HelloRetryRequest and of change_cipher_spec are the library's own. */
static uint8_t step_before(const script *x, size_t place)
{
    const oracle_flow *flow = x->flow;
    if (place == 0 || place == flow->count) {
        return HF_STEP_NONE;
    }
    size_t i = place - 1;
    while (flow->words[i].message == M_CCS) {
        i--;
    }
    if (flow->words[i].message == M_RETRY) {
        return x->compatible ? HF_CCS : HF_HELLO_RETRY_REQUEST;
    }
    return (uint8_t)flow->words[i].message;
}

static uint8_t expected_step(const script *x)
{
    if (x->what == X_RETRY) {
        return M_SERVER_HELLO;
    }
    return x->what < 0x100 ? (uint8_t)x->what : step_before(x, x->place);
}

static bool under_keys(const script *x)
{
    if (x->flow->version == HF_TLS13) {
        return oracle_said(x->flow, x->place, M_SERVER_HELLO);
    }
    for (size_t i = 0; i < x->place; i++) {
        if (!x->flow->words[i].server && x->flow->words[i].message == M_CCS) {
            return true;
        }
    }
    return false;
}

static bool meaningful(const script *x)
{
    bool change =
        x->what == X_CCS && x->place < x->flow->count && x->flow->words[x->place].message == M_CCS;
    if (x->what == X_SEALED_CCS) {
        return under_keys(x);
    }
    if (x->what == X_CCS && x->flow->version == HF_TLS12 && under_keys(x)) {
        return false; /* a plain record under keys is no more than a bad one: see test_record */
    }
    return !change && !oracle_client_may_follow(x->flow, x->place, x->what);
}

static void try_intruder(script x, size_t piece)
{
    char name[160];
    (void)snprintf(name, sizeof name, "%s: intruder 0x%x before word %zu, piece %zu", x.flow->text,
                   (unsigned)x.what, x.place, piece);
    tried++;
    server_rig *s = script_play(&x, piece);
    hf_code code = verdict(&x);
    if (code == HF_OK) {
        server_expect_open(s, name);
        assert_int_equal(s->r.p->alerts, 0);
        assert_int_equal(s->r.data_len, x.what == X_DATA ? 5 : 0);
    } else {
        script_expect_refused(s, code, expected_step(&x), name);
    }
    server_rig_free(s);
}

static void try_place(const oracle_flow *flow, size_t place)
{
    for (size_t i = 0; intruder_at(i) >= 0; i++) {
        script x = {
            .flow = flow, .place = place, .what = intruder_at(i), .without = SCRIPT_NOWHERE};
        if (meaningful(&x)) {
            try_intruder(x, 0);
            if (!intruder_one_way()) {
                try_intruder(x, 1);
                x.compatible = true;
                try_intruder(x, 0);
            }
        }
    }
}

static void test_intruders(void **state)
{
    (void)state;
    oracle_flow flow;
    tried = 0;
    for (size_t i = 0; script_flow_at(&i, &flow); i++) {
        for (size_t place = 0; place <= flow.count; place++) {
            if (place == flow.count || !flow.words[place].server) {
                try_place(&flow, place);
            }
        }
    }
    assert_true(tried > (intruder_one_way() ? 1100u : 3500u)); /* the lists above were not empty */
}

static size_t next_of_client(const oracle_flow *flow, size_t from)
{
    while (from < flow->count && flow->words[from].server) {
        from++;
    }
    return from;
}

/* Behind the first ClientHello, before the client has heard anything. In TLS 1.3 the server has
 * keys by then, and a plain record is none of the kinds that may come (RFC 8446 5). */
static void try_impatient(const oracle_flow *flow, int what)
{
    script x = {.flow = flow, .place = SCRIPT_NOWHERE, .without = SCRIPT_NOWHERE};
    bool keys = flow->version == HF_TLS13 && !flow->retry;
    server_rig *s = script_prepare(&x, 0);
    server_rig_start(s);
    intrude(s->r.p, what);
    server_rig_run(s);
    tried++;
    script_expect_refused(s, keys ? HF_E_RECORD_TYPE : HF_E_UNEXPECTED_MESSAGE,
                          keys ? M_FINISHED : (uint8_t)what, flow->text);
    server_rig_free(s);
}

static void test_impatient_clients(void **state)
{
    (void)state;
    oracle_flow flow;
    tried = 0;
    for (size_t i = 0; script_flow_at(&i, &flow); i++) {
        size_t next = next_of_client(&flow, 1);
        for (size_t k = 0; intruder_at(k) >= 0 && intruder_at(k) < 0x100; k++) {
            if (!oracle_client_may_follow(&flow, next, intruder_at(k))) {
                try_impatient(&flow, intruder_at(k));
            }
        }
    }
    assert_true(tried > 200);
}

/* ---- words left out */

static void expect_without(server_rig *s, const script *x, const char *name)
{
    const oracle_flow *flow = x->flow;
    size_t next = next_of_client(flow, x->without + 1);
    if (next >= flow->count || x->without + 1 < next) { /* the server goes on waiting */
        assert_int_equal(hf_tls_wants(&s->r.tls) & (HF_IS_OPEN | HF_IS_FAILED), 0);
        assert_int_equal(s->r.p->alerts, 0);
        assert_null(s->r.p->fault);
    } else if (flow->words[next].message == M_CCS) {
        script_expect_refused(s, HF_E_CHANGE_CIPHER_SPEC, step_before(x, x->without), name);
    } else {
        script_expect_refused(s, HF_E_UNEXPECTED_MESSAGE, (uint8_t)flow->words[next].message, name);
    }
}

static void test_words_left_out(void **state)
{
    (void)state;
    oracle_flow flow;
    tried = 0;
    for (size_t i = 0; script_flow_at(&i, &flow); i++) {
        for (size_t without = 0; without < 2 * flow.count; without++) {
            script x = {.flow = &flow,
                        .place = SCRIPT_NOWHERE,
                        .without = without / 2,
                        .plain = flow.words[without / 2].message == M_CCS};
            if (!flow.words[x.without].server) {
                char name[120];
                (void)snprintf(name, sizeof name, "%s without %zu", flow.text, x.without);
                tried++;
                server_rig *s = script_play(&x, without & 1);
                expect_without(s, &x, name);
                server_rig_free(s);
            }
        }
    }
    assert_true(tried > 70);
}

/* ---- after the handshake */

static void ask_for_keys(puppet *p)
{
    puppet_update(p, 1);
}

static void renegotiate(puppet *p)
{
    p->change = NULL;
    guest_renegotiate(guest_of(p));
}

static void test_what_may_follow(void **state)
{
    (void)state;
    oracle_flow flow;
    for (size_t i = 0; script_flow_at(&i, &flow); i++) {
        for (size_t piece = 0; piece < 2; piece++) {
            bool tls13 = flow.version == HF_TLS13;
            script x = {.flow = &flow,
                        .place = flow.count,
                        .act = tls13 ? ask_for_keys : renegotiate,
                        .without = SCRIPT_NOWHERE};
            server_rig *s = script_play(&x, piece);
            server_expect_open(s, flow.text);
            assert_int_equal(s->r.p->updates, tls13 ? 1 : 0);
            assert_int_equal(s->r.p->alerts, tls13 ? 0 : 1);
            assert_int_equal(s->r.p->alert_level, tls13 ? 0 : 1);
            assert_int_equal(s->r.p->alert, tls13 ? 0 : 100); /* no_renegotiation */
            server_expect_talk(s, flow.text);
            server_rig_free(s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_legal_flows),       cmocka_unit_test(test_intruders),
        cmocka_unit_test(test_impatient_clients), cmocka_unit_test(test_words_left_out),
        cmocka_unit_test(test_what_may_follow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
