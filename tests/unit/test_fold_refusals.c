/* Folding: every state that refuses it, and is left as it was. */
#include "unit/fold_rig.h"

static uint16_t suite13 = 0x1301;
static uint16_t suite12 = 0xc02b;
static uint16_t *const BOTH[] = {&suite13, &suite12};
static hf_identity rsa;

/* Asserts that nothing changes: neither the engine, nor its buffers, nor the folded object. */
static void expect_refused_at(hf_tls *tls, int line)
{
    static uint8_t input[HF_TLS_INPUT_MAX];
    static uint8_t output[HF_TLS_INPUT_MAX];
    const hf_tls before = *tls;
    hf_folded folded;
    memset(&folded, 0xa5, sizeof folded);
    memcpy(input, tls->in.buffer.ptr, tls->in.buffer.cap);
    memcpy(output, tls->out.buffer.ptr, tls->out.buffer.cap);
    if (hf_tls_is_idle(tls) || hf_tls_fold(tls, &folded) != HF_E_USAGE) {
        fail_msg("line %d: it was folded", line);
    }
    assert_memory_equal(tls, &before, sizeof before);
    assert_memory_equal(tls->in.buffer.ptr, input, tls->in.buffer.cap);
    assert_memory_equal(tls->out.buffer.ptr, output, tls->out.buffer.cap);
    for (size_t i = 0; i < sizeof folded; i++) {
        assert_int_equal(((uint8_t *)&folded)[i], 0xa5);
    }
}
#define expect_refused(tls) expect_refused_at(tls, __LINE__)

/* ---- states that refuse */

static void test_in_the_handshake(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        pair *p = fold_pair(BOTH[v], &rsa);
        unsigned both_open = 0;
        p->feed = 50;
        pair_start(p);
        bool moved = true;
        while (moved) { /* in each state on the way */
            if ((hf_tls_wants(&p->client.tls) & HF_IS_OPEN) == 0) {
                expect_refused(&p->client.tls);
            }
            if ((hf_tls_wants(&p->server.tls) & HF_IS_OPEN) == 0) {
                expect_refused(&p->server.tls);
                both_open++;
            }
            moved = pair_step(p, &p->client, &p->server);
            moved = pair_step(p, &p->server, &p->client) || moved;
        }
        assert_in_range(both_open, 10, 1000);
        assert_true(hf_tls_is_idle(&p->client.tls));
        assert_true(hf_tls_is_idle(&p->server.tls));
        pair_expect_open(p, "afterwards");
        pair_free(p);
    }
}

/* From the first byte of a record to its last, then while its data wait. */
static void test_part_of_a_record(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        pair *p = fold_open(BOTH[v], &rsa);
        size_t len = 0;
        pair_send(&p->server, "some data");
        expect_refused(&p->server.tls); /* output waits */
        const uint8_t *out = hf_tls_output(&p->server.tls, &len);
        for (size_t i = 0; i < len; i++) {
            size_t room = 0;
            uint8_t *in = hf_tls_input(&p->client.tls, &room);
            assert_true(hf_tls_is_idle(&p->client.tls) == (i == 0));
            in[0] = out[i];
            assert_int_equal(hf_tls_input_done(&p->client.tls, 1), HF_OK);
            expect_refused(&p->client.tls);
        }
        hf_tls_output_done(&p->server.tls, len - 1);
        expect_refused(&p->server.tls);
        hf_tls_output_done(&p->server.tls, 1);
        assert_true(hf_tls_is_idle(&p->server.tls));
        assert_int_equal(hf_tls_data_done(&p->client.tls, 4), HF_OK);
        expect_refused(&p->client.tls); /* not all of it was taken */
        assert_int_equal(hf_tls_data_done(&p->client.tls, 5), HF_OK);
        refold_both(p);
        pair_expect_open(p, "afterwards");
        pair_free(p);
    }
}

/* A message in two records: between them nothing of a record is there, only half a message. */
static void test_part_of_a_message(void **state)
{
    (void)state;
    static const uint8_t UPDATE[] = {M_KEY_UPDATE, 0, 0, 1, 0};
    for (size_t cut = 1; cut < sizeof UPDATE; cut++) {
        rig *r = rig_new();
        rig_start(r);
        rig_run(r);
        puppet_content(r->p, UPDATE, cut);
        puppet_flush(r->p);
        rig_run(r);
        expect_refused(&r->tls);
        puppet_content(r->p, UPDATE + cut, sizeof UPDATE - cut);
        puppet_flush(r->p);
        rig_run(r);
        puppet_next_tx(r->p);
        refold_rig(r);
        puppet_record(r->p, R_DATA, (const uint8_t *)"y", 1);
        rig_run(r);
        rig_expect_open(r, "afterwards");
        assert_int_equal(r->data_len, 1);
        rig_free(r);
    }
}

