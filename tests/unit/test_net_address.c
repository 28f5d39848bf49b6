/* Texts of addresses: what is a host, a port, a zone, and what is refused. */
#include "unit/cmocka_all.h"

#include "net/address.h"

#include <string.h>

static const struct {
    const char *text;
    const char *host;
    const char *zone;
    uint16_t port;
    uint8_t family;
} GOOD[] = {
    {"broker.example", "broker.example", "", 8883, 0},
    {"broker.example.", "broker.example.", "", 8883, 0},
    {"broker.example:443", "broker.example", "", 443, 0},
    {"localhost:1", "localhost", "", 1, 0},
    {"a_b-c.example:65535", "a_b-c.example", "", 65535, 0},
    {"xn--bcher-kva.example", "xn--bcher-kva.example", "", 8883, 0},
    {"3com.example", "3com.example", "", 8883, 0},
    {"1.2.3.4", "1.2.3.4", "", 8883, 4},
    {"1.2.3.4:8884", "1.2.3.4", "", 8884, 4},
    {"[::1]", "::1", "", 8883, 6},
    {"[::1]:443", "::1", "", 443, 6},
    {"::1", "::1", "", 8883, 6},
    {"2001:db8::7", "2001:db8::7", "", 8883, 6},
    {"[fe80::1%eth0]:8883", "fe80::1", "eth0", 8883, 6},
    {"fe80::1%eth0", "fe80::1", "eth0", 8883, 6},
    {"[::ffff:1.2.3.4]:5", "::ffff:1.2.3.4", "", 5, 6},
};

static void good_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++) {
        hf_address address;
        assert_int_equal(hf_address_parse(GOOD[i].text, 8883, &address), HF_OK);
        assert_string_equal(address.host, GOOD[i].host);
        assert_string_equal(address.zone, GOOD[i].zone);
        assert_int_equal(address.port, GOOD[i].port);
        assert_int_equal(address.ip.family, GOOD[i].family);
    }
}

static const char *const BAD[] = {
    ":443",
    "host:",
    "host:0",
    "host:65536",
    "host:99999",
    "host:123456",
    "host:+1",
    "host:1 ",
    "host:8x",
    "ho st",
    "host/path",
    "-\xc3\xbc.example",
    "a..b",
    ".a",
    ".",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "1.2.3.4:x",
    "[::1",
    "[::1]443",
    "[::1]:",
    "[::1]:0",
    "[]",
    "[1.2.3.4]:443",
    "[host]:443",
    "::1::2",
    "1:2:3",
    "[fe80::1%]:1",
    "fe80::1%",
    "host%eth0",
    "mqtts://host",
    "user@host",
    "[::1]x",
    "[[::1]]",
    "::1]",
    "[fe80::1%interface-name-too-long]:1",
};

static void bad_addresses(void **state)
{
    (void)state;
    hf_address address;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        if (hf_address_parse(BAD[i], 8883, &address) != HF_E_NAME_SYNTAX) {
            fail_msg("accepted: %s", BAD[i]);
        }
    }
    assert_int_equal(hf_address_parse("", 8883, &address), HF_E_NO_NAME);
    assert_int_equal(hf_address_parse(NULL, 8883, &address), HF_E_NO_NAME);
}

/* Labels of 63 and names of 253 letters are the longest (RFC 1035 2.3.4). */
static void lengths_are_bounded(void **state)
{
    (void)state;
    hf_address address;
    char text[400];
    memset(text, 'a', sizeof text);
    text[63] = '\0';
    assert_int_equal(hf_address_parse(text, 1, &address), HF_OK);
    text[63] = 'a';
    text[64] = '\0';
    assert_int_equal(hf_address_parse(text, 1, &address), HF_E_NAME_SYNTAX);
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = i % 50 == 49 ? '.' : 'a';
    }
    text[253] = '\0';
    assert_int_equal(hf_address_parse(text, 1, &address), HF_OK);
    text[253] = '.';
    text[254] = '\0';
    assert_int_equal(hf_address_parse(text, 1, &address), HF_OK);
    text[253] = 'a';
    assert_int_equal(hf_address_parse(text, 1, &address), HF_E_NAME_SYNTAX);
    text[254] = 'a';
    text[399] = '\0';
    assert_int_equal(hf_address_parse(text, 1, &address), HF_E_NAME_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_addresses),
        cmocka_unit_test(bad_addresses),
        cmocka_unit_test(lengths_are_bounded),
    };
    return cmocka_run_group_tests_name("net address", tests, NULL, NULL);
}
