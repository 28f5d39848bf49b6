/* The ClientHello, byte by byte, for many configurations: what stands in it, in which order, and
 * what never does. The parser is the test's own (client_rig.h).
 */
#include "unit/client_rig.h"

#define SUITES13 "1301130413031302"
#define SUITES12 "c02bc02fc0accca9cca8c02cc030"
#define GROUPS   "0006001d00170018"
#define SCHEMES  "000c040305030804080504010501"

enum {
    SERVER_NAME = 0,
    MAX_FRAGMENT = 1,
    GROUP_LIST = 10,
    POINT_FORMATS = 11,
    SCHEME_LIST = 13,
    ALPN = 16,
    MASTER_SECRET = 23,
    RECORD_LIMIT = 28,
    VERSIONS = 43,
    KEY_SHARE = 51,
    RENEGOTIATION = 0xff01,
};

static void assert_order(const hello *h, const uint16_t *types, size_t count)
{
    assert_int_equal(h->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(h->parts[i].type, types[i]);
    }
}

/* What every hello of ours has in common. */
static void assert_frame(const hello *h)
{
    assert_int_equal(h->record_version, 0x0301); /* RFC 8446 5.1 */
    assert_text_of(h->version, 2, "0303");       /* P-37 */
    assert_text_of(h->compression, h->compression_len, "00");
}

/* One share: group, length of the point, a point of the right form. */
static size_t assert_share(const hello_part *part, size_t at, uint16_t group)
{
    size_t size = group == HF_X25519 ? 32 : group == HF_SECP256R1 ? 65 : 97;
    assert_true(part->len >= at + 4 + size);
    assert_int_equal(number(part->body + at, 2), group);
    assert_int_equal(number(part->body + at + 2, 2), size);
    if (group != HF_X25519) {
        assert_int_equal(part->body[at + 4], 4);
    }
    return at + 4 + size;
}

static void assert_shares(const hello *h, uint16_t first, uint16_t second)
{
    const hello_part *part = hello_find(h, KEY_SHARE);
    assert_non_null(part);
    size_t at = assert_share(part, 2, first);
    at = second != 0 ? assert_share(part, at, second) : at;
    assert_int_equal(part->len, at);
    assert_int_equal(number(part->body, 2), at - 2);
}

/* ---- versions */

static void test_both_versions(void **state)
{
    static const uint16_t ORDER[] = {SERVER_NAME, RECORD_LIMIT,  MAX_FRAGMENT,  GROUP_LIST,
                                     SCHEME_LIST, POINT_FORMATS, MASTER_SECRET, RENEGOTIATION,
                                     VERSIONS,    KEY_SHARE};
    client c;
    (void)state;
    client_init(&c);
    client_begin(&c);
    const hello *h = &c.hello;
    assert_frame(h);
    assert_int_equal(h->session_len, 0); /* P-54: compatibility mode off */
    assert_text_of(h->suites, h->suites_len, SUITES13 SUITES12);
    assert_order(h, ORDER, sizeof ORDER / sizeof ORDER[0]);
    assert_part(h, SERVER_NAME, "001500001262726f6b65722e6578616d706c652e636f6d");
    assert_part(h, GROUP_LIST, GROUPS);
    assert_part(h, SCHEME_LIST, SCHEMES);
    assert_part(h, POINT_FORMATS, "0100");
    assert_part(h, MASTER_SECRET, "");
    assert_part(h, RENEGOTIATION, "00");
    assert_part(h, VERSIONS, "0403040303");
    assert_shares(h, HF_X25519, 0);
    client_end(&c);
}

static void test_only_13(void **state)
{
    static const uint16_t ORDER[] = {SERVER_NAME, RECORD_LIMIT, MAX_FRAGMENT, GROUP_LIST,
                                     SCHEME_LIST, VERSIONS,     KEY_SHARE};
    client c;
    (void)state;
    client_init(&c);
    c.config.version_min = HF_TLS13;
    client_begin(&c);
    assert_frame(&c.hello);
    assert_text_of(c.hello.suites, c.hello.suites_len, SUITES13); /* P-18 */
    assert_order(&c.hello, ORDER, sizeof ORDER / sizeof ORDER[0]);
    assert_part(&c.hello, VERSIONS, "020304");
    assert_shares(&c.hello, HF_X25519, 0);
    client_end(&c);
}

static void test_only_12(void **state)
{
    static const uint16_t ORDER[] = {SERVER_NAME, RECORD_LIMIT,  MAX_FRAGMENT,  GROUP_LIST,
                                     SCHEME_LIST, POINT_FORMATS, MASTER_SECRET, RENEGOTIATION};
    client c;
    (void)state;
    client_init(&c);
    c.config.version_max = HF_TLS12;
    c.config.compatibility_mode = true; /* a matter of 1.3 only */
    client_begin(&c);
    assert_frame(&c.hello);
    assert_int_equal(c.hello.session_len, 0);
    assert_text_of(c.hello.suites, c.hello.suites_len, SUITES12); /* P-21 */
    assert_order(&c.hello, ORDER, sizeof ORDER / sizeof ORDER[0]);
    client_end(&c);
}

