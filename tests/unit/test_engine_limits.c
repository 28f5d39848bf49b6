/* Limits of records and keys, and the facts that an error about them carries. */
#include "puppet/rig.h"
#include "tls/record.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"

#include <string.h>

/* RFC 8446 5.5, RFC 9147 4.5.3: the keys change before the limit of their AEAD. */
static void test_limits_of_aeads(void **state)
{
    (void)state;
    static const struct {
        uint16_t suite;
        hf_aead_id aead;
        uint64_t limit;
    } CASES[] = {
        {0x1301, HF_AES_128_GCM, UINT64_C(1) << 24},
        {0x1302, HF_AES_256_GCM, UINT64_C(1) << 24},
        {0x1303, HF_CHACHA20_POLY1305, UINT64_MAX - 1},
        {0x1304, HF_AES_128_CCM, UINT64_C(1) << 23},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        if (!hf_crypto_has_aead(CASES[i].aead)) {
            continue;
        }
        rig *r = rig_new();
        r->p->suite = CASES[i].suite;
        rig_start(r);
        rig_run(r);
        r->tls.out.keys.sequence = r->p->rx.sequence = CASES[i].limit - 2;
        assert_true(rig_send(r, "1", 1));
        rig_run(r);
        assert_int_equal(r->p->updates, 0);
        assert_true(rig_send(r, "2", 1));
        rig_run(r);
        assert_int_equal(r->p->updates, 1);
        assert_true(rig_send(r, "3", 1));
        rig_run(r);
        rig_expect_open(r, "limit");
        assert_int_equal(r->p->data_len, 3);
        rig_free(r);
    }
}

/* RFC 8446 5.4: the padding counts. 2^14 + 1 bytes with the type are the most. */
static void test_padding_limit(void **state)
{
    (void)state;
    needs_pieces();
    static uint8_t content[8192];
    memset(content, 'x', sizeof content);
    for (unsigned over = 0; over < 2; over++) {
        rig *r = rig_new();
        rig_start(r);
        rig_run(r);
        r->p->pad = 8192 + over;
        puppet_record(r->p, R_DATA, content, sizeof content);
        rig_run(r);
        if (over == 0) {
            rig_expect_open(r, "largest padding");
            assert_int_equal(r->data_len, sizeof content);
        } else {
            rig_expect_failed(r, HF_E_RECORD_OVERFLOW, "padding");
            assert_int_equal(hf_tls_error(&r->tls)->detail, 8192 + 1 + 8193 + 16);
        }
        rig_free(r);
    }
    rig *r = rig_new(); /* the same in pieces */
    r->input = 512;
    r->p->pad = HF_PLAINTEXT_MAX;
    rig_start(r);
    rig_run(r);
    rig_expect_failed(r, HF_E_RECORD_OVERFLOW, "padding in pieces");
    rig_free(r);
}

/* RFC 8446 5: the length alone makes it wrong, whatever the buffer. */
static void test_long_ccs(void **state)
{
    (void)state;
    static const uint8_t content[600] = {1};
    rig *r = rig_new();
    r->input = 512;
    rig_start(r);
    puppet_plain(r->p, R_CCS, content, sizeof content);
    rig_run(r);
    rig_expect_failed(r, HF_E_CHANGE_CIPHER_SPEC, "long change_cipher_spec");
    rig_free(r);
}

/* The most frequent complaint gets the plain fact: the size that would have fitted. */
static void test_large_data_record(void **state)
{
    (void)state;
    static uint8_t content[5000] = {99, 1, 2, 3, 4};
    rig *r = rig_new();
    r->input = 2048;
    rig_start(r);
    rig_run(r);
    puppet_record(r->p, R_DATA, content, sizeof content);
    rig_run(r);
    rig_expect_failed(r, HF_E_RECORD_TOO_LARGE, "large data");
    const hf_error *error = hf_tls_error(&r->tls);
    assert_int_equal(error->step, HF_STEP_NONE);
    assert_int_equal(error->offset, 0);
    assert_int_equal(error->detail, 5 + 5000 + 1 + 16);
    rig_free(r);
}

static bool spoil_signature(puppet *p, int step, puppet_message *m)
{
    (void)p;
    if (step == M_CERTIFICATE_VERIFY) {
        m->body[m->len - 1] ^= 1;
    }
    return true;
}

/* Facts of a message that was right do not stick to the next error. */
static void test_facts_are_fresh(void **state)
{
    (void)state;
    rig *r = rig_new();
    r->p->change = spoil_signature;
    rig_start(r);
    rig_run(r);
    rig_expect_failed(r, HF_E_HANDSHAKE_SIGNATURE, "signature");
    assert_int_equal(hf_tls_error(&r->tls)->step, M_CERTIFICATE_VERIFY);
    assert_int_equal(hf_tls_error(&r->tls)->offset, 0);
    assert_int_equal(hf_tls_error(&r->tls)->detail, 0);
    rig_free(r);
}

/* RFC 9325 4.4: in TLS 1.2 the sender closes at its limit, but gives out what had arrived; what the
 * peer has sent under its key is the peer's to count. */
static void test_limit12(void **state)
{
    (void)state;
    rig *r = rig_new();
    r->p->version = HF_TLS12;
    r->key_limit = 4; /* Finished is the first record of each side */
    rig_start(r);
    rig_run(r);
    for (unsigned i = 0; i < 6; i++) {
        puppet_record(r->p, R_DATA, (const uint8_t *)"data", 4);
        rig_run(r);
        rig_expect_open(r, "received");
    }
    assert_int_equal(r->data_len, 24);
    assert_true(rig_send(r, "1", 1));
    assert_true(rig_send(r, "2", 1));
    r->keep_data = true;
    puppet_record(r->p, R_DATA, (const uint8_t *)"last", 4);
    rig_run(r);
    assert_true(rig_send(r, "3", 1));
    size_t len = 0;
    assert_null(hf_tls_room(&r->tls, &len));
    assert_int_equal(hf_tls_wants(&r->tls) & (HF_HAS_ROOM | HF_IS_FAILED), 0);
    assert_non_null(hf_tls_data(&r->tls, &len));
    assert_int_equal(len, 4);
    assert_int_equal(hf_tls_data_done(&r->tls, 4), HF_E_KEY_LIMIT);
    rig_run(r);
    assert_int_equal(r->p->alerts, 1);
    assert_int_equal(r->p->alert, 0);
    assert_int_equal(r->p->data_len, 3);
    assert_int_equal(r->p->last_nonce, 4);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_padding_limit),     cmocka_unit_test(test_long_ccs),
        cmocka_unit_test(test_large_data_record), cmocka_unit_test(test_facts_are_fresh),
        cmocka_unit_test(test_limit12),           cmocka_unit_test(test_limits_of_aeads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
