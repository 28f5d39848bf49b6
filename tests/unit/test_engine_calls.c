/* Calls of the engine at odd moments, and what stands on the wire then: each test is a fault that
 * the engine once had. */
#include "puppet/rig.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"
#include "unit/x509_fixtures.h"

#include <string.h>

static bool spoil_signature(puppet *p, int step, puppet_message *m)
{
    (void)p;
    if (step == M_CERTIFICATE_VERIFY) {
        m->body[m->len - 1] ^= 1;
    }
    return true;
}

/* RFC 8446 5.2: an error found in a record that is opened in pieces waits for the tag, whatever
 * step found it. */
static void test_kept_errors_end(void **state)
{
    (void)state;
    needs_pieces();
    rig *r = rig_new();
    r->input = 512;
    r->p->join = true;
    r->p->change = spoil_signature;
    rig_start(r);
    rig_run(r);
    rig_expect_failed(r, HF_E_HANDSHAKE_SIGNATURE, "signature in a piece");
    rig_free(r);
    r = rig_new();
    r->input = 512;
    r->p->join = true;
    r->p->chain_count = 1;
    r->p->chain[0] = fixture("leaf");
    rig_start(r);
    rig_run(r);
    rig_expect_failed(r, HF_E_CERT_UNKNOWN_CA, "certificate in a piece");
    fixture_free(r->p->chain[0]);
    rig_free(r);
}

/* ---- the wire */

static unsigned plain_ccs;

static void count_ccs(rig *r)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&r->tls, &len);
    for (size_t at = 0; at + 5 <= len; at += 5 + ((size_t)bytes[at + 3] << 8 | bytes[at + 4])) {
        plain_ccs += bytes[at] == R_CCS && bytes[at + 4] == 1 ? 1 : 0;
    }
}

/* RFC 8446 5, D.4: the change_cipher_spec of compatibility mode is never sealed, and sent once. */
static void test_ccs_is_plain(void **state)
{
    (void)state;
    for (unsigned retry = 0; retry < 2; retry++) {
        rig *r = rig_new();
        r->compatibility = true;
        r->p->retry = retry != 0;
        r->p->group = retry != 0 ? HF_SECP256R1 : 0;
        r->p->compatible = true;
        r->before_call = count_ccs;
        plain_ccs = 0;
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "compatibility mode");
        assert_int_equal(plain_ccs, 1);
        rig_free(r);
    }
}

/* ---- keys and secrets */

static bool all_zero(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    size_t i = 0;
    while (i < len && at[i] == 0) {
        i++;
    }
    return i == len;
}

/* What is only needed during the handshake is gone when it is over. The master secret of TLS 1.2 is
 * needed for as long as hf_tls_fold() may be called, and an extended one for hf_tls_export(). */
static void test_secrets_are_wiped(void **state)
{
    (void)state;
    const uint16_t versions[] = {HF_TLS13, HF_TLS12, HF_TLS12};
    const bool legacy[] = {false, false, true};
    for (unsigned i = 0; i < 3; i++) {
        rig *r = rig_new();
        r->p->version = versions[i];
        r->p->legacy = legacy[i];
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "secrets");
        const hf_handshake *hs = &r->tls.handshake;
        assert_int_equal(all_zero(&hs->secret, sizeof hs->secret), versions[i] == HF_TLS13);
        assert_true(versions[i] == HF_TLS13 || all_zero(&hs->epoch, sizeof hs->epoch));
        assert_true(all_zero(r->memory[3], r->certificate));
        assert_true(all_zero(&hs->exchange, sizeof hs->exchange));
        hf_tls_release(&r->tls);
        assert_true(all_zero(&r->tls.in, sizeof r->tls.in));
        assert_true(all_zero(&r->tls.out, sizeof r->tls.out));
        assert_true(all_zero(hs, sizeof *hs));
        assert_true(all_zero(r->memory[1], r->input) && all_zero(r->memory[2], r->output));
        rig_free(r); /* releases once more */
    }
}

