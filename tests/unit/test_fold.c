/* Folding and unfolding: a connection goes on as if nothing had happened, in both versions and
 * roles and with every suite. What is told afterwards is in
 * test_fold_told.c, what cannot be folded in test_fold_refusals.c, unfolding in test_unfold.c.
 */
#include "unit/fold_rig.h"
#include "unit/needs.h"

static uint16_t suite13 = 0x1301;
static uint16_t suite12 = 0xc02b;
static uint16_t *const BOTH[] = {&suite13, &suite12};
static hf_identity rsa;

/* ---- going on */

static void test_every_suite(void **state)
{
    (void)state;
    unsigned tried = 0;
    for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
        uint16_t suite = hf_suite_at(i)->id;
        pair *p = fold_open(&suite, &rsa);
        if (p == NULL) {
            continue;
        }
        tried++;
        refold_end(&p->client);
        pair_expect_open(p, "client");
        refold_end(&p->server);
        pair_expect_open(p, "server");
        refold_both(p);
        refold_both(p); /* without a record between */
        pair_expect_open(p, "both");
        assert_int_equal(hf_tls_suite(&p->client.tls), suite);
        pair_free(p);
    }
    assert_in_range(tried, 7, 11);
}

/* Between all messages, with the least buffers; sequence numbers never begin again. */
static void test_many_folds(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        pair *p = fold_open(BOTH[v], &rsa);
        for (unsigned i = 0; i < 300; i++) {
            uint64_t sent = p->client.tls.out.keys.sequence;
            p->client.in_cap = 600 + i;
            p->client.out_cap = HF_TLS_OUTPUT_MIN + i;
            p->client.slot_cap = HF_TLS_CERTIFICATE_MIN;
            p->server.slot_cap = HF_TLS_CERTIFICATE_MIN;
            refold_both(p);
            assert_true(p->client.tls.out.keys.sequence == sent);
            pair_expect_open(p, "many");
            assert_true(p->client.tls.out.keys.sequence == sent + 1);
        }
        assert_int_equal(p->server.tls.in.keys.sequence, p->client.tls.out.keys.sequence);
        pair_free(p);
    }
}

/* ---- keys that change */

static void test_key_updates(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        uint16_t suite = i == 0 ? 0x1301 : 0x1302;
        pair *p = fold_open(&suite, &rsa);
        pair_end *ends[] = {&p->client, &p->server};
        for (unsigned k = 0; k < 12; k++) {
            refold_both(p);
            assert_int_equal(hf_tls_update_keys(&ends[k % 2]->tls, k % 3 == 0), HF_OK);
            pair_run(p);
            refold_end(ends[k / 2 % 2]);
            pair_expect_open(p, "update");
        }
        pair_free(p);
    }
}

/* A request of ours that is open stays open: it is not made twice (RFC 9846). */
static void test_asked_stays_asked(void **state)
{
    (void)state;
    rig *r = rig_new();
    rig_start(r);
    rig_run(r);
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(hf_tls_update_keys(&r->tls, true), HF_OK);
        rig_run(r);
        refold_rig(r);
        assert_int_equal(hf_tls_update_keys(&r->tls, true), HF_OK);
        rig_run(r);
        assert_int_equal(r->p->updates, 2 * i);
        assert_int_equal(r->p->updates_asking, i);
        puppet_update(r->p, 0);
        rig_run(r);
        refold_rig(r);
    }
    rig_expect_open(r, "asked");
    rig_free(r);
}

static void test_key_limit13(void **state)
{
    (void)state;
    rig *r = rig_new();
    r->key_limit = 10;
    rig_start(r);
    rig_run(r);
    for (unsigned i = 1; i <= 45; i++) {
        refold_rig(r);
        assert_true(rig_send(r, "x", 1));
        rig_run(r);
        assert_int_equal(r->p->updates, i / 10);
    }
    rig_expect_open(r, "limit");
    assert_int_equal(r->p->data_len, 45);
    rig_free(r);
}

static void test_key_limit12(void **state)
{
    (void)state;
    rig *r = rig_new();
    r->p->version = HF_TLS12;
    r->key_limit = 10;
    rig_start(r);
    rig_run(r);
    for (unsigned i = 1; i <= 8; i++) { /* Finished was the first of the ten */
        refold_rig(r);
        assert_true(rig_send(r, "x", 1));
        rig_run(r);
    }
    refold_rig(r);
    (void)rig_send(r, "x", 1);
    rig_run(r);
    assert_int_equal(hf_tls_error(&r->tls)->code, HF_E_KEY_LIMIT);
    assert_int_equal(r->p->alert_level << 8 | r->p->alert, 1 << 8); /* close_notify */
    assert_null(r->p->fault);
    rig_free(r);
}

/* ---- messages after the handshake, and their counts */

static void test_tickets(void **state)
{
    (void)state;
    needs_pieces();
    static const size_t SIZES[] = {1, 200, 4000};
    rig *r = rig_new();
    rig_start(r);
    rig_run(r);
    for (size_t i = 0; i < 3; i++) {
        r->input = i == 0 ? 16645 : 1024; /* the last is opened in pieces */
        refold_rig(r);
        puppet_ticket(r->p, SIZES[i]);
        puppet_record(r->p, R_DATA, (const uint8_t *)"y", 1);
        rig_run(r);
        rig_expect_open(r, "ticket");
        assert_int_equal(r->data_len, i + 1);
    }
    rig_free(r);
}

