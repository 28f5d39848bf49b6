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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ccs_is_plain),
        cmocka_unit_test(test_kept_errors_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