static void test_versions_follow_suites(void **state)
{
    static const uint16_t OLD[] = {0xc02f};
    static const uint16_t NEW[] = {0x1303, 0x1301};
    client c;
    (void)state;
    client_init(&c);
    c.config.suites = OLD;
    c.config.suites_count = 1;
    client_begin(&c);
    assert_text_of(c.hello.suites, c.hello.suites_len, "c02f");
    assert_part(&c.hello, VERSIONS, NULL);
    assert_part(&c.hello, KEY_SHARE, NULL);
    client_end(&c);
    client_init(&c);
    c.config.suites = NEW;
    c.config.suites_count = 2;
    client_begin(&c);
    assert_text_of(c.hello.suites, c.hello.suites_len, "13031301");
    assert_part(&c.hello, VERSIONS, "020304");
    assert_part(&c.hello, MASTER_SECRET, NULL);
    client_end(&c);
}

/* RFC 8446 D.4: a session id of 32 bytes, another one in each connection. */
static void test_compatibility_mode(void **state)
{
    client c;
    uint8_t first[32];
    (void)state;
    client_init(&c);
    c.config.compatibility_mode = true;
    client_begin(&c);
    assert_int_equal(c.hello.session_len, 32);
    assert_memory_not_equal(c.hello.session, c.hello.random, 32);
    memcpy(first, c.hello.session, 32);
    client_again(&c);
    client_begin(&c);
    assert_int_equal(c.hello.session_len, 32);
    assert_memory_not_equal(c.hello.session, first, 32);
    client_end(&c);
}

/* ---- lists */

static void test_lists_of_choice(void **state)
{
    static const uint16_t SUITES[] = {0x1302, 0x9999, 0xc02c, 0x1301, 0xc02b};
    static const uint16_t GROUP_CHOICE[] = {HF_SECP384R1, 0x0019, HF_X25519};
    static const uint16_t SCHEME_CHOICE[] = {HF_ECDSA_SECP384R1_SHA384, 0x0807,
                                             HF_ECDSA_SECP256R1_SHA256};
    client c;
    (void)state;
    client_init(&c);
    c.config.suites = SUITES;
    c.config.suites_count = 5;
    c.config.groups = GROUP_CHOICE;
    c.config.groups_count = 3;
    c.config.schemes = SCHEME_CHOICE;
    c.config.schemes_count = 3;
    client_begin(&c);
    assert_text_of(c.hello.suites, c.hello.suites_len, "1302c02c1301c02b"); /* unknown: left out */
    assert_part(&c.hello, GROUP_LIST, "00040018001d");
    assert_part(&c.hello, SCHEME_LIST, "000405030403");
    assert_shares(&c.hello, HF_SECP384R1, 0);
    client_end(&c);
}

/* P-01, P-02: the mandatory minimum alone. */
static void test_single_choices(void **state)
{
    static const uint16_t GROUP_CHOICE[] = {HF_SECP256R1};
    static const uint16_t SCHEME_CHOICE[] = {HF_ECDSA_SECP256R1_SHA256};
    client c;
    (void)state;
    client_init(&c);
    c.config.groups = GROUP_CHOICE;
    c.config.groups_count = 1;
    c.config.schemes = SCHEME_CHOICE;
    c.config.schemes_count = 1;
    c.config.key_shares = 2; /* there is only one group */
    client_begin(&c);
    assert_part(&c.hello, GROUP_LIST, "00020017");
    assert_part(&c.hello, SCHEME_LIST, "00020403");
    assert_shares(&c.hello, HF_SECP256R1, 0);
    client_end(&c);
}

static void test_key_shares(void **state)
{
    static const uint8_t WISHES[] = {0, 1, 2, 3, 255};
    (void)state;
    for (size_t i = 0; i < sizeof WISHES; i++) {
        client c;
        client_init(&c);
        c.config.key_shares = WISHES[i];
        client_begin(&c);
        assert_shares(&c.hello, HF_X25519, WISHES[i] < 2 ? 0 : HF_SECP256R1);
        client_end(&c);
    }
}

/* ---- ALPN */

static void test_alpn(void **state)
{
    static const char *const NAMES[] = {"x-amzn-mqtt-ca", "mqtt"};
    client c;
    (void)state;
    client_init(&c);
    c.config.alpn = NAMES;
    c.config.alpn_count = 2;
    client_begin(&c);
    assert_part(&c.hello, ALPN, "00140e782d616d7a6e2d6d7174742d6361046d717474");
    client_end(&c);
}

/* ---- record sizes: P-43. A record of the size that is told must fit the buffer, in all versions
 * offered, and one byte more must not. */

