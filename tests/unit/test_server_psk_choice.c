/* Which PSK a server takes, and how: lists of identities, lengths of binders, suites, modes, what a
 * ClientHello may leave out (RFC 8446 4.2.9, 4.2.11, 9.2).
 */
#include "unit/psk_rig.h"

#include <string.h>

/* ---- lists */

static void test_identities(void **state)
{
    (void)state;
    static const psk_setting PLAIN = {0x1301, false, false};
    const puppet_session *kept = psk_kept(&PLAIN);
    for (unsigned before = 0; before < 12; before++) {
        server_rig *s = psk_prepare(&PLAIN, kept);
        s->g->psk_count = before;
        s->g->psk_behind = before % 3;
        s->g->psk_len = before % 2 == 0 ? kept->ticket_len : 32;
        server_rig_start(s);
        server_rig_run(s);
        server_expect_open(s, "behind unknown ones");
        if (hf_tls_resumed(&s->r.tls)) { /* how many are looked at is the server's affair */
            assert_int_equal(s->g->p.selected, before);
        } else {
            assert_in_range(before, 8, 12);
        }
        server_rig_free(s);
    }
}

/* Two good ones: the first; the second one's binder does not count. */
static bool flip_very_last(puppet *p, int step, puppet_message *m)
{
    (void)p;
    if (step == M_CLIENT_HELLO) {
        m->body[m->len - 1] ^= 1;
    }
    return true;
}

static void test_two_good_ones(void **state)
{
    (void)state;
    static const psk_setting PLAIN = {0x1301, false, false};
    static puppet_session first;
    first = *psk_kept(&PLAIN);
    server_rig *s = psk_prepare(&PLAIN, &first);
    s->g->sessions[1] = psk_kept(&PLAIN);
    s->r.p->change = flip_very_last;
    server_rig_start(s);
    server_rig_run(s);
    server_expect_open(s, "two");
    assert_true(hf_tls_resumed(&s->r.tls));
    assert_int_equal(s->g->p.selected, 0);
    server_rig_free(s);
}

/* A binder of another length than the hash's is wrong, whatever it begins with. */
static size_t binder_len;

static bool resize_binder(puppet *p, int step, puppet_message *m)
{
    size_t len = 0;
    size_t block = guest_hello_extensions(m);
    size_t body = puppet_extension(m, block, X_PRE_SHARED_KEY, &len);
    guest *g = guest_of(p);
    if (step != M_CLIENT_HELLO) {
        return true;
    }
    m->body[g->binders_at + 2] = (uint8_t)binder_len;
    m->body[g->binders_at + 1] = (uint8_t)(binder_len + 1);
    memset(m->body + m->len, 0, 300);
    m->len = g->binders_at + 3 + binder_len;
    size_t total = m->len - body;
    m->body[body - 2] = (uint8_t)(total >> 8);
    m->body[body - 1] = (uint8_t)total;
    total = m->len - block - 2;
    m->body[block] = (uint8_t)(total >> 8);
    m->body[block + 1] = (uint8_t)total;
    return true;
}

static void test_binder_lengths(void **state)
{
    (void)state;
    static const psk_setting PLAIN = {0x1301, false, false};
    const puppet_session *kept = psk_kept(&PLAIN);
    for (binder_len = 0; binder_len < 255; binder_len++) {
        server_rig *s = psk_prepare(&PLAIN, kept);
        bool right = binder_len == 32;
        s->r.p->change = resize_binder;
        server_rig_start(s);
        server_rig_run(s);
        if (binder_len < 32) { /* PskBinderEntry<32..255> */
            served_expect_failed(s, HF_E_DECODE, 50, 0, "short binder");
        } else if (!right) {
            served_expect_failed(s, HF_E_PSK_REFUSED, 51, 0, "long binder");
        } else {
            server_expect_open(s, "right");
            assert_true(hf_tls_resumed(&s->r.tls));
        }
        server_rig_free(s);
    }
}

/* ---- modes, suites, ages */

static void test_other_suite(void **state)
{
    (void)state;
    static const psk_setting MADE = {0x1301, false, false};
    static const uint16_t SUITES[] = {0x1301, 0x1302, 0x1303};
    const puppet_session *kept = psk_kept(&MADE);
    for (size_t i = 0; i < COUNT(SUITES); i++) {
        psk_setting now = {SUITES[i], false, false};
        if (hf_crypto_has_aead(hf_suite_find(SUITES[i])->aead)) {
            psk_expect_open(psk_prepare(&now, kept), i == 0, "suite");
        }
    }
}

