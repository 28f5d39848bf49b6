/* The client against the flow oracle: every legal sequence is accepted, every other message at
 * every step, sealed under the right keys, is refused with unexpected_message; in large pieces and
 * byte by byte. And the oracle against handshakes of real peers (tests/fixtures/flows.txt, made by
 * tests/fixtures/record_flows). */
#include "puppet/flow_oracle.h"
#include "puppet/intruder.h"
#include "puppet/past.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct intrusion {
    const oracle_flow *flow;
    size_t place; /* index of the word that it stands before; flow->count: behind the last */
    int what;     /* handshake type or X_... */
    size_t at;    /* words said so far */
    size_t said;  /* words of the server said so far */
} intrusion;

/* Follows the flow: `at` is the word that the server is about to say. */
static bool follow(puppet *p, int step, puppet_message *m)
{
    intrusion *x = (intrusion *)p->ctx;
    (void)m;
    if (step == M_FLIGHT_SAID) {
        return true;
    }
    while (x->at < x->flow->count && !x->flow->words[x->at].server) {
        x->at++;
    }
    if (x->at == x->place) {
        puppet_flush(p);
        intrude(p, x->what);
    }
    if (step != M_AFTER) {
        assert_true(x->at < x->flow->count);
        assert_int_equal(x->flow->words[x->at].message, step);
        x->said++;
    }
    x->at++;
    return true;
}

static void dress(rig *r, const void *ctx)
{
    const oracle_flow *flow = ctx;
    bool first = r->p->tickets == 1; /* of client_past_make() */
    r->p->version = flow->version;
    r->p->request = flow->request;
    r->p->psk_ke = flow->resume == ORACLE_PSK_KE;
    r->p->give_id = flow->resume == ORACLE_ID;
    r->p->tickets = flow->ticket || (first && flow->resume != ORACLE_ID) ? 1 : 0;
    r->identity = flow->certificate;
    r->psk_modes = flow->resume == ORACLE_PSK_KE ? HF_PSK_DHE_OR_KE : HF_PSK_DHE;
    r->session_cap = flow->ticket ? 512 : 0;
}

/* One session for each way of resuming. */
static const client_past *past_of(const oracle_flow *flow)
{
    static client_past pasts[ORACLE_ID + 1];
    client_past *past = &pasts[flow->resume];
    if (past->len == 0) {
        client_past_make(past, dress, flow);
    }
    return past;
}

static rig *play(intrusion *x, size_t piece, bool join)
{
    const oracle_flow *flow = x->flow;
    rig *r = rig_new();
    dress(r, flow);
    if (flow->resume != ORACLE_FULL) {
        client_past_use(past_of(flow), r);
    }
    r->p->retry = flow->retry;
    r->p->group = flow->retry ? HF_SECP256R1 : 0;
    r->p->join = join;
    r->p->change = follow;
    r->p->ctx = x;
    r->feed = r->drain = piece;
    rig_start(r);
    rig_run(r);
    return r;
}

static void expect_client_words(const rig *r, const oracle_flow *flow)
{
    size_t at = 0;
    for (size_t i = 0; i < flow->count; i++) {
        if (!flow->words[i].server) {
            assert_true(at < r->p->seen_count);
            assert_int_equal(r->p->seen[at], flow->words[i].message);
            at++;
        }
    }
    assert_int_equal(at, r->p->seen_count);
}

static void test_legal_flows(void **state)
{
    (void)state;
    oracle_flow flow;
    for (size_t i = 0; oracle_flow_at(i, &flow); i++) {
        for (unsigned way = 0; way < 4; way++) {
            intrusion x = {.flow = &flow, .place = SIZE_MAX};
            rig *r = play(&x, way & 1, (way & 2) != 0);
            rig_expect_open(r, flow.text);
            expect_client_words(r, &flow);
            assert_int_equal(hf_tls_resumed(&r->tls), flow.resume != ORACLE_FULL);
            assert_int_equal(r->session.taken, flow.ticket ? 1 : 0);
            assert_int_equal(x.at, flow.count + 1);
            rig_free(r);
        }
    }
}

/* ---- intruders */

/* What must happen; HF_OK: it is let pass. */
static hf_code verdict(const intrusion *x)
{
    const oracle_flow *flow = x->flow;
    bool over = x->place == flow->count;
    bool version_known = oracle_said(flow, x->place, M_SERVER_HELLO);
    switch (x->what) {
    case X_CCS: /* RFC 8446 5: dropped until the server's Finished */
        return flow->version == HF_TLS13 && !over ? HF_OK : HF_E_CHANGE_CIPHER_SPEC;
    case X_SEALED_CCS:
        return HF_E_CHANGE_CIPHER_SPEC;
    case X_DATA:
        return over ? HF_OK : HF_E_RECORD_TYPE;
    case X_RETRY:
        if (oracle_may_follow(flow, x->place, M_RETRY)) {
            return HF_OK;
        }
        return oracle_said(flow, x->place, M_RETRY) && !version_known ? HF_E_RETRY_TWICE
                                                                      : HF_E_UNEXPECTED_MESSAGE;
    case M_HELLO_REQUEST: /* RFC 5246 7.4.1.1: ignored while negotiating */
        return flow->version == HF_TLS12 && version_known ? HF_OK : HF_E_UNEXPECTED_MESSAGE;
    default:
        return oracle_may_follow(flow, x->place, x->what) ? HF_OK : HF_E_UNEXPECTED_MESSAGE;
    }
}

