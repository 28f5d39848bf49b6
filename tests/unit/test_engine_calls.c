/* Calls of the engine at odd moments, and what stands on the wire then: each test is a fault that
 * the engine once had. */
#include "puppet/rig.h"
#include "unit/cmocka_all.h"
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

/* What is only needed during the handshake is gone when it is over. */
static void test_secrets_are_wiped(void **state)
{
    (void)state;
    const uint16_t versions[] = {HF_TLS13, HF_TLS12};
    for (unsigned i = 0; i < 2; i++) {
        rig *r = rig_new();
        r->p->version = versions[i];
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "secrets");
        const hf_handshake *hs = &r->tls.handshake;
        assert_true(all_zero(&hs->secret, sizeof hs->secret));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ccs_is_plain),      cmocka_unit_test(test_kept_errors_end),
        cmocka_unit_test(test_secrets_are_wiped), cmocka_unit_test(test_failed_seal_sends_nothing),
        cmocka_unit_test(test_build_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
