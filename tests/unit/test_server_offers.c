/* The server role and what a ClientHello offers in its extensions: limits of records, names,
 * protocols, and offers that have nothing in common with the server, or only what is forbidden
 * (RFC 8449, 6066, 7301, 7627, 5746, 9325). The form of all bodies: test_server_extensions.c.
 */
#include "puppet/served.h"
#include "unit/cmocka_all.h"

#include <string.h>

#define V13 HF_TLS13
#define V12 HF_TLS12

/* ---- limits of records */

static void limit_64(server_rig *s)
{
    s->r.p->limit = 64;
}

static void limit_most(server_rig *s)
{
    s->r.p->limit = 0x4001;
}

static void limit_over(server_rig *s)
{
    s->r.p->limit = 0xffff;
}

static void limit_512(server_rig *s)
{
    s->r.p->limit = 512;
}

static void fragment_1(server_rig *s)
{
    s->r.p->fragment = 1;
}

static void look_64(const server_rig *s)
{
    assert_int_equal(s->g->server_limit > 0, 1);
    assert_in_range(s->r.p->largest_inner, 16, 64); /* TLS 1.2: Finished alone is sealed */
}

static void look_limit_alone(const server_rig *s)
{
    assert_int_equal(s->g->server_limit > 0, 1);
    assert_int_equal(s->g->server_fragment, 0);
}

static void look_fragment(const server_rig *s)
{
    assert_int_equal(s->g->server_limit, 0);
    assert_int_equal(s->g->server_fragment, 1);
    assert_in_range(s->r.p->largest, 40, 512);
}

static const served LIMITS[] = {
    {"limit 0", 0, HF_E_RECORD_SIZE_LIMIT, 47, ADD, .type = 28, B(0, 0)},
    {"limit 63", 0, HF_E_RECORD_SIZE_LIMIT, 47, ADD, .type = 28, B(0, 63), .detail = 63},
    {"limit 64", 0, .dress = limit_64, .look = look_64},
    {"limit 2^14 + 1", 0, .dress = limit_most, .look = look_limit_alone},
    {"limit above what there is", 0, .dress = limit_over, .look = look_limit_alone},
    {"fragment 0", 0, HF_E_FRAGMENT_LENGTH, 47, ADD, .type = 1, B(0)},
    {"fragment 5", 0, HF_E_FRAGMENT_LENGTH, 47, ADD, .type = 1, B(5), .detail = 5},
    {"fragment 255", 0, HF_E_FRAGMENT_LENGTH, 47, ADD, .type = 1, B(255), .detail = 255},
    {"fragment 1", 0, .dress = fragment_1, .look = look_fragment},
    {"both", 0, .kind = ADD, .type = 1, B(1), .dress = limit_512, .look = look_limit_alone},
    {"both, one wrong", 0, .kind = ADD, .type = 1, B(9), .dress = limit_512,
     .look = look_limit_alone},
};

static void test_limits(void **state)
{
    (void)state;
    served_run_all(LIMITS, COUNT(LIMITS));
}

/* ---- what TLS 1.2 needs */

static void strict(server_rig *s)
{
    s->r.strict = true;
}

static void scsv(server_rig *s)
{
    s->g->renegotiation = GUEST_SCSV;
}

static void scsv_and_info(server_rig *s)
{
    s->g->renegotiation = GUEST_BOTH;
}

static void neither(server_rig *s)
{
    s->g->renegotiation = GUEST_NEITHER;
}

static void look_safe(const server_rig *s)
{
    assert_true(s->g->safe);
}

static void look_unsafe(const server_rig *s)
{
    assert_false(s->g->safe);
}

static void look_legacy(const server_rig *s)
{
    assert_false(s->g->extended);
    assert_int_equal(hf_tls_extended_master_secret(&s->r.tls), 0);
}

static const served OLD[] = {
    {"points compressed alone", V12, HF_E_POINT_FORMAT, 47, SET, .type = 11, B(1, 1)},
    {"points, uncompressed last", V12, .kind = SET, .type = 11, B(3, 1, 2, 0)},
    {"no point formats", V12, .kind = CUT, .type = 11},
    {"points compressed in 1.3", V13, .kind = ADD, .type = 11, B(1, 1)},
    {"renegotiation_info with a value", V12, HF_E_RENEGOTIATION_INFO, 40, SET, .type = 0xff01,
     B(1, 7)},
    {"renegotiation_info", V12, .look = look_safe},
    {"SCSV", V12, .dress = scsv, .look = look_safe},
    {"SCSV and info", V12, .dress = scsv_and_info, .look = look_safe},
    {"neither", V12, .dress = neither, .look = look_unsafe},
    {"no extended master secret", V12, HF_E_NO_EXTENDED_MASTER_SECRET, 40, CUT, .type = 23,
     .dress = strict},
    {"no extended master secret, not required", V12, .kind = CUT, .type = 23, .look = look_legacy},
    {"extended master secret of 1 byte", V12, HF_E_DECODE, 50, SET, .type = 23, B(0)},
};