/* A record that the backend could not seal never stands in the output. */
static void test_failed_seal_sends_nothing(void **state)
{
    (void)state;
    rig *r = rig_new();
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, "before the fault");
    const uint8_t key[32] = {0};
    size_t len = 0;
    uint8_t probe[32] = {0};
    const uint8_t nonce[HF_NONCE_SIZE] = {0};
    hf_aead *aead = &r->tls.out.keys.aead;
    hf_aead_release(aead); /* one that can only open */
    assert_int_equal(hf_aead_init(aead, &r->config.crypto, HF_AES_128_GCM, key, false), HF_OK);
    hf_code code = hf_aead_seal(aead, nonce, (hf_span){NULL, 0}, probe, 1, probe + 1);
    if (code == HF_OK) {
        rig_free(r);
        skip(); /* this backend seals with it */
    }
    assert_false(rig_send(r, "very secret", 11));
    assert_int_equal(hf_tls_error(&r->tls)->code, HF_E_BACKEND);
    assert_null(hf_tls_output(&r->tls, &len));
    assert_int_equal(len, 0);
    rig_free(r);
}

static void test_build_once(void **state)
{
    (void)state;
    rig *r = rig_new();
    rig_start(r);
    assert_int_equal(hf_config_build(&r->config), HF_E_USAGE);
    rig_run(r);
    rig_expect_open(r, "built twice");
    rig_free(r);
}

/* ---- calls at odd moments */

static size_t waiting(const rig *r)
{
    size_t len = 0;
    (void)hf_tls_output(&r->tls, &len);
    return len;
}

/* RFC 8446 6.1: a handshake that the program gives up sends close_notify and no flight behind it.
 */
static void test_close_in_handshake(void **state)
{
    (void)state;
    const int steps[] = {0, 1, 2, 3, 4, 5, 6, 8, 10};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        rig *r = rig_new();
        r->identity = r->p->request = true;
        rig_start(r);
        for (int n = 0; n < steps[i]; n++) {
            (void)rig_step(r);
        }
        if ((hf_tls_wants(&r->tls) & HF_IS_OPEN) != 0) {
            rig_free(r);
            break;
        }
        assert_int_equal(hf_tls_close(&r->tls), HF_OK);
        unsigned records = hf_tls_records_out(&r->tls);
        assert_int_equal(hf_tls_run(&r->tls), HF_OK);
        rig_run(r);
        assert_int_equal(hf_tls_wants(&r->tls), HF_IS_CLOSED);
        assert_int_equal(hf_tls_records_out(&r->tls), records);
        assert_int_equal(hf_tls_error(&r->tls)->code, HF_OK);
        assert_int_equal(r->p->alerts, 1);
        assert_int_equal(r->p->alert_level, 1);
        assert_int_equal(r->p->alert, 0);
        rig_free(r);
    }
}

/* RFC 8446 6.1: after our close_notify no KeyUpdate answers the peer's, and no alert follows. */
static void test_nothing_follows_close_notify(void **state)
{
    (void)state;
    rig *r = rig_new();
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, "before close");
    assert_int_equal(hf_tls_close(&r->tls), HF_OK);
    puppet_update(r->p, 1);
    rig_run(r);
    assert_int_equal(r->p->updates, 0);
    puppet_record(r->p, R_DATA, (const uint8_t *)"late", 4);
    rig_run(r);
    assert_int_equal(r->data_len, 4); /* the peer may go on */
    puppet_record(r->p, R_HANDSHAKE, (const uint8_t[]){99, 0, 0, 0}, 4);
    rig_run(r);
    assert_int_equal(hf_tls_error(&r->tls)->code, HF_E_UNEXPECTED_MESSAGE);
    assert_int_equal(hf_tls_error(&r->tls)->alert_by, HF_ALERT_NONE); /* none was sent */
    assert_int_equal(r->p->alerts, 1);
    assert_null(r->p->fault);
    rig_free(r);
}

/* A failed connection writes its alert and nothing else. */
static void test_nothing_follows_failure(void **state)
{
    (void)state;
    rig *r = rig_new();
    rig_start(r);
    rig_run(r);
    puppet_record(r->p, R_HANDSHAKE, (const uint8_t[]){99, 0, 0, 0}, 4);
    rig_run(r);
    rig_expect_failed(r, HF_E_UNEXPECTED_MESSAGE, "unknown message");
    assert_int_equal(hf_tls_update_keys(&r->tls, true), HF_E_USAGE);
    assert_int_equal(hf_tls_close(&r->tls), HF_OK);
    assert_int_equal(hf_tls_run(&r->tls), HF_E_UNEXPECTED_MESSAGE);
    assert_int_equal(waiting(r), 0);
    rig_free(r);
}

