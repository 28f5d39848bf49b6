/* The server role and a ClientHello with one thing wrong, or merely unusual: each ends in its own
 * error and alert, or in a handshake (RFC 8446 4.1.2, 4.2; RFC 5246 7.4.1.2 and its extensions).
 * Second hellos: test_server_retry_mutations.c; what is offered: test_server_offers.c.
 */
#include "puppet/puppet_inside.h"
#include "puppet/served.h"
#include "unit/cmocka_all.h"

#include <string.h>

#define V13    HF_TLS13
#define V12    HF_TLS12
#define APPEND .kind = SPLICE, .at = 0x7fff

static void last_byte(puppet *p, puppet_message *m)
{
    (void)p;
    m->len--;
}

static const served FIXED_PART[] = {
    {"version SSL 3.0", 0, HF_E_VERSION, 70, SPLICE, 0, 2, B(3, 0)},
    {"version SSL 2.0", 0, HF_E_VERSION, 70, SPLICE, 0, 2, B(0, 2)},
    {"version 0", 0, HF_E_VERSION, 70, SPLICE, 0, 2, B(0, 0)},
    {"version TLS 1.0", V12, HF_E_VERSION, 70, SPLICE, 0, 2, .detail = 0x0301, B(3, 1)},
    {"version TLS 1.1", V12, HF_E_VERSION, 70, SPLICE, 0, 2, .detail = 0x0302, B(3, 2)},
    {"version above its own", V12, HF_OK, 0, SPLICE, 0, 2, B(3, 4)},
    {"version far above", V12, HF_OK, 0, SPLICE, 0, 2, B(5, 9)},
    {"legacy 1.1 beside a list", V13, HF_OK, 0, SPLICE, 0, 2, B(3, 2)},
    {"legacy 1.3 beside a list", V13, HF_OK, 0, SPLICE, 0, 2, B(3, 4)},
    {"session id of 33", 0, HF_E_DECODE, 50, SPLICE, AT_ID, 1,
     B(33, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
       25, 26, 27, 28, 29, 30, 31, 32, 33)},
    {"suites empty", 0, HF_E_DECODE, 50, SPLICE, AT_SUITES, 4, B(0, 0)},
    {"suites of 1 byte", 0, HF_E_DECODE, 50, SPLICE, AT_SUITES, 4, B(0, 1, 0x13)},
    {"suites odd", V13, HF_E_DECODE, 50, SPLICE, AT_SUITES, 4, B(0, 3, 0x13, 1, 0x13)},
    {"suites odd", V12, HF_E_DECODE, 50, SPLICE, AT_SUITES, 4, B(0, 3, 0xc0, 0x2b, 0)},
    {"suite twice", V13, HF_OK, 0, SPLICE, AT_SUITES, 4, B(0, 4, 0x13, 1, 0x13, 1)},
    {"compressions empty", 0, HF_E_DECODE, 50, SPLICE, AT_COMPRESSIONS, 2, B(0)},
    {"null and deflate", V13, HF_E_COMPRESSION, 47, SPLICE, AT_COMPRESSIONS, 2, B(2, 0, 1)},
    {"deflate and null", V13, HF_E_COMPRESSION, 47, SPLICE, AT_COMPRESSIONS, 2, B(2, 1, 0)},
    {"null twice", V13, HF_E_COMPRESSION, 47, SPLICE, AT_COMPRESSIONS, 2, B(2, 0, 0)},
    {"deflate and null", V12, HF_OK, 0, SPLICE, AT_COMPRESSIONS, 2, B(2, 1, 0)},
    {"deflate alone", 0, HF_E_COMPRESSION, 47, SPLICE, AT_COMPRESSIONS, 2, B(1, 1)},
    {"a byte too many", 0, HF_E_DECODE, 50, APPEND, B(0)},
    {"a byte too few", 0, HF_E_DECODE, 50, BY_HAND, .edit = last_byte},
    {"empty message", 0, HF_E_DECODE, 50, BODY},
};

static void test_fixed_part(void **state)
{
    (void)state;
    served_run_all(FIXED_PART, COUNT(FIXED_PART));
}

/* ---- a message that ends too early, at every place */

static bool cut_short(puppet *p, int step, puppet_message *m)
{
    if (step == M_CLIENT_HELLO && (size_t)p->arg < m->len) {
        m->len = (size_t)p->arg;
        p->arg = -1;
    }
    return true;
}

/* Without the whole block it is a hello of TLS 1.2 that names no signature scheme: SHA-1 alone (RFC
 * 5246 7.4.1.4.1). */