static void test_old(void **state)
{
    (void)state;
    served_run_all(OLD, COUNT(OLD));
}

/* ---- names and protocols */

static char long_name[300];

static void name_of_255(server_rig *s)
{
    memset(long_name, 'a', 255);
    long_name[255] = '\0';
    s->g->sni = long_name;
}

static void name_of_256(server_rig *s)
{
    memset(long_name, 'a', 256);
    long_name[256] = '\0';
    s->g->sni = long_name;
}

static void any_name(server_rig *s)
{
    s->unknown_name = HF_UNKNOWN_NAME_DEFAULT;
}

static void with_protocol(server_rig *s)
{
    static const char *const MQTT[] = {"mqtt"};
    s->r.alpn = MQTT;
    s->r.alpn_count = 1;
}

static void two_protocols(server_rig *s)
{
    with_protocol(s);
    s->g->alpn[0] = "h2";
    s->g->alpn[1] = "mqtt";
}

static void protocol_required(server_rig *s)
{
    with_protocol(s);
    s->require_alpn = true;
}

static void grease(server_rig *s)
{
    s->g->grease = true;
}

static void grease_retry(server_rig *s)
{
    grease(s);
    s->g->groups[0] = HF_SECP256R1;
    s->g->groups[1] = s->g->shares[0] = 30; /* x448, which nobody here has */
}

static void look_mqtt(const server_rig *s)
{
    assert_string_equal(hf_tls_alpn(&s->r.tls), "mqtt");
}

static void look_no_protocol(const server_rig *s)
{
    assert_null(hf_tls_alpn(&s->r.tls));
}

static void look_no_status(const server_rig *s)
{
    assert_false(s->g->status_promised);
}

#define NAME(...)  .kind = SET, .type = 0, B(__VA_ARGS__)
#define ALPN(...)  .kind = ADD, .type = 16, B(__VA_ARGS__)
#define BAD(name)  name, 0, HF_E_DECODE, 50
#define GOOD(name) name, 0, HF_OK, 0