static void assert_limits(size_t cap, uint16_t version_min, const char *limit, const char *fragment)
{
    client c;
    client_init(&c);
    c.in_cap = cap;
    c.config.version_min = version_min;
    client_begin(&c);
    assert_part(&c.hello, RECORD_LIMIT, limit);
    assert_part(&c.hello, MAX_FRAGMENT, fragment);
    client_end(&c);
}

static void test_record_limits(void **state)
{
    (void)state;
    /* TLS 1.3: 5 bytes of header and 16 of tag around what is counted. */
    assert_limits(512, HF_TLS13, "01eb", NULL);
    assert_limits(533, HF_TLS13, "0200", NULL);
    assert_limits(534, HF_TLS13, "0201", "01"); /* 512 and the content type */
    assert_limits(1045, HF_TLS13, "0400", "01");
    assert_limits(1046, HF_TLS13, "0401", "02");
    assert_limits(2048, HF_TLS13, "07eb", "02");
    assert_limits(2069, HF_TLS13, "0800", "02");
    assert_limits(2070, HF_TLS13, "0801", "03");
    assert_limits(4117, HF_TLS13, "1000", "03");
    assert_limits(4118, HF_TLS13, "1001", "04");
    assert_limits(16405, HF_TLS13, "4000", "04");
    assert_limits(16406, HF_TLS13, NULL, NULL); /* 2^14 + 1: every record fits */
    assert_limits(HF_TLS_INPUT_MAX, HF_TLS13, NULL, NULL);
    /* With TLS 1.2: 8 bytes of explicit nonce more. */
    assert_limits(512, HF_TLS12, "01e3", NULL);
    assert_limits(541, HF_TLS12, "0200", NULL);
    assert_limits(542, HF_TLS12, "0201", "01");
    assert_limits(2048, HF_TLS12, "07e3", "02");
    assert_limits(16413, HF_TLS12, "4000", "04");
    assert_limits(16414, HF_TLS12, NULL, NULL);
    assert_limits(HF_TLS_INPUT_MAX, HF_TLS12, NULL, NULL);
}

static void test_no_record_limits(void **state)
{
    client c;
    (void)state;
    client_init(&c);
    c.config.no_record_limits = true;
    client_begin(&c);
    assert_part(&c.hello, RECORD_LIMIT, NULL);
    assert_part(&c.hello, MAX_FRAGMENT, NULL);
    client_end(&c);
}

/* ---- what never stands in it */

/* Offers of every kind of configuration at once: nothing but the extensions of this file. P-25,
 * P-59 to P-61: no early_data, tickets, compression, heartbeat, status_request... */
static void test_nothing_else(void **state)
{
    static const uint16_t KNOWN[] = {SERVER_NAME,   MAX_FRAGMENT, GROUP_LIST,    POINT_FORMATS,
                                     SCHEME_LIST,   ALPN,         MASTER_SECRET, RECORD_LIMIT,
                                     RENEGOTIATION, VERSIONS,     KEY_SHARE};
    static const char *const NAMES[] = {"mqtt"};
    (void)state;
    for (unsigned mask = 0; mask < 64; mask++) {
        client c;
        client_init(&c);
        c.config.version_min = (mask & 1) != 0 ? HF_TLS13 : HF_TLS12;
        c.config.version_max = (mask & 3) == 2 ? HF_TLS12 : HF_TLS13;
        c.config.compatibility_mode = (mask & 4) != 0;
        c.config.key_shares = (mask & 8) != 0 ? 2 : 1;
        c.config.alpn = NAMES;
        c.config.alpn_count = (mask & 16) != 0 ? 1 : 0;
        c.in_cap = (mask & 32) != 0 ? HF_TLS_INPUT_MAX : 1024;
        client_begin(&c);
        assert_frame(&c.hello);
        uint32_t seen = 0;
        for (size_t i = 0; i < c.hello.count; i++) {
            size_t at = 0;
            while (at < sizeof KNOWN / sizeof KNOWN[0] && KNOWN[at] != c.hello.parts[i].type) {
                at++;
            }
            assert_in_range(at, 0, sizeof KNOWN / sizeof KNOWN[0] - 1);
            assert_int_equal(seen & 1u << at, 0); /* P-32: none twice */
            seen |= 1u << at;
        }
        client_end(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_versions),
        cmocka_unit_test(test_only_13),
        cmocka_unit_test(test_only_12),
        cmocka_unit_test(test_versions_follow_suites),
        cmocka_unit_test(test_compatibility_mode),
        cmocka_unit_test(test_lists_of_choice),
        cmocka_unit_test(test_single_choices),
        cmocka_unit_test(test_key_shares),
        cmocka_unit_test(test_alpn),
        cmocka_unit_test(test_record_limits),
        cmocka_unit_test(test_no_record_limits),
        cmocka_unit_test(test_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
