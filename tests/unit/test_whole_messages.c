/* Which of our handshake messages are cut into several records (RFC 8446 5.1, RFC 5246 6.2.1 allow
 * it): a Certificate that no record can hold, and no other. Peers that cannot put messages
 * together, Mbed TLS 2.28 among them, then work with small output buffers too. */
#include "puppet/rig.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"

#define CERTIFICATE 11

static uint32_t cut_with(uint16_t version, size_t output, bool identity384, bool lazy)
{
    rig *r = rig_new();
    r->p->version = version;
    r->p->request = true;
    r->p->request_scheme = identity384 ? HF_ECDSA_SECP384R1_SHA384 : 0;
    r->identity = !identity384;
    r->identity384 = identity384;
    r->output = output;
    r->lazy = lazy;
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, "handshake with a small output buffer");
    assert_true(r->p->certificate_verified);
    uint32_t cut = r->p->came_cut;
    rig_free(r);
    return cut;
}

static void only_certificates_are_cut(void **state)
{
    (void)state;
    const uint32_t certificate = UINT32_C(1) << CERTIFICATE;
    for (size_t output = 320; output <= 1024; output += 8 * sweep_step()) {
        for (unsigned i = 0; i < 8; i++) {
            uint16_t version = (i & 1) != 0 ? HF_TLS13 : HF_TLS12;
            uint32_t cut = cut_with(version, output, (i & 2) != 0, (i & 4) != 0);
            assert_int_equal(cut & ~certificate, 0);
        }
    }
    assert_int_equal(cut_with(HF_TLS13, 320, false, false), certificate);
    assert_int_equal(cut_with(HF_TLS13, 1024, false, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_certificates_are_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