/* The message at work: the intruder, or for records the word before it. */
static uint8_t expected_step(const intrusion *x)
{
    if (x->what < 0x100) {
        return (uint8_t)x->what;
    }
    if (x->what == X_RETRY) {
        return M_SERVER_HELLO;
    }
    if (x->place == x->flow->count) {
        return HF_STEP_NONE;
    }
    if (x->flow->version == HF_TLS12 && x->place == 1 && x->what == X_CCS) {
        return M_SERVER_HELLO; /* dropped as in TLS 1.3, until the version was known */
    }
    size_t i = x->place - 1;
    while (x->flow->words[i].message == M_CCS) {
        i--;
    }
    int message = x->flow->words[i].message;
    return (uint8_t)(message == M_RETRY ? M_SERVER_HELLO : message);
}

static bool server_said(const intrusion *x, int message)
{
    for (size_t i = 0; i < x->place; i++) {
        if (x->flow->words[i].server && x->flow->words[i].message == message) {
            return true;
        }
    }
    return false;
}

static bool meaningful(const intrusion *x)
{
    bool legal = x->what < 0x100 && oracle_may_follow(x->flow, x->place, x->what);
    bool retry = x->what == X_RETRY && oracle_may_follow(x->flow, x->place, M_RETRY);
    bool data = x->what == X_DATA && x->place == x->flow->count;
    bool change =
        x->what == X_CCS && x->place < x->flow->count && x->flow->words[x->place].message == M_CCS;
    bool sealed = server_said(x, x->flow->version == HF_TLS12 ? M_CCS : M_SERVER_HELLO);
    if (x->what == X_SEALED_CCS) {
        return sealed;
    }
    if (x->what == X_CCS && x->flow->version == HF_TLS12 && sealed) {
        return false; /* a plain record under keys is no more than a bad one: see test_record */
    }
    return !legal && !retry && !data && !change;
}

static unsigned tried;

static void try_intruder(intrusion x, size_t piece)
{
    char name[160];
    size_t place = x.place;
    (void)snprintf(name, sizeof name, "%s: intruder 0x%x before word %zu, piece %zu", x.flow->text,
                   (unsigned)x.what, place, piece);
    tried++;
    rig *r = play(&x, piece, false);
    hf_code code = verdict(&x);
    if (code == HF_OK) {
        rig_expect_open(r, name);
    } else {
        rig_expect_failed(r, code, name);
        assert_int_equal(hf_error_alert_of(code), 10); /* unexpected_message */
        if (hf_tls_error(&r->tls)->step != expected_step(&x)) {
            fail_msg("%s: step %u, expected %u", name, hf_tls_error(&r->tls)->step,
                     expected_step(&x));
        }
    }
    rig_free(r);
}

static void try_place(const oracle_flow *flow, size_t place)
{
    for (size_t i = 0; intruder_at(i) >= 0; i++) {
        intrusion x = {.flow = flow, .place = place, .what = intruder_at(i)};
        if (meaningful(&x)) {
            try_intruder(x, 0);
            if (!intruder_one_way()) {
                try_intruder(x, 1);
            }
        }
    }
}

static void test_intruders(void **state)
{
    (void)state;
    oracle_flow flow;
    for (size_t i = 0; oracle_flow_at(i, &flow); i++) {
        for (size_t place = 1; place <= flow.count; place++) {
            if (place == flow.count || flow.words[place].server) {
                try_place(&flow, place);
            }
        }
    }
    assert_true(tried > (intruder_one_way() ? 1000u : 2000u)); /* the lists above were not empty */
}

/* ---- real peers */

static bool is_listed(const oracle_word *words, size_t count)
{
    oracle_flow flow;
    for (size_t i = 0; oracle_flow_at(i, &flow); i++) {
        bool same = flow.count == count;
        for (size_t k = 0; same && k < count; k++) {
            same = flow.words[k].server == words[k].server &&
                   flow.words[k].message == words[k].message;
        }
        if (same) {
            return true;
        }
    }
    return false;
}

/* Each recorded flow is in the oracle's list, and each of the list was recorded. */
static void test_recorded_flows(void **state)
{
    (void)state;
    char path[512];
    char line[512];
    bool recorded[32] = {false};
    oracle_flow flow;
    const char *root = getenv("HF_SOURCE");
    (void)snprintf(path, sizeof path, "%s/tests/fixtures/flows.txt", root == NULL ? "." : root);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        oracle_word words[ORACLE_WORDS_MAX];
        size_t count = 0;
        const char *text = strchr(line, '>');
        if (line[0] == '#' || text == NULL) {
            continue;
        }
        if (!oracle_parse(text, words, &count) || !is_listed(words, count)) {
            fail_msg("not in the oracle: %s", line);
        }
        for (size_t i = 0; oracle_flow_at(i, &flow); i++) {
            recorded[i] = recorded[i] || strncmp(text, flow.text, strcspn(text, "\n")) == 0;
        }
    }
    (void)fclose(file);
    for (size_t i = 0; oracle_flow_at(i, &flow); i++) {
        if (!recorded[i]) {
            fail_msg("never recorded: %s", flow.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_legal_flows),
        cmocka_unit_test(test_recorded_flows),
        cmocka_unit_test(test_intruders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