static void test_truncations(void **state)
{
    (void)state;
    unsigned cut = 0;
    for (int i = 0; i < 1000; i++) {
        server_rig *s = server_rig_new();
        s->g->only = (i & 1) != 0 ? V13 : V12;
        s->g->suites[0] = (i & 1) != 0 ? 0x1301 : 0xc02b;
        s->r.p->change = cut_short;
        s->r.p->arg = i / 2;
        server_rig_start(s);
        server_rig_run(s);
        bool was_cut = s->r.p->arg == -1;
        cut += was_cut;
        if (i / 2 == AT_COMPRESSIONS + 2) {
            served_expect_failed(s, HF_E_NO_COMMON_SCHEME, 40, 0, "no block");
        } else if (was_cut) {
            served_expect_failed(s, HF_E_DECODE, 50, 0, "cut");
        } else {
            server_expect_open(s, "whole");
        }
        server_rig_free(s);
        if (!was_cut && i > 400) {
            break;
        }
    }
    assert_in_range(cut, 250, 900);
}

/* ---- versions */

static void only_12(server_rig *s)
{
    s->r.version_max = V12;
}

static void fallback(server_rig *s)
{
    s->g->fallback = true;
}

static void fallback_to_the_top(server_rig *s)
{
    fallback(s);
    only_12(s);
}

static void both_versions(server_rig *s)
{
    s->g->only = 0;
    s->g->suites[1] = 0xc02b;
    s->g->suites[0] = 0x1301;
}

static void both_at_12(server_rig *s)
{
    both_versions(s);
    only_12(s);
}

static void reversed(server_rig *s)
{
    both_versions(s);
    s->g->versions[0] = V12;
    s->g->versions[1] = V13;
}

static void listed_12(server_rig *s)
{
    s->g->versions[0] = V12;
}

static void listed_12_without_1_3(server_rig *s)
{
    both_versions(s);
    listed_12(s);
}

static void look_sentinel(const server_rig *s)
{
    assert_int_equal(s->r.p->version, V12);
    assert_int_equal(s->g->sentinel, GUEST_SENTINEL_12);
}

static void look_no_sentinel12(const server_rig *s)
{
    assert_int_equal(s->r.p->version, V12);
    assert_int_equal(s->g->sentinel, GUEST_NO_SENTINEL);
}

static void look_13(const server_rig *s)
{
    assert_int_equal(s->r.p->version, V13);
    assert_int_equal(s->g->sentinel, GUEST_NO_SENTINEL);
}

static const served VERSIONS[] = {
    {"list empty", V13, HF_E_DECODE, 50, SET, .type = 43, B(0)},
    {"list without length", V13, HF_E_DECODE, 50, SET, .type = 43},
    {"list odd", V13, HF_E_DECODE, 50, SET, .type = 43, B(3, 3, 4, 3)},
    {"list of 1 byte", V13, HF_E_DECODE, 50, SET, .type = 43, B(1, 3)},
    {"list of TLS 1.1", V13, HF_E_VERSION, 70, SET, .type = 43, B(2, 3, 2)},
    {"list of a draft", V13, HF_E_VERSION, 70, SET, .type = 43, B(2, 0x7f, 28)},
    {"list of TLS 1.4", V13, HF_E_VERSION, 70, SET, .type = 43, B(2, 3, 5)},
    {"list beside drafts", V13, HF_OK, .kind = SET, .type = 43, B(6, 0x7f, 28, 3, 5, 3, 4),
     .look = look_13},
    {"list that is worse than the field", V12, HF_E_VERSION, 70, ADD, .type = 43, B(2, 3, 2)},
    {"1.2 alone in the list", V12, .dress = listed_12, .look = look_sentinel},
    {"1.2 listed by a client of 1.3", V12, .dress = listed_12_without_1_3, .look = look_sentinel},
    {"1.3 to a server of 1.2", V13, HF_E_VERSION, 70, .dress = only_12},
    {"sentinel", V12, .look = look_sentinel},
    {"no sentinel of 1.3", V13, .look = look_13},
    {"no sentinel of a server of 1.2", V12, .dress = only_12, .look = look_no_sentinel12},
    {"both at a server of 1.2", V12, .dress = both_at_12, .look = look_no_sentinel12},
    {"both", V13, .dress = both_versions, .look = look_13},
    {"both, the lower one first", V13, .dress = reversed, .look = look_13},
    {"fallback", V12, HF_E_FALLBACK, 86, .dress = fallback}, /* RFC 7507 3 */
    {"fallback to what is the top", V12, .dress = fallback_to_the_top},
    {"fallback in a hello of 1.3", V13, .dress = fallback},
};