static void test_modes(void **state)
{
    (void)state;
    static const struct {
        uint8_t server, guest[2], count;
        bool resumed, ke;
    } MODES[] = {
        {HF_PSK_DHE, {1, 0}, 1, true, false},        {HF_PSK_DHE, {0, 0}, 1, false, false},
        {HF_PSK_DHE, {0, 1}, 2, true, false},        {HF_PSK_DHE_OR_KE, {1, 0}, 1, true, false},
        {HF_PSK_DHE_OR_KE, {0, 0}, 1, true, true},   {HF_PSK_DHE_OR_KE, {0, 1}, 2, true, false},
        {HF_PSK_KE_ONLY, {1, 0}, 1, false, false},   {HF_PSK_KE_ONLY, {0, 0}, 1, true, true},
        {HF_PSK_KE_ONLY, {1, 0}, 2, true, true},     {HF_PSK_DHE, {7, 0}, 1, false, false},
        {HF_PSK_DHE_OR_KE, {7, 9}, 2, false, false},
    };
    for (size_t i = 0; i < COUNT(MODES); i++) {
        static puppet_session kept;
        psk_setting c = {.ke = false};
        server_rig *s = server_rig_new();
        psk_dress(s, &c);
        s->r.psk_modes = MODES[i].server;
        s->g->psk_modes[1] = 0;
        s->g->psk_modes_count = 2;
        server_rig_start(s);
        server_rig_run(s);
        server_expect_open(s, "before");
        assert_int_equal(s->g->kept_count, 1);
        kept = s->g->kept[0];
        server_rig_free(s);
        s = psk_prepare(&c, &kept);
        s->r.psk_modes = MODES[i].server;
        memcpy(s->g->psk_modes, MODES[i].guest, 2);
        s->g->psk_modes_count = MODES[i].count;
        server_rig_start(s);
        server_rig_run(s);
        server_expect_open(s, "modes");
        if (hf_tls_resumed(&s->r.tls) != MODES[i].resumed || s->g->p.ke != MODES[i].ke) {
            fail_msg("modes %zu: resumed %d, ke %d", i, hf_tls_resumed(&s->r.tls), s->g->p.ke);
        }
        /* RFC 8446 4.2.9: no ticket for who could not use it */
        assert_int_equal(s->g->tickets, MODES[i].resumed ? 1 : 0);
        server_rig_free(s);
    }
}

/* RFC 8446 9.2: with psk_ke a hello needs neither groups nor shares; with psk_dhe_ke it does. It
 * needs schemes only when no PSK is taken. */
static void test_what_a_hello_needs(void **state)
{
    (void)state;
    for (unsigned ke = 0; ke < 2; ke++) {
        psk_setting c = {.suite = 0x1301, .ke = ke == 1};
        const puppet_session *kept = psk_kept(&c);
        server_rig *s = psk_prepare(&c, kept);
        s->g->omit = GUEST_WITHOUT(X_SIGNATURE_ALGORITHMS);
        psk_expect_open(s, true, "no schemes");
        puppet_session unknown = *kept;
        unknown.ticket[0] ^= 1; /* the id of no key */
        s = psk_prepare(&c, &unknown);
        s->g->omit = GUEST_WITHOUT(X_SIGNATURE_ALGORITHMS);
        server_rig_start(s);
        server_rig_run(s);
        served_expect_failed(s, HF_E_EXTENSION_MISSING, 109, 13, "no schemes, no PSK");
        server_rig_free(s);
        s = psk_prepare(&c, kept);
        s->g->omit = GUEST_WITHOUT(X_KEY_SHARE) | GUEST_WITHOUT(X_SUPPORTED_GROUPS);
        if (c.ke) {
            psk_expect_open(s, true, "no groups, no shares");
        } else {
            server_rig_start(s);
            server_rig_run(s);
            served_expect_failed(s, HF_E_EXTENSION_MISSING, 109, 10, "no groups, no shares");
            server_rig_free(s);
        }
        s = psk_prepare(&c, kept);
        s->g->omit = GUEST_WITHOUT(X_KEY_SHARE); /* one without the other is never right */
        server_rig_start(s);
        server_rig_run(s);
        served_expect_failed(s, HF_E_EXTENSION_MISSING, 109, 51, "groups, no shares");
        server_rig_free(s);
    }
}

/* The server judges by its own times alone. */
static void test_ages(void **state)
{
    (void)state;
    static const psk_setting PLAIN = {0x1301, false, false};
    static const uint32_t AGES[] = {0, 1, 1000, 86400000, 0x7fffffff, 0xffffffff};
    const puppet_session *kept = psk_kept(&PLAIN);
    for (size_t i = 0; i < COUNT(AGES); i++) {
        server_rig *s = psk_prepare(&PLAIN, kept);
        s->g->ages[0] = AGES[i];
        psk_expect_open(s, true, "age");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identities),     cmocka_unit_test(test_two_good_ones),
        cmocka_unit_test(test_binder_lengths), cmocka_unit_test(test_other_suite),
        cmocka_unit_test(test_modes),          cmocka_unit_test(test_what_a_hello_needs),
        cmocka_unit_test(test_ages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
