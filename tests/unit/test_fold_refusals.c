/* Folding: every state that refuses it and is left as it was, what unfolding refuses, and that
 * nothing secret stays behind.
 */
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

/* ---- unfolding */

static void expect_usage(hf_folded *folded, pair_end *end)
{
    const hf_tls_memory memory = pair_memory(end);
    static hf_tls tls;
    assert_int_equal(hf_tls_unfold(&tls, folded, &memory), HF_E_USAGE);
    assert_int_equal(hf_tls_error(&tls)->code, HF_E_USAGE);
    assert_int_equal(hf_tls_wants(&tls), HF_IS_FAILED);
    size_t room = 0;
    assert_null(hf_tls_input(&tls, &room));
    assert_null(hf_tls_room(&tls, &room));
    hf_tls_release(&tls);
    fold_free(end->memory);
}

static void test_only_once(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        pair *p = fold_open(BOTH[v], &rsa);
        hf_folded folded;
        fold_end(&p->client, &folded);
        hf_folded moved = folded;
        hf_folded_wipe(&folded);
        assert_true(fold_is_zero(&folded, sizeof folded));
        unfold_end(&p->client, &moved);
        uint8_t *memory[5];
        memcpy(memory, p->client.memory, sizeof memory);
        expect_usage(&moved, &p->client);  /* a second time */
        expect_usage(&folded, &p->client); /* wiped */
        memset(&folded, 0xff, sizeof folded);
        expect_usage(&folded, &p->client); /* garbage */
        memcpy(p->client.memory, memory, sizeof memory);
        pair_expect_open(p, "once");
        fold_end(&p->client, &folded);
        hf_folded broken = folded;
        broken.suite = 0x1305;
        expect_usage(&broken, &p->client);
        broken = folded;
        broken.config = NULL;
        expect_usage(&broken, &p->client);
        unfold_end(&p->client, &folded);
        pair_expect_open(p, "broken");
        pair_free(p);
    }
}

/* Asserts: too small, said with what would do; the folded connection is as it was. */
static void expect_too_small(hf_folded *folded, hf_tls_memory memory, uint32_t detail)
{
    static hf_tls tls;
    const hf_folded before = *folded;
    assert_int_equal(hf_tls_unfold(&tls, folded, &memory), HF_E_MEMORY_TOO_SMALL);
    assert_int_equal(hf_tls_error(&tls)->code, HF_E_MEMORY_TOO_SMALL);
    assert_int_equal(hf_tls_error(&tls)->detail, detail);
    assert_memory_equal(folded, &before, sizeof before);
    assert_int_equal(hf_tls_wants(&tls), HF_IS_FAILED);
}

static void test_small_buffers(void **state)
{
    (void)state;
    static uint8_t bytes[20000];
    for (size_t v = 0; v < 2; v++) {
        pair *p = fold_pair(BOTH[v], &rsa);
        p->client.in_cap = 1500; /* what it asked the server to keep to */
        pair_start(p);
        pair_run(p);
        pair_expect_open(p, "small");
        hf_folded folded;
        fold_end(&p->client, &folded);
        hf_tls_memory memory = {.input = {bytes, 1500},
                                .output = {bytes + 10000, HF_TLS_OUTPUT_MIN},
                                .certificate = {bytes + 15000, HF_TLS_CERTIFICATE_MIN}};
        memory.output.cap--;
        expect_too_small(&folded, memory, HF_TLS_OUTPUT_MIN);
        memory.output.cap++;
        memory.certificate.cap--;
        expect_too_small(&folded, memory, HF_TLS_CERTIFICATE_MIN);
        memory.certificate.cap++;
        memory.input.cap = HF_TLS_INPUT_MIN - 1;
        expect_too_small(&folded, memory, HF_TLS_INPUT_MIN);
        memory.input.cap = 1499;
        expect_too_small(&folded, memory, 1500);
        memory.input.cap = 1500;
        unfold_tls(&p->client.tls, &folded, &memory);
        pair_expect_open(p, "just enough");
        size_t room = 0;
        assert_non_null(hf_tls_room(&p->server.tls, &room));
        assert_int_equal(hf_tls_room_done(&p->server.tls, room), HF_OK);
        pair_run(p);
        pair_expect_open(p, "the longest record");
        pair_free(p);
    }
}