static void test_versions(void **state)
{
    (void)state;
    served_run_all(VERSIONS, COUNT(VERSIONS));
}

/* ---- extensions that one version needs, and pre-shared keys that nobody knows */

static void psk(server_rig *s)
{
    s->g->psk_count = 2;
}

static void drop_binder(puppet *p, puppet_message *m)
{
    (void)p;
    size_t block = guest_hello_extensions(m);
    size_t len = 0;
    size_t body = puppet_extension(m, block, 41, &len);
    size_t binders = body + 2u + puppet_u16(m->body + body);
    m->len -= 33;
    puppet_close16(m, binders);
    puppet_close16(m, body - 2);
    puppet_close16(m, block);
}

static void add_binder(puppet *p, puppet_message *m)
{
    (void)p;
    size_t block = guest_hello_extensions(m);
    size_t len = 0;
    size_t body = puppet_extension(m, block, 41, &len);
    puppet_put8(m, 32);
    puppet_put(m, p->client_random, 32);
    puppet_close16(m, body + 2u + puppet_u16(m->body + body));
    puppet_close16(m, body - 2);
    puppet_close16(m, block);
}

static void short_binder(puppet *p, puppet_message *m)
{
    drop_binder(p, m);
    puppet_put8(m, 31);
    puppet_put(m, p->client_random, 31);
    size_t block = guest_hello_extensions(m);
    size_t len = 0;
    size_t body = puppet_extension(m, block, 41, &len);
    puppet_close16(m, body + 2u + puppet_u16(m->body + body));
    puppet_close16(m, body - 2);
    puppet_close16(m, block);
}

static void modes_of_psk_alone(server_rig *s)
{
    psk(s);
    s->g->psk_modes[0] = 0;
    s->g->psk_modes_count = 1;
}

static const served NEEDED[] = {
    {"no signature_algorithms", V13, HF_E_EXTENSION_MISSING, 109, CUT, .type = 13, .detail = 13},
    {"no supported_groups", V13, HF_E_EXTENSION_MISSING, 109, CUT, .type = 10, .detail = 10},
    {"no key_share", V13, HF_E_EXTENSION_MISSING, 109, CUT, .type = 51, .detail = 51},
    {"no signature_algorithms", V12, HF_E_NO_COMMON_SCHEME, 40, CUT, .type = 13},
    {"no server_name", 0, .kind = CUT, .type = 0},
    {"unknown pre-shared keys", V13, .dress = psk},
    {"unknown keys, psk_ke alone", V13, .dress = modes_of_psk_alone},
    {"pre_shared_key not last", V13, HF_E_EXTENSION_ORDER, 47, ADD, .type = 0x5a5a, .dress = psk},
    {"pre_shared_key without modes", V13, HF_E_EXTENSION_MISSING, 109, CUT, .type = 45,
     .detail = 45, .dress = psk},
    {"a binder too few", V13, HF_E_PSK_OFFER, 47, BY_HAND, .edit = drop_binder, .dress = psk},
    {"a binder too many", V13, HF_E_PSK_OFFER, 47, BY_HAND, .edit = add_binder, .dress = psk},
    {"a binder of 31", V13, HF_E_DECODE, 50, BY_HAND, .edit = short_binder, .dress = psk},
};

static void test_needed(void **state)
{
    (void)state;
    served_run_all(NEEDED, COUNT(NEEDED));
}

/* ---- key shares (RFC 8446 4.2.8) */

#define SHARE25519(n, ...) .kind = SET, .type = 51, B(0, (n) + 4, 0, 0x1d, 0, n, __VA_ARGS__)

static void doubled(server_rig *s)
{
    s->g->shares[0] = s->g->shares[1] = HF_X25519;
}

static void unlisted(server_rig *s)
{
    s->g->groups[0] = s->g->shares[0] = HF_SECP256R1;
    s->g->shares[1] = HF_X25519;
}

static void p256(server_rig *s)
{
    s->g->groups[0] = HF_SECP256R1;
}

static void p384(server_rig *s)
{
    s->g->groups[0] = HF_SECP384R1;
}

static void no_shares(server_rig *s)
{
    s->g->no_shares = true;
}

static void look_retried(const server_rig *s)
{
    assert_true(s->g->retried);
    assert_int_equal(s->r.p->group, HF_X25519);
}

