/* Unfolding: once, in buffers that are large enough, from a folded connection and nothing else; and
 * that nothing secret stays behind.
 */
#include "unit/fold_rig.h"
#include "unit/needs.h"

static uint16_t suite13 = 0x1301;
static uint16_t suite12 = 0xc02b;
static uint16_t *const BOTH[] = {&suite13, &suite12};
static hf_identity rsa;

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
    needs_pieces();
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
        cmocka_unit_test(test_only_once),       cmocka_unit_test(test_small_buffers),
        cmocka_unit_test(test_small_fragments), cmocka_unit_test(test_large_record),
        cmocka_unit_test(test_wiping),          cmocka_unit_test(test_nothing_of_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