static const served NAMES[] = {
    {BAD("no list of names"), .kind = SET, .type = 0},
    {BAD("no name in the list"), NAME(0, 0)},
    {BAD("name of 0"), NAME(0, 3, 0, 0, 0)},
    {BAD("name with NUL"), NAME(0, 6, 0, 0, 3, 'a', 0, 'b')},
    {BAD("name ends with NUL"), NAME(0, 5, 0, 0, 2, 'a', 0)},
    {BAD("two names"), NAME(0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b')},
    {BAD("name of another type"), NAME(0, 4, 1, 0, 1, 'a')},
    {BAD("list longer than its body"), NAME(0, 5, 0, 0, 1, 'a')},
    {BAD("name of 256"), .dress = name_of_256},
    {"name of 255", 0, HF_E_UNKNOWN_NAME, 112, .dress = name_of_255},
    {"another name", 0, HF_E_UNKNOWN_NAME, 112, NAME(0, 4, 0, 0, 1, 'a')},
    {GOOD("another name, no matter"), NAME(0, 4, 0, 0, 1, 'a'), .dress = any_name},
    {BAD("no protocol"), ALPN(0, 0)},
    {BAD("protocol of 0"), ALPN(0, 1, 0)},
    {BAD("second protocol of 0"), ALPN(0, 3, 1, 'x', 0)},
    {BAD("protocol too short"), ALPN(0, 3, 3, 'a', 'b')},
    {BAD("list of protocols too short"), ALPN(0, 5, 2, 'a', 'b')},
    {"no common protocol", 0, HF_E_NO_COMMON_PROTOCOL, 120, ALPN(0, 3, 2, 'h', '2'),
     .dress = with_protocol},
    {"no protocol offered", 0, HF_E_NO_COMMON_PROTOCOL, 120, .dress = protocol_required},
    {GOOD("second protocol"), .dress = two_protocols, .look = look_mqtt},
    {GOOD("protocol, the server has none"), ALPN(0, 3, 2, 'h', '2'), .look = look_no_protocol},
    {GOOD("status of an unknown type"), .kind = ADD, .type = 5, B(9, 1, 2, 3),
     .look = look_no_status},
    {GOOD("status of an unknown type, nothing else"), .kind = ADD, .type = 5, B(9)},
    {GOOD("GREASE"), .dress = grease},
    {"GREASE and a retry", V13, .dress = grease_retry},
};

static void test_names(void **state)
{
    (void)state;
    served_run_all(NAMES, COUNT(NAMES));
}

/* ---- nothing in common */

static void x448_alone(server_rig *s)
{
    s->g->groups[0] = s->g->shares[0] = 30;
}

static void rsa_server(server_rig *s)
{
    s->identity = ID_RSA;
    s->g->suites[0] = s->g->only == V13 ? 0x1301 : 0xc02f;
}

#define SCHEMES(...) .kind = SET, .type = 13, B(0, __VA_ARGS__)
#define SUITE(a, b)  .kind = SPLICE, .at = AT_SUITES, .cut = 4, B(0, 2, a, b)
#define NO_SCHEME    HF_E_NO_COMMON_SCHEME, 40
#define NO_SUITE     HF_E_NO_COMMON_SUITE, 40

static const served NOTHING[] = {
    {"group", 0, HF_E_NO_COMMON_GROUP, 40, .dress = x448_alone},
    {"groups of FFDHE", V12, HF_E_NO_COMMON_GROUP, 40, SET, .type = 10, B(0, 4, 1, 0, 1, 1)},
    {"schemes of SHA-1", 0, NO_SCHEME, SCHEMES(6, 2, 3, 2, 1, 2, 2)},
    {"schemes of SHA-1, RSA", 0, NO_SCHEME, SCHEMES(6, 2, 3, 2, 1, 2, 2), .dress = rsa_server},
    {"schemes of MD5 and SHA-224", 0, NO_SCHEME, SCHEMES(6, 1, 1, 3, 1, 3, 3)},
    {"schemes of RSA for an ECDSA key", 0, NO_SCHEME, SCHEMES(4, 8, 4, 4, 1)},
    {"schemes of another curve", V13, NO_SCHEME, SCHEMES(2, 5, 3)},
    {"another hash in 1.2", V12, HF_OK, 0, SCHEMES(2, 5, 3)},
    {"PKCS#1 in 1.3", V13, NO_SCHEME, SCHEMES(6, 4, 1, 5, 1, 6, 1), .dress = rsa_server},
    {"PKCS#1 in 1.2", V12, HF_OK, 0, SCHEMES(2, 4, 1), .dress = rsa_server},
    {"GREASE as the only scheme", 0, NO_SCHEME, SCHEMES(2, 0x4a, 0x4a)},
    {"suite unknown", 0, NO_SUITE, SUITE(0x5a, 0x5a)},
    {"suite CCM_8", V13, NO_SUITE, SUITE(0x13, 5)},
    {"suite of 1.2 in 1.3", V13, NO_SUITE, SUITE(0xc0, 0x2b)},
    {"suite of 1.3 in 1.2", V12, NO_SUITE, SUITE(0x13, 1)},
    {"suite of RSA for an ECDSA key", V12, NO_SUITE, SUITE(0xc0, 0x2f)},
    {"suite of ECDSA for an RSA key", V12, NO_SUITE, SUITE(0xc0, 0x2b), .dress = rsa_server},
    {"SCSV alone", V12, NO_SUITE, SUITE(0, 0xff)},
};

static void test_nothing_in_common(void **state)
{
    (void)state;
    served_run_all(NOTHING, COUNT(NOTHING));
}

/* RFC 9325 4.2: no NULL, RC4, 3DES, CBC, static RSA and DH, anonymous, export, PSK, CCM_8. */
static const uint16_t FORBIDDEN[] = {
    0x0000, 0x0001, 0x0002, 0x003b, 0x0003, 0x0004, 0x0005, 0x0006, 0x0008, 0x0009, 0x000a, 0x0016,
    0x0018, 0x001b, 0x002f, 0x0033, 0x0034, 0x0035, 0x0039, 0x003a, 0x003c, 0x003d, 0x0067, 0x006b,
    0x006c, 0x0041, 0x0084, 0x008c, 0x008d, 0x009c, 0x009d, 0x009e, 0x009f, 0x00a0, 0x00a6, 0x00a8,
    0x00a9, 0x00aa, 0xc001, 0xc004, 0xc006, 0xc007, 0xc008, 0xc009, 0xc00a, 0xc00e, 0xc010, 0xc011,
    0xc012, 0xc013, 0xc014, 0xc015, 0xc018, 0xc023, 0xc024, 0xc025, 0xc027, 0xc028, 0xc02d, 0xc02e,
    0xc031, 0xc035, 0xc037, 0xc09c, 0xc09e, 0xc0a0, 0xc0a2, 0xc0ae, 0xc0af, 0xccaa, 0xccab, 0xccac,
};

static void test_forbidden_suites(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(FORBIDDEN); i++) {
        uint16_t suite = FORBIDDEN[i / 2];
        served c = {"forbidden suite", V12, NO_SUITE, SUITE((uint8_t)(suite >> 8), (uint8_t)suite)};
        c.dress = i % 2 == 1 ? rsa_server : NULL;
        served_run(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_old),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_nothing_in_common),
        cmocka_unit_test(test_forbidden_suites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