/* What the puppet said goes in at once; output is not taken. */
static void feed(rig *r)
{
    size_t room = 0;
    size_t len = r->p->out_len - r->p->out_at;
    uint8_t *to = hf_tls_input(&r->tls, &room);
    assert_true(room >= len);
    memcpy(to, r->p->out + r->p->out_at, len);
    r->p->out_at += len;
    assert_int_equal(hf_tls_input_done(&r->tls, len), HF_OK);
}

/* An answer that waits for room in a full output buffer. */
static void test_answer_due(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        rig *r = rig_new();
        r->p->version = i == 0 ? HF_TLS13 : HF_TLS12;
        r->output = HF_TLS_OUTPUT_MIN;
        rig_start(r);
        rig_run(r);
        size_t room = 0;
        while (hf_tls_room(&r->tls, &room) != NULL) {
            assert_int_equal(hf_tls_room_done(&r->tls, room), HF_OK);
        }
        if (i == 0) {
            puppet_update(r->p, 1);
        } else {
            puppet_content(r->p, (const uint8_t[]){M_HELLO_REQUEST, 0, 0, 0}, 4);
            puppet_flush(r->p);
        }
        feed(r);
        /* as if the output had been sent, but not told: the flag alone refuses */
        uint32_t end = r->tls.out.end;
        r->tls.out.end = r->tls.out.sent;
        expect_refused(&r->tls);
        r->tls.out.end = end;
        expect_refused(&r->tls);
        rig_run(r);
        assert_int_equal(i == 0 ? r->p->updates : r->p->alerts, 1);
        refold_rig(r);
        assert_true(rig_send(r, "x", 1));
        rig_run(r);
        assert_null(r->p->fault);
        rig_free(r);
    }
}

static void test_closed(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        pair *p = fold_open(BOTH[v], &rsa);
        assert_int_equal(hf_tls_close(&p->client.tls), HF_OK);
        expect_refused(&p->client.tls);
        pair_run(p);
        expect_refused(&p->client.tls); /* sent */
        expect_refused(&p->server.tls); /* heard: in TLS 1.3 its own side is still open */
        pair_free(p);
    }
}

static void test_failed(void **state)
{
    (void)state;
    pair *p = fold_open(BOTH[0], &rsa);
    static const uint8_t BAD[] = {23, 3, 3, 0, 1, 0};
    size_t room = 0;
    memcpy(hf_tls_input(&p->client.tls, &room), BAD, sizeof BAD);
    assert_int_equal(hf_tls_input_done(&p->client.tls, sizeof BAD), HF_E_BAD_RECORD_MAC);
    expect_refused(&p->client.tls);
    pair_run(p);
    expect_refused(&p->client.tls); /* the alert is out */
    expect_refused(&p->server.tls); /* and heard */
    pair_free(p);
    p = fold_open(BOTH[0], &rsa);
    assert_int_equal(hf_tls_input_end(&p->server.tls), HF_E_TRUNCATED);
    expect_refused(&p->server.tls);
    pair_free(p);
}

static hf_code later(void *ctx, const hf_tls *tls, const hf_peer *peer)
{
    (void)ctx;
    (void)tls;
    (void)peer;
    return HF_PENDING;
}

/* A server that waits for a decision; and an engine that was never begun, or was folded. */
static void test_decision_due(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        pair *p = fold_pair(BOTH[v], &rsa);
        p->server.config.hooks.authorise = later;
        pair_start(p);
        pair_run(p);
        assert_true((hf_tls_wants(&p->server.tls) & HF_WANT_DECISION) != 0);
        expect_refused(&p->server.tls);
        assert_int_equal(hf_tls_decided(&p->server.tls, HF_OK), HF_OK);
        pair_run(p);
        refold_both(p);
        pair_expect_open(p, "decided");
        hf_folded folded;
        fold_end(&p->client, &folded);
        assert_int_equal(hf_tls_fold(&p->client.tls, &folded), HF_E_USAGE);
        unfold_end(&p->client, &folded); /* it was not touched by that */
        pair_expect_open(p, "once more");
        pair_free(p);
    }
    static hf_tls none;
    hf_folded folded;
    assert_int_equal(hf_tls_fold(&none, &folded), HF_E_USAGE);
}

/* Room that was lent is gone with the fold. */
static void test_lent_room(void **state)
{
    (void)state;
    pair *p = fold_open(BOTH[0], &rsa);
    size_t room = 0;
    assert_non_null(hf_tls_room(&p->client.tls, &room));
    refold_end(&p->client);
    assert_int_equal(hf_tls_room_done(&p->client.tls, 1), HF_E_USAGE);
    pair_expect_open(p, "lent");
    pair_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_the_handshake),
        cmocka_unit_test(test_part_of_a_record),
        cmocka_unit_test(test_part_of_a_message),
        cmocka_unit_test(test_answer_due),
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_failed),
        cmocka_unit_test(test_decision_due),
        cmocka_unit_test(test_lent_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