/* max_fragment_length holds in both directions. */
static void test_small_fragments(void **state)
{
    (void)state;
    static uint8_t bytes[20000];
    for (unsigned i = 0; i < 2; i++) {
        rig *r = rig_new();
        r->p->version = i == 0 ? HF_TLS13 : HF_TLS12;
        r->p->fragment = 1; /* 512 bytes */
        r->input = 600;
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "fragments");
        assert_int_equal(hf_tls_record_limit(&r->tls), 512);
        hf_folded folded;
        fold_tls(&r->tls, &folded);
        uint32_t most = i == 0 ? 5 + 512 + 1 + 16 : 5 + 8 + 512 + 16;
        hf_tls_memory memory = {.input = {bytes, most - 1},
                                .output = {bytes + 10000, HF_TLS_OUTPUT_MIN},
                                .certificate = {bytes + 15000, HF_TLS_CERTIFICATE_MIN}};
        expect_too_small(&folded, memory, most);
        memory.input.cap = most;
        unfold_tls(&r->tls, &folded, &memory);
        puppet_record(r->p, R_DATA, bytes, 512);
        rig_run(r);
        rig_expect_open(r, "a whole fragment");
        assert_int_equal(r->data_len, 512);
        rig_free(r);
    }
}

/* Without a limit a record that does not fit is what it always is. */
static void test_large_record(void **state)
{
    (void)state;
    rig *r = rig_new();
    rig_start(r);
    rig_run(r);
    r->input = 1024;
    refold_rig(r);
    puppet_record(r->p, R_DATA, (const uint8_t[1500]){0}, 1500);
    rig_run(r);
    rig_expect_failed(r, HF_E_RECORD_TOO_LARGE, "large");
    rig_free(r);
}

/* ---- what stays behind */

/* The folded object alone holds them, and after unfolding the engine alone; released, nobody. */
static void test_wiping(void **state)
{
    (void)state;
    for (size_t i = 0; hf_suite_at(i) != NULL; i++) {
        uint16_t suite = hf_suite_at(i)->id;
        pair *p = fold_open(&suite, &rsa);
        if (p == NULL) {
            continue;
        }
        hf_folded folded;
        fold_end(&p->server, &folded); /* looks for the secrets in hf_tls and buffers */
        const hf_folded copy = folded;
        unfold_end(&p->server, &folded);
        const uint8_t *secret = copy.secret.tls13;
        assert_true(fold_finds(&p->server.tls, sizeof(hf_tls), secret, 16));
        hf_tls_release(&p->server.tls);
        assert_false(fold_finds(&p->server.tls, sizeof(hf_tls), secret, 16));
        pair_free(p);
    }
}

/* An earlier connection's longer secrets do not shine through. */
static void test_nothing_of_before(void **state)
{
    (void)state;
    pair *p = fold_open(BOTH[1], &rsa);
    hf_folded folded;
    fold_tls(&p->client.tls, &folded); /* over 0xa5 in each byte */
    assert_true(fold_is_zero((uint8_t *)&folded.secret + sizeof folded.secret.tls12,
                             sizeof folded.secret - sizeof folded.secret.tls12));
    hf_folded_wipe(&folded);
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
        cmocka_unit_test(test_only_once),
        cmocka_unit_test(test_small_buffers),
        cmocka_unit_test(test_small_fragments),
        cmocka_unit_test(test_large_record),
        cmocka_unit_test(test_wiping),
        cmocka_unit_test(test_nothing_of_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