/* A point of P-384, and a byte behind it. */
static void longer_share(puppet *p, puppet_message *m)
{
    (void)p;
    uint8_t shares[128];
    size_t len = 0;
    size_t block = guest_hello_extensions(m);
    size_t at = puppet_extension(m, block, 51, &len);
    assert_true(at > 0 && len == 2 + 2 + 2 + 97);
    memcpy(shares, m->body + at, len);
    shares[len] = 7;
    shares[1]++;
    shares[5]++;
    puppet_cut_extension(m, block, 51);
    puppet_add_extension(m, block, 51, shares, len + 1);
}

static const served SHARES[] = {
    {"group twice", V13, HF_E_KEY_SHARES, 47, .dress = doubled, .detail = HF_X25519},
    {"group not in the list", V13, HF_E_KEY_SHARES, 47, .dress = unlisted, .detail = HF_X25519},
    {"no share at all", V13, .dress = no_shares, .look = look_retried},
    {"empty share", V13, HF_E_DECODE, 50, SET, .type = 51, B(0, 4, 0, 0x1d, 0, 0)},
    {"half a share", V13, HF_E_DECODE, 50, SET, .type = 51, B(0, 3, 0, 0x1d, 0)},
    {"X25519 of 31", V13, HF_E_KEY_SHARE, 47, SHARE25519(31, 9, [36] = 1)},
    {"X25519 of 33", V13, HF_E_KEY_SHARE, 47, SHARE25519(33, 9, [38] = 1)},
    {"X25519 zero", V13, HF_E_KEY_SHARE, 47, SHARE25519(32, 0, [37] = 0)},
    {"X25519 one", V13, HF_E_KEY_SHARE, 47, SHARE25519(32, 1, [37] = 0)},
    {"P-256 off the curve", V13, HF_E_KEY_SHARE, 47, FLIP_IN, 70, .type = 51, .dress = p256},
    {"P-256 hybrid", V13, HF_E_KEY_SHARE, 47, FLIP_IN, 6, .type = 51, .dress = p256},
    {"P-256 infinity", V13, HF_E_KEY_SHARE, 47, SET, .type = 51, B(0, 5, 0, 0x17, 0, 1, 0),
     .dress = p256},
    {"P-256 compressed", V13, HF_E_KEY_SHARE, 47, SET, .type = 51,
     B(0, 37, 0, 0x17, 0, 33, 2, [38] = 1), .dress = p256},
    {"P-384 off the curve", V13, HF_E_KEY_SHARE, 47, FLIP_IN, 102, .type = 51, .dress = p384},
    {"P-384 of 98", V13, HF_E_KEY_SHARE, 47, BY_HAND, .edit = longer_share, .dress = p384,
     .detail = HF_SECP384R1},
    {"P-384 hybrid", V13, HF_E_KEY_SHARE, 47, FLIP_IN, 6, .type = 51, .dress = p384},
};

static void test_shares(void **state)
{
    (void)state;
    served_run_all(SHARES, COUNT(SHARES));
}

/* ---- the same in ClientKeyExchange (RFC 8422 5.7, 5.11) */

#define CKE(...) .step = M_CLIENT_KEY_EXCHANGE, __VA_ARGS__

static const served KEY_EXCHANGE[] = {
    {"empty body", V12, HF_E_DECODE, 50, CKE(.kind = BODY)},
    {"empty point", V12, HF_E_DECODE, 50, CKE(.kind = BODY, B(0))},
    {"a byte behind", V12, HF_E_DECODE, 50, CKE(APPEND, B(0))},
    {"X25519 of 31", V12, HF_E_KEY_SHARE, 47, CKE(.kind = BODY, B(31, 9, [31] = 1))},
    {"X25519 zero", V12, HF_E_KEY_SHARE, 47, CKE(.kind = BODY, B(32, 0, [32] = 0))},
    {"P-256 off the curve", V12, HF_E_KEY_SHARE, 47, CKE(.kind = FLIP, .at = 65), .dress = p256},
    {"P-256 hybrid", V12, HF_E_KEY_SHARE, 47, CKE(.kind = FLIP, .at = 1), .dress = p256},
    {"P-384 off the curve", V12, HF_E_KEY_SHARE, 47, CKE(.kind = FLIP, .at = 97), .dress = p384},
};

static void test_key_exchange(void **state)
{
    (void)state;
    served_run_all(KEY_EXCHANGE, COUNT(KEY_EXCHANGE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_part), cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_versions),   cmocka_unit_test(test_needed),
        cmocka_unit_test(test_shares),     cmocka_unit_test(test_key_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