static void test_counts_go_on(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        static const unsigned MOST[] = {32, 128, 32, 4};
        rig *r = rig_new();
        r->p->version = kind == 3 ? HF_TLS12 : HF_TLS13;
        rig_start(r);
        rig_run(r);
        for (unsigned i = 0; i <= MOST[kind]; i++) {
            rig_expect_open(r, "counting");
            refold_rig(r);
            if (kind == 0) {
                puppet_update(r->p, 0);
            } else if (kind == 1) {
                puppet_ticket(r->p, 10);
            } else if (kind == 2) {
                puppet_record(r->p, R_DATA, NULL, 0);
            } else {
                puppet_alert(r->p, 1, 90);
            }
            rig_run(r);
        }
        hf_code code = kind < 2 ? HF_E_TOO_MANY_MESSAGES : HF_E_TOO_MANY_RECORDS;
        rig_expect_failed(r, code, "one too many");
        rig_free(r);
    }
}

static void test_renegotiation_is_refused(void **state)
{
    (void)state;
    rig *r = rig_new();
    r->p->version = HF_TLS12;
    rig_start(r);
    rig_run(r);
    refold_rig(r);
    puppet_content(r->p, (const uint8_t[]){M_HELLO_REQUEST, 0, 0, 0}, 4);
    puppet_flush(r->p);
    rig_run(r);
    assert_int_equal(r->p->alert_level << 8 | r->p->alert, 1 << 8 | 100);
    refold_rig(r);
    assert_true(rig_send(r, "x", 1));
    rig_run(r);
    assert_int_equal(r->p->data_len, 1);
    rig_free(r);
}

/* ---- limits of records */

static void fill(pair_end *end, size_t *len)
{
    uint8_t *to = hf_tls_room(&end->tls, len);
    assert_non_null(to);
    memset(to, 'f', *len);
    assert_int_equal(hf_tls_room_done(&end->tls, *len), HF_OK);
}

/* What a peer told us to keep to is kept to, and what we told it holds. */
static void test_limits_hold(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        pair *p = fold_pair(BOTH[v], &rsa);
        p->client.in_cap = 1024;
        p->server.in_cap = 2048;
        p->client.out_cap = p->server.out_cap = 6000;
        pair_start(p);
        pair_run(p);
        pair_expect_open(p, "limits");
        size_t limit = hf_tls_record_limit(&p->server.tls);
        p->client.in_cap = HF_TLS_INPUT_MAX; /* larger now: what was agreed stays */
        refold_both(p);
        size_t len = 0;
        fill(&p->server, &len);
        assert_int_equal(len, limit);
        pair_run(p);
        assert_int_equal(p->client.data_len, 4 + limit);
        pair_expect_open(p, "at the limit");
        refold_both(p);
        p->server.tls.out.limit = (uint16_t)(limit + 1); /* a server that breaks it */
        fill(&p->server, &len);
        assert_int_equal(len, limit + 1);
        pair_run(p);
        pair_expect_left(p, HF_E_RECORD_OVERFLOW, 22, "over the limit");
        pair_free(p);
    }
}

/* ---- ends */

static void test_close(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        pair *p = fold_open(BOTH[i & 1], &rsa);
        pair_end *closes = (i & 2) != 0 ? &p->server : &p->client;
        pair_end *hears = (i & 2) != 0 ? &p->client : &p->server;
        refold_both(p);
        assert_int_equal(hf_tls_close(&closes->tls), HF_OK);
        pair_run(p);
        assert_int_equal(hf_tls_wants(&hears->tls) & (HF_IS_CLOSED | HF_IS_FAILED), HF_IS_CLOSED);
        assert_int_equal(hf_tls_input_end(&hears->tls), HF_OK);
        pair_free(p);
    }
}

static void test_alerts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        rig *r = rig_new();
        r->p->version = i == 0 ? HF_TLS13 : HF_TLS12;
        rig_start(r);
        rig_run(r);
        refold_rig(r);
        puppet_alert(r->p, 2, 49);
        rig_run(r);
        const hf_error *error = hf_tls_error(&r->tls);
        assert_int_equal(error->code, HF_E_ALERT);
        assert_int_equal(error->alert, 49);
        assert_int_equal(error->alert_by, HF_ALERT_RECEIVED);
        assert_int_equal(error->step, HF_STEP_NONE);
        rig_free(r);
        r = rig_new(); /* one of ours */
        r->p->version = i == 0 ? HF_TLS13 : HF_TLS12;
        rig_start(r);
        rig_run(r);
        refold_rig(r);
        puppet_raw(r->p, (const uint8_t[]){23, 3,  3,  0,  20, 1,  2,  3,  4,  5,  6,  7, 8,
                                           9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20},
                   25);
        rig_run(r);
        rig_expect_failed(r, HF_E_BAD_RECORD_MAC, "damaged");
        rig_free(r);
        r = rig_new(); /* an end without a word */
        rig_start(r);
        rig_run(r);
        refold_rig(r);
        assert_int_equal(hf_tls_input_end(&r->tls), HF_E_TRUNCATED);
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_suite),
        cmocka_unit_test(test_many_folds),
        cmocka_unit_test(test_key_updates),
        cmocka_unit_test(test_asked_stays_asked),
        cmocka_unit_test(test_key_limit13),
        cmocka_unit_test(test_key_limit12),
        cmocka_unit_test(test_tickets),
        cmocka_unit_test(test_counts_go_on),
        cmocka_unit_test(test_renegotiation_is_refused),
        cmocka_unit_test(test_limits_hold),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_alerts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