/* RFC 8446 6.1: each side says close_notify, also the one that hears it first. */
static void test_close_after_the_end(void **state)
{
    (void)state;
    rig *r = rig_new();
    rig_start(r);
    rig_run(r);
    puppet_alert(r->p, 1, 0);
    rig_run(r);
    assert_int_equal(hf_tls_input_end(&r->tls), HF_OK);
    assert_int_equal(hf_tls_close(&r->tls), HF_OK);
    rig_run(r);
    assert_int_equal(r->p->alerts, 1);
    assert_int_equal(r->p->alert, 0);
    rig_free(r);
}

/* What arrived before the transport ended is given out, and then decides how it ended. */
static void test_end_behind_data(void **state)
{
    (void)state;
    for (unsigned clean = 0; clean < 2; clean++) {
        rig *r = rig_new();
        rig_start(r);
        rig_run(r);
        r->keep_data = true;
        puppet_record(r->p, R_DATA, (const uint8_t *)"one", 3);
        puppet_record(r->p, R_DATA, (const uint8_t *)"two", 3);
        if (clean != 0) {
            puppet_alert(r->p, 1, 0);
        }
        rig_run(r);
        assert_int_equal(hf_tls_input_end(&r->tls), HF_PENDING);
        assert_int_equal(hf_tls_wants(&r->tls), HF_HAS_DATA | HF_HAS_ROOM | HF_IS_OPEN);
        assert_int_equal(hf_tls_data_done(&r->tls, 3), HF_OK);
        assert_int_equal(hf_tls_input_end(&r->tls), HF_PENDING);
        hf_code verdict = clean != 0 ? HF_OK : HF_E_TRUNCATED;
        assert_int_equal(hf_tls_data_done(&r->tls, 3), verdict);
        assert_int_equal(hf_tls_input_end(&r->tls), verdict);
        rig_free(r);
    }
}

/* An alert that stands behind work is read before the end is judged. */
static void test_end_behind_work(void **state)
{
    (void)state;
    rig *r = rig_new();
    r->p->join = true;
    rig_start(r);
    while (r->p->out_len == 0) {
        assert_true(rig_step(r));
    }
    puppet_alert(r->p, 2, 80);
    assert_true(rig_step(r)); /* the whole flight and the alert */
    assert_int_equal(r->p->out_at, r->p->out_len);
    assert_true((hf_tls_wants(&r->tls) & HF_WANT_RUN) != 0);
    assert_int_equal(hf_tls_input_end(&r->tls), HF_PENDING);
    hf_code code = HF_PENDING;
    while (code == HF_PENDING) {
        code = hf_tls_run(&r->tls);
    }
    assert_int_equal(code, HF_E_ALERT);
    assert_int_equal(hf_tls_error(&r->tls)->alert, 80);
    rig_free(r);
}

/* Room that was lent before another record was written is not sent as it is then. */
static void test_room_across_calls(void **state)
{
    (void)state;
    rig *r = rig_new();
    rig_start(r);
    rig_run(r);
    size_t room = 0;
    uint8_t *to = hf_tls_room(&r->tls, &room);
    assert_non_null(to);
    memcpy(to, "ping", 4);
    assert_int_equal(hf_tls_run(&r->tls), HF_OK); /* changes nothing */
    assert_int_equal(hf_tls_room_done(&r->tls, 4), HF_OK);
    assert_int_equal(hf_tls_room_done(&r->tls, 4), HF_E_USAGE);
    to = hf_tls_room(&r->tls, &room);
    assert_non_null(to);
    memcpy(to, "pong", 4);
    assert_int_equal(hf_tls_update_keys(&r->tls, false), HF_OK);
    assert_int_equal(hf_tls_room_done(&r->tls, 4), HF_E_USAGE);
    rig_run(r);
    rig_expect_open(r, "room");
    assert_int_equal(r->p->updates, 1);
    assert_int_equal(r->p->data_len, 4);
    assert_memory_equal(r->p->data, "ping", 4);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ccs_is_plain),
        cmocka_unit_test(test_kept_errors_end),
        cmocka_unit_test(test_secrets_are_wiped),
        cmocka_unit_test(test_failed_seal_sends_nothing),
        cmocka_unit_test(test_build_once),
        cmocka_unit_test(test_close_in_handshake),
        cmocka_unit_test(test_nothing_follows_close_notify),
        cmocka_unit_test(test_nothing_follows_failure),
        cmocka_unit_test(test_close_after_the_end),
        cmocka_unit_test(test_end_behind_data),
        cmocka_unit_test(test_end_behind_work),
        cmocka_unit_test(test_room_across_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
